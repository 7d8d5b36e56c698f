//! One response of a provider: what it says for a failure, with its source and how certain it is.
use std::collections::BTreeMap;

use postfail_session::world::{Protocol, Refusal, Stage, Then};
use serde::{Deserialize, Serialize};

use super::date::{RoughDate, dated};
use super::placeholder;
use crate::span::Span;

/// What a server says for a failure; the shape of the fact catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    pub id: String,
    pub failure: String,
    pub protocol: Protocol,
    /// Said to log-ins by these mechanisms only; to all without it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mechanisms: Vec<String>,
    /// Where in the conversation the real server says it.
    #[serde(default = "auth")]
    pub stage: Stage,
    /// Instead of words: what happens to the connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<WireEvent>,
    /// Whole lines without the last line end, with placeholders. A line `C: ...` is the client's, between two of the
    /// server. Empty where the fact is known but not the words.
    #[serde(default)]
    pub text: String,
    /// Words of our own for gaps that the fact leaves: `{reason}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fill: BTreeMap<String, String>,
    /// The real server breaks the protocol's grammar here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub malformed: bool,
    #[serde(default)]
    pub then: Then,
    /// How long the server thinks first.
    #[serde(default)]
    pub delay: Span,
    pub source: String,
    pub certainty: Certainty,
    pub wire: Wire,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Said from this day on, and until that day (both included).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<RoughDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<RoughDate>,
}

dated!(Response);

fn auth() -> Stage {
    Stage::Auth
}

/// What happens where nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WireEvent {
    /// The connection is refused: RST answers SYN.
    Refuse,
    /// SYN is not answered.
    Blackhole,
    /// The connection stands and nothing is sent.
    Hang,
    /// The connection is closed without a reply.
    Close,
    /// The handshake ends with the alert protocol_version (RFC 8446 section 6.2).
    TlsAlert,
}

/// How well a fact is founded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// Official document, or the program's own source.
    Primary,
    /// Verbatim in somebody's log.
    Log,
    /// An article, or other software's matching code.
    Secondary,
    /// Nobody has seen it: deduced.
    Inferred,
    /// Our own words.
    Own,
}

/// How much of the line itself was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wire {
    Verbatim,
    Partial,
    Inferred,
    /// Nothing is said: see `event`.
    Event,
    /// It happens, but nobody published the words.
    None,
    Own,
}

impl Response {
    /// The reply's lines: behind the client's last turn, where the response is a dialogue.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        let turns = self.text.lines().filter(|line| line.starts_with(CLIENT)).count();
        let mut left = turns;
        self.text.lines().filter(move |line| {
            let client = line.starts_with(CLIENT);
            left -= usize::from(client);
            !client && left == 0
        })
    }

    /// What the server says before the client's turn in a dialogue: the error challenge of an OAuth mechanism
    /// (RFC 7628 section 3.2.3), whole line.
    pub fn challenge(&self) -> Option<&str> {
        let (server, _) = self.text.split_once(CLIENT_LINE)?;
        server.lines().last()
    }

    /// The refusal as the engine hands it to a session; `value` knows what else is in braces.
    pub fn refusal(&self, value: impl Fn(&str) -> Option<String>) -> Refusal {
        let value = |name: &str| self.fill.get(name).cloned().or_else(|| value(name));
        Refusal {
            failure: self.failure.clone(),
            lines: self.lines().map(|line| placeholder::fill(line, value)).collect(),
            delay: self.delay.0,
            then: self.then,
            challenge: self.error_challenge().map(str::to_owned),
        }
    }

    /// The challenge of an OAuth mechanism alone, in base64.
    fn error_challenge(&self) -> Option<&str> {
        let line = self.challenge()?;
        let challenge = line.strip_prefix("+ ").or_else(|| line.strip_prefix("334 "))?;
        (!challenge.is_empty() && !challenge.contains('{')).then_some(challenge)
    }

    /// Is any part of it deduced rather than seen?
    pub fn is_inferred(&self) -> bool {
        self.certainty == Certainty::Inferred || matches!(self.wire, Wire::Inferred | Wire::Partial)
    }
}

const CLIENT: &str = "C: ";
const CLIENT_LINE: &str = "\nC: ";
