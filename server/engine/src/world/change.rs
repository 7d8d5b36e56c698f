//! Carrying out changes: a list is looked through first, on copies of what is small, so that it happens whole or
//! not at all.
use jiff::Timestamp;
use postfail_store::AccountId;
use postfail_store::account::APP_PASSWORDS_MAX;

use super::World;
use super::refusals::REFUSALS_MAX;
use crate::autoconfig::Service;
use crate::certificates;
use postfail_wire::sasl::Mechanism;

use crate::change::{
    AccountChange, Aging, Change, ChangeCause, ChangeError, ConnectionLimit, ListenerChange, Listeners,
};
use crate::fault::reply::{Full, Reply};
use crate::fault::rule::{RULES_MAX, Rules};
use crate::fault::{Effect, Fault};
use crate::journal::mask::MASKED;
use crate::journal::{By, What};
use crate::words::{UnknownWord, boundary};

/// SASL mechanisms that can be offered.
pub const MECHANISMS: [&str; 10] = Mechanism::NAMES;
/// Most wrong passwords in one change.
const WRONG_PASSWORDS_MAX: u32 = 1_000;
/// What the store may add to a message for its bookkeeping, in bytes, at most.
pub(in crate::world) const BOOKKEEPING: u64 = 1_024;

impl World {
    /// Do all of these changes, or none. They hold for connections that come from now on.
    pub fn apply(&mut self, changes: &[Change], real: Timestamp) -> Result<(), ChangeError> {
        self.apply_by(By::Request, changes, real)
    }

    pub(super) fn apply_by(
        &mut self,
        by: By,
        changes: &[Change],
        real: Timestamp,
    ) -> Result<(), ChangeError> {
        self.validate(changes, real)?;
        for change in changes {
            self.carry_out(by, change, real);
            if matches!(change, Change::Advance(_)) {
                self.review(real);
            }
        }
        self.age(real);
        self.review(real);
        self.revision += 1;
        Ok(())
    }

    fn validate(&self, changes: &[Change], real: Timestamp) -> Result<(), ChangeError> {
        let mut clock = self.clock.clone();
        let mut faults = self.faults.clone();
        let mut refusals = self.refusals.len();
        let mut room = self.store.limits().bytes.saturating_sub(self.store.used());
        for (index, change) in changes.iter().enumerate() {
            let checked = match change {
                Change::Listener(change) => self.check_listener(change),
                Change::Advance(by) => clock.advance(real, by.0).map_err(ChangeCause::from),
                Change::Rate(rate) => clock.set_rate(real, *rate).map_err(ChangeCause::from),
                Change::Freeze(frozen) => {
                    clock.freeze(real, *frozen);
                    Ok(())
                }
                Change::Pace(_) => Ok(()),
                Change::Account(change) => self.check_account(change),
                Change::WrongPasswords(change) => self.known(&change.account).and(match change.count {
                    1..=WRONG_PASSWORDS_MAX => Ok(()),
                    count => Err(ChangeCause::Count(count)),
                }),
                Change::Deliver(change) => self.known(&change.account).and_then(|_| {
                    // Bare line ends grow by a byte each.
                    let size = change.message.len() as u64 + change.message.matches('\n').count() as u64;
                    let left = room.checked_sub(size + BOOKKEEPING);
                    let most = usize::try_from(room).unwrap_or(usize::MAX);
                    room = left.ok_or(ChangeCause::MessageTooLarge(change.message.len(), most))?;
                    Ok(())
                }),
                Change::Fault(fault) => self.check_fault(fault, &faults).map(|()| {
                    faults.add(fault.clone(), clock.now(real));
                }),
                Change::RemoveFault(id) => {
                    if faults.remove(*id) {
                        Ok(())
                    } else {
                        let ids: Vec<String> = faults.iter().map(|rule| rule.id.to_string()).collect();
                        let there = if ids.is_empty() {
                            "no fault is in force".to_owned()
                        } else {
                            format!("in force: {}", ids.join(", "))
                        };
                        Err(ChangeCause::NoFault(*id, there))
                    }
                }
                Change::Lockout(_)
                | Change::Aging(_)
                | Change::Ban(_)
                | Change::Unban(_)
                | Change::ConnectionLimit(_)
                | Change::Autoconfig(_) => Ok(()),
                Change::Consent(_) | Change::RevokeTokens(_) => self.check_named(change),
                Change::Portal(portal) => self.check_portal(portal, &changes[..index]),
                Change::Domain(_) => self.check_named(change),
                Change::Identity(change) if change.is_empty() => Err(ChangeCause::NothingToAlterInIdentity),
                Change::Identity(_) => Ok(()),
                Change::Refuse(refuse) => {
                    refusals += 1;
                    if refusals > REFUSALS_MAX {
                        Err(ChangeCause::TooManyRefusals(REFUSALS_MAX))
                    } else {
                        self.check_named(change).and_then(|()| self.check_refusal(refuse))
                    }
                }
                Change::Accept(accept) if accept.failure == "all" => self.check_named(change),
                Change::Accept(accept) => {
                    self.check_named(change).and_then(|()| self.check_failure(&accept.failure))
                }
                other => self.check_mailbox(other, &mut room),
            };
            checked.map_err(|cause| ChangeError { index, cause })?;
        }
        Ok(())
    }

