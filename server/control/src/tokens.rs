//! `/api/tokens`: tokens for scripts.
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Deserialize;

use crate::Problem;
use crate::body::{self, BODY};
use crate::routes::Lab;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    account: String,
}

/// `POST /api/tokens`: the person signs in once more; what the client was given.
pub(crate) async fn give(State(laboratory): Lab, body: Body) -> Result<impl IntoResponse, Problem> {
    let wanted: Wanted = body::json(body, BODY, r#"{"account": "taro"}"#).await?;
    let tokens = laboratory.tokens(wanted.account).await?;
    Ok((StatusCode::OK, [("cache-control", "no-store")], Json(tokens)))
}
