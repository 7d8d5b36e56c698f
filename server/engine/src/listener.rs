//! The seven listeners: which protocol each speaks, how it is secured, which TLS versions it takes.
//!
//! Ports: RFC 5321 (25), RFC 6409 (587), RFC 8314 (465, 995, 993), RFC 1939 (110), RFC 9051 (143).
pub mod tls;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

pub use postfail_session::world::{Protocol, Security};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::words::{self, UnknownWord};
pub use tls::TlsSettings;

/// Which of the seven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ListenerName {
    Smtp,
    Submission,
    Smtps,
    Pop3,
    Pop3s,
    Imap,
    Imaps,
}

impl ListenerName {
    pub const ALL: [Self; 7] =
        [Self::Smtp, Self::Submission, Self::Smtps, Self::Pop3, Self::Pop3s, Self::Imap, Self::Imaps];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Submission => "submission",
            Self::Smtps => "smtps",
            Self::Pop3 => "pop3",
            Self::Pop3s => "pop3s",
            Self::Imap => "imap",
            Self::Imaps => "imaps",
        }
    }

    pub fn protocol(self) -> Protocol {
        match self {
            Self::Smtp | Self::Submission | Self::Smtps => Protocol::Smtp,
            Self::Pop3 | Self::Pop3s => Protocol::Pop3,
            Self::Imap | Self::Imaps => Protocol::Imap,
        }
    }

    /// How this port is secured unless somebody changes it.
    pub fn security(self) -> Security {
        match self {
            Self::Smtps | Self::Pop3s | Self::Imaps => Security::Implicit,
            Self::Smtp | Self::Submission | Self::Pop3 | Self::Imap => Security::StartTls,
        }
    }

    /// The registered port; port set `standard`.
    pub fn standard_port(self) -> u16 {
        match self {
            Self::Smtp => 25,
            Self::Submission => 587,
            Self::Smtps => 465,
            Self::Pop3 => 110,
            Self::Pop3s => 995,
            Self::Imap => 143,
            Self::Imaps => 993,
        }
    }

    /// A port that needs no privilege: the registered one plus 3000; port set `usual`.
    pub fn usual_port(self) -> u16 {
        self.standard_port() + 3000
    }
}

impl fmt::Display for ListenerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for ListenerName {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        words::find("listener", text, &Self::ALL.map(|name| (name.as_str(), name)))
    }
}

/// A TLS protocol version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TlsVersion {
    V1_0,
    V1_1,
    V1_2,
    V1_3,
}

impl TlsVersion {
    pub const ALL: [Self; 4] = [Self::V1_0, Self::V1_1, Self::V1_2, Self::V1_3];

    /// `1.2`: how people and files write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1_0 => "1.0",
            Self::V1_1 => "1.1",
            Self::V1_2 => "1.2",
            Self::V1_3 => "1.3",
        }
    }

    /// The two bytes of `ProtocolVersion` (RFC 8446 section 4.2.1).
    pub fn code(self) -> u16 {
        match self {
            Self::V1_0 => 0x0301,
            Self::V1_1 => 0x0302,
            Self::V1_2 => 0x0303,
            Self::V1_3 => 0x0304,
        }
    }

    /// The version with this code; `None` for SSL, GREASE (RFC 8701) and drafts.
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.code() == code)
    }
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for TlsVersion {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        words::find("TLS version", text, &Self::ALL.map(|version| (version.as_str(), version)))
    }
}

words::serde_as_text!(TlsVersion, "a TLS version such as \"1.2\"");

/// The TLS versions a listener takes, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    pub min: TlsVersion,
    pub max: TlsVersion,
}

impl Window {
    /// What providers take today.
    pub const MODERN: Self = Self { min: TlsVersion::V1_2, max: TlsVersion::V1_3 };
    /// Everything we can speak.
    pub const ALL: Self = Self { min: TlsVersion::V1_0, max: TlsVersion::V1_3 };

    pub fn contains(self, version: TlsVersion) -> bool {
        self.min <= version && version <= self.max
    }

    pub fn versions(self) -> impl Iterator<Item = TlsVersion> {
        TlsVersion::ALL.into_iter().filter(move |version| self.contains(*version))
    }
}

impl fmt::Display for Window {
    /// For people: `1.2 to 1.3`, or `1.2 only`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.min == self.max {
            write!(f, "{} only", self.min)
        } else {
            write!(f, "{} to {}", self.min, self.max)
        }
    }
}

/// Why a window cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    #[error("{0}; write a window as `1.2-1.3`, or `1.2` for one version")]
    Version(#[from] UnknownWord),
    #[error(
        "the window {min}-{max} is empty: its first version is above its last; did you mean `{max}-{min}`?"
    )]
    Empty { min: TlsVersion, max: TlsVersion },
}

impl FromStr for Window {
    type Err = WindowError;

    fn from_str(text: &str) -> Result<Self, WindowError> {
        let (min, max) = text.split_once('-').unwrap_or((text, text));
        let (min, max) = (min.trim().parse()?, max.trim().parse()?);
        if min > max { Err(WindowError::Empty { min, max }) } else { Ok(Self { min, max }) }
    }
}

impl Serialize for Window {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}-{}", self.min, self.max))
    }
}

words::deserialize_as_text!(Window, "a TLS window such as \"1.2-1.3\"");

/// Whether and how a listener answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    #[default]
    Open,
    /// The port is not bound: a connection is refused at once (RST).
    Closed,
    /// Connections are accepted and then nothing is ever said.
    Silent,
    /// SYN goes unanswered, as behind a firewall that drops.
    Blackhole,
}

impl State {
    pub const ALL: [(&'static str, Self); 4] = [
        ("open", Self::Open),
        ("closed", Self::Closed),
        ("silent", Self::Silent),
        ("blackhole", Self::Blackhole),
    ];
}

impl FromStr for State {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        words::find("state", text, &Self::ALL)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::ALL.iter().find(|(_, state)| state == self).map_or("", |(word, _)| word))
    }
}

/// One listener as it stands now. Connections already open keep what held when they came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listener {
    pub name: ListenerName,
    pub protocol: Protocol,
    pub security: Security,
    #[serde(rename = "tls")]
    pub window: Window,
    #[serde(flatten)]
    pub settings: Arc<TlsSettings>,
    pub state: State,
    /// Kind of certificate shown: `good`.
    pub certificate: String,
    /// SASL mechanisms offered, in order, in capitals.
    #[serde(rename = "auth")]
    pub mechanisms: Vec<String>,
    /// Log-in only under TLS.
    pub require_tls: bool,
    /// The port in use; 0 until it is bound.
    pub port: u16,
}

impl Listener {
    /// As it is in a healthy world: open, TLS 1.2 to 1.3, a good certificate, log-in also in the clear.
    pub fn healthy(name: ListenerName, mechanisms: Vec<String>) -> Self {
        Self {
            name,
            protocol: name.protocol(),
            security: name.security(),
            window: Window::MODERN,
            settings: Arc::default(),
            state: State::Open,
            certificate: "good".to_owned(),
            mechanisms,
            require_tls: false,
            port: 0,
        }
    }
}

#[cfg(test)]
mod tests;
