//! The world as the portal sees it: accounts, mail, texts and the clock.
use core::net::Ipv4Addr;

use bytes::Bytes;
use jiff::Timestamp;
use postfail_identity::grant::Ended;
use postfail_identity::portal::{
    AppPassword, Delivery, Directory, Domain, Event, Facts, Mailbox, SignInRefused,
};
use postfail_store::account::{Act, State};
use postfail_store::mailbox::Use;
use postfail_store::mime::decode::encoded_words;
use postfail_store::mime::envelope::envelope;
use postfail_store::{AccountId, OutboxMail, OutboxRecipient};

use super::TextMessage;
use crate::change::{AccountChange, Mfa};
use crate::journal::What;
use crate::world::World;
use crate::world::accounts::DOMAIN;
use crate::world::change::BOOKKEEPING;
use crate::world::life::Door;

/// Text messages that are kept; the oldest go.
const TEXTS_MAX: usize = 1_000;
/// How far back mail is recent, in messages.
const RECENT: usize = 50;

/// Who looks things up for the portal.
pub(super) struct Clerk<'a> {
    pub(super) world: &'a mut World,
    pub(super) real: Timestamp,
}

impl Clerk<'_> {
    fn id(&self, account: &str) -> Option<AccountId> {
        self.world.store.find(account)
    }

    /// The newest messages of the INBOX and of sent mail.
    fn recent(&self, id: AccountId, special: Option<Use>) -> Vec<Bytes> {
        let mailboxes = self.world.store.mailboxes(id).filter(|mailbox| match special {
            None => mailbox.name().eq_ignore_ascii_case("INBOX"),
            Some(wanted) => {
                mailbox.special_use() == Some(wanted) || mailbox.name().eq_ignore_ascii_case("Sent")
            }
        });
        let newest = |mailbox: &postfail_store::Mailbox| {
            mailbox
                .messages()
                .iter()
                .rev()
                .take(RECENT)
                .map(|message| message.bytes().clone())
                .collect::<Vec<_>>()
        };
        mailboxes.flat_map(newest).collect()
    }
}

