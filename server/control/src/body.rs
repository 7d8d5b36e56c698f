//! What a caller sends: JSON bodies and query strings, bounded, and every slip told with its place.
use std::future::poll_fn;
use std::pin::Pin;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;

use crate::Problem;

/// The largest body of a call, in bytes.
pub(crate) const BODY: usize = 64 * 1024;
/// The largest body of a call that carries mail (`deliver`), in bytes.
pub(crate) const MAIL_BODY: usize = 16 * 1024 * 1024;
/// How much of what is too much is read all the same, in bytes.
const THROWN_AWAY: usize = 16 * 1024 * 1024;

/// Read a JSON body of at most `limit` bytes. `right` shows what it should look like.
pub(crate) async fn json<T: DeserializeOwned>(body: Body, limit: usize, right: &str) -> Result<T, Problem> {
    parse(&bytes(body, limit).await?, right)
}

/// A whole body of at most `limit` bytes. Somewhat more is read and thrown away: who is still sending when the
/// connection ends may never see the answer.
pub(crate) async fn bytes(body: Body, limit: usize) -> Result<Bytes, Problem> {
    let mut stream = body.into_data_stream();
    let (mut kept, mut length) = (BytesMut::new(), 0);
    while let Some(piece) = poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await {
        // A peer that went away in the middle reads no answer.
        let piece = piece.map_err(|_| too_large(limit))?;
        length += piece.len();
        if length <= limit {
            kept.extend_from_slice(&piece);
        } else if length > limit + THROWN_AWAY {
            break;
        }
    }
    if length <= limit { Ok(kept.freeze()) } else { Err(too_large(limit)) }
}

pub(crate) fn too_large(limit: usize) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large")
        .at("body")
        .expected(format!("at most {limit} bytes"))
}

/// Read JSON: 400 where it is none, 422 where it is not what was asked for.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8], right: &str) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        let status = match error.classify() {
            Category::Data => StatusCode::UNPROCESSABLE_ENTITY,
            Category::Syntax | Category::Eof | Category::Io => StatusCode::BAD_REQUEST,
        };
        let place = format!("body, line {} column {}", error.line(), error.column());
        Problem::new(status, error.to_string()).at(place).expected(right)
    })
}

/// The same, for what has names: fields are read by position too, `["taro", "lock"]`, and nobody means that.
pub(crate) fn parse_named<T: DeserializeOwned + Serialize>(bytes: &[u8], right: &str) -> Result<T, Problem> {
    let read: T = parse(bytes, right)?;
    // What is larger is mail, and has been read for what it is.
    if bytes.len() <= BODY {
        let (given, meant): (Value, _) =
            (parse(bytes, right)?, serde_json::to_value(&read).unwrap_or_default());
        if let Some(place) = listed(&given, &meant, String::new()) {
            let detail = format!("a list, where names and values in braces belong: {place}");
            return Err(Problem::unprocessable(detail).at("body").expected(right));
        }
    }
    Ok(read)
}

/// Where a list was given for what is an object.
fn listed(given: &Value, meant: &Value, place: String) -> Option<String> {
    match (given, meant) {
        (Value::Array(_), Value::Object(_)) => Some(place),
        (Value::Array(given), Value::Array(meant)) => given
            .iter()
            .zip(meant)
            .enumerate()
            .find_map(|(at, (given, meant))| listed(given, meant, format!("{place}/{at}"))),
        (Value::Object(given), Value::Object(meant)) => {
            given.iter().find_map(|(name, given)| listed(given, meant.get(name)?, format!("{place}/{name}")))
        }
        _ => None,
    }
}

/// A query string as `T`; unlike axum's own, its errors are problems.
pub(crate) struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(asked) =
            Query::from_request_parts(parts, state).await.map_err(|error: QueryRejection| {
                Problem::new(StatusCode::BAD_REQUEST, error.body_text()).at("query string")
            })?;
        Ok(Self(asked))
    }
}
