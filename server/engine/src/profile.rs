//! A provider's wording and limits, read from `scenarios/profiles/*.toml`.
//!
//! A scenario names a failure (`bad-password`); the profile supplies the line, the delay and what happens to the
//! connection, per protocol, each with its source and how certain it is. Where a profile is silent, the
//! built-in words of `builtin.toml` answer.
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
        // RFC 5321 section 4.5.3.2.7: 5 minutes; RFC 1939 section 3: 10; RFC 9051 section 5.4: 30.
        idle_before_login: match protocol {
            Protocol::Smtp => minutes(5),
            Protocol::Pop3 | Protocol::Imap => minutes(3),
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

    /// The words for a failure, the built-in ones where the profile has none.
    pub fn wording(&self, failure: &str, protocol: Protocol, day: Date) -> Refusal {
        match self.response(failure, protocol, day) {
            Some(response) => response.refusal(),
            None => builtin(failure, protocol),
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

/// Words for every failure in every protocol, for profiles that have none (RFC 4954, 5530, 3206).
pub fn builtin(failure: &str, protocol: Protocol) -> Refusal {
    let (smtp, pop3, imap, text) = match failure {
        "bad-password" => ("535 5.7.8", "[AUTH]", "[AUTHENTICATIONFAILED]", "Wrong user name or password."),
        "account-locked" => {
            ("535 5.7.8", "[AUTH]", "[ALERT]", "This account is locked after too many wrong passwords.")
        }
        "account-disabled" => ("535 5.7.8", "[AUTH]", "[CONTACTADMIN]", "This account is switched off."),
        "account-suspended" => ("535 5.7.8", "[AUTH]", "[CONTACTADMIN]", "This account is suspended."),
        "password-expired" => {
            ("535 5.7.8", "[AUTH]", "[EXPIRED]", "This password has expired; choose a new one.")
        }
        "protocol-disabled" => ("535 5.7.8", "[AUTH]", "[NOPERM]", "This account may not use this protocol."),
        "plaintext-refused" => ("530 5.7.0", "[AUTH]", "[PRIVACYREQUIRED]", "Start TLS first."),
        "connection-limit" => ("421 4.7.0", "[IN-USE]", "[LIMIT]", "Too many connections."),
        "over-quota" => ("452 4.2.2", "[SYS/PERM]", "[OVERQUOTA]", "This mailbox is full."),
        "legacy-tls-refused" => {
            ("421 4.7.0", "[AUTH]", "[PRIVACYREQUIRED]", "This TLS version is not taken any more.")
        }
        // What nobody has words for is temporary: it must not make a client throw a password away.
        _ => ("454 4.7.0", "[SYS/TEMP]", "[UNAVAILABLE]", "Temporary failure, try again later."),
    };
    let line = match protocol {
        Protocol::Smtp => format!("{smtp} {text}"),
        Protocol::Pop3 => format!("-ERR {pop3} {text}"),
        Protocol::Imap => format!("{{tag}} NO {imap} {text}"),
    };
    let then = if smtp.starts_with("421") && protocol == Protocol::Smtp { Then::Close } else { Then::Keep };
    Refusal { failure: failure.to_owned(), lines: vec![line], delay: Duration::ZERO, then }
}

#[cfg(test)]
mod tests;
