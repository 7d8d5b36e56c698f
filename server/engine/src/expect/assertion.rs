//! Expectations: what the client must and must not do, read from a phase's part of the journal.
use std::collections::BTreeMap;
use std::fmt;

use postfail_identity::portal::Happened;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::listener::{ListenerName, TlsVersion};

/// One block `[[expect]]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Expectation {
    /// The phase it is about; each phase unless said.
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// Connections accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connections: Option<Count>,
    /// Log-ins granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logins: Option<Count>,
    /// Log-ins refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_logins: Option<Count>,
    /// TLS handshakes that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_handshakes: Option<Count>,
    /// Mail transactions that ended with 250.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mails_sent: Option<Count>,
    /// Requests at the identity provider's token endpoint, whatever came of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_requests: Option<Count>,
    /// Whether a log-in may show a password at all, TLS or not: with OAuth set up it may not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_sent: Option<Allowed>,
    /// What was done at the account portal, by its word: `portal = { password-reset = { exactly = 1 } }`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "crate::schema::portal")]
    pub portal: BTreeMap<Happened, Count>,
    /// Whether a password may go without TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_in_clear: Option<Allowed>,
    /// Rules of conduct that must be kept here, whatever their severity.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub obeys: Vec<String>,
    /// The listeners a connection may go to, and no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listeners: Option<Vec<ListenerName>>,
    /// No handshake ends with a lower version, or with a higher one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_at_least: Option<TlsVersion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_at_most: Option<TlsVersion>,
}

/// How often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a count such as { at_most = 3 }")]
pub struct Count {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exactly: Option<u64>,
}

/// `never` or `allowed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Allowed {
    Never,
    Allowed,
}

impl Count {
    pub fn admits(self, times: u64) -> bool {
        self.at_least.is_none_or(|least| times >= least)
            && self.at_most.is_none_or(|most| times <= most)
            && self.exactly.is_none_or(|exactly| times == exactly)
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.exactly, self.at_least, self.at_most) {
            (Some(exactly), ..) => write!(f, "exactly {exactly}"),
            (None, Some(least), Some(most)) => write!(f, "{least} to {most}"),
            (None, Some(least), None) => write!(f, "at least {least}"),
            (None, None, Some(most)) => write!(f, "at most {most}"),
            (None, None, None) => f.write_str("any number"),
        }
    }
}
