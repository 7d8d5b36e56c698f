//! The table: method, path, who answers.
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};

use postfail_identity::Place;

use crate::{
    Access, Laboratory, Problem, access, faults, identity, journal, mail, phase, portal, state, texts,
    tokens, wait,
};

/// What every handler gets.
pub(crate) type Lab = axum::extract::State<Arc<dyn Laboratory>>;

pub(crate) fn router(laboratory: Arc<dyn Laboratory>, access: Access) -> Router {
    let guarded = (Arc::new(access), Arc::clone(&laboratory));
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/api/state", get(state::read))
        .route("/api/changes", post(state::change))
        .route("/api/faults", get(faults::list).post(faults::add).delete(faults::clear))
        .route("/api/faults/{id}", delete(faults::remove))
        .route("/api/phase", get(phase::read).post(phase::enter))
        .route("/api/journal", get(journal::read))
        .route("/api/journal/stream", get(journal::stream))
        .route("/api/transcripts/{connection}", get(journal::transcript))
        .route("/api/mail", get(mail::list))
        .route("/api/mail/{account}/{uid}", get(mail::read))
        .route("/api/texts", get(texts::list))
        .route("/api/tokens", post(tokens::give))
        .route("/api/wait", post(wait::wait))
        .method_not_allowed_fallback(wrong_method)
        .fallback(unknown_path)
        .layer(from_fn_with_state(guarded, access::guard))
        .with_state(laboratory)
}

async fn unknown_path(State(laboratory): Lab, request: Request) -> Response {
    if portal::is_path(request.uri().path()) {
        // `access` has looked at the Host.
        return portal::answer(&laboratory, request, |_| true).await.into_response();
    }
    if Place::at(request.uri().path()).is_some() {
        return identity::answer(&laboratory, request, "http").await;
    }
    Problem::not_found(format!("there is nothing at {}", request.uri().path())).at("path").expected(
        "/api/state /api/changes /api/faults /api/phase /api/journal /api/journal/stream /api/transcripts/{connection}.txt|.pcapng \
         /api/mail /api/mail/{account}/{uid} /api/texts /api/tokens /api/wait /healthz",
    ).into_response()
}

async fn wrong_method(request: Request) -> impl IntoResponse {
    let detail = format!("{} does not take {}", request.uri().path(), request.method());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail).at("method").expected("see the Allow field")
}