    /// Do one change that was validated, and note it.
    fn carry_out(&mut self, by: By, change: &Change, real: Timestamp) {
        let kept = Box::new(self.without_secrets(change));
        self.note(None, What::Change { by, change: kept }, real);
        match change {
            Change::Listener(change) => self.alter_listener(change),
            Change::Advance(span) => drop(self.clock.advance(real, span.0)),
            Change::Freeze(frozen) => self.clock.freeze(real, *frozen),
            Change::Rate(rate) => drop(self.clock.set_rate(real, *rate)),
            Change::Pace(pace) => self.clock.set_pace(*pace),
            Change::Account(change) => self.alter_account(change, real),
            Change::Consent(consent) => self.give_tokens(consent, self.now(real)),
            Change::RevokeTokens(change) => self.revoke_tokens(change, self.now(real)),
            Change::Identity(change) => self.alter_identity(change),
            Change::WrongPasswords(change) => {
                for _ in 0..change.count {
                    self.guess(change, real);
                }
            }
            Change::Deliver(change) => {
                let (now, message) = (self.now(real), change.message.as_bytes());
                if let Some(id) = self.store.find(&change.account)
                    && self.put(id, message, now)
                {
                    let what = What::Mail { account: change.account.clone(), size: message.len() };
                    self.note(None, what, real);
                }
            }
            Change::Fault(fault) => {
                let now = self.now(real);
                self.faults.add(fault.clone(), now);
            }
            Change::RemoveFault(id) => {
                self.faults.remove(*id);
            }
            Change::Lockout(lockout) => self.lockout = *lockout,
            Change::Aging(aging) => {
                let Aging { password, sleep, delete } = self.lives.aging;
                self.lives.aging = Aging {
                    password: aging.password.or(password),
                    sleep: aging.sleep.or(sleep),
                    delete: aging.delete.or(delete),
                };
            }
            Change::Ban(ban) => {
                let now = self.now(real);
                self.lives.ban(ban, now);
            }
            Change::Unban(unban) => self.lives.unban(*unban),
            Change::Portal(change) => self.act_at_portal(change, real),
            Change::Domain(change) => self.office.alter_domain(change),
            Change::Autoconfig(change) => {
                for service in Service::ALL {
                    if change.service.is_none_or(|only| only == service) {
                        self.autoconfig[service as usize] = change.answer;
                    }
                }
            }
            Change::Refuse(refuse) => {
                let kind = self.profile.failure_of(&refuse.failure).unwrap_or_default().to_owned();
                let account = refuse.account.as_ref().and_then(|name| self.store.find(name));
                self.refusals.add(refuse, kind, account, self.clock.now(real));
            }
            Change::Accept(accept) => {
                let account = accept.account.as_ref().and_then(|name| self.store.find(name));
                self.refusals.lift(accept, account);
            }
            Change::ConnectionLimit(limit) => {
                let ConnectionLimit { account, address } = self.connection_limit;
                self.connection_limit = ConnectionLimit {
                    account: limit.account.or(account),
                    address: limit.address.or(address),
                };
            }
            other => self.alter_mailbox(other, real),
        }
    }

    fn alter_listener(&mut self, change: &ListenerChange) {
        for name in change.name.names() {
            change.alter(&mut self.listeners[name as usize]);
            self.refresh(name);
        }
    }

