//! What of an account's life the world keeps beside its state: what is switched off, when it was last used, locks of
//! one protocol; which addresses are banned; and what the clock does to all of it.
use core::net::IpAddr;
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use postfail_session::world::{Proof, Protocol};
use postfail_store::account::{Act, Lock, State};
use postfail_store::{Account, AccountId};
use serde::Serialize;

use super::World;
use crate::change::{AccountChange, Aging, Ban, Mfa, Scope, Unban};
use crate::journal::{By, What};
use crate::span::Span;

/// Addresses that are remembered; beyond, those not banned make room.
const ADDRESSES_MAX: usize = 10_000;

/// One account's, beside its state.
#[derive(Clone, Debug)]
pub(super) struct Life {
    pub(super) mfa: Mfa,
    pub(super) basic_auth: bool,
    pub(super) off: Vec<Protocol>,
    /// When somebody last signed in.
    pub(super) used: Timestamp,
    pub(super) password_since: Timestamp,
    /// By [`Door`].
    locks: [Lock; 4],
}

/// Where somebody shows a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    Mail(Protocol),
    /// A page: the portal's, or the identity provider's.
    Web,
}

impl Door {
    fn number(self) -> usize {
        match self {
            Self::Mail(protocol) => protocol as usize,
            Self::Web => 3,
        }
    }
}

/// All accounts', the addresses', and the rules of the clock.
#[derive(Clone, Debug, Default)]
pub(super) struct Lives {
    of: BTreeMap<AccountId, Life>,
    addresses: BTreeMap<IpAddr, Lock>,
    pub(super) aging: Aging,
}

/// What an account shows of it; no secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Switches {
    pub mfa: Mfa,
    pub basic_auth: bool,
    pub off: Vec<Protocol>,
    /// Protocols that too many failures locked by themselves.
    pub locked: Vec<Protocol>,
    pub last_used: Timestamp,
    pub app_passwords: Vec<AppPasswordShown>,
}

/// An app password without the password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppPasswordShown {
    pub id: u32,
    pub label: String,
    pub issued: Timestamp,
    pub used: Option<Timestamp>,
}

/// A banned address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Banned {
    pub address: IpAddr,
    /// Virtual time at which it ends by itself.
    pub until: Option<Timestamp>,
}

impl Lives {
    pub(super) fn begin(&mut self, id: AccountId, now: Timestamp) {
        let life = Life {
            mfa: Mfa::Off,
            basic_auth: true,
            off: Vec::new(),
            used: now,
            password_since: now,
            locks: Default::default(),
        };
        self.of.insert(id, life);
    }

    pub(super) fn of(&self, id: AccountId) -> Option<&Life> {
        self.of.get(&id)
    }

    pub(super) fn of_mut(&mut self, id: AccountId) -> Option<&mut Life> {
        self.of.get_mut(&id)
    }

    /// As at the start: the story is told again.
    pub(super) fn rewind(&mut self, now: Timestamp) {
        let ids: Vec<AccountId> = self.of.keys().copied().collect();
        *self = Self::default();
        ids.into_iter().for_each(|id| self.begin(id, now));
    }

    pub(super) fn ban(&mut self, ban: &Ban, now: Timestamp) {
        self.lock_of(ban.address, now).lock(now, ban.lasting.map(|span| span.0));
    }

    pub(super) fn unban(&mut self, unban: Unban) {
        self.addresses.retain(|address, _| unban.address.is_some_and(|only| only != *address));
    }

    pub(super) fn is_banned(&self, address: IpAddr, now: Timestamp) -> bool {
        self.addresses.get(&address).is_some_and(|lock| lock.is_locked(now))
    }

    fn lock_of(&mut self, address: IpAddr, now: Timestamp) -> &mut Lock {
        if self.addresses.len() >= ADDRESSES_MAX && !self.addresses.contains_key(&address) {
            self.addresses.retain(|_, lock| lock.is_locked(now));
            if self.addresses.len() >= ADDRESSES_MAX {
                self.addresses.pop_first();
            }
        }
        self.addresses.entry(address).or_default()
    }
}

