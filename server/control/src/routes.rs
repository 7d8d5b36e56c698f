//! The table: method, path, who answers.
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post};

use postfail_identity::Place;

use crate::{
    Access, Laboratory, Problem, access, catalogue, clock, faults, identity, journal, mail, metrics, openapi,
    phase, portal, state, texts, tokens, wait,
};

/// What every handler gets.
pub(crate) type Lab = axum::extract::State<Arc<dyn Laboratory>>;

/// A path, and who answers there by which method.
type Route = (&'static str, fn() -> MethodRouter<Arc<dyn Laboratory>>);

/// `openapi` tells programs of the same; a test holds the two together.
const ROUTES: [Route; 20] = [
    ("/healthz", || get(async || "ok\n")),
    ("/api/openapi.json", || get(openapi::read)),
    ("/api/state", || get(state::read)),
    ("/api/accounts", || get(catalogue::accounts)),
    ("/api/scenarios", || get(catalogue::scenarios)),
    ("/api/verdict", || get(catalogue::verdict)),
    ("/api/clock/advance", || post(clock::advance)),
    ("/metrics", || get(metrics::read)),
    ("/api/changes", || post(state::change)),
    ("/api/faults", || get(faults::list).post(faults::add).delete(faults::clear)),
    ("/api/faults/{id}", || delete(faults::remove)),
    ("/api/phase", || get(phase::read).post(phase::enter)),
    ("/api/journal", || get(journal::read)),
    ("/api/journal/stream", || get(journal::stream)),
    ("/api/transcripts/{connection}", || get(journal::transcript)),
    ("/api/mail", || get(mail::list).delete(mail::drain)),
    ("/api/mail/{account}/{uid}", || get(mail::read)),
    ("/api/texts", || get(texts::list)),
    ("/api/tokens", || post(tokens::give)),
    ("/api/wait", || post(wait::wait)),
];

pub(crate) fn router(laboratory: Arc<dyn Laboratory>, access: Access) -> Router {
    let guarded = (Arc::new(access), Arc::clone(&laboratory));
    let router = ROUTES.iter().fold(Router::new(), |router, (path, answered)| router.route(path, answered()));
    router
        .method_not_allowed_fallback(wrong_method)
        .fallback(unknown_path)
        .layer(from_fn_with_state(guarded, access::guard))
        .with_state(laboratory)
}

async fn unknown_path(State(laboratory): Lab, request: Request) -> Response {
    if portal::is_path(request.uri().path()) {
        // `access` has looked at the Host.
        return portal::answer(&laboratory, request, &|_| true).await.into_response();
    }
    if Place::at(request.uri().path()).is_some() {
        return identity::answer(&laboratory, request, "http").await;
    }
    if request.uri().path() == openapi::IDENTITY {
        return openapi::read_identity(request.method());
    }
    let paths: Vec<&str> = ROUTES.iter().map(|(path, _)| *path).collect();
    let nothing = Problem::not_found(format!("there is nothing at {}", request.uri().path())).at("path");
    nothing.expected(paths.join(" ")).into_response()
}

async fn wrong_method(request: Request) -> impl IntoResponse {
    let detail = format!("{} does not take {}", request.uri().path(), request.method());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail).at("method").expected("see the Allow field")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_has_every_path_and_no_other() {
        let document = openapi::document();
        let told: Vec<&str> = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
        let mut answered: Vec<&str> = ROUTES.iter().map(|(path, _)| *path).collect();
        answered.sort_unstable();
        assert_eq!(told, answered);
    }
}
