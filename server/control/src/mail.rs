//! `/api/mail`: the messages of an account, and one of them as it was received.
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use serde::Deserialize;

use crate::Problem;
use crate::body::Asked;
use crate::routes::Lab;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Whose {
    account: String,
}

/// `GET /api/mail?account=taro`; the account `outbox` is mail for strangers, kept and never sent on
pub(crate) async fn list(
    State(laboratory): Lab,
    Asked(Whose { account }): Asked<Whose>,
) -> Result<impl IntoResponse, Problem> {
    laboratory.mail(&account).map(Json).ok_or_else(|| unknown(&account))
}

/// `DELETE /api/mail?account=taro`: the same list, each with its `message` in Base64, and then they are gone.
pub(crate) async fn drain(
    State(laboratory): Lab,
    Asked(Whose { account }): Asked<Whose>,
) -> Result<impl IntoResponse, Problem> {
    laboratory.drain(&account).map(Json).ok_or_else(|| unknown(&account))
}

fn unknown(account: &str) -> Problem {
    Problem::not_found(format!("no account {account:?}"))
        .at("account")
        .expected("an account of /api/state, or outbox")
}

/// `GET /api/mail/{account}/{uid}`: a message of the INBOX, raw.
pub(crate) async fn read(
    State(laboratory): Lab,
    Path((account, uid)): Path<(String, String)>,
) -> Result<impl IntoResponse, Problem> {
    let message = uid.parse().ok().and_then(|uid| laboratory.message(&account, uid)).ok_or_else(|| {
        Problem::not_found(format!("no message {uid:?} in the INBOX of {account:?}"))
            .at("path")
            .expected("an account and a uid of /api/mail?account=")
    })?;
    Ok(([(CONTENT_TYPE, "message/rfc822")], message))
}