impl Life {
    /// The failure that a switch of the account answers with: before the password is looked at.
    pub(super) fn before_password(
        &self,
        protocol: Protocol,
        proof: Proof<'_>,
        now: Timestamp,
    ) -> Option<&'static str> {
        let by_password = !matches!(proof, Proof::Bearer { .. });
        if self.off.contains(&protocol) {
            Some("protocol-disabled")
        } else if by_password && !self.basic_auth {
            Some("basic-auth-disabled")
        } else if self.is_locked(Door::Mail(protocol), now) {
            Some("account-locked")
        } else {
            None
        }
    }

    pub(super) fn is_locked(&self, door: Door, now: Timestamp) -> bool {
        self.locks[door.number()].is_locked(now)
    }

    /// And behind a right one; `application`: it was an app password.
    pub(super) fn behind_password(&self, proof: Proof<'_>, application: bool) -> Option<&'static str> {
        match self.mfa {
            _ if matches!(proof, Proof::Bearer { .. }) => None,
            Mfa::AppPasswords if !application => Some("app-password-required"),
            Mfa::Required => Some("mfa-required"),
            Mfa::Off | Mfa::AppPasswords => None,
        }
    }
}

impl World {
    /// A log-in failed: count it by what the lock-out policy counts by. The failure to answer with, where this one
    /// already meets the lock.
    pub(super) fn count_failure(
        &mut self,
        id: AccountId,
        door: Door,
        address: IpAddr,
        real: Timestamp,
    ) -> Option<&'static str> {
        let (now, policy) = (self.now(real), self.lockout.policy());
        match self.lockout.scope {
            Scope::Account => {
                let account = self.store.account_mut(id)?;
                self.just_locked = account.note_failure(now, &policy).then_some(id);
                None
            }
            Scope::Protocol => {
                let life = self.lives.of_mut(id)?;
                if life.locks[door.number()].note_failure(now, &policy) {
                    let account = self.name_of(id);
                    let (protocol, web) = match door {
                        Door::Mail(protocol) => (Some(protocol), false),
                        Door::Web => (None, true),
                    };
                    let what = What::Locked { account, protocol, web, address: None };
                    self.pending.push(what);
                }
                None
            }
            // Who uses a browser is asked for more there, and goes on reading mail.
            Scope::Address if door == Door::Web => None,
            Scope::Address => {
                let banned =
                    policy.failures > 0 && self.lives.lock_of(address, now).note_failure(now, &policy);
                if !banned {
                    return None;
                }
                let account = self.name_of(id);
                self.pending.push(What::Locked {
                    account,
                    protocol: None,
                    web: false,
                    address: Some(address),
                });
                Some("account-locked")
            }
        }
    }

    /// A log-in went well: failures so far are forgotten, and the account was used.
    pub(super) fn count_success(
        &mut self,
        id: AccountId,
        protocol: Protocol,
        address: IpAddr,
        which: usize,
        real: Timestamp,
    ) {
        let now = self.now(real);
        if let Some(account) = self.store.account_mut(id) {
            account.note_success(now);
            account.note_app_password(which, now);
        }
        if let Some(life) = self.lives.of_mut(id) {
            life.locks[Door::Mail(protocol).number()].note_success();
        }
        if let Some(lock) = self.lives.addresses.get_mut(&address) {
            lock.note_success();
        }
        self.use_account(id, real);
    }

    /// A right password on a page: wrong ones so far are forgotten there.
    pub(super) fn forget_web_failures(&mut self, id: AccountId) {
        if let Some(life) = self.lives.of_mut(id) {
            life.locks[Door::Web.number()].note_success();
        }
    }

    /// Somebody signed in.
    pub(super) fn use_account(&mut self, id: AccountId, real: Timestamp) {
        let now = self.now(real);
        if let Some(life) = self.lives.of_mut(id) {
            life.used = now;
        }
    }

    /// Let the clock do its part: passwords expire, accounts fall asleep and are deleted.
    pub(super) fn age(&mut self, real: Timestamp) {
        let aging = self.lives.aging;
        if aging == Aging::default() {
            return;
        }
        let now = self.now(real);
        let over = |span: Option<Span>, since: Timestamp| {
            let Some(span) = span.filter(|span| !span.0.is_zero()) else { return false };
            let length = SignedDuration::try_from(span.0).unwrap_or(SignedDuration::MAX);
            since.saturating_add(length).is_ok_and(|end| end <= now)
        };
        let due: Vec<(AccountId, Act)> = self
            .store
            .accounts()
            .filter_map(|account| {
                let life = self.lives.of(account.id())?;
                let acts = [
                    (over(aging.delete, life.used), Act::Outlive),
                    (over(aging.sleep, life.used), Act::FallAsleep),
                    (over(aging.password, life.password_since), Act::ExpirePassword),
                ];
                let state = account.state(now);
                let moves = |act: Act| state.after(act) != state;
                let act = acts.into_iter().find(|(due, act)| *due && moves(*act)).map(|(_, act)| act)?;
                Some((account.id(), act))
            })
            .collect();
        for (id, act) in due {
            if let Some(account) = self.store.account_mut(id) {
                account.act(act);
            }
            self.note_act(id, act, By::Clock, real);
        }
    }

    /// Carry out what was asked of an account.
    pub(super) fn alter_account(&mut self, change: &AccountChange, real: Timestamp) {
        let now = self.now(real);
        let Some(id) = self.store.find(&change.name) else { return };
        let Some(account) = self.store.account_mut(id) else { return };
        if let Some(password) = &change.password {
            account.change_password(password);
        }
        match change.revoke_app_password {
            Some(0) => account.revoke_app_passwords(),
            Some(number) => _ = account.revoke_app_password(number),
            None => {}
        }
        if let Some(password) = &change.app_password {
            let _ = account.issue_app_password("mail program", password, now);
        }
        if let Some(act) = change.act {
            account.act(act);
        }
        if change.password.is_some() {
            self.password_changed(&change.name, now);
        }
        let Some(life) = self.lives.of_mut(id) else { return };
        life.mfa = change.mfa.unwrap_or(life.mfa);
        life.basic_auth = change.basic_auth.unwrap_or(life.basic_auth);
        if let Some(off) = &change.off {
            life.off.clone_from(off);
        }
        if change.password.is_some() {
            life.password_since = now;
        }
        match change.act {
            Some(Act::Unlock) => life.locks = Default::default(),
            // Else the clock would put it back to sleep at once.
            Some(Act::Resume | Act::Verify | Act::Restore) => life.used = now,
            _ => {}
        }
    }

    fn name_of(&self, id: AccountId) -> String {
        self.store.account(id).map(Account::name).unwrap_or_default().to_owned()
    }

    /// What is switched off for an account, and its app passwords.
    pub fn switches(&self, name: &str, real: Timestamp) -> Option<Switches> {
        let id = self.store.find(name)?;
        let (life, now) = (self.lives.of(id)?, self.now(real));
        let all = [Protocol::Smtp, Protocol::Pop3, Protocol::Imap];
        let apps = self.store.account(id)?.app_passwords().iter();
        Some(Switches {
            mfa: life.mfa,
            basic_auth: life.basic_auth,
            off: life.off.clone(),
            locked: all.into_iter().filter(|one| life.is_locked(Door::Mail(*one), now)).collect(),
            last_used: life.used,
            app_passwords: apps
                .map(|app| AppPasswordShown {
                    id: app.id,
                    label: app.label.clone(),
                    issued: app.issued,
                    used: app.used,
                })
                .collect(),
        })
    }

    /// Addresses that are turned away now.
    pub fn banned(&self, real: Timestamp) -> Vec<Banned> {
        let now = self.now(real);
        let locked = self.lives.addresses.iter().filter(|(_, lock)| lock.is_locked(now));
        locked.map(|(address, lock)| Banned { address: *address, until: lock.until() }).collect()
    }

    pub fn aging(&self) -> Aging {
        self.lives.aging
    }

    /// The failure that a state other than active answers with, before the password is looked at.
    pub(super) fn state_failure(state: State) -> Option<&'static str> {
        Some(match state {
            State::Deleted => "bad-password",
            // Locked is locked: a right password gets the same answer as a wrong one.
            State::Locked => "account-locked",
            State::Disabled => "account-disabled",
            State::Suspended => "account-suspended",
            State::Inactive => "inactive-account",
            State::Migrated => "account-migrated",
            State::Active | State::PasswordExpired | State::Suspicious => return None,
        })
    }
}
