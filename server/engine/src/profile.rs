//! A provider's wording and limits, read from `scenarios/profiles/*.toml`.
//!
//! A scenario names a failure (`bad-password`); the profile supplies the line, the delay and what happens to the
//! connection, per protocol, each with its source and how certain it is. Where a profile is silent, the
//! neutral words of `postfail.toml` answer.
use std::sync::LazyLock;
use std::time::Duration;

use jiff::civil::Date;
use postfail_session::world::{Limits, Protocol, Refusal, Then};
use serde::{Deserialize, Serialize};

use crate::change::Lockout;
use crate::scenario::diagnostic::{Diagnostic, Source};
use crate::span::Span;

/// The failures a profile can have words for; the fact catalogue's names.
pub const FAILURES: [&str; 11] = [
    "account-disabled",
    "account-locked",
    "account-suspended",
    "bad-password",
    "connection-limit",
    "legacy-tls-refused",
    "over-quota",
    "password-expired",
    "plaintext-refused",
    "protocol-disabled",
    "temp-failure",
];

/// A provider.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The file's name without `.toml`.
    #[serde(skip)]
    pub id: String,
    pub title: Text,
    /// What is taken from where, in a sentence or two.
    pub note: String,
    /// The name in greetings.
    #[serde(default = "default_host")]
    pub host: String,
    pub greeting: PerProtocol<Greeting>,
    /// SASL mechanisms offered.
    pub mechanisms: PerProtocol<Vec<String>>,
    #[serde(default)]
    pub limits: LimitsTyped,
    /// When wrong passwords lock an account, unless a scenario says otherwise.
    #[serde(default = "never")]
    pub lockout: Lockout,
    #[serde(default, rename = "response")]
    pub responses: Vec<Response>,
}

fn default_host() -> String {
    "mail.postfail.test".to_owned()
}

fn never() -> Lockout {
    Lockout::NEVER
}

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    pub en: String,
    pub ja: String,
}

/// One value for each protocol.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerProtocol<T> {
    pub smtp: T,
    pub pop3: T,
    pub imap: T,
}

impl<T> PerProtocol<T> {
    pub fn of(&self, protocol: Protocol) -> &T {
        match protocol {
            Protocol::Smtp => &self.smtp,
            Protocol::Pop3 => &self.pop3,
            Protocol::Imap => &self.imap,
        }
    }
}

/// What stands behind `220 `, `+OK ` or `* OK `; `{host}` is filled in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Greeting {
    pub text: String,
    pub source: String,
    pub certainty: Certainty,
    pub wire: Wire,
    #[serde(default)]
    pub note: Option<String>,
}

/// What a server says for a failure; the shape of the fact catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    pub id: String,
    pub failure: String,
    pub protocol: Protocol,
    /// Whole lines without the last line end; `{tag}`, `{host}`, `{user}` are filled in.
    pub text: String,
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
    pub since: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
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
    Own,
}

/// Bounds a provider sets; what is not said is as in `Limits` of a healthy world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsTyped {
    /// Largest message in bytes: SIZE.
    pub message: Option<usize>,
    pub recipients: Option<usize>,
    /// Wrong commands before the connection is closed.
    pub errors: Option<u32>,
    pub idle_before_login: Option<Span>,
    pub idle_after_login: Option<Span>,
    /// Log-ins of one account at the same time, per protocol.
    pub logins: Option<u32>,
}

