//! A provider's wording and limits, read from `scenarios/profiles/*.toml`.
//!
//! A scenario names a failure (`bad-password`); the profile supplies the line, the delay and what happens to the
//! connection, per protocol, each with its source and how certain it is. Where a profile is silent, the
//! neutral words of `postfail.toml` answer.
pub mod baseline;
mod challenge;
mod check;
pub mod date;
mod failure;
pub mod identity;
pub mod own;
pub mod placeholder;
pub mod response;
pub mod token;

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use jiff::civil::Date;
use postfail_session::world::{Limits, Protocol, Refusal};
pub use postfail_session::world::{Stage, Then};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::change::{ConnectionLimit, Lockout};
use crate::scenario::diagnostic::{Diagnostic, Source};
use crate::span::Span;
pub use baseline::{Baseline, Greeting, Under};
pub use failure::FAILURES;
pub use identity::OfIdentity;
use own::Own;
pub use placeholder::Occasion;
pub use response::{Certainty, Response, Wire, WireEvent};
pub use token::TokenResponse;

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
    #[serde(default)]
    pub greeting: PerProtocol<Option<Greeting>>,
    /// SASL mechanisms offered.
    #[serde(default = "passwords")]
    pub mechanisms: PerProtocol<Vec<String>>,
    #[serde(default)]
    pub limits: LimitsTyped,
    /// Whose tokens its servers take.
    #[serde(default)]
    pub identity: OfIdentity,
    /// When wrong passwords lock an account, unless a scenario says otherwise.
    #[serde(default = "never")]
    pub lockout: Lockout,
    /// What it says when nothing fails.
    #[serde(default)]
    pub baseline: Vec<Baseline>,
    #[serde(default, rename = "response")]
    pub responses: Vec<Response>,
    #[serde(default, rename = "token_response")]
    pub token_responses: Vec<TokenResponse>,
    /// By failure: in `postfail.toml` alone.
    #[serde(default)]
    pub own: BTreeMap<String, Own>,
}

fn default_host() -> String {
    "mail.postfail.test".to_owned()
}

fn passwords() -> PerProtocol<Vec<String>> {
    let both = || vec!["PLAIN".to_owned(), "LOGIN".to_owned()];
    PerProtocol { smtp: both(), pop3: both(), imap: both() }
}

fn never() -> Lockout {
    Lockout::NEVER
}

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    pub en: String,
    pub ja: String,
}

/// One value for each protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
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
    /// Connections of one client address at the same time, per protocol.
    pub connections: Option<u32>,
}

