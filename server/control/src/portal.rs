//! The account portal over HTTP: what comes from a browser is handed in as a value, and what comes back goes out.
//!
//! People use it without a token, so a foreign page must not: `Host` has to be this machine (DNS rebinding), or by TLS
//! a name of its certificate, a form's `Origin` its own, and every form carries its session's token.
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN,
    REFERRER_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use postfail_identity::portal::{self, Answer};

use crate::access::is_local;
use crate::body;
use crate::routes::Lab;
use crate::{Laboratory, Problem};

/// The routes of the portal, to be served beside others.
pub fn router(laboratory: Arc<dyn Laboratory>) -> Router {
    let router = Router::new();
    let router = ["/portal", "/portal/", "/portal/{*page}"]
        .into_iter()
        .fold(router, |router, path| router.route(path, any(at_settings)));
    router.with_state(laboratory)
}

/// Is this one of the portal's paths? The identity provider's ports serve them too: people sign in there.
pub(crate) fn is_path(path: &str) -> bool {
    path.strip_prefix("/portal").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

async fn at_settings(State(laboratory): Lab, request: Request) -> Result<Response, Problem> {
    answer(&laboratory, request, &is_local).await
}

/// Answer a browser that names the server by a `Host` that is `ours`.
pub(crate) async fn answer(
    laboratory: &Arc<dyn Laboratory>,
    request: Request,
    ours: &(dyn Fn(&str) -> bool + Sync),
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let form = check(&parts.method, &parts.headers, ours).map(|()| body);
    let form = read(form?, &parts.method, &parts.headers).await?;
    let from = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let from = from.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(peer)| peer.ip());
    let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let none = || Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the system gives no random numbers");
    let random = laboratory.random().ok_or_else(none)?;
    let asked = portal::Request {
        method: if parts.method == Method::POST { portal::Method::Post } else { portal::Method::Get },
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        form: &form,
        cookie: session(&parts.headers),
        languages: header(ACCEPT_LANGUAGE),
        from,
        secure: parts.uri.scheme_str() == Some("https"),
        random,
    };
    Ok(response(laboratory.portal(&asked)))
}

/// May a browser send this?
fn check(method: &Method, headers: &HeaderMap, ours: &dyn Fn(&str) -> bool) -> Result<(), Problem> {
    if ![Method::GET, Method::HEAD, Method::POST].contains(method) {
        let detail = format!("the portal does not take {method}");
        return Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail)
            .at("method")
            .expected("GET or POST"));
    }
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !ours(host) {
        let detail = format!("Host {host:?} is not this server");
        return Err(Problem::new(StatusCode::FORBIDDEN, detail)
            .at("Host")
            .expected("localhost, 127.0.0.1, or by TLS a name that the certificate covers"));
    }
    for origin in headers.get_all(ORIGIN) {
        let origin = origin.to_str().unwrap_or_default();
        let own = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        if own != Some(host) {
            let detail = format!("Origin {origin:?} is not this server");
            return Err(Problem::new(StatusCode::FORBIDDEN, detail)
                .at("Origin")
                .expected(format!("http://{host}")));
        }
    }
    Ok(())
}

/// A POST's form; nothing of other requests.
async fn read(body: Body, method: &Method, headers: &HeaderMap) -> Result<bytes::Bytes, Problem> {
    if method != Method::POST {
        return Ok(bytes::Bytes::new());
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        let detail = format!("a form of type {kind:?}");
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
            .at("Content-Type")
            .expected("application/x-www-form-urlencoded"));
    }
    body::bytes(body, body::BODY).await
}

/// The session's cookie among those a browser sends (RFC 6265 section 4.2).
pub(crate) fn session(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == portal::COOKIE).map(|(_, value)| value)
}

fn response(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, answer.body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.media_type));
    protect(headers);
    for (name, value) in [(LOCATION, answer.location), (SET_COOKIE, answer.cookie)] {
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            headers.insert(name, value);
        }
    }
    response
}

/// What a browser is told of every page for people, the identity provider's too: not to keep it, frame it or guess at
/// it, and not to tell other servers its address, which may have a code in it (RFC 9700 section 4.2.4).
pub(crate) fn protect(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // No script, no picture, no frame: there is none, and none can be smuggled in. Forms go where they go: a browser
    // holds `form-action` against the redirect to the program too, wherever it listens.
    let policy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // With `no-referrer` a form's `Origin` would be null, and the sign-out of these pages refused.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
}
