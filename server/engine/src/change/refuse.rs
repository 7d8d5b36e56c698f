//! `refuse` and `accept`: clients are refused in the profile's words for a failure, until that is lifted.
//!
//! ```toml
//! change = [{ refuse = { failure = "basic-auth-disabled", protocols = ["imap", "pop3"] } }]
//! change = [{ accept = { failure = "basic-auth-disabled" } }]
//! ```
use postfail_session::world::{Protocol, Stage};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::listener::TlsVersion;
use crate::span::Span;
use crate::words::{self, UnknownWord};

/// Who is refused, where, and for how long. What is left out is not looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refuse {
    /// A failure's name, or the `id` of one response of the profile.
    pub failure: String,
    /// Only this account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Only these; all three where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "crate::schema::protocols")]
    pub protocols: Vec<Protocol>,
    /// Only log-ins by these: SASL names, `LOGIN` (also IMAP's command), `USER`, `APOP`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mechanisms: Vec<String>,
    /// Where it is said; where the profile's server says it, unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Place>,
    /// So often, then no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// So long in virtual time, then no more.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub lasting: Option<Span>,
    /// Only log-ins of an account beyond so many in so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beyond: Option<Beyond>,
    /// So many in a hundred, drawn from the world's seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
    /// Only clients whose handshake came to an older version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_below: Option<TlsVersion>,
}

/// A quota of log-ins that recovers: the window slides in virtual time, and a log-in that it refuses is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Beyond {
    /// 1 to 1000.
    pub logins: u32,
    pub within: Span,
}

/// Refusals to lift. One that holds for more than is named here goes on for the rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    /// As it was given to `refuse`, or `all`.
    pub failure: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// All three where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "crate::schema::protocols")]
    pub protocols: Vec<Protocol>,
}

/// How many connections at the same time; 0 is no limit, and what is not mentioned stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectionLimit {
    /// Logged in to one account, per protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<u32>,
    /// From one client address, per protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<u32>,
}

/// Where in a conversation a refusal can be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In place of the greeting.
    Connect,
    StartTls,
    /// At the log-in.
    Auth,
    /// Looking at the mailbox; in SMTP MAIL and RCPT.
    Mailbox,
    /// Message data.
    Data,
    /// Whatever comes behind a log-in that went well; in SMTP MAIL and RCPT.
    Command,
}

impl Place {
    pub const ALL: [(&'static str, Self); 6] = [
        ("connect", Self::Connect),
        ("starttls", Self::StartTls),
        ("auth", Self::Auth),
        ("mailbox", Self::Mailbox),
        ("data", Self::Data),
        ("command", Self::Command),
    ];

    /// Where a profile's fact belongs.
    pub(crate) fn of(stage: Stage) -> Self {
        match stage {
            Stage::Connect | Stage::Greeting | Stage::Handshake => Self::Connect,
            Stage::StartTls => Self::StartTls,
            Stage::Auth | Stage::Capability => Self::Auth,
            Stage::Mailbox => Self::Mailbox,
            Stage::Data => Self::Data,
            Stage::Idle | Stage::Quit | Stage::Command => Self::Command,
        }
    }

    /// True where a client has said, or is saying, who it is.
    pub(crate) fn knows_account(self) -> bool {
        !matches!(self, Self::Connect | Self::StartTls)
    }
}

impl std::str::FromStr for Place {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        words::find("stage", text, &Self::ALL)
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(Self::ALL.iter().find(|(_, place)| place == self).map_or("", |(word, _)| word))
    }
}

words::serde_as_text!(Place, "a stage such as \"auth\"");
