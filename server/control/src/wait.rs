//! `/api/wait`: block until something happens; nobody needs to sleep and poll.
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use postfail_engine::journal::Filter;
use serde::Deserialize;

use crate::body::{BODY, json};
use crate::routes::Lab;
use crate::{Laboratory, Problem};

const WAIT: &str =
    r#"{"kind": "log_in", "connection": 3, "since": 120, "timeout": 30}, each of them optional"#;
/// The longest wait, in seconds.
const LONGEST: f64 = 600.0;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    kind: Option<String>,
    connection: Option<u64>,
    /// Only events behind this number; without it, those from now on.
    since: Option<u64>,
    /// Seconds.
    #[serde(default = "half_a_minute")]
    timeout: f64,
}

fn half_a_minute() -> f64 {
    30.0
}

/// `POST /api/wait`: answered with the first event that fits, or 408 when none came in time.
pub(crate) async fn wait(State(laboratory): Lab, body: Body) -> Result<impl IntoResponse, Problem> {
    let wanted: Wanted = json(body, BODY, WAIT).await?;
    if !(0.0..=LONGEST).contains(&wanted.timeout) {
        let detail = format!("a time-out of {} seconds", wanted.timeout);
        return Err(Problem::unprocessable(detail).at("timeout").expected(format!("0 to {LONGEST} seconds")));
    }
    let since = wanted.since.unwrap_or_else(|| laboratory.newest());
    let filter = Filter { since, connection: wanted.connection, kind: wanted.kind };
    let found = tokio::time::timeout(Duration::from_secs_f64(wanted.timeout), first(&*laboratory, filter));
    match found.await {
        Ok(event) => Ok(([(CONTENT_TYPE, "application/json")], event)),
        Err(_) => {
            let detail = format!("no such event within {} seconds", wanted.timeout);
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, detail).at(format!("journal behind {since}")))
        }
    }
}

async fn first(laboratory: &dyn Laboratory, mut filter: Filter) -> String {
    loop {
        let newest = laboratory.newest();
        if let Some(line) = laboratory.entries(&filter, 1).pop() {
            return line.json;
        }
        filter.since = filter.since.max(newest);
        laboratory.grown(filter.since).await;
    }
}
