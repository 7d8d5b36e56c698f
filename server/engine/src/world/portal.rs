//! The account portal in its world: what it knows of accounts, and what is done at it.
mod clerk;

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use jiff::civil::Date;
use postfail_identity::portal::{Answer, Directory as _, Domain, Language, Portal, Refused, Request, Way};
use serde::Serialize;

use super::World;
use super::accounts::DOMAIN;
use crate::change::{Change, ChangeCause, DomainChange, PortalChange};
use crate::journal::What;
use crate::scenario::OnFile;
use clerk::Clerk;

/// A text message that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TextMessage {
    pub sent: Timestamp,
    /// A telephone number, or `authenticator of taro`.
    pub to: String,
    pub text: String,
}

/// The portal, what is on file, and what was texted.
#[derive(Debug, Default)]
pub(super) struct Office {
    pub(super) portal: Portal,
    pub(super) on_file: BTreeMap<String, OnFile>,
    domain: Domain,
    texts: VecDeque<TextMessage>,
}

impl Office {
    /// As at the start, but for what is on file.
    pub(super) fn rewind(&mut self, domain: Option<&DomainChange>) {
        self.portal.clear();
        self.found(domain);
    }

    /// The domain as the scenario has it.
    pub(super) fn found(&mut self, domain: Option<&DomainChange>) {
        self.domain = Domain {
            name: DOMAIN.to_owned(),
            owner: None,
            registrar: "Example Registrar".to_owned(),
            contact: "support@registrar.example, 03-0000-0000".to_owned(),
        };
        if let Some(change) = domain {
            self.alter_domain(change);
        }
    }

    pub(super) fn alter_domain(&mut self, change: &DomainChange) {
        if let Some(owner) = &change.owner {
            self.domain.owner = Some(owner.clone()).filter(|owner| !owner.is_empty());
        }
        if let Some(registrar) = &change.registrar {
            self.domain.registrar.clone_from(registrar);
        }
        if let Some(contact) = &change.contact {
            self.domain.contact.clone_from(contact);
        }
    }
}

/// What is on file in a healthy world: each of the two looks after the other.
pub(super) fn usual_file(name: &str) -> OnFile {
    let (other, phone) = if name == "taro" { ("hanako", "090-0000-0001") } else { ("taro", "090-0000-0002") };
    OnFile {
        recovery: Some(format!("{other}@{DOMAIN}")),
        phone: Some(phone.to_owned()),
        created: Some(Date::constant(2017, 5, 10)),
        old_passwords: vec![format!("{name}-2017")],
        wrote_to: vec![format!("{other}@{DOMAIN}")],
        payment: Some("4242".to_owned()),
    }
}

/// And who owns its domain.
pub(super) fn usual_domain() -> Option<DomainChange> {
    Some(DomainChange { owner: Some("hanako".to_owned()), ..DomainChange::default() })
}

impl World {
    /// Answer a browser at the portal.
    pub fn portal(&mut self, request: &Request<'_>, real: Timestamp) -> Answer {
        self.age(real);
        self.at_portal(real, |portal, clerk| portal.answer(request, clerk))
    }

    /// Text messages sent so far, the oldest first.
    pub fn texts(&self) -> impl Iterator<Item = &TextMessage> {
        self.office.texts.iter()
    }

