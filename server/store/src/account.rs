//! An account: who it is, its secrets, whether it may log in, and its mailboxes.
pub mod state;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq;

use crate::AccountId;
use crate::mailbox::{Mailbox, MailboxId};
pub use state::{Act, State};

/// How many failed log-ins, over all protocols together, lock an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lockout {
    /// Failures within `window` that lock; 0 never locks.
    pub failures: u32,
    /// How far back failures count.
    pub window: Duration,
    /// How long the lock lasts; `None` until someone unlocks.
    pub duration: Option<Duration>,
}

/// Failure times kept for one account, whatever the policy says.
const MOST_FAILURES_KEPT: usize = 1_000;

/// An account. `Debug` never shows a password.
pub struct Account {
    id: AccountId,
    name: String,
    addresses: Vec<String>,
    passwords: Vec<String>,
    state: State,
    locked_until: Option<Timestamp>,
    failures: VecDeque<Timestamp>,
    pub(crate) mailboxes: BTreeMap<MailboxId, Mailbox>,
    pub(crate) names: BTreeMap<String, MailboxId>,
    pub(crate) subscriptions: BTreeSet<String>,
    /// The connection that holds the POP3 maildrop.
    pub(crate) maildrop_held_by: Option<u64>,
    /// Another program than ours holds it.
    pub(crate) maildrop_held_elsewhere: bool,
    /// Most bytes of mail.
    pub(crate) quota: Option<u64>,
}

impl Account {
    pub(crate) fn new(id: AccountId, name: &str, addresses: &[&str], password: &str) -> Account {
        Account {
            id,
            name: name.to_owned(),
            addresses: addresses.iter().map(|&address| address.to_owned()).collect(),
            passwords: vec![password.to_owned()],
            state: State::Active,
            locked_until: None,
            failures: VecDeque::new(),
            mailboxes: BTreeMap::new(),
            names: BTreeMap::new(),
            subscriptions: BTreeSet::new(),
            maildrop_held_by: None,
            maildrop_held_elsewhere: false,
            quota: None,
        }
    }

    #[must_use]
    pub fn id(&self) -> AccountId {
        self.id
    }

    /// The short name, `alice`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Full addresses, the main one first.
    #[must_use]
    pub fn addresses(&self) -> &[String] {
        &self.addresses
    }

    /// Whether `user` names this account: its short name or an address, ASCII letters in any case.
    #[must_use]
    pub fn answers_to(&self, user: &str) -> bool {
        self.name.eq_ignore_ascii_case(user)
            || self.addresses.iter().any(|address| address.eq_ignore_ascii_case(user))
    }

    /// Whether `password` is one of the account's. Takes the same time wherever the first difference is.
    #[must_use]
    pub fn password_is(&self, password: &[u8]) -> bool {
        let mut right = subtle::Choice::from(0);
        for own in &self.passwords {
            right |= own.as_bytes().ct_eq(password);
        }
        right.into()
    }

    /// The passwords in the clear, which CRAM-MD5 (RFC 2195) and APOP (RFC 1939) need.
    pub fn passwords(&self) -> impl Iterator<Item = &str> {
        self.passwords.iter().map(String::as_str)
    }

    /// From now on only `password` is right.
    pub fn change_password(&mut self, password: &str) {
        self.passwords = vec![password.to_owned()];
        self.act(Act::ChangePassword);
    }

    /// One more password that is right (an application password).
    pub fn add_password(&mut self, password: &str) {
        self.passwords.push(password.to_owned());
    }

    /// The state at `now`: a lock whose time is over is over.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> State {
        match self.locked_until {
            Some(until) if self.state == State::Locked && now >= until => self.state.after(Act::LockRunsOut),
            _ => self.state,
        }
    }

    /// When the lock ends by itself; `None` when there is no lock or it has no end.
    #[must_use]
    pub fn locked_until(&self) -> Option<Timestamp> {
        self.locked_until.filter(|_| self.state == State::Locked)
    }

    /// Let `act` happen; the new state.
    pub fn act(&mut self, act: Act) -> State {
        self.state = self.state.after(act);
        if self.state != State::Locked || act == Act::Lock {
            self.locked_until = None;
        }
        if self.state == State::Active {
            self.failures.clear();
        }
        self.state
    }

    /// A log-in failed at `now`. True when this failure locked the account.
    pub fn note_failure(&mut self, now: Timestamp, policy: &Lockout) -> bool {
        self.settle(now);
        let start = now.saturating_sub(signed(policy.window)).unwrap_or(Timestamp::MIN);
        while self.failures.front().is_some_and(|&at| at < start) || self.failures.len() >= MOST_FAILURES_KEPT
        {
            self.failures.pop_front();
        }
        self.failures.push_back(now);
        let before = self.state;
        if policy.failures == 0 || self.failures.len() < policy.failures as usize {
            return false;
        }
        self.act(Act::TooManyFailures);
        if before == State::Locked || self.state != State::Locked {
            return false;
        }
        self.locked_until =
            policy.duration.map(|length| now.saturating_add(signed(length)).unwrap_or(Timestamp::MAX));
        true
    }

    /// A log-in went well at `now`: failures are forgotten.
    pub fn note_success(&mut self, now: Timestamp) {
        self.settle(now);
        self.failures.clear();
    }

    /// Failures that count towards a lock at the last failure noted.
    #[must_use]
    pub fn failures(&self) -> usize {
        self.failures.len()
    }

    /// Make a lock that has run out by `now` the past.
    fn settle(&mut self, now: Timestamp) {
        if self.state(now) != self.state {
            self.act(Act::LockRunsOut);
        }
    }
}

/// jiff wants signed durations; anything longer than they hold is "for ever" anyway.
fn signed(length: Duration) -> SignedDuration {
    SignedDuration::try_from(length).unwrap_or(SignedDuration::MAX)
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("addresses", &self.addresses)
            .field("passwords", &format_args!("{} hidden", self.passwords.len()))
            .field("state", &self.state)
            .field("locked_until", &self.locked_until)
            .field("mailboxes", &self.names.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
