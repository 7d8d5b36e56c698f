//! `/api/scenarios`: what there is to choose from; `/api/accounts`, `/api/verdict`: parts of the world for themselves.
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;

use crate::Problem;
use crate::routes::Lab;

/// `GET /api/scenarios`: as `postfail list --json` prints them.
pub(crate) async fn scenarios(State(laboratory): Lab) -> Result<impl IntoResponse, Problem> {
    Ok(Json(laboratory.scenarios().await?))
}

/// `GET /api/accounts`: those of the state; no passwords.
pub(crate) async fn accounts(State(laboratory): Lab) -> impl IntoResponse {
    Json(laboratory.state()["accounts"].take())
}

/// `GET /api/verdict`: what the client broke so far, with the journal lines that prove it.
pub(crate) async fn verdict(State(laboratory): Lab) -> impl IntoResponse {
    Json(laboratory.verdict())
}
