//! One thing that happened.
use core::net::{IpAddr, SocketAddr};
use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;
use postfail_identity::Issuer;
use postfail_session::Event;
use postfail_session::world::Protocol;
use postfail_wire::tls::alert::AlertDescription;
use postfail_wire::tls::client_hello::ClientHello;
use serde::{Deserialize, Serialize};

use crate::change::Change;
use crate::listener::tls::{Suite, TlsSettings};
use crate::listener::{ListenerName, TlsVersion, Window};

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

/// What a ClientHello offers (RFC 8446 section 4.1.2). Codes as on the wire, GREASE included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hello {
    /// All versions offered, in the client's order: `supported_versions`, else `legacy_version` and below.
    pub versions: Vec<u16>,
    pub server_name: Option<String>,
    pub alpn: Vec<String>,
    pub cipher_suites: Vec<u16>,
    pub groups: Vec<u16>,
    pub signature_schemes: Vec<u16>,
    /// It asks for a stapled OCSP response (RFC 6066 section 8).
    pub status_request: bool,
    /// The listener's window at that moment.
    pub window: Option<Window>,
    /// The suites it was set to; none where it takes what its library takes.
    pub taken: Vec<u16>,
}

impl Hello {
    /// What the journal keeps of a ClientHello, and what it came to.
    pub fn new(hello: ClientHello, window: Window, settings: &TlsSettings) -> Self {
        let versions = hello.supported_versions.unwrap_or_else(|| {
            // Without the extension a client takes every version up to its own (RFC 5246 appendix E.1).
            let below = TlsVersion::ALL.into_iter().rev().map(TlsVersion::code);
            let mut versions: Vec<u16> =
                below.filter(|code| *code <= hello.legacy_version.min(0x0303)).collect();
            if versions.is_empty() {
                versions.push(hello.legacy_version);
            }
            versions
        });
        Self {
            versions,
            server_name: hello.server_name,
            alpn: hello.alpn,
            cipher_suites: hello.cipher_suites,
            groups: hello.groups,
            signature_schemes: hello.signature_schemes,
            status_request: hello.status_request,
            window: Some(window),
            taken: settings.suites.iter().map(|suite| suite.0).collect(),
        }
    }

    /// The highest TLS version offered that we know of.
    pub fn best(&self) -> Option<TlsVersion> {
        self.known().max()
    }

    /// What it says of versions, for people: `TLS 1.3, 1.2`; without a list of its own `at most TLS 1.2`.
    pub fn offer(&self) -> String {
        let known: BTreeSet<TlsVersion> = self.known().collect();
        match known.last() {
            None => "no TLS version we know".to_owned(),
            // TLS 1.3 can only be offered in a list (RFC 8446 section 4.2.1).
            Some(TlsVersion::V1_3) => {
                let names: Vec<&str> = known.iter().rev().map(|version| version.as_str()).collect();
                format!("TLS {}", names.join(", "))
            }
            Some(best) => format!("at most TLS {best}"),
        }
    }

    /// Does the window hold a version the client offers, with a suite for it? `None` without a window.
    pub fn fits(&self) -> Option<bool> {
        Some(self.shared(self.window?).any(|version| self.shares_suite(version)))
    }

    /// Is it the suites, and not the versions, that have nothing in common?
    pub fn lacks_suite(&self) -> bool {
        self.fits() == Some(false) && self.window.is_some_and(|window| self.shared(window).next().is_some())
    }

    fn shared(&self, window: Window) -> impl Iterator<Item = TlsVersion> {
        self.known().filter(move |version| window.contains(*version))
    }

    fn known(&self) -> impl Iterator<Item = TlsVersion> {
        self.versions.iter().filter_map(|code| TlsVersion::from_code(*code))
    }

    fn shares_suite(&self, version: TlsVersion) -> bool {
        let is_of_version = |suite: u16| Suite(suite).is_tls13() == (version == TlsVersion::V1_3);
        let mut taken = self.taken.iter().filter(|suite| is_of_version(**suite)).peekable();
        taken.peek().is_none() || taken.any(|suite| self.cipher_suites.contains(suite))
    }
}

/// How a TLS handshake ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handshake {
    Done {
        version: TlsVersion,
        /// IANA name: `TLS_AES_128_GCM_SHA256`.
        suite: Cow<'static, str>,
        /// `rustls` or `openssl`.
        backend: &'static str,
        alpn: Option<String>,
        resumed: bool,
        /// IANA name of the group of (EC)DHE; none with RSA key exchange, and from OpenSSL below TLS 1.3.
        group: Option<Cow<'static, str>>,
        /// SHA-256 of the certificate the client showed.
        client_certificate: Option<String>,
    },
    Failed {
        /// `offered at most TLS 1.1, window 1.2 to 1.3`.
        reason: String,
        /// Alerts by RFC name: `protocol_version`.
        alert_sent: Option<String>,
        alert_received: Option<String>,
    },
}

impl Handshake {
    /// One that came to nothing, with the alerts there were.
    pub fn failed(
        reason: impl Into<String>,
        sent: Option<AlertDescription>,
        received: Option<AlertDescription>,
    ) -> Self {
        let (alert_sent, alert_received) =
            (sent.map(AlertDescription::word), received.map(AlertDescription::word));
        Self::Failed { reason: reason.into(), alert_sent, alert_received }
    }
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
