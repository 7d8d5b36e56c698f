//! The world as one session sees it: the answers to the questions of `postfail_session::World`.
use core::net::IpAddr;

use jiff::Timestamp;
use postfail_session::world::{Attempt, Cue, Mail, Policy, Recipient, Refusal, Ruling};
use postfail_session::{Event, World as Asked};
use postfail_store::{AccountId, OutboxMail, Store};

use super::change::BOOKKEEPING;
use super::follow::Counted;
use super::{Connection, World};
use crate::fault::rule::Asker;
use crate::fault::stage_word;
use crate::journal::What;
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
        if self.world.faults.is_empty() {
            return Ruling::Proceed;
        }
        let (profile, protocol, occasion) =
            (&self.world.profile, self.connection.policy.protocol, self.occasion());
        let wording = |failure: &str| profile.wording(failure, protocol, &occasion);
        let Connection { listener, peer, .. } = *self.connection;
        let asker = Asker { listener, protocol, client: peer.ip(), now: self.now };
        let before = self.world.faults.port(listener, self.now);
        let fired = self.world.faults.answer(cue, &asker, wording);
        if self.world.faults.port(listener, self.now) != before {
            // This was the last connection the port took: the driver must look again.
            self.world.revision += 1;
        }
        let Some(fired) = fired else { return Ruling::Proceed };
        let stage = stage_word(cue.stage).to_owned();
        self.note(Event::Fault { id: fired.id, stage, fault: fired.word.to_owned() });
        fired.ruling
    }

    fn log_in(&mut self, attempt: &Attempt<'_>) -> Result<AccountId, Refusal> {
        let protocol = self.connection.policy.protocol;
        let secret = self.world.number_secret(attempt.proof);
        let judged = self.world.judge(attempt, protocol, self.real);
        self.note(Event::LogIn {
            user: attempt.user.to_owned(),
            mechanism: attempt.mechanism.to_owned(),
            secured: attempt.secured,
            failure: judged.err().map(str::to_owned),
            secret,
        });
        self.world.note_lock(self.real);
        if let Ok(account) = judged
            && let Some(open) = self.world.connections.get_mut(&self.connection.id)
        {
            *open = Some((account, protocol));
        }
        let answer = judged.map_err(|failure| self.words(failure));
        self.world.count(Counted::LogIn { granted: judged.is_ok() }, self.real);
        answer
    }

    fn wording(&self, failure: &str) -> Refusal {
        self.words(failure)
    }

    fn store(&mut self) -> &mut Store {
        &mut self.world.store
    }

    /// Into every INBOX and the outbox, or nowhere: there is room for all of it before the first copy is kept.
    fn take_mail(&mut self, mail: &Mail<'_>) -> Result<(), Refusal> {
        let mut elsewhere = Vec::new();
        let mut copies = 0u64;
        for recipient in mail.recipients {
            match recipient {
                Recipient::Local { .. } => copies += 1,
                Recipient::Outbox { address } => elsewhere.push(address.clone()),
            }
        }
        let listed: usize = elsewhere.iter().map(|address| address.len() + size_of::<String>()).sum();
        let each = mail.message.len() as u64 + BOOKKEEPING;
        let needed =
            (copies + u64::from(!elsewhere.is_empty())) * each + (listed + mail.reverse_path.len()) as u64;
        let room = self.world.store.limits().bytes.saturating_sub(self.world.store.used());
        if needed > room {
            self.note(Event::Limit {
                what: format!("mail of {needed} bytes refused: the store has room for {room}"),
            });
            return Err(self.words("over-quota"));
        }
        for recipient in mail.recipients {
            if let Recipient::Local { account, .. } = recipient {
                let kept = self.world.store.deliver(*account, mail.message.clone(), self.now);
                kept.map_err(|_| self.words("over-quota"))?;
            }
        }
        if elsewhere.is_empty() {
            return Ok(());
        }
        let outgoing = OutboxMail {
            reverse_path: mail.reverse_path.to_owned(),
            recipients: elsewhere,
            message: mail.message.clone(),
            received_at: self.now,
        };
        self.world.store.keep_outgoing(outgoing).map_err(|_| self.words("over-quota"))
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