    fn at_portal<T>(&mut self, real: Timestamp, act: impl FnOnce(&mut Portal, &mut Clerk<'_>) -> T) -> T {
        let mut portal = std::mem::take(&mut self.office.portal);
        let done = act(&mut portal, &mut Clerk { world: self, real });
        self.office.portal = portal;
        done
    }

    /// Recovery forms whose review is over are decided.
    pub(super) fn review(&mut self, real: Timestamp) {
        self.at_portal(real, |portal, clerk| portal.review(clerk));
    }

    /// Could this be done, behind the changes before it in its list?
    pub(super) fn check_portal(&self, change: &PortalChange, before: &[Change]) -> Result<(), ChangeCause> {
        let wrong = |why: String| Err(ChangeCause::Portal(why));
        let id = self.known(change.account())?;
        if change.password().is_some_and(|password| password.chars().count() < 8) {
            return wrong(Refused::BadPassword.to_string());
        }
        let account = self.store.account(id).map_or("", |account| account.name());
        let file = self.office.on_file.get(account);
        let earlier = |wanted: fn(&PortalChange) -> bool| {
            before.iter().any(
                |one| matches!(one, Change::Portal(one) if one.account() == change.account() && wanted(one)),
            )
        };
        let reaches = |way: Way| {
            let (key, there) = match way {
                Way::Mail => ("recovery", file.is_some_and(|file| file.recovery.is_some())),
                Way::Phone => ("phone", file.is_some_and(|file| file.phone.is_some())),
                _ => return wrong("a code goes by \"mail\" or \"phone\"".to_owned()),
            };
            if there {
                return Ok(());
            }
            wrong(format!("no `{key}` is on file for `{account}`: give it in the account's `on_file`"))
        };
        match change {
            PortalChange::AskReset(ask) => reaches(ask.by),
            PortalChange::ResetPassword(reset) if reset.by == Way::Admin => Ok(()),
            PortalChange::ResetPassword(reset) => reaches(reset.by),
            PortalChange::UseCode(_)
                if self.office.portal.code(account).is_none()
                    && !earlier(|one| matches!(one, PortalChange::AskReset(_))) =>
            {
                wrong(format!("no code was sent for `{account}`: `ask_reset` first"))
            }
            PortalChange::UseForm(_)
                if self.office.portal.granted(account).is_none() && !before.iter().any(may_grant) =>
            {
                wrong(format!("no recovery form of `{account}` was granted: `send_form` first"))
            }
            _ => Ok(()),
        }
    }

    /// Do what was checked.
    pub(super) fn act_at_portal(&mut self, change: &PortalChange, real: Timestamp) {
        let Some(account) = self.store.find(change.account()).and_then(|id| self.store.account(id)) else {
            return;
        };
        let account = account.name().to_owned();
        // Made even when it is not used: what comes later is the same with and without.
        let made = self.random.password();
        let password = change.password().cloned().unwrap_or(made);
        self.at_portal(real, |portal, clerk| {
            let done = match change {
                PortalChange::SignIn(_) => {
                    clerk.verified(&account);
                    portal.note_sign_in(&account, clerk);
                    Ok(())
                }
                PortalChange::AskReset(ask) => portal.ask_code(&account, ask.by, Language::En, clerk),
                PortalChange::UseCode(_) => use_code(portal, &account, &password, clerk),
                PortalChange::ResetPassword(reset) if reset.by == Way::Admin => {
                    portal.admin_reset(&account, &password, clerk).map(drop)
                }
                PortalChange::ResetPassword(reset) => portal
                    .ask_code(&account, reset.by, Language::En, clerk)
                    .and_then(|()| use_code(portal, &account, &password, clerk)),
                PortalChange::SendForm(form) => {
                    portal.send_form(&account, &form.answers(), Language::En, clerk).map(drop)
                }
                PortalChange::UseForm(_) => match portal.granted(&account) {
                    Some((number, code)) => portal.use_case(&number, &code, &password, clerk),
                    None => Err(Refused::NotGranted),
                },
                PortalChange::IssueAppPassword(issue) => {
                    portal.issue_app_password(&account, &issue.label, clerk).map(drop)
                }
                PortalChange::SignOutEverywhere(_) => {
                    portal.sign_out_everywhere(&account, clerk);
                    Ok(())
                }
            };
            if let Err(refused) = done {
                let what = format!("the portal did not do it for {account}: {refused}");
                clerk.world.note(None, What::Limit { what }, real);
            }
        });
    }
}

/// Time may grant a form, and so may sending it.
fn may_grant(change: &Change) -> bool {
    matches!(change, Change::Advance(_) | Change::Portal(PortalChange::SendForm(_)))
}

fn use_code(
    portal: &mut Portal,
    account: &str,
    password: &str,
    clerk: &mut Clerk<'_>,
) -> Result<(), Refused> {
    let code = portal.code(account).ok_or(Refused::NoCode)?.to_owned();
    portal.use_code(account, &code, password, clerk)
}
