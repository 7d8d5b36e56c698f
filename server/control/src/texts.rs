//! `/api/texts`: the text messages that the account portal sent, for whoever plays the person with the telephone.
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;

use crate::routes::Lab;

/// `GET /api/texts`
pub(crate) async fn list(State(laboratory): Lab) -> impl IntoResponse {
    Json(laboratory.texts())
}
