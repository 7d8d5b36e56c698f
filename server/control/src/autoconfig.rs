//! Automatic settings over HTTP, on a port of their own: mail programs fetch them, and know no token.
//!
//! There is nothing here that a stranger could change, and nothing secret: hosts, ports, and ways to encrypt.
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use postfail_engine::autoconfig::{Page, Service, invalid_request, mailbox};
use serde::Deserialize;
use tokio::net::TcpListener;

use crate::body::{self, Asked, BODY};
use crate::routes::Lab;
use crate::{Laboratory, Problem, portal};

/// Serve automatic settings on a listener until `stop` is ready.
pub async fn serve(
    listener: TcpListener,
    laboratory: Arc<dyn Laboratory>,
    stop: impl Future<Output = ()> + Send,
) {
    let app = router(laboratory).into_make_service_with_connect_info::<SocketAddr>();
    tokio::select! {
        () = stop => {}
        served = axum::serve(listener, app) => {
            if let Err(error) = served {
                tracing::error!(%error, "automatic settings are served no more");
            }
        }
    }
}

fn router(laboratory: Arc<dyn Laboratory>) -> Router {
    Router::new()
        .route("/mail/config-v1.1.xml", get(thunderbird))
        .route("/.well-known/autoconfig/mail/config-v1.1.xml", get(thunderbird))
        // Outlook writes it both ways.
        .route("/autodiscover/autodiscover.xml", post(autodiscover))
        .route("/Autodiscover/Autodiscover.xml", post(autodiscover))
        .route("/email.mobileconfig", get(apple))
        .merge(crate::pki::router())
        .fallback(unknown_path)
        .layer(from_fn_with_state(Arc::clone(&laboratory), note))
        .with_state(Arc::clone(&laboratory))
        .merge(portal::router(laboratory))
}

/// Who was told what stands in the journal.
async fn note(State(laboratory): Lab, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let path: String = request.uri().path().chars().take(crate::access::PATH_KEPT).collect();
    let response = next.run(request).await;
    laboratory.called(method.as_str(), &path, response.status().as_u16());
    response
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Query {
    emailaddress: String,
    email: Option<String>,
}

/// `GET /mail/config-v1.1.xml?emailaddress=taro@postfail.test`
async fn thunderbird(State(laboratory): Lab, Asked(query): Asked<Query>) -> Response {
    response(laboratory.autoconfig(Service::Thunderbird, &query.emailaddress))
}

/// `POST /autodiscover/autodiscover.xml` with an `Autodiscover` request (MS-OXDSCLI).
async fn autodiscover(State(laboratory): Lab, body: Body) -> Result<Response, Problem> {
    let request = body::bytes(body, BODY).await?;
    Ok(match mailbox(&String::from_utf8_lossy(&request)) {
        Some(address) => response(laboratory.autoconfig(Service::Autodiscover, address)),
        None => response(invalid_request()),
    })
}

/// `GET /email.mobileconfig?email=taro@postfail.test`
async fn apple(State(laboratory): Lab, Asked(query): Asked<Query>) -> Result<Response, Problem> {
    let address = query.email.filter(|email| email.contains('@')).ok_or_else(|| {
        Problem::new(StatusCode::BAD_REQUEST, "no mailbox was asked for")
            .at("query string")
            .expected("/email.mobileconfig?email=taro@postfail.test")
    })?;
    Ok(response(laboratory.autoconfig(Service::Apple, &address)))
}

fn response(page: Page) -> Response {
    let status = StatusCode::from_u16(page.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(CONTENT_TYPE, HeaderValue::from_static(page.media_type))], page.body).into_response()
}

async fn unknown_path(request: Request) -> impl IntoResponse {
    Problem::not_found(format!("there is nothing at {}", request.uri().path())).at("path").expected(
        "GET /mail/config-v1.1.xml?emailaddress=, GET /.well-known/autoconfig/mail/config-v1.1.xml, \
         POST /autodiscover/autodiscover.xml, GET /email.mobileconfig?email=, GET /pki/ca.pem, GET /pki/new-root.pem, \
         GET /pki/intermediate.crl, POST /pki/ocsp, and people /portal/",
    )
}
