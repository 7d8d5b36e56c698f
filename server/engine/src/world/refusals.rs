//! The refusals in force, asked at each log-in and at each cue of a session.
//!
//! A log-in passes, in this order: its name (`crate::names`), the refusals that a switch causes, the state of the
//! account, the password, the refusals that only a right password meets, the limits of connections. So a protocol
//! that is switched off answers before anybody looks at the password, as real servers do.
use std::collections::{BTreeMap, VecDeque};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use postfail_session::world::{Cue, Proof, Protocol, Refusal, Stage, Then};
use postfail_store::AccountId;
use postfail_store::account::State;
use serde::Serialize;

use super::change::check_word;
use super::log_in::SUSPICIOUS;
use super::{Connection, World};
use crate::change::ChangeCause;
use crate::change::refuse::{Accept, Place, Refuse};
use crate::listener::TlsVersion;
use crate::names::{self, Met};
use crate::profile::FAILURES;
use crate::seed::Seed;
use crate::words::UnknownWord;

/// Most refusals a world holds: each log-in asks all of them.
pub const REFUSALS_MAX: usize = 1_000;

/// Failures of which a server can speak only when the password is right: with a wrong one they look like any other.
pub const AFTER_PASSWORD: [&str; 8] = [
    "app-password-required",
    "conditional-access",
    "connection-limit",
    "consent-required",
    "mfa-required",
    "password-expired",
    "weak-password",
    "web-login-required",
];

/// Failures that are about passwords, and never meet a token.
const OF_PASSWORDS: [&str; 5] =
    ["app-password-required", "bad-password", "basic-auth-disabled", "password-expired", "weak-password"];

/// What log-ins go by: SASL mechanisms, and the commands that need none.
const LOG_INS: [&str; 12] = [
    "PLAIN",
    "LOGIN",
    "CRAM-MD5",
    "SCRAM-SHA-256-PLUS",
    "SCRAM-SHA-256",
    "SCRAM-SHA-1-PLUS",
    "SCRAM-SHA-1",
    "XOAUTH2",
    "OAUTHBEARER",
    "EXTERNAL",
    "USER",
    "APOP",
];

/// IMAP's commands that put something into a mailbox.
const KEEPING: [&str; 3] = ["APPEND", "COPY", "UID COPY"];

/// A refusal in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Held {
    #[serde(flatten)]
    refuse: Refuse,
    /// How often it still acts.
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<u32>,
    /// Virtual time at which it ends by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    /// The failure's name, where `refuse` gives the `id` of a response.
    #[serde(skip)]
    kind: String,
    #[serde(skip)]
    account: Option<AccountId>,
    /// Accounts it was lifted for.
    #[serde(skip)]
    spared: Vec<AccountId>,
    /// Log-ins that count towards `beyond`.
    #[serde(skip)]
    counted: BTreeMap<AccountId, VecDeque<Timestamp>>,
}

/// All refusals of a world, in the order they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Refusals(Vec<Held>);

/// Who is asking to go on, and where.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    pub protocol: Protocol,
    pub account: Option<AccountId>,
    /// The version of TLS on the connection.
    pub tls: Option<TlsVersion>,
    pub at: Moment<'a>,
}

/// The moment a refusal can act.
#[derive(Clone, Copy, Debug)]
pub enum Moment<'a> {
    LogIn {
        mechanism: &'a str,
        proof: Proof<'a>,
        /// The password was found right.
        proven: bool,
        /// It is an application password.
        application: bool,
    },
    Cue(&'a Cue<'a>),
}

impl Refusals {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Refuse from now on; `account` is the one named, `kind` the failure's name.
    pub(super) fn add(&mut self, refuse: &Refuse, kind: String, account: Option<AccountId>, now: Timestamp) {
        let ends = |span: crate::span::Span| {
            let length = SignedDuration::try_from(span.0).unwrap_or(SignedDuration::MAX);
            now.saturating_add(length).unwrap_or(Timestamp::MAX)
        };
        self.0.push(Held {
            left: refuse.times,
            until: refuse.lasting.map(ends),
            kind,
            account,
            spared: Vec::new(),
            counted: BTreeMap::new(),
            refuse: refuse.clone(),
        });
    }

