//! Who lives in a world: accounts and their mail, log-ins judged and counted.
use std::collections::hash_map::Entry;
use std::hash::{DefaultHasher, Hash, Hasher};

use bytes::Bytes;
use jiff::Timestamp;
use md5::{Digest, Md5};
use postfail_session::world::{Attempt, Proof, Protocol};
use postfail_store::account::{Act, State};
use postfail_store::{Account, AccountId};
use postfail_wire::sasl::cram_md5;
use serde::Serialize;
use subtle::ConstantTimeEq;

use super::World;
use crate::change::{AccountChange, Change};
use crate::journal::{By, What};
use crate::scenario::AccountSpec;

/// A sample message: file name and bytes.
pub type Sample<'a> = (&'a str, &'a [u8]);

/// All accounts live here (RFC 6761: `.test` is nobody's).
pub const DOMAIN: &str = "postfail.test";

/// Distinct secrets that are told apart; beyond, counting starts anew.
const SHOWN_MAX: usize = 65_536;

/// An account as people and clients under test need it; the password is meant to be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Credentials {
    pub name: String,
    pub address: String,
    pub password: String,
    pub state: State,
}

impl World {
    pub(super) fn populate(&mut self, accounts: &[AccountSpec], mail: &[Sample<'_>], start: Timestamp) {
        for spec in accounts {
            // Made even when it is not used, so that giving one account a password leaves the others theirs.
            let made = self.random.password();
            let password = spec.password.clone().unwrap_or(made);
            self.journal.mask.add(&password);
            let address = format!("{}@{DOMAIN}", spec.name);
            // Names were checked to be distinct when the scenario was read.
            let Ok(id) = self.store.add_account(&spec.name, &[&address], &password) else { continue };
            self.passwords.push((id, password));
            for (name, bytes) in mail {
                if spec.mail.as_ref().is_none_or(|wanted| wanted.iter().any(|file| file == name)) {
                    // As it lies there: odd line ends are what some of it is for. A full store shows as missing mail.
                    let _ = self.store.deliver(id, Bytes::copy_from_slice(bytes), start);
                }
            }
        }
    }

    /// Deliver a message that was typed; false when the store is full.
    pub(super) fn put(&mut self, account: AccountId, message: &[u8], now: Timestamp) -> bool {
        self.store.deliver(account, Bytes::from(crlf(message)), now).is_ok()
    }

    /// Accounts with their present passwords and states.
    pub fn accounts(&self, real: Timestamp) -> Vec<Credentials> {
        let now = self.now(real);
        self.store
            .accounts()
            .map(|account| Credentials {
                name: account.name().to_owned(),
                address: account.addresses().first().cloned().unwrap_or_default(),
                password: account.passwords().next().unwrap_or_default().to_owned(),
                state: account.state(now),
            })
            .collect()
    }

    /// Judge a log-in; the failure's name in the fact catalogue when it is refused. A failure counts towards the
    /// lock-out, whatever the protocol: when it locks, that is for `note_lock` to say, behind the log-in itself.
    pub(super) fn judge(
        &mut self,
        attempt: &Attempt<'_>,
        protocol: Protocol,
        real: Timestamp,
    ) -> Result<AccountId, &'static str> {
        let id = self.store.find(attempt.user).ok_or("bad-password")?;
        let acts_as = Some(attempt.authorization).filter(|name| !name.is_empty());
        let is_itself = acts_as.is_none_or(|name| self.store.find(name) == Some(id));
        self.end_lock(id, real);
        let (now, policy) = (self.now(real), self.lockout.policy());
        let logged_in = self.logged_in(id, protocol);
        let account = self.store.account_mut(id).ok_or("bad-password")?;
        match account.state(now) {
            State::Deleted => return Err("bad-password"),
            // Locked is locked: a right password gets the same answer as a wrong one.
            State::Locked => return Err("account-locked"),
            _ => {}
        }
        if !is_right(account, attempt.proof) || !is_itself {
            self.just_locked = account.note_failure(now, &policy).then_some(id);
            return Err("bad-password");
        }
        match account.state(now) {
            State::Disabled => return Err("account-disabled"),
            State::Suspended => return Err("account-suspended"),
            State::PasswordExpired => return Err("password-expired"),
            _ => {}
        }
        if self.profile.limits.logins.is_some_and(|most| logged_in >= most as usize) {
            return Err("connection-limit");
        }
        account.note_success(now);
        Ok(id)
    }

