//! `/api/state` and `/api/changes`: the world as it is, and changes to it.
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::IntoResponse;
use postfail_engine::change::Change;
use serde_json::json;

use crate::Problem;
use crate::body::{self, BODY, MAIL_BODY};
use crate::routes::Lab;

const CHANGES: &str = r#"a list of changes, such as [{"listener": {"name": "imap", "tls": "1.2-1.3"}}]"#;

/// `GET /api/state`
pub(crate) async fn read(State(laboratory): Lab) -> impl IntoResponse {
    Json(laboratory.state())
}

/// `POST /api/changes`: all or none; answered once they hold, with how many there were.
pub(crate) async fn change(State(laboratory): Lab, body: Body) -> Result<impl IntoResponse, Problem> {
    let bytes = body::bytes(body, MAIL_BODY).await?;
    let changes: Vec<Change> = body::parse_named(&bytes, CHANGES)?;
    if bytes.len() > BODY && !changes.iter().any(|change| matches!(change, Change::Deliver(_))) {
        return Err(body::too_large(BODY));
    }
    let count = changes.len();
    laboratory.change(changes).await?;
    Ok(Json(json!({ "applied": count })))
}
