//! `/api/clock/advance`: virtual time moved on.
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::IntoResponse;
use postfail_engine::change::Change;
use postfail_engine::span::Span;
use serde::Deserialize;
use serde_json::json;

use crate::Problem;
use crate::body::{BODY, json};
use crate::routes::Lab;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    by: Span,
}

/// `POST /api/clock/advance` with `{"by": "91d"}`; answered with the time it is then, once what has to happen by then
/// has happened.
pub(crate) async fn advance(State(laboratory): Lab, body: Body) -> Result<impl IntoResponse, Problem> {
    let Advance { by } = json(body, BODY, r#"{"by": "91d"}, or 2h 30m, or 500ms"#).await?;
    laboratory.change(vec![Change::Advance(by)]).await?;
    Ok(Json(json!({ "time": laboratory.state()["time"] })))
}
