//! What a provider's token endpoint answers (RFC 6749 section 5, RFC 8628 section 3.5), as whole HTTP responses.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::date::{RoughDate, dated};
use super::placeholder::{self, Occasion};
use super::response::{Certainty, Wire};

/// An answer of a token or device endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenResponse {
    pub id: String,
    /// What failed; without it, this is the answer when nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// HTTP status and reason phrase.
    pub status: u16,
    pub reason: String,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// JSON, with placeholders.
    pub body: String,
    pub source: String,
    pub certainty: Certainty,
    pub wire: Wire,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<RoughDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<RoughDate>,
}

dated!(TokenResponse);

impl TokenResponse {
    /// The body as it is sent. `value` knows what only the issuer knows ([`placeholder::ISSUER`]); every value is
    /// escaped for JSON (RFC 8259 section 7).
    pub fn body(&self, occasion: &Occasion, value: impl Fn(&str) -> Option<String>) -> String {
        placeholder::fill(&self.body, |name| {
            let name = if name == "timestamp" { "token_timestamp" } else { name };
            let value = value(name).or_else(|| occasion.value(name, ""))?;
            let quoted = serde_json::Value::from(value).to_string();
            Some(quoted[1..quoted.len() - 1].to_owned())
        })
    }
}

/// Our own answer, in short: the rest follows from the RFCs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnToken {
    pub status: u16,
    /// RFC 6749 section 5.2, RFC 8628 section 3.5.
    pub error: String,
}

impl OwnToken {
    pub fn response(&self, failure: &str, description: &str) -> TokenResponse {
        let reason = match self.status {
            400 => "Bad Request",
            401 => "Unauthorized",
            429 => "Too Many Requests",
            _ => "Service Unavailable",
        };
        let body = serde_json::json!({ "error": self.error, "error_description": description });
        let headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")];
        TokenResponse {
            id: format!("postfail-token-{failure}"),
            failure: Some(failure.to_owned()),
            status: self.status,
            reason: reason.to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            body: body.to_string(),
            source: "RFC 6749 section 5.2, RFC 8628 section 3.5".to_owned(),
            certainty: Certainty::Own,
            wire: Wire::Own,
            note: None,
            since: None,
            until: None,
        }
    }
}