    /// Refuse no more, as far as `accept` goes.
    pub(super) fn lift(&mut self, accept: &Accept, account: Option<AccountId>) {
        let all = [Protocol::Smtp, Protocol::Pop3, Protocol::Imap];
        self.0.retain_mut(|held| {
            if accept.failure != "all" && accept.failure != held.refuse.failure {
                return true;
            }
            match (account, held.account) {
                (Some(named), Some(own)) if named != own => return true,
                (Some(named), None) => {
                    held.spared.push(named);
                    return true;
                }
                _ => {}
            }
            if accept.protocols.is_empty() {
                return false;
            }
            if held.refuse.protocols.is_empty() {
                held.refuse.protocols = all.to_vec();
            }
            held.refuse.protocols.retain(|protocol| !accept.protocols.contains(protocol));
            !held.refuse.protocols.is_empty()
        });
    }

    /// The failure to answer with, if any; `place_of` says where the profile's server says a failure.
    pub(super) fn answer(
        &mut self,
        asking: &Asking<'_>,
        place_of: impl Fn(&str) -> Place,
        now: Timestamp,
        random: &mut Seed,
    ) -> Option<String> {
        self.0.retain(|held| held.until.is_none_or(|until| now < until) && held.left != Some(0));
        for held in &mut self.0 {
            let place = held.refuse.stage.unwrap_or_else(|| place_of(&held.refuse.failure));
            if held.meets(asking, place, now) && held.draws(random) {
                held.left = held.left.map(|left| left.saturating_sub(1));
                return Some(held.refuse.failure.clone());
            }
        }
        None
    }
}

impl Held {
    fn meets(&mut self, asking: &Asking<'_>, place: Place, now: Timestamp) -> bool {
        let Refuse { protocols, mechanisms, .. } = &self.refuse;
        let spared = asking.account.is_some_and(|id| self.spared.contains(&id));
        if spared
            || (self.account.is_some() && self.account != asking.account)
            || !(protocols.is_empty() || protocols.contains(&asking.protocol))
            || self.refuse.tls_below.is_some_and(|below| asking.tls.is_none_or(|version| version >= below))
        {
            return false;
        }
        match asking.at {
            Moment::Cue(cue) => is_at(place, cue, asking.protocol),
            Moment::LogIn { mechanism, proof, proven, application } => {
                let kind = self.kind.as_str();
                place == Place::Auth
                    && proven == AFTER_PASSWORD.contains(&kind)
                    && !(application && kind == "app-password-required")
                    && !(matches!(proof, Proof::Bearer { .. }) && OF_PASSWORDS.contains(&kind))
                    && (mechanisms.is_empty()
                        || mechanisms.iter().any(|name| name.eq_ignore_ascii_case(mechanism)))
                    && self.is_beyond(asking.account, now)
            }
        }
    }

    /// Count this log-in, unless there were as many as the quota has.
    fn is_beyond(&mut self, account: Option<AccountId>, now: Timestamp) -> bool {
        let Some(beyond) = self.refuse.beyond else { return true };
        let Some(account) = account else { return false };
        let window = SignedDuration::try_from(beyond.within.0).unwrap_or(SignedDuration::MAX);
        let counted = self.counted.entry(account).or_default();
        while counted.front().is_some_and(|at| at.saturating_add(window).is_ok_and(|end| end <= now)) {
            counted.pop_front();
        }
        if counted.len() >= beyond.logins as usize {
            return true;
        }
        counted.push_back(now);
        false
    }

    fn draws(&self, random: &mut Seed) -> bool {
        self.refuse.percent.is_none_or(|percent| random.draw() % 100 < u64::from(percent))
    }
}

fn is_at(place: Place, cue: &Cue<'_>, protocol: Protocol) -> bool {
    match place {
        Place::Connect => cue.stage == Stage::Greeting,
        Place::StartTls => cue.stage == Stage::StartTls,
        // Asked about with the log-in itself.
        Place::Auth => false,
        Place::Mailbox => cue.stage == Stage::Mailbox,
        Place::Data => cue.stage == Stage::Data,
        Place::Command if protocol == Protocol::Smtp => cue.stage == Stage::Mailbox,
        Place::Command => {
            cue.account.is_some() && !matches!(cue.stage, Stage::Greeting | Stage::Auth | Stage::Quit)
        }
    }
}

impl World {
    /// The failure that somebody set for this moment.
    pub(super) fn refusal(&mut self, asking: &Asking<'_>, real: Timestamp) -> Option<String> {
        if self.refusals.is_empty() {
            return None;
        }
        let now = self.now(real);
        let mut refusals = std::mem::take(&mut self.refusals);
        let mut random = std::mem::replace(&mut self.random, Seed::new(0));
        let place_of = |failure: &str| self.place_of(failure, asking.protocol, now);
        let failure = refusals.answer(asking, place_of, now, &mut random);
        (self.refusals, self.random) = (refusals, random);
        failure
    }

