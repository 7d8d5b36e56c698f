//! OpenAPI 3.1: what the control API and the identity provider take and answer, for programs to read.
//!
//! Paths and methods of the provider come from the tables by which it answers, changes and faults from the types that
//! read them; `routes` is held against the control API's by tests. Both documents are served: `docs/control-api.md`.
mod calls;
mod control;
mod endpoints;
mod forms;
mod identity;
mod parts;
mod said;

use axum::Json;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};

pub(crate) use control::document;

/// Where the identity provider's document is; like its metadata it is for everybody.
pub(crate) const IDENTITY: &str = "/identity/openapi.json";

/// `GET /api/openapi.json`
pub(crate) async fn read() -> impl IntoResponse {
    Json(document())
}

/// `GET /identity/openapi.json`
pub(crate) fn read_identity(method: &Method) -> Response {
    if ![Method::GET, Method::HEAD].contains(method) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET, HEAD")]).into_response();
    }
    ([(ACCESS_CONTROL_ALLOW_ORIGIN, "*")], Json(identity::document())).into_response()
}
