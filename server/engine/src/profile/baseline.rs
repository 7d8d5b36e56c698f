//! What a provider says when nothing fails: greetings, capability lists, the parting.
use jiff::civil::Date;
use postfail_session::world::{Protocol, Stage, Then};
use serde::Deserialize;

use super::date::{RoughDate, dated, latest};
use super::response::{Certainty, Wire};

/// What stands behind `220 `, `+OK ` or `* OK `; `{host}` is filled in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Greeting {
    #[serde(default)]
    pub id: Option<String>,
    pub text: String,
    pub source: String,
    pub certainty: Certainty,
    pub wire: Wire,
    #[serde(default)]
    pub note: Option<String>,
    #[serde(default)]
    pub since: Option<RoughDate>,
    #[serde(default)]
    pub until: Option<RoughDate>,
    /// What it was before.
    #[serde(default)]
    pub earlier: Vec<Greeting>,
}

impl Greeting {
    /// This one and those before it.
    pub fn all(&self) -> impl Iterator<Item = &Greeting> {
        std::iter::once(self).chain(&self.earlier)
    }

    /// The one of a day; this one when the day is before all of them.
    pub fn on(&self, day: Date) -> &Greeting {
        latest(self.all(), day).unwrap_or(self)
    }

    /// IMAP's list of capabilities in front, if there is one (RFC 9051 section 7.1).
    pub fn capabilities(&self) -> Option<Vec<&str>> {
        let (list, _) = self.text.strip_prefix("[CAPABILITY ")?.split_once(']')?;
        Some(list.split_whitespace().collect())
    }

    /// The text without IMAP's list of capabilities in front (RFC 9051 section 7.1): sessions say it
    /// themselves, true to the listener.
    pub fn words(&self) -> &str {
        let code = self.text.strip_prefix("[CAPABILITY ").and_then(|rest| rest.split_once("] "));
        code.map_or(&self.text, |(_, words)| words)
    }
}

/// A healthy answer, whole lines.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    pub id: String,
    pub protocol: Protocol,
    #[serde(default = "capability")]
    pub stage: Stage,
    /// In which state of the connection; in any, unless said.
    #[serde(default)]
    pub under: Option<Under>,
    pub text: String,
    #[serde(default)]
    pub then: Then,
    pub source: String,
    pub certainty: Certainty,
    pub wire: Wire,
    #[serde(default)]
    pub note: Option<String>,
    #[serde(default)]
    pub since: Option<RoughDate>,
    #[serde(default)]
    pub until: Option<RoughDate>,
}

dated!(Greeting, Baseline);

fn capability() -> Stage {
    Stage::Capability
}

/// The states of a connection that have capabilities of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Under {
    /// Without TLS, before log-in.
    Plain,
    /// With TLS, before log-in.
    Tls,
    Authenticated,
}

impl Baseline {
    /// The capabilities alone: atoms of CAPABILITY (RFC 9051 section 7.2.2), lines of CAPA (RFC 2449 section 5), or
    /// keywords of EHLO with their parameters (RFC 5321 section 4.1.1.1).
    pub fn capabilities(&self) -> Vec<&str> {
        let lines = self.text.lines();
        match self.protocol {
            Protocol::Imap => {
                let list = lines.filter_map(|line| line.strip_prefix("* CAPABILITY "));
                list.flat_map(str::split_whitespace).collect()
            }
            Protocol::Pop3 => lines.skip(1).take_while(|line| *line != ".").collect(),
            Protocol::Smtp => lines.skip(1).filter_map(|line| line.get(4..)).collect(),
        }
    }

    /// What is said around them: behind `250-`, `+OK` or IMAP's tagged `OK `.
    pub fn text_around(&self) -> Option<&str> {
        match self.protocol {
            Protocol::Imap => self.text.lines().find_map(|line| line.strip_prefix("{tag} OK ")),
            Protocol::Pop3 => Some(self.text.lines().next()?.strip_prefix("+OK")?.trim_start()),
            Protocol::Smtp => self.text.lines().next()?.get(4..),
        }
    }
}
