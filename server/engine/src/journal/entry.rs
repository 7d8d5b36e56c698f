//! One thing that happened.
use core::net::{IpAddr, SocketAddr};

use jiff::Timestamp;
use postfail_identity::Issuer;
use postfail_session::Event;
use postfail_session::world::Protocol;
use serde::{Deserialize, Serialize};

use super::handshake::{Handshake, Hello};
use crate::change::Change;
use crate::listener::ListenerName;

/// A connection's number within its world; the first is 1.
pub type ConnectionId = u64;

/// A numbered line of the journal.
#[derive(Clone, Debug)]
pub struct Entry {
    pub seq: u64,
    pub real: Timestamp,
    pub virtual_time: Timestamp,
    /// Which connection, and the listener it came to.
    pub connection: Option<(ConnectionId, ListenerName)>,
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum What {
    /// A connection was accepted.
    Connect {
        peer: SocketAddr,
    },
    /// The client's first TLS message, before any library saw it.
    Hello(Box<Hello>),
    Handshake(Box<Handshake>),
    /// Something within a session.
    Session(Event),
    /// The connection ended.
    Close {
        by: Side,
        reason: String,
    },
    /// The world was changed.
    Change {
        by: By,
        change: Box<Change>,
    },
    /// Too many failed log-ins locked one protocol of an account, or its sign-in on pages, or banned an address.
    Locked {
        account: String,
        protocol: Option<Protocol>,
        web: bool,
        address: Option<IpAddr>,
    },
    /// Something was done at the account portal.
    Portal(postfail_identity::portal::Event),
    /// A phase began.
    Phase {
        name: String,
    },
    /// A message was put into a mailbox from outside.
    Mail {
        account: String,
        size: usize,
    },
    /// A bound of ours was met outside a session.
    Limit {
        what: String,
    },
    /// What a fault said of its own turned up at the client: what it is, and where.
    Shown {
        marker: String,
        place: Place,
    },
    /// The control API was used.
    Control {
        method: String,
        path: String,
        status: u16,
    },
    /// The identity provider was asked something.
    Token(Box<TokenRequest>),
    /// The world was started.
    Start {
        seed: u64,
        profile: String,
        scenario: Option<String>,
    },
}

/// Where a client shows that it took something in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// What it printed.
    Output,
    /// The files it keeps its mail in.
    Files,
}

/// What the identity provider was asked, and what it answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenRequest {
    pub issuer: Issuer,
    /// `token`, `authorize`, `device_authorization`, `revoke`, `jwks`, ...
    pub endpoint: &'static str,
    /// `grant_type` as sent, where that is the token endpoint; else the endpoint again.
    pub grant: String,
    pub client: String,
    pub account: Option<String>,
    /// HTTP status; 0 where the client left before it was answered.
    pub status: u16,
    /// `error` of the answer: `invalid_grant`.
    pub error: Option<String>,
    /// The provider's number for it: 700082.
    pub code: Option<u64>,
    /// The failure's name, or the response's.
    pub failure: Option<String>,
    /// A number for the code or token shown: the same for the same, 0 for none.
    pub secret: u64,
}

/// Who ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    Client,
    Server,
}

/// Who made a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// The API, `ctl` or the library.
    Request,
    /// A scenario's phase.
    Phase,
    /// The world itself, because of what a client did.
    Lockout,
    /// The world itself, because of the time.
    Clock,
}

/// Every word `kind` can be.
pub const KINDS: [&str; 25] = [
    "start",
    "connect",
    "client_hello",
    "handshake",
    "line_in",
    "line_out",
    "data",
    "log_in",
    "error_challenge",
    "error_challenge_answered",
    "mail_accepted",
    "starttls",
    "fault",
    "refused",
    "closing",
    "limit",
    "close",
    "change",
    "locked",
    "portal",
    "phase",
    "mail",
    "shown",
    "control",
    "token_request",
];

impl What {
    /// The word for `kind`, one of `KINDS`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Connect { .. } => "connect",
            Self::Hello(_) => "client_hello",
            Self::Handshake(_) => "handshake",
            Self::Session(event) => match event {
                Event::LineIn { .. } => "line_in",
                Event::LineOut { .. } => "line_out",
                Event::Data { .. } => "data",
                Event::LogIn { .. } => "log_in",
                Event::ErrorChallenge { .. } => "error_challenge",
                Event::ErrorChallengeAnswered { .. } => "error_challenge_answered",
                Event::MailAccepted { .. } => "mail_accepted",
                Event::StartTls { .. } => "starttls",
                Event::Fault { .. } => "fault",
                Event::Refused { .. } => "refused",
                Event::Closing { .. } => "closing",
                Event::Limit { .. } => "limit",
            },
            Self::Close { .. } => "close",
            Self::Change { .. } => "change",
            Self::Locked { .. } => "locked",
            Self::Portal(_) => "portal",
            Self::Phase { .. } => "phase",
            Self::Mail { .. } => "mail",
            Self::Shown { .. } => "shown",
            Self::Limit { .. } => "limit",
            Self::Control { .. } => "control",
            Self::Token(_) => "token_request",
            Self::Start { .. } => "start",
        }
    }
}

impl Entry {
    /// About how much memory it takes, in bytes.
    pub fn size(&self) -> usize {
        let more = match &self.what {
            What::Session(Event::LineIn { bytes, secrets, .. }) => bytes.len() + secrets.len() * 16,
            What::Session(Event::LineOut { bytes, .. }) => bytes.len(),
            What::Session(Event::LogIn { user, mechanism, failure, reason, .. }) => {
                let said = [failure, reason].into_iter().flatten().map(String::len).sum::<usize>();
                user.len() + mechanism.len() + said
            }
            What::Session(Event::ErrorChallenge { challenge, .. }) => 32 + challenge.len(),
            What::Session(Event::MailAccepted { reverse_path, recipients, .. }) => {
                reverse_path.len() + recipients.iter().map(|one| one.len() + 24).sum::<usize>()
            }
            What::Session(_) => 32,
            What::Token(token) => 128 + token.client.len() + token.grant.len(),
            What::Hello(hello) => {
                256 + 2
                    * (hello.cipher_suites.len()
                        + hello.taken.len()
                        + hello.groups.len()
                        + hello.signature_schemes.len())
            }
            What::Handshake(_) | What::Change { .. } => 256,
            What::Close { reason: text, .. } | What::Limit { what: text } | What::Phase { name: text } => {
                text.len()
            }
            What::Connect { .. }
            | What::Locked { .. }
            | What::Portal(_)
            | What::Mail { .. }
            | What::Shown { .. }
            | What::Control { .. }
            | What::Start { .. } => 32,
        };
        size_of::<Self>() + more
    }
}

/// Which entries to read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Only entries behind this number.
    pub since: u64,
    pub connection: Option<ConnectionId>,
    /// Only entries of this kind (`log_in`).
    pub kind: Option<String>,
}

impl Filter {
    pub fn since(since: u64) -> Self {
        Self { since, ..Self::default() }
    }

    pub fn of_connection(connection: ConnectionId) -> Self {
        Self { connection: Some(connection), ..Self::default() }
    }

    pub fn admits(&self, entry: &Entry) -> bool {
        entry.seq > self.since
            && self.connection.is_none_or(|wanted| entry.connection.is_some_and(|(id, _)| id == wanted))
            && self.kind.as_ref().is_none_or(|kind| entry.what.kind() == kind)
    }
}
