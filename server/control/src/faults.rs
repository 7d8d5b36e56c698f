//! `/api/faults`: the faults in force, one more, one or all taken away. Each is a change like any other.
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use postfail_engine::change::Change;
use postfail_engine::fault::Fault;
use serde_json::{Value, json};

use crate::body::{self, BODY};
use crate::routes::Lab;
use crate::{Laboratory, Problem};

const FAULT: &str =
    r#"a fault such as {"stage": "auth", "delay": "30s", "when": {"first": 3}}; see docs/faults.md"#;

/// `GET /api/faults`: `[{"id": 1, "fault": {...}, "met": 3}]`, in the order they were added.
pub(crate) async fn list(State(laboratory): Lab) -> impl IntoResponse {
    Json(laboratory.faults())
}

/// `POST /api/faults` with one fault; answered 201 with `{"id": 1}` once it acts on the next connection.
pub(crate) async fn add(State(laboratory): Lab, body: Body) -> Result<impl IntoResponse, Problem> {
    let fault: Fault = body::parse_named(&body::bytes(body, BODY).await?, FAULT)?;
    let id = laboratory.add_fault(fault).await?;
    Ok((StatusCode::CREATED, Json(json!({ "id": id }))))
}

/// `DELETE /api/faults/{id}`: `{"removed": 1}`.
pub(crate) async fn remove(
    State(laboratory): Lab,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let there = ids(&*laboratory);
    let id = id.parse().ok().filter(|id| there.contains(id)).ok_or_else(|| {
        let there: Vec<String> = there.iter().map(u64::to_string).collect();
        let right = if there.is_empty() { "no fault is in force".to_owned() } else { there.join(" ") };
        Problem::not_found(format!("there is no fault {id}")).at("path").expected(right)
    })?;
    laboratory.change(vec![Change::RemoveFault(id)]).await?;
    Ok(Json(json!({ "removed": 1 })))
}

/// `DELETE /api/faults`: all of them; `{"removed": 3}`.
pub(crate) async fn clear(State(laboratory): Lab) -> Result<impl IntoResponse, Problem> {
    let changes: Vec<Change> = ids(&*laboratory).into_iter().map(Change::RemoveFault).collect();
    let count = changes.len();
    laboratory.change(changes).await?;
    Ok(Json(json!({ "removed": count })))
}

fn ids(laboratory: &dyn Laboratory) -> Vec<u64> {
    let faults = laboratory.faults();
    faults.as_array().into_iter().flatten().filter_map(|fault: &Value| fault["id"].as_u64()).collect()
}