impl Directory for Clerk<'_> {
    fn now(&self) -> Timestamp {
        self.world.now(self.real)
    }

    fn draw(&mut self) -> u64 {
        self.world.random.draw()
    }

    fn find(&self, user: &str) -> Option<String> {
        let account = self.world.store.account(self.world.store.find_recipient(user)?)?;
        Some(account.name().to_owned())
    }

    fn facts(&self, account: &str) -> Facts {
        let file = self.world.office.on_file.get(account).cloned().unwrap_or_default();
        let second_factor =
            self.id(account).and_then(|id| self.world.lives.of(id)).is_some_and(|life| life.mfa != Mfa::Off);
        Facts {
            address: format!("{account}@{DOMAIN}"),
            recovery: file.recovery,
            phone: file.phone,
            created: file.created,
            payment: file.payment,
            second_factor,
        }
    }

    fn prove(&mut self, account: &str, password: &str) -> Result<(), SignInRefused> {
        let id = self.id(account).ok_or(SignInRefused::WrongPassword)?;
        self.world.end_lock(id, self.real);
        let now = self.now();
        let found = self.world.store.account(id).ok_or(SignInRefused::WrongPassword)?;
        let state = found.state(now);
        if self.world.lives.of(id).is_some_and(|life| life.is_locked(Door::Web, now)) {
            return Err(SignInRefused::Locked);
        }
        match state {
            State::Deleted => return Err(SignInRefused::WrongPassword),
            State::Locked => return Err(SignInRefused::Locked),
            State::Disabled | State::Suspended | State::Migrated => return Err(SignInRefused::Closed),
            State::Active | State::PasswordExpired | State::Suspicious | State::Inactive => {}
        }
        if !found.own_password_is(password.as_bytes()) {
            self.world.count_failure(id, Door::Web, Ipv4Addr::LOCALHOST.into(), self.real);
            self.world.note_lock(self.real);
            return Err(SignInRefused::WrongPassword);
        }
        self.world.forget_web_failures(id);
        if state == State::PasswordExpired { Err(SignInRefused::Expired) } else { Ok(()) }
    }

    fn was_password(&self, account: &str, password: &str) -> bool {
        let found = self.id(account).and_then(|id| self.world.store.account(id));
        found.is_some_and(|found| found.password_was(password.as_bytes()))
    }

    fn subjects(&self, account: &str) -> Vec<String> {
        let Some(id) = self.id(account) else { return Vec::new() };
        let mut messages = self.recent(id, None);
        messages.extend(self.recent(id, Some(Use::Sent)));
        messages
            .iter()
            .filter_map(|message| envelope(message).subject)
            .map(|subject| encoded_words(&subject))
            .collect()
    }

    fn recipients(&self, account: &str) -> Vec<String> {
        let Some(id) = self.id(account) else { return Vec::new() };
        let own = format!("{account}@{DOMAIN}");
        let mut all: Vec<String> = Vec::new();
        for message in self.recent(id, Some(Use::Sent)) {
            let envelope = envelope(&message);
            for address in envelope.to.iter().chain(&envelope.cc) {
                if let (Some(mailbox), Some(host)) = (&address.mailbox, &address.host) {
                    all.push(format!(
                        "{}@{}",
                        String::from_utf8_lossy(mailbox),
                        String::from_utf8_lossy(host)
                    ));
                }
            }
        }
        let sent = self.world.store.outbox().iter().rev();
        for mail in sent.filter(|mail| mail.reverse_path.eq_ignore_ascii_case(&own)).take(RECENT) {
            all.extend(mail.recipients.iter().map(|to| to.address.clone()));
        }
        all.extend(
            self.world.office.on_file.get(account).map(|file| file.wrote_to.clone()).unwrap_or_default(),
        );
        all
    }

    fn verified(&mut self, account: &str) {
        let change = AccountChange { act: Some(Act::Verify), ..AccountChange::of(account) };
        self.world.alter_account(&change, self.real);
        self.world.revision += 1;
    }

    fn set_password(&mut self, account: &str, password: &str) {
        self.world.journal.mask.add(password);
        let password = Some(password.to_owned());
        let change = AccountChange { password, act: Some(Act::Unlock), ..AccountChange::of(account) };
        self.world.alter_account(&change, self.real);
        self.verified(account);
    }

    fn sender(&self) -> String {
        format!("account-security@{DOMAIN}")
    }

    fn deliver(&mut self, to: &str, message: &str) -> Delivery {
        let (now, size) = (self.now(), message.len());
        let bytes = Bytes::copy_from_slice(message.as_bytes());
        let room = self.world.store.limits().bytes.saturating_sub(self.world.store.used());
        let fits = size as u64 + BOOKKEEPING <= room;
        if let Some(id) = self.world.store.find_recipient(to) {
            let store = &mut self.world.store;
            if !fits || store.check_quota(id, size as u64).is_err() || store.deliver(id, bytes, now).is_err()
            {
                return Delivery::Undeliverable;
            }
            self.world.note(None, What::Mail { account: to.to_owned(), size }, self.real);
            return Delivery::Delivered;
        }
        let is_ours = to.rsplit_once('@').is_none_or(|(_, host)| host.eq_ignore_ascii_case(DOMAIN));
        if is_ours || !fits {
            return Delivery::Undeliverable;
        }
        let mail = OutboxMail {
            reverse_path: self.sender(),
            recipients: vec![OutboxRecipient { address: to.to_owned(), ..OutboxRecipient::default() }],
            ret: None,
            envid: None,
            message: bytes,
            received_at: now,
        };
        match self.world.store.keep_outgoing(mail) {
            Ok(()) => Delivery::Outgoing,
            Err(_) => Delivery::Undeliverable,
        }
    }

    fn text(&mut self, to: &str, text: &str) {
        let message = TextMessage { sent: self.now(), to: to.to_owned(), text: text.to_owned() };
        let texts = &mut self.world.office.texts;
        if texts.len() >= TEXTS_MAX {
            texts.pop_front();
        }
        texts.push_back(message);
    }

    fn app_passwords(&self, account: &str) -> Vec<AppPassword> {
        let found = self.id(account).and_then(|id| self.world.store.account(id));
        let apps = found.map(postfail_store::Account::app_passwords).unwrap_or_default().iter();
        apps.map(|app| AppPassword {
            id: app.id,
            label: app.label.clone(),
            issued: app.issued,
            used: app.used,
        })
        .collect()
    }

    fn issue_app_password(&mut self, account: &str, label: &str, secret: &str) -> bool {
        self.world.journal.mask.add(secret);
        let (now, id) = (self.now(), self.id(account));
        let found = id.and_then(|id| self.world.store.account_mut(id));
        found.is_some_and(|found| found.issue_app_password(label, secret, now).is_some())
    }

    fn revoke_app_password(&mut self, account: &str, id: u32) -> bool {
        let found = self.id(account).and_then(|id| self.world.store.account_mut(id));
        found.is_some_and(|found| found.revoke_app_password(id))
    }

    fn sign_out(&mut self, account: &str) {
        let now = self.now();
        if let Some(found) = self.id(account).and_then(|id| self.world.store.account_mut(id)) {
            found.revoke_app_passwords();
        }
        let (provider, _) = self.world.provider_mut();
        provider.end(account, Ended::Revoked, now);
    }

    fn domain(&self) -> Domain {
        self.world.office.domain.clone()
    }

    fn mailboxes(&self) -> Vec<Mailbox> {
        let now = self.now();
        let word = |state: State| {
            let word = serde_json::to_value(state).unwrap_or_default();
            word.as_str().unwrap_or_default().to_owned()
        };
        let accounts = self.world.store.accounts().filter(|account| !account.is_deleted());
        accounts
            .map(|account| Mailbox {
                name: account.name().to_owned(),
                address: account.addresses().first().cloned().unwrap_or_default(),
                state: word(account.state(now)),
            })
            .collect()
    }

    fn note(&mut self, event: Event) {
        self.world.note(None, What::Portal(event), self.real);
    }
}