/// The bounds of `docs/limits.md`, by protocol.
fn limits_of(protocol: Protocol) -> Limits {
    let minutes = |n: u64| Duration::from_secs(n * 60);
    Limits {
        // RFC 7162 section 4 asks IMAP servers for 8192; RFC 5321 section 4.5.3.1 asks SMTP for 512, RFC 4954
        // section 4 for 12288 with AUTH.
        line: match protocol {
            Protocol::Smtp => 12_288,
            Protocol::Pop3 | Protocol::Imap => 65_536,
        },
        message: 50 << 20,
        // RFC 5321 section 4.5.3.1.8 asks for at least 100.
        recipients: 1_000,
        command: 1 << 20,
        errors: 20,
        // RFC 5321 section 4.5.3.2.7: 5 minutes; RFC 1939 section 3: 10; RFC 9051 section 5.4: 30, and less before
        // log-in (3 minutes, as Dovecot has it).
        idle_before_login: match protocol {
            Protocol::Smtp => minutes(5),
            Protocol::Pop3 => minutes(10),
            Protocol::Imap => minutes(3),
        },
        idle_after_login: match protocol {
            Protocol::Smtp => minutes(5),
            Protocol::Pop3 => minutes(10),
            Protocol::Imap => minutes(30),
        },
    }
}

impl Profile {
    /// Read a profile; `id` is its name.
    pub fn parse(id: &str, source: &Source<'_>) -> Result<Self, Diagnostic> {
        let mut profile: Self = toml::from_str(source.text).map_err(|error| source.syntax(&error))?;
        id.clone_into(&mut profile.id);
        for response in &profile.responses {
            if !FAILURES.contains(&response.failure.as_str()) {
                return Err(source.unknown_word("failure", &response.failure, FAILURES, None));
            }
        }
        Ok(profile)
    }

    /// What this provider says for a failure on a day; `None` where the profile has no words.
    pub fn response(&self, failure: &str, protocol: Protocol, day: Date) -> Option<&Response> {
        self.responses.iter().find(|response| {
            response.failure == failure
                && response.protocol == protocol
                && response.since.is_none_or(|since| since <= day)
                && response.until.is_none_or(|until| day <= until)
        })
    }

    /// The words for a failure, the neutral ones where the profile has none.
    pub fn wording(&self, failure: &str, protocol: Protocol, day: Date) -> Refusal {
        match self.response(failure, protocol, day) {
            Some(response) => response.refusal(),
            None => fallback(failure, protocol),
        }
    }

    pub fn limits(&self, protocol: Protocol) -> Limits {
        let (typed, usual) = (&self.limits, limits_of(protocol));
        Limits {
            message: typed.message.unwrap_or(usual.message),
            recipients: typed.recipients.unwrap_or(usual.recipients),
            errors: typed.errors.unwrap_or(usual.errors),
            idle_before_login: typed.idle_before_login.map_or(usual.idle_before_login, |span| span.0),
            idle_after_login: typed.idle_after_login.map_or(usual.idle_after_login, |span| span.0),
            ..usual
        }
    }
}

impl Response {
    pub fn refusal(&self) -> Refusal {
        Refusal {
            failure: self.failure.clone(),
            lines: self.text.lines().map(str::to_owned).collect(),
            delay: self.delay.0,
            then: self.then,
        }
    }

    /// Is any part of it deduced rather than seen?
    pub fn is_inferred(&self) -> bool {
        self.certainty == Certainty::Inferred || matches!(self.wire, Wire::Inferred | Wire::Partial)
    }
}

/// Our own neutral words: the profile `postfail`, which has some for every failure and protocol.
pub fn neutral() -> &'static Profile {
    const TEXT: &str = include_str!("../../../scenarios/profiles/postfail.toml");
    static NEUTRAL: LazyLock<Profile> = LazyLock::new(|| {
        let source = Source { name: "scenarios/profiles/postfail.toml", text: TEXT };
        Profile::parse("postfail", &source).unwrap_or_else(|wrong| panic!("{wrong}"))
    });
    &NEUTRAL
}

/// The words where a profile has none. A failure nobody has words for is temporary: it must not make a client
/// throw its password away.
fn fallback(failure: &str, protocol: Protocol) -> Refusal {
    let day = Date::constant(2000, 1, 1);
    let words = |word| neutral().response(word, protocol, day).map(Response::refusal);
    let mut refusal = words(failure).or_else(|| words("temp-failure")).unwrap_or_default();
    failure.clone_into(&mut refusal.failure);
    refusal
}

#[cfg(test)]
mod tests;
