//! The identity provider over HTTP: RFC 6749 and those around it, below `/microsoft`, `/google` and `/generic`.
//!
//! On the control API's port, and by TLS on a port of its own. Its clients know no token of the API and come from
//! any origin: what stands there for everybody to ask lets nobody steer the server.
use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT_LANGUAGE, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ALLOW, AUTHORIZATION, CONTENT_TYPE, HOST,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use postfail_engine::world::oauth::Reply;
use postfail_identity::request::Endpoint;
use postfail_identity::{Place, Request as Call};

use crate::access::{is_covered, is_local};
use crate::body::{BODY, bytes};
use crate::https::Tls;
use crate::routes::Lab;
use crate::{Laboratory, Problem, openapi, portal};

/// A request to the identity provider, as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// One that [`Place::at`] knows.
    pub path: String,
    pub get: bool,
    pub query: String,
    pub content_type: String,
    /// `None`: it was longer than 64 KiB, and than anybody reads.
    pub body: Option<Bytes>,
    pub authorization: Option<String>,
    /// The portal's session.
    pub cookie: Option<String>,
    pub language: String,
    /// `https://localhost:3443`
    pub base: String,
}

impl Asked {
    /// As the provider takes it; `None` for a path that is not its own.
    #[must_use]
    pub fn call(&self) -> Option<Call<'_>> {
        Some(Call {
            place: Place::at(&self.path)?,
            get: self.get,
            query: &self.query,
            content_type: &self.content_type,
            body: self.body.as_deref(),
            authorization: self.authorization.as_deref(),
            cookie: self.cookie.as_deref(),
            language: &self.language,
            base: &self.base,
        })
    }
}

/// Serve the identity provider by TLS, and nothing else, until `stop` is ready. `names` are those of the certificate,
/// `*.example.org` among them: people may call the portal by each.
pub async fn serve(
    tls: Tls,
    laboratory: Arc<dyn Laboratory>,
    names: Vec<String>,
    stop: impl Future<Output = ()> + Send,
) {
    let names: Arc<[String]> = names.into();
    let app = Router::new().fallback(move |laboratory: Lab, request: Request| {
        let names = Arc::clone(&names);
        async move { by_tls(laboratory, &names, request).await }
    });
    let app = app.with_state(laboratory);
    tokio::select! {
        () = stop => {}
        served = axum::serve(tls, app) => {
            if let Err(error) = served {
                tracing::error!(%error, "the identity provider is served no more");
            }
        }
    }
}

async fn by_tls(State(laboratory): Lab, names: &[String], request: Request) -> Response {
    if portal::is_path(request.uri().path()) {
        let ours = |host: &str| is_local(host) || is_covered(host, names);
        return portal::answer(&laboratory, request, &ours).await.into_response();
    }
    if request.uri().path() == openapi::IDENTITY {
        return openapi::read_identity(request.method());
    }
    if Place::at(request.uri().path()).is_none() {
        return Problem::not_found(format!("there is nothing at {}", request.uri().path()))
            .at("path")
            .expected("/generic/.well-known/openid-configuration and what it names; so with /google and /microsoft/TENANT/v2.0; /identity/openapi.json tells all of it")
            .into_response();
    }
    answer(&laboratory, request, "https").await
}

/// Answer a request whose path is the provider's.
pub(crate) async fn answer(laboratory: &Arc<dyn Laboratory>, request: Request, scheme: &str) -> Response {
    let (parts, body) = request.into_parts();
    let field = |name: HeaderName| text(&parts.headers, &name);
    let Some(host) = field(HOST).filter(|host| is_authority(host)) else {
        return Problem::new(StatusCode::BAD_REQUEST, "a request needs a Host field")
            .at("Host")
            .into_response();
    };
    let get = match parts.method {
        Method::GET | Method::HEAD => true,
        Method::POST => false,
        Method::OPTIONS => return preflight(),
        _ => return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET, POST, OPTIONS")]).into_response(),
    };
    let asked = Asked {
        path: parts.uri.path().to_owned(),
        get,
        query: parts.uri.query().unwrap_or_default().to_owned(),
        content_type: field(CONTENT_TYPE).unwrap_or_default(),
        body: bytes(body, BODY).await.ok(),
        authorization: field(AUTHORIZATION),
        cookie: portal::session(&parts.headers).map(str::to_owned),
        language: field(ACCEPT_LANGUAGE).unwrap_or_default(),
        base: format!("{scheme}://{host}"),
    };
    let for_programs = !matches!(
        Place::at(&asked.path).map(|place| place.endpoint),
        Some(Endpoint::Authorize | Endpoint::Consent | Endpoint::Device | Endpoint::Logout)
    );
    response(laboratory.identify(asked).await, for_programs)
}

fn response(reply: Reply, for_programs: bool) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Body::from(reply.body)).into_response();
    let headers = response.headers_mut();
    for (name, value) in reply.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    if for_programs {
        // A program in a browser reads it from wherever it was loaded (Fetch, section 3.2).
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    } else {
        portal::protect(headers);
    }
    response
}

fn preflight() -> Response {
    let allowed = [
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type"),
    ];
    (StatusCode::NO_CONTENT, allowed).into_response()
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Letters of a name or address and a port: it goes into the addresses that the provider names.
fn is_authority(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
}
