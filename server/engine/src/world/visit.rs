//! The world as one session sees it: the answers to the questions of `postfail_session::World`.
use core::net::IpAddr;
use std::collections::BTreeSet;

use jiff::Timestamp;
use postfail_session::world::{
    Admission, Attempt, Channel, Cue, Mail, Policy, Recipient, Refusal, Ruling, Stage,
};
use postfail_session::{Event, World as Asked};
use postfail_store::{AccountId, OutboxMail, Store};
use postfail_wire::sasl::scram::Hash;

use super::change::BOOKKEEPING;
use super::follow::Counted;
use super::{Connection, World, refusals};
use crate::fault::marker::{Marker, Words};
use crate::fault::rule::Asker;
use crate::fault::stage_word;
use crate::journal::What;
use crate::listener::ListenerName;
use crate::names::{self, Met};
use crate::profile::Occasion;

/// A session's hold on the world for the time of one call.
#[derive(Debug)]
pub struct Visit<'a> {
    world: &'a mut World,
    connection: &'a Connection,
    real: Timestamp,
    now: Timestamp,
}

impl<'a> Visit<'a> {
    pub(super) fn new(world: &'a mut World, connection: &'a Connection, real: Timestamp) -> Self {
        let now = world.now(real);
        Self { world, connection, real, now }
    }

    fn words(&self, failure: &str) -> Refusal {
        self.world.profile.wording(failure, self.connection.policy.protocol, &self.occasion())
    }

    fn occasion(&self) -> Occasion {
        let client = Some(self.connection.peer.ip());
        Occasion { now: self.now, seed: self.world.seed, connection: self.connection.id, client }
    }
}

