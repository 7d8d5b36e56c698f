//! The authority over HTTP, beside the automatic settings: the roots, the revocation list (RFC 5280 appendix C), and the
//! OCSP responder (RFC 6960 appendix A). Certificates about revocation carry these addresses.
use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::body::{self, BODY};
use crate::routes::Lab;
use crate::{Laboratory, Problem};

/// What is asked of the authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked<'a> {
    /// The root for clients to trust, in PEM.
    Root,
    /// The root that replaces it, in PEM.
    NewRoot,
    /// The revocation list, in DER.
    RevocationList,
    /// An OCSPRequest, answered with an OCSPResponse.
    Ocsp(&'a [u8]),
}

pub(crate) fn router() -> Router<std::sync::Arc<dyn Laboratory>> {
    Router::new()
        .route("/pki/ca.pem", get(async |lab: Lab| answer(&lab, Asked::Root, "application/x-pem-file")))
        .route(
            "/pki/new-root.pem",
            get(async |lab: Lab| answer(&lab, Asked::NewRoot, "application/x-pem-file")),
        )
        .route(
            "/pki/intermediate.crl",
            get(async |lab: Lab| answer(&lab, Asked::RevocationList, "application/pkix-crl")),
        )
        .route("/pki/ocsp", post(posted))
        .route("/pki/ocsp/{*request}", get(got))
}

async fn posted(lab: Lab, body: Body) -> Result<Response, Problem> {
    let request = body::bytes(body, BODY).await?;
    Ok(answer(&lab, Asked::Ocsp(&request), "application/ocsp-response"))
}

/// The request in Base64, which may hold slashes.
async fn got(lab: Lab, Path(request): Path<String>) -> Response {
    // What is no Base64 is no request either: the responder says so itself.
    let request = STANDARD.decode(request).unwrap_or_default();
    answer(&lab, Asked::Ocsp(&request), "application/ocsp-response")
}

fn answer(lab: &Lab, asked: Asked<'_>, media_type: &'static str) -> Response {
    match lab.pki(asked) {
        Some(bytes) => ([(CONTENT_TYPE, media_type)], bytes).into_response(),
        None => {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the authority cannot make it").into_response()
        }
    }
}
