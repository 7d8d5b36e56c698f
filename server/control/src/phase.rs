//! `/api/phase`: where the scenario stands, and going on.
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;

use crate::Problem;
use crate::body::{BODY, json};
use crate::routes::Lab;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Enter {
    phase: String,
}

/// `GET /api/phase`
pub(crate) async fn read(State(laboratory): Lab) -> impl IntoResponse {
    Json(laboratory.phase())
}

/// `POST /api/phase` with `{"phase": "breaks"}` or `{"phase": "next"}`; answered like `GET`.
pub(crate) async fn enter(State(laboratory): Lab, body: Body) -> Result<impl IntoResponse, Problem> {
    let Enter { phase } = json(body, BODY, r#"{"phase": "next"} or the name of a phase"#).await?;
    laboratory.enter(phase).await?;
    Ok(Json(laboratory.phase()))
}