    /// What the journal keeps: never the password, and of a message its beginning.
    fn without_secrets(&mut self, change: &Change) -> Change {
        let mut kept = change.clone();
        match &mut kept {
            Change::Account(account) => {
                for password in [&mut account.password, &mut account.app_password].into_iter().flatten() {
                    self.journal.mask.add(password);
                    MASKED.clone_into(password);
                }
            }
            Change::Portal(portal) => {
                for secret in portal.secrets_mut() {
                    self.journal.mask.add(secret);
                    MASKED.clone_into(secret);
                }
            }
            Change::Deliver(deliver) => {
                let end = boundary(&deliver.message, 512);
                deliver.message.truncate(end);
            }
            _ => {}
        }
        kept
    }

    fn check_account(&self, change: &AccountChange) -> Result<(), ChangeCause> {
        let id = self.known(&change.name)?;
        if change.is_empty() {
            return Err(ChangeCause::NothingToAlterInAccount(change.name.clone()));
        }
        if [&change.password, &change.app_password].into_iter().flatten().any(String::is_empty) {
            return Err(ChangeCause::EmptyPassword);
        }
        let apps = self.store.account(id).map(postfail_store::Account::app_passwords).unwrap_or_default();
        if change.app_password.is_some()
            && apps.len() >= APP_PASSWORDS_MAX
            && change.revoke_app_password.is_none()
        {
            return Err(ChangeCause::TooManyAppPasswords(change.name.clone(), APP_PASSWORDS_MAX));
        }
        match change.revoke_app_password {
            Some(number) if number > 0 && !apps.iter().any(|app| app.id == number) => {
                let ids: Vec<String> = apps.iter().map(|app| app.id.to_string()).collect();
                let there = if ids.is_empty() {
                    "it has none".to_owned()
                } else {
                    format!("valid: {}", ids.join(", "))
                };
                Err(ChangeCause::NoAppPassword(change.name.clone(), number, there))
            }
            _ => Ok(()),
        }
    }

    fn check_listener(&self, change: &ListenerChange) -> Result<(), ChangeCause> {
        if change.is_empty() {
            return Err(ChangeCause::NothingToAlter(change.name));
        }
        if let Some(kind) = &change.certificate
            && !certificates::is_kind(kind)
        {
            return Err(UnknownWord::new("certificate", kind, certificates::names()).into());
        }
        for mechanism in change.auth.iter().flatten() {
            check_word("SASL mechanism", &mechanism.to_ascii_uppercase(), &MECHANISMS)?;
        }
        for name in change.name.names() {
            let mut listener = self.listener(name).clone();
            change.alter(&mut listener);
            listener.settings.check().map_err(|wrong| ChangeCause::Tls(Listeners::One(name), wrong))?;
        }
        Ok(())
    }

    fn check_fault(&self, fault: &Fault, faults: &Rules) -> Result<(), ChangeCause> {
        if faults.len() >= RULES_MAX {
            return Err(ChangeCause::TooManyFaults(RULES_MAX));
        }
        fault.fits()?;
        if let Some(account) = &fault.who.account {
            self.known(account)?;
        }
        match &fault.effect {
            Effect::Reply(Reply::Full(Full { text: None, failure: Some(failure), .. })) => {
                self.check_failure(failure)
            }
            Effect::Reply(Reply::Full(Full { text: None, failure: None, .. })) => {
                Err(ChangeCause::EmptyReply)
            }
            _ => Ok(()),
        }
    }

    /// The account that a change names, if it names one, is there.
    fn check_named(&self, change: &Change) -> Result<(), ChangeCause> {
        change.account().map_or(Ok(()), |name| self.known(name).map(drop))
    }

    pub(super) fn known(&self, account: &str) -> Result<AccountId, ChangeCause> {
        self.store.find(account).ok_or_else(|| {
            let names = self.store.accounts().map(postfail_store::Account::name);
            ChangeCause::Unknown(UnknownWord::new("account", account, names))
        })
    }
}

pub(super) fn check_word(kind: &'static str, word: &str, valid: &[&str]) -> Result<(), ChangeCause> {
    if valid.contains(&word) {
        Ok(())
    } else {
        Err(UnknownWord::new(kind, word, valid.iter().copied()).into())
    }
}
