//! Errors as `application/problem+json` (RFC 9457): what was wrong, where, and what would be right.
use axum::Json;
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why a call was refused. Shape on the wire:
/// `{"type": "about:blank", "status": 422, "title": "...", "detail": "...", "at": "...", "expected": "..."}`;
/// `at` and `expected` are left out where there is nothing to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub status: StatusCode,
    /// What was wrong, one sentence.
    pub detail: String,
    /// Where: a header, a query parameter, a line and column or an index of the body.
    pub at: Option<String>,
    /// What would be right.
    pub expected: Option<String>,
}

impl Problem {
    #[must_use]
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), at: None, expected: None }
    }

    /// 404: no such thing.
    #[must_use]
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// 422: well-formed, but it cannot be done.
    #[must_use]
    pub fn unprocessable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.at = Some(place.into());
        self
    }

    #[must_use]
    pub fn expected(mut self, right: impl Into<String>) -> Self {
        self.expected = Some(right.into());
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if let Some(at) = self.at {
            body["at"] = at.into();
        }
        if let Some(expected) = self.expected {
            body["expected"] = expected.into();
        }
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            // RFC 9110 11.6.1: a 401 names the scheme.
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"postfail\""));
        }
        response
    }
}