impl LimitsTyped {
    /// The bounds on connections at the same time.
    pub fn at_once(&self) -> ConnectionLimit {
        ConnectionLimit { account: self.logins, address: self.connections }
    }
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
        for (failure, own) in &profile.own {
            profile.responses.extend(own.responses(failure));
            let token = own.token.as_ref().map(|token| token.response(failure, &own.means.en));
            profile.token_responses.extend(token);
        }
        check::check(&profile, source)?;
        Ok(profile)
    }

    /// What this provider says on a day for a failure; `None` where the profile knows nothing. Of several entries
    /// the one that began last answers, of those that began together the first; a scenario that means another
    /// gives its `id` in place of the failure's name.
    pub fn response(&self, failure: &str, protocol: Protocol, day: Date) -> Option<&Response> {
        date::latest(self.known(failure, protocol), day)
    }

    /// The same to a log-in by a mechanism: words that are for it before those that are for all.
    pub fn response_by(
        &self,
        failure: &str,
        protocol: Protocol,
        mechanism: &str,
        day: Date,
    ) -> Option<&Response> {
        let is_for = |name: &String| name.eq_ignore_ascii_case(mechanism);
        let own = self.known(failure, protocol).filter(|known| known.mechanisms.iter().any(is_for));
        let all = self.known(failure, protocol).filter(|known| known.mechanisms.is_empty());
        date::latest(own, day).or_else(|| date::latest(all, day))
    }

    fn known(&self, failure: &str, protocol: Protocol) -> impl Iterator<Item = &Response> {
        let asked = move |it: &&Response| it.failure == failure || it.id == failure;
        self.responses.iter().filter(asked).filter(move |response| response.protocol == protocol)
    }

    /// Does a session end with the token it was opened by? Ours do; a provider's where it was seen to.
    pub fn ends_with_token(&self, protocol: Protocol, day: Date) -> bool {
        let response = self.response("oauth-token-expired-midsession", protocol, day);
        self.is_neutral() || response.is_some_and(|response| response.then != Then::Keep)
    }

    /// The failure that a name means: its own, or that of the response with this `id`; `None` when nobody knows it.
    pub fn failure_of<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        let own = |profile: &'a Self| profile.responses.iter().find(|it| it.id == name);
        let found = || own(self).or_else(|| own(neutral())).map(|response| response.failure.as_str());
        if FAILURES.contains(&name) { Some(name) } else { found() }
    }

    /// The words for a failure, the neutral ones where the profile has none. Only the session's placeholders are
    /// left in them.
    pub fn wording(&self, failure: &str, protocol: Protocol, occasion: &Occasion) -> Refusal {
        self.words(self.response(failure, protocol, occasion.day()), failure, protocol, occasion)
    }

    /// The words for a log-in by a mechanism. Our own have an error challenge where the mechanism has one.
    pub fn wording_by(
        &self,
        failure: &str,
        protocol: Protocol,
        mechanism: &str,
        occasion: &Occasion,
    ) -> Refusal {
        let response = self.response_by(failure, protocol, mechanism, occasion.day());
        let own = self.is_neutral() || response.is_none();
        let mut refusal = self.words(response, failure, protocol, occasion);
        if own && refusal.then == Then::Keep {
            refusal.challenge = challenge::error_challenge(mechanism, &refusal.failure);
        }
        refusal
    }

    fn words(
        &self,
        response: Option<&Response>,
        failure: &str,
        protocol: Protocol,
        occasion: &Occasion,
    ) -> Refusal {
        let Some(response) = response else { return fallback(failure, protocol) };
        if response.wire == Wire::None {
            return Refusal {
                delay: response.delay.0,
                then: response.then,
                ..fallback(&response.failure, protocol)
            };
        }
        response.refusal(|name| occasion.value(name, &self.host))
    }

    /// What the token endpoint answers on a day for a failure (or an entry's `id`), in our own words where the
    /// profile has none; `None` where no token endpoint can meet it.
    pub fn token_response(&self, failure: &str, day: Date) -> Option<&TokenResponse> {
        let asked = |it: &&TokenResponse| it.failure.as_deref() == Some(failure) || it.id == failure;
        let of = |profile: &'static Self| date::latest(profile.token_responses.iter().filter(asked), day);
        date::latest(self.token_responses.iter().filter(asked), day).or_else(|| of(neutral()))
    }

    /// The greeting behind `220 `, `+OK ` or `* OK `; `{host}` is left for the session.
    pub fn greeting(&self, protocol: Protocol, occasion: &Occasion) -> String {
        let own = self.greeting.of(protocol).as_ref();
        let told = own.map(|greeting| greeting.on(occasion.day()));
        placeholder::fill(told.map_or(neutral_greeting(protocol), Greeting::words), |name| {
            occasion.value(name, &self.host)
        })
    }

    /// The greeting's pattern, as it is now.
    pub fn greeting_pattern(&self, protocol: Protocol) -> &str {
        self.greeting.of(protocol).as_ref().map_or(neutral_greeting(protocol), Greeting::words)
    }

    /// What it says on a day when nothing fails: a capability list, the parting.
    pub fn baseline(&self, protocol: Protocol, stage: Stage, under: Under, day: Date) -> Option<&Baseline> {
        let fits = |it: &&Baseline| {
            it.protocol == protocol && it.stage == stage && it.under.is_none_or(|state| state == under)
        };
        date::latest(self.baseline.iter().filter(fits), day)
    }

    /// Our own words, of no provider.
    pub fn is_neutral(&self) -> bool {
        !self.own.is_empty()
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

/// Our own neutral words: the profile `postfail`, which has some for every failure and protocol.
pub fn neutral() -> &'static Profile {
    const TEXT: &str = include_str!("../../../scenarios/profiles/postfail.toml");
    static NEUTRAL: LazyLock<Profile> = LazyLock::new(|| {
        let source = Source { name: "scenarios/profiles/postfail.toml", text: TEXT };
        Profile::parse("postfail", &source).unwrap_or_else(|wrong| panic!("{wrong}"))
    });
    &NEUTRAL
}

fn neutral_greeting(protocol: Protocol) -> &'static str {
    neutral().greeting.of(protocol).as_ref().map_or("{host}", Greeting::words)
}

/// The words where a profile has none. A failure nobody has words for is temporary: it must not make a client
/// throw its password away.
fn fallback(failure: &str, protocol: Protocol) -> Refusal {
    let day = Date::constant(2000, 1, 1);
    let words = |word| neutral().response(word, protocol, day).map(|response| response.refusal(|_| None));
    let mut refusal = words(failure).or_else(|| words("temp-failure")).unwrap_or_default();
    failure.clone_into(&mut refusal.failure);
    refusal
}

/// What a failure means, for people.
pub fn meaning(failure: &str) -> Option<&'static Text> {
    neutral().own.get(failure).map(|own| &own.means)
}

#[cfg(test)]
mod tests;
