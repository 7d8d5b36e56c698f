//! An account: who it is, its secrets, whether it may log in, and its mailboxes.
pub mod lock;
mod secrets;
pub mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use subtle::ConstantTimeEq;

use crate::AccountId;
use crate::mailbox::{Mailbox, MailboxId};
use lock::Failures;
pub use lock::{Lock, Lockout};
use secrets::Secrets;
pub use secrets::{APP_PASSWORDS_MAX, AppPassword};
pub use state::{Act, State};

/// An account. `Debug` never shows a password.
pub struct Account {
    id: AccountId,
    name: String,
    addresses: Vec<String>,
    secrets: Secrets,
    state: State,
    locked_until: Option<Timestamp>,
    failures: Failures,
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
            secrets: Secrets::new(password),
            state: State::Active,
            locked_until: None,
            failures: Failures::default(),
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
        for own in self.passwords() {
            right |= own.as_bytes().ct_eq(password);
        }
        right.into()
    }

    /// Whether `password` is the account's own, which opens its pages on the web; an app password does not.
    #[must_use]
    pub fn own_password_is(&self, password: &[u8]) -> bool {
        self.secrets.own.as_bytes().ct_eq(password).into()
    }

    /// Whether `password` was the account's own once and is no more.
    #[must_use]
    pub fn password_was(&self, password: &[u8]) -> bool {
        self.secrets.was(password)
    }

    /// The passwords in the clear, which CRAM-MD5 (RFC 2195) and APOP (RFC 1939) need: its own, then those of
    /// programs.
    pub fn passwords(&self) -> impl Iterator<Item = &str> {
        let apps = self.secrets.apps.iter().map(|app| app.secret.as_str());
        std::iter::once(self.secrets.own.as_str()).chain(apps)
    }

    /// From now on only `password` is right: app passwords end with the old one.
    pub fn change_password(&mut self, password: &str) {
        self.secrets.change(password);
        self.act(Act::ChangePassword);
    }

    /// This was its password before.
    pub fn remember_password(&mut self, former: &str) {
        self.secrets.remember(former.to_owned());
    }

    /// One more password that is right, for one program; its number, or `None` where there are
    /// [`APP_PASSWORDS_MAX`] already.
    pub fn issue_app_password(&mut self, label: &str, secret: &str, now: Timestamp) -> Option<u32> {
        self.secrets.issue(label, secret, now)
    }

    /// From now on the app password of this number is wrong; false where there is none.
    pub fn revoke_app_password(&mut self, id: u32) -> bool {
        let before = self.secrets.apps.len();
        self.secrets.apps.retain(|app| app.id != id);
        self.secrets.apps.len() < before
    }

    pub fn revoke_app_passwords(&mut self) {
        self.secrets.apps.clear();
    }

    /// App passwords in the order they were issued.
    #[must_use]
    pub fn app_passwords(&self) -> &[AppPassword] {
        &self.secrets.apps
    }

    /// A program came in with the app password that `passwords` shows at this place.
    pub fn note_app_password(&mut self, place: usize, now: Timestamp) {
        if let Some(app) = place.checked_sub(1).and_then(|at| self.secrets.apps.get_mut(at)) {
            app.used = Some(now);
        }
    }

    /// The state at `now`: a lock whose time is over is over.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> State {
        match self.locked_until {
            Some(until) if self.state == State::Locked && now >= until => self.state.after(Act::LockRunsOut),
            _ => self.state,
        }
    }

    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.state == State::Deleted
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
        let before = self.state;
        if !self.failures.note(now, policy) {
            return false;
        }
        self.act(Act::TooManyFailures);
        if before == State::Locked || self.state != State::Locked {
            return false;
        }
        self.locked_until = policy.end(now);
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

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("addresses", &self.addresses)
            .field("passwords", &format_args!("{} hidden", self.passwords().count()))
            .field("state", &self.state)
            .field("locked_until", &self.locked_until)
            .field("mailboxes", &self.names.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