    /// Note the lock that the last failure brought about, if it did.
    pub(super) fn note_lock(&mut self, real: Timestamp) {
        if let Some(id) = self.just_locked.take() {
            self.note_act(id, Act::TooManyFailures, real);
        }
    }

    /// A lock whose time is over ends when somebody next comes to the door, and the journal says so.
    fn end_lock(&mut self, id: AccountId, real: Timestamp) {
        let now = self.now(real);
        let Some(account) = self.store.account_mut(id) else { return };
        if account.locked_until().is_some_and(|until| until <= now) {
            account.act(Act::LockRunsOut);
            self.note_act(id, Act::LockRunsOut, real);
        }
    }

    /// The world changed an account by itself: the same value a scenario would write, in the same journal.
    fn note_act(&mut self, id: AccountId, act: Act, real: Timestamp) {
        let Some(name) = self.store.account(id).map(|account| account.name().to_owned()) else { return };
        let change = Change::Account(AccountChange { name, act: Some(act), password: None });
        self.revision += 1;
        self.note(None, What::Change { by: By::Lockout, change: Box::new(change) }, real);
    }

    /// How many connections of a protocol this account is logged in on; counted only where a profile sets a bound.
    fn logged_in(&self, account: AccountId, protocol: Protocol) -> usize {
        if self.profile.limits.logins.is_none() {
            return 0;
        }
        self.connections.values().filter(|open| open.logged_in == Some((account, protocol))).count()
    }

    /// A number for a secret: the same for the same, and 0 where only a digest was shown.
    pub(super) fn number_secret(&mut self, proof: Proof<'_>) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.seed.hash(&mut hasher);
        match proof {
            Proof::Password(password) => password.hash(&mut hasher),
            Proof::Bearer { token } => token.hash(&mut hasher),
            Proof::CramMd5 { .. } | Proof::Apop { .. } => return 0,
        }
        if self.shown.len() >= SHOWN_MAX {
            self.shown.clear();
        }
        let next = self.shown.len() as u64 + 1;
        match self.shown.entry(hasher.finish()) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => *new.insert(next),
        }
    }
}

/// Compared in constant time, digests too.
fn is_right(account: &Account, proof: Proof<'_>) -> bool {
    match proof {
        Proof::Password(password) => account.password_is(password),
        Proof::CramMd5 { challenge, digest } => account
            .passwords()
            .any(|own| same(&cram_md5::digest(own.as_bytes(), challenge.as_bytes()), digest)),
        Proof::Apop { timestamp, digest } => account.passwords().any(|own| {
            // RFC 1939 section 7: MD5 of the timestamp, angle brackets included, and the shared secret.
            let hash = Md5::new().chain_update(timestamp).chain_update(own).finalize();
            let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            same(&hex, digest)
        }),
        Proof::Bearer { .. } => false,
    }
}

/// RFC 2195 and RFC 1939 ask for lower case; some clients send capitals and real servers take them.
fn same(digest: &str, shown: &str) -> bool {
    digest.as_bytes().ct_eq(shown.to_ascii_lowercase().as_bytes()).into()
}

/// Mail is kept with CRLF (RFC 5322 section 2.3); messages typed into a file have bare LF.
fn crlf(message: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(message.len() + message.len() / 32);
    let mut before = 0;
    for byte in message {
        if *byte == b'\n' && before != b'\r' {
            wire.push(b'\r');
        }
        wire.push(*byte);
        before = *byte;
    }
    wire
}