impl Asked for Visit<'_> {
    fn policy(&self) -> &Policy {
        &self.connection.policy
    }

    fn connection(&self) -> u64 {
        self.connection.id
    }

    fn peer(&self) -> Option<IpAddr> {
        Some(self.connection.peer.ip())
    }

    fn rule(&mut self, cue: &Cue<'_>) -> Ruling {
        if let Some(failure) = self.world.refuse_at(cue, self.connection, self.real) {
            let refusal = self.words(&failure);
            let (stage, failure) = (stage_word(cue.stage).to_owned(), refusal.failure.clone());
            self.note(Event::Refused { stage, failure });
            let greeting = cue.stage == Stage::Greeting;
            return Ruling::Reply(if greeting { refusals::in_place_of_greeting(refusal) } else { refusal });
        }
        if self.world.faults.is_empty() {
            return Ruling::Proceed;
        }
        let (profile, protocol, occasion) =
            (&self.world.profile, self.connection.policy.protocol, self.occasion());
        let wording = |failure: &str| profile.wording(failure, protocol, &occasion);
        let Connection { listener, peer, .. } = *self.connection;
        let secured = self.world.connections.get(&self.connection.id).is_some_and(|open| open.tls.is_some());
        let asker = Asker { listener, protocol, client: peer.ip(), secured, now: self.now };
        let before = self.world.faults.port(listener, self.now);
        let fired = self.world.faults.answer(cue, &asker, wording);
        if self.world.faults.port(listener, self.now) != before {
            // This was the last connection the port took: the driver must look again.
            self.world.revision += 1;
        }
        let Some(fired) = fired else { return Ruling::Proceed };
        let stage = stage_word(cue.stage).to_owned();
        self.note(Event::Fault { id: fired.id, stage, fault: fired.word.to_owned() });
        let ports = ListenerName::ALL.map(|name| self.world.listener(name).port);
        let marker = Marker::new(self.world.seed, fired.id);
        Words { marker, tag: cue.tag, ports }.fill(fired.ruling)
    }

    fn channel(&self) -> Option<&Channel> {
        self.connection.channel.as_deref()
    }

    fn scram_salt(&mut self, hash: Hash, user: &str) -> Vec<u8> {
        self.world.scram_salt(hash, user)
    }

    fn log_in(&mut self, attempt: &Attempt<'_>) -> Result<Admission, Refusal> {
        let secret = self.world.number_secret(attempt.proof);
        let mut reason = None;
        let judged = self.world.judge(attempt, self.connection, self.real).map_err(|refused| {
            reason = refused.reason;
            self.wording_by(&refused.failure, attempt.mechanism)
        });
        self.note(Event::LogIn {
            user: attempt.user.to_owned(),
            mechanism: attempt.mechanism.to_owned(),
            secured: attempt.secured,
            failure: judged.as_ref().err().map(|refusal| refusal.failure.clone()),
            reason,
            secret,
        });
        self.world.note_lock(self.real);
        self.world.count(Counted::LogIn { granted: judged.is_ok() }, self.real);
        judged
    }

    fn wording(&self, failure: &str) -> Refusal {
        self.words(failure)
    }

    fn wording_by(&self, failure: &str, mechanism: &str) -> Refusal {
        let protocol = self.connection.policy.protocol;
        self.world.profile.wording_by(failure, protocol, mechanism, &self.occasion())
    }

    fn store(&mut self) -> &mut Store {
        &mut self.world.store
    }

    fn recipient(&mut self, address: &str) -> Result<Option<AccountId>, Refusal> {
        match self.world.chosen(address) {
            Some((failure, _)) if names::met(failure) == Some(Met::Room) => Err(self.words(failure)),
            Some((_, id)) => {
                let is_there =
                    |id: &AccountId| self.world.store.account(*id).is_some_and(|it| !it.is_deleted());
                Ok(Some(id).filter(is_there))
            }
            None => Ok(self.world.store.find_recipient(address)),
        }
    }

    /// Into every INBOX and the outbox, or nowhere: there is room for all of it before the first copy is kept.
    fn take_mail(&mut self, mail: &Mail<'_>) -> Result<(), Refusal> {
        let mut accounts = BTreeSet::new();
        let mut recipients = Vec::new();
        for recipient in mail.recipients {
            match recipient {
                Recipient::Local { account, .. } => _ = accounts.insert(*account),
                Recipient::Outbox(recipient) => recipients.push(recipient.clone()),
            }
        }
        let outgoing = (!recipients.is_empty()).then(|| OutboxMail {
            reverse_path: mail.reverse_path.to_owned(),
            recipients,
            ret: mail.ret.map(str::to_owned),
            envid: mail.envid.map(str::to_owned),
            message: mail.message.slice(mail.return_path.min(mail.message.len())..),
            received_at: self.now,
        });
        let each = mail.message.len() as u64 + BOOKKEEPING;
        let needed = accounts.len() as u64 * each + outgoing.as_ref().map_or(0, OutboxMail::room);
        let room = self.world.store.limits().bytes.saturating_sub(self.world.store.used());
        if needed > room {
            self.note(Event::Limit {
                what: format!("mail of {needed} bytes refused: the store has room for {room}"),
            });
            return Err(self.words("over-quota"));
        }
        let size = mail.message.len() as u64;
        if accounts.iter().any(|account| self.world.store.check_quota(*account, size).is_err()) {
            return Err(self.words("over-quota"));
        }
        for account in accounts {
            let kept = self.world.store.deliver(account, mail.message.clone(), self.now);
            kept.map_err(|_| self.words("over-quota"))?;
        }
        match outgoing {
            Some(mail) => self.world.store.keep_outgoing(mail).map_err(|_| self.words("over-quota")),
            None => Ok(()),
        }
    }

    /// What is unfinished counts with what is kept: all mail of a world has one bound.
    fn hold(&mut self, bytes: usize) -> bool {
        let world = &mut *self.world;
        let Some(open) = world.connections.get_mut(&self.connection.id) else { return bytes == 0 };
        let others = world.held.saturating_sub(std::mem::take(&mut open.held));
        let fits = others + bytes as u64 + world.store.used() <= world.store.limits().bytes;
        open.held = if fits { bytes as u64 } else { 0 };
        world.held = others + open.held;
        fits || bytes == 0
    }

    fn note(&mut self, event: Event) {
        let connection = (self.connection.id, self.connection.listener);
        self.world.journal.record(self.real, self.now, Some(connection), What::Session(event));
    }

    fn nonce(&mut self) -> u64 {
        self.world.random.draw()
    }

    fn now(&self) -> Timestamp {
        self.now
    }
}
