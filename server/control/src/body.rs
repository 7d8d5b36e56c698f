//! What a caller sends: JSON bodies and query strings, bounded, and every slip told with its place.
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::Problem;

/// The largest body of a call, in bytes.
pub(crate) const BODY: usize = 64 * 1024;
/// The largest body of a call that carries mail (`deliver`), in bytes.
pub(crate) const MAIL_BODY: usize = 16 * 1024 * 1024;

/// Read a JSON body of at most `limit` bytes. `right` shows what it should look like.
pub(crate) async fn json<T: DeserializeOwned>(body: Body, limit: usize, right: &str) -> Result<T, Problem> {
    parse(&bytes(body, limit).await?, right)
}

/// A whole body of at most `limit` bytes.
pub(crate) async fn bytes(body: Body, limit: usize) -> Result<Bytes, Problem> {
    // The only other cause is a peer that went away in the middle; it reads no answer.
    axum::body::to_bytes(body, limit).await.map_err(|_| too_large(limit))
}

pub(crate) fn too_large(limit: usize) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large")
        .at("body")
        .expected(format!("at most {limit} bytes"))
}

/// Read JSON: 400 where it is none, 422 where it is not what was asked for.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8], right: &str) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        let status = match error.classify() {
            Category::Data => StatusCode::UNPROCESSABLE_ENTITY,
            Category::Syntax | Category::Eof | Category::Io => StatusCode::BAD_REQUEST,
        };
        let place = format!("body, line {} column {}", error.line(), error.column());
        Problem::new(status, error.to_string()).at(place).expected(right)
    })
}

/// A query string as `T`; unlike axum's own, its errors are problems.
pub(crate) struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(asked) =
            Query::from_request_parts(parts, state).await.map_err(|error: QueryRejection| {
                Problem::new(StatusCode::BAD_REQUEST, error.body_text()).at("query string")
            })?;
        Ok(Self(asked))
    }
}