    /// Where the profile's server says this failure; at the log-in, as far as nobody knows.
    pub(super) fn place_of(&self, failure: &str, protocol: Protocol, now: Timestamp) -> Place {
        let day = now.to_zoned(TimeZone::UTC).date();
        self.profile.response(failure, protocol, day).map_or(Place::Auth, |known| Place::of(known.stage))
    }

    /// What is to be said at a cue because of a refusal or a limit, in `words` for the failure.
    pub(super) fn refuse_at(
        &mut self,
        cue: &Cue<'_>,
        connection: &Connection,
        real: Timestamp,
    ) -> Option<String> {
        let protocol = connection.policy.protocol;
        let open = self.connections.get(&connection.id);
        if let Some(failure) = open.and_then(|open| open.chosen)
            && self.meets_chosen(failure, cue, protocol, real)
        {
            return Some(failure.to_owned());
        }
        let named = |user| self.store.find(user).or_else(|| self.chosen(user).map(|(_, id)| id));
        let account = cue.account.and_then(named);
        let asking = Asking { protocol, account, tls: open.and_then(|open| open.tls), at: Moment::Cue(cue) };
        let suspicious = || {
            let state = self.store.account(account?)?.state(self.now(real));
            let place = self.place_of(SUSPICIOUS, protocol, self.now(real));
            (state == State::Suspicious && is_at(place, cue, protocol)).then(|| SUSPICIOUS.to_owned())
        };
        let suspicious = suspicious();
        self.refusal(&asking, real).or(suspicious).or_else(|| {
            let full = cue.stage == Stage::Greeting
                && self.is_full(connection.peer.ip(), protocol)
                && self.limit_place(protocol, real) == Place::Connect;
            full.then(|| "connection-limit".to_owned())
        })
    }

    /// Is this where a client that logged in under such a name meets the failure?
    fn meets_chosen(&self, failure: &str, cue: &Cue<'_>, protocol: Protocol, real: Timestamp) -> bool {
        match names::met(failure) {
            Some(Met::Next) => is_at(Place::Command, cue, protocol),
            Some(Met::Sender) if protocol == Protocol::Smtp => {
                let said = self.place_of(failure, protocol, self.now(real));
                is_at(if said == Place::Data { said } else { Place::Command }, cue, protocol)
            }
            Some(Met::Room) => KEEPING.contains(&cue.verb),
            _ => false,
        }
    }

    /// A refusal that could not act, or would not mean what it says.
    pub(super) fn check_refusal(&self, refuse: &Refuse) -> Result<(), ChangeCause> {
        let wrong = |why| Err(ChangeCause::Refusal(why));
        self.check_failure(&refuse.failure)?;
        for mechanism in &refuse.mechanisms {
            check_word("mechanism", &mechanism.to_ascii_uppercase(), &LOG_INS)?;
        }
        let early = refuse.stage.is_some_and(|place| !place.knows_account());
        if early && refuse.account.is_some() {
            return wrong(
                "nobody has said who they are at this stage: leave `account` out, or refuse at \"auth\"",
            );
        }
        let log_in = !refuse.mechanisms.is_empty() || refuse.beyond.is_some();
        if log_in && refuse.stage.is_some_and(|place| place != Place::Auth) {
            return wrong(
                "`mechanisms` and `beyond` are about log-ins: leave `stage` out, or write \"auth\"",
            );
        }
        if refuse.beyond.is_some_and(|beyond| !(1..=1_000).contains(&beyond.logins)) {
            return wrong("`beyond` takes 1 to 1000 logins");
        }
        if refuse.times == Some(0) || refuse.percent.is_some_and(|percent| !(1..=100).contains(&percent)) {
            return wrong("this refusal would never act: `times` is at least 1, `percent` 1 to 100");
        }
        Ok(())
    }

    pub(super) fn check_failure(&self, name: &str) -> Result<(), ChangeCause> {
        match self.profile.failure_of(name) {
            Some(_) => Ok(()),
            None => Err(UnknownWord::new("failure", name, FAILURES).into()),
        }
    }
}

/// Before anybody has said a tag, IMAP refuses by BYE (RFC 3501 section 7.1.5); and the connection ends.
pub(super) fn in_place_of_greeting(mut refusal: Refusal) -> Refusal {
    for line in &mut refusal.lines {
        let text = line.strip_prefix("{tag} NO ").or_else(|| line.strip_prefix("{tag} BAD "));
        if let Some(text) = text {
            *line = format!("* BYE {text}");
        }
    }
    if refusal.then == Then::Keep {
        refusal.then = Then::Close;
    }
    refusal
}

#[cfg(test)]
mod tests;
