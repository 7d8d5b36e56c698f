//! The log-ins of a scene, each with what the server said to it: for good, for now, or neither (RFC 5321 section
//! 4.2.1, RFC 5530 section 3, RFC 3206).
use jiff::Timestamp;
use postfail_session::Event;
use postfail_session::world::Protocol;

use super::Scene;
use super::talk::{Talk, holds, is_challenge};
use crate::journal::{By, ConnectionId, Entry, What};

/// Failures that pass by themselves, however they are worded.
const PASSING: [&str; 9] = [
    "client-loop",
    "closed-during-auth",
    "connection-limit",
    "hang",
    "mailbox-locked",
    "server-restart",
    "temp-failure",
    "throttled",
    "too-many-errors",
];

/// Failures that say "not like this" and nothing of the password.
const OF_THE_WAY: [&str; 5] = [
    "auth-mechanism-unsupported",
    "auth-not-offered",
    "legacy-tls-refused",
    "plaintext-refused",
    "wrong-encryption-mode",
];

/// A log-in that was tried.
#[derive(Clone, Copy, Debug)]
pub struct Try<'a> {
    pub entry: &'a Entry,
    pub connection: ConnectionId,
    pub user: &'a str,
    pub mechanism: &'a str,
    /// The same for the same secret; 0 where only a digest was shown.
    pub secret: u64,
    pub failure: Option<&'a str>,
    /// What only the server knows.
    pub reason: Option<&'a str>,
    /// What the client was told by a refusal.
    pub told: Option<Told>,
}

/// How a refusal is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The same again is of no use.
    ForGood,
    /// Later it may go well.
    ForNow,
}

impl Try<'_> {
    pub fn by_token(&self) -> bool {
        matches!(self.mechanism, "XOAUTH2" | "OAUTHBEARER")
    }

    /// Refused for good, as it was told and as it is, and because of what was shown.
    pub fn is_refused_for_good(&self) -> bool {
        let is = |list: &[&str]| self.failure.is_some_and(|failure| list.contains(&failure));
        self.told == Some(Told::ForGood) && !is(&PASSING) && !is(&OF_THE_WAY)
    }

    pub fn at(&self) -> Timestamp {
        self.entry.virtual_time
    }
}

/// Every log-in of the scene, in order.
pub fn tries<'a>(scene: &Scene<'a>) -> Vec<Try<'a>> {
    let mut tries: Vec<Try<'a>> = scene.talks.iter().flat_map(of_talk).collect();
    tries.sort_by_key(|one| one.entry.seq);
    tries
}

fn of_talk<'a>(talk: &Talk<'a>) -> Vec<Try<'a>> {
    let mut tries = Vec::new();
    for (at, heard) in talk.heard.iter().enumerate() {
        let What::Session(Event::LogIn { user, mechanism, failure, reason, secret, .. }) = &heard.entry.what
        else {
            continue;
        };
        let answer = || {
            let mut lines = talk.heard.iter().skip(at).filter_map(|heard| heard.line_out());
            lines.find(|line| !is_challenge(line))
        };
        tries.push(Try {
            entry: heard.entry,
            connection: talk.id,
            user,
            mechanism,
            secret: *secret,
            failure: failure.as_deref(),
            reason: reason.as_deref(),
            told: failure.as_deref().and_then(|failure| told(talk.protocol(), answer()?, failure)),
        });
    }
    tries
}

/// What a refusal says; where it says nothing, what a client must take it for.
fn told(protocol: Protocol, line: &[u8], failure: &str) -> Option<Told> {
    let has = |codes: &[&str]| codes.iter().any(|code| holds(line, code.as_bytes()));
    let (for_now, for_good): (&[&str], &[&str]) = match protocol {
        Protocol::Smtp => {
            return match line.first() {
                Some(b'4') => Some(Told::ForNow),
                Some(b'5') => Some(Told::ForGood),
                _ => None,
            };
        }
        Protocol::Pop3 => (&["[SYS/TEMP]", "[IN-USE]", "[LOGIN-DELAY]"], &["[AUTH]", "[SYS/PERM]"]),
        Protocol::Imap => (
            &["[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]"],
            &["[AUTHENTICATIONFAILED]", "[AUTHORIZATIONFAILED]", "[EXPIRED]", "[CONTACTADMIN]"],
        ),
    };
    if has(for_now) {
        Some(Told::ForNow)
    } else if has(for_good) || (crate::profile::FAILURES.contains(&failure) && !PASSING.contains(&failure)) {
        Some(Told::ForGood)
    } else {
        None
    }
}

/// Was the world changed between the two, other than by the client's own doing? Then "again" may be right.
pub fn is_changed_between(scene: &Scene<'_>, first: &Entry, second: &Entry) -> bool {
    scene.entries.iter().any(|entry| {
        (first.seq..second.seq).contains(&entry.seq)
            && matches!(&entry.what, What::Change { by, .. } if *by != By::Lockout)
    })
}

/// Seconds of virtual time from one to the other.
pub fn seconds_between(first: Timestamp, second: Timestamp) -> f64 {
    second.duration_since(first).as_secs_f64()
}
