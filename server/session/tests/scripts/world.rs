//! The smallest world a session can live in: a policy, a store, rules, and a list of what was noted.
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;
use postfail_session::world::{
    Admission, Attempt, Capabilities, Channel, Cue, Limits, Listing, Mail, Policy, Proof, Protocol,
    Recipient, Refusal, Ruling, Security, Stage,
};
use postfail_session::{Event, World};
use postfail_store::{AccountId, Lockout, OutboxMail, State, Store};
use postfail_wire::pop3::apop;
use postfail_wire::sasl::cram_md5;
use postfail_wire::sasl::scram::Hash;

use crate::proofs::{self, Lent};

/// Accounts and their passwords.
pub const ACCOUNTS: [(&str, &str); 2] = [("alice", "wonder land"), ("bob", "bU1ld3r!")];

pub struct Lab {
    pub policy: Policy,
    pub store: Store,
    pub events: Vec<Event>,
    pub rules: Vec<(Place, Ruling)>,
    pub wordings: BTreeMap<String, String>,
    /// Error challenges by failure, in base64.
    pub challenges: BTreeMap<String, String>,
    pub lent: Lent,
    pub lockout: u32,
    /// Most bytes of unfinished mail.
    pub room: usize,
    pub connection: u64,
    pub peer: Option<IpAddr>,
    pub now: Timestamp,
    nonce: u64,
}

/// Where a rule acts.
pub struct Place {
    pub stage: Option<Stage>,
    pub verb: Option<String>,
    pub account: Option<String>,
}

impl Lab {
    pub fn new(protocol: Protocol) -> Self {
        let limits = Limits {
            line: 1000,
            message: 2000,
            recipients: 3,
            command: 4000,
            errors: 30,
            idle_before_login: Duration::from_secs(60),
            idle_after_login: Duration::from_secs(600),
        };
        let policy = Policy {
            protocol,
            security: Security::StartTls,
            host: "mail.postfail.test".to_owned(),
            mechanisms: ["PLAIN", "LOGIN", "CRAM-MD5"].map(str::to_owned).to_vec(),
            require_tls: false,
            require_login: false,
            greeting: "{host} ready".to_owned(),
            capabilities: Capabilities::default(),
            limits,
        };
        let mut store = Store::new(7);
        for (name, password) in ACCOUNTS {
            let address = format!("{name}@postfail.test");
            store.add_account(name, &[&address], password).expect("a new account");
        }
        Self {
            policy,
            store,
            events: Vec::new(),
            rules: Vec::new(),
            wordings: BTreeMap::new(),
            challenges: BTreeMap::new(),
            lent: Lent::default(),
            lockout: 0,
            room: usize::MAX,
            connection: 0,
            peer: None,
            now: "2026-11-22T10:00:00Z".parse().expect("a time"),
            nonce: 41,
        }
    }

    /// Give the provider's list for a situation: `A; B C`, or `TEXT: A; B C`.
    pub fn lists(&mut self, situation: &str, list: &str) -> Result<(), String> {
        let (text, words) = list.split_once(": ").map_or((None, list), |(text, words)| (Some(text), words));
        let words = words.split("; ").map(str::to_owned).collect();
        let listing = Some(Listing { words, text: text.map(str::to_owned) });
        let lists = &mut self.policy.capabilities;
        lists.mechanisms.clone_from(&self.policy.mechanisms);
        match situation {
            "plain" => lists.plain = listing,
            "tls" => lists.tls = listing,
            "authenticated" => lists.authenticated = listing,
            _ => return Err(format!("lists {situation}: plain, tls or authenticated")),
        }
        Ok(())
    }

    pub fn id(&self, user: &str) -> AccountId {
        self.store.find(user).unwrap_or_else(|| panic!("no account {user}"))
    }

    fn proves(&self, id: AccountId, attempt: &Attempt<'_>) -> Option<Admission> {
        let account = self.store.account(id).expect("an account that was found");
        let any = |right: &dyn Fn(&str) -> bool| account.passwords().any(right).then(|| id.into());
        match attempt.proof {
            Proof::Password(password) => any(&|own| own.as_bytes() == password),
            Proof::CramMd5 { challenge, digest } => {
                any(&|password| cram_md5::digest(password.as_bytes(), challenge.as_bytes()) == digest)
            }
            Proof::Apop { timestamp, digest } => {
                any(&|password| apop::digest(timestamp.as_bytes(), password.as_bytes()) == digest)
            }
            Proof::Scram(shown) => proofs::scram(account, shown),
            Proof::Bearer { .. } | Proof::External => None,
        }
    }

    fn admits(&self, attempt: &Attempt<'_>) -> Option<Admission> {
        match attempt.proof {
            Proof::Bearer { token } => self.lent.bearer(&self.store, attempt.user, token, self.now),
            Proof::External => self.lent.certified(&self.store, attempt.user),
            _ => self.proves(self.store.find(attempt.user)?, attempt),
        }
    }

    /// Standard words where a failure must have some; every other one is left to the session's own.
    fn standard(&self, failure: &str) -> &'static str {
        match (failure, self.policy.protocol) {
            ("bad-password", Protocol::Smtp) => "535 5.7.8 Authentication credentials invalid",
            ("bad-password", Protocol::Pop3) => "-ERR [AUTH] Authentication failed",
            ("bad-password", Protocol::Imap) => "{tag} NO [AUTHENTICATIONFAILED] Authentication failed",
            ("oauth-token-expired", Protocol::Smtp) => "535 5.7.8 The token is not valid",
            ("oauth-token-expired", Protocol::Pop3) => "-ERR [AUTH] The token is not valid",
            ("account-locked", Protocol::Smtp) => "535 5.7.8 {user} is locked",
            ("account-locked", Protocol::Pop3) => "-ERR [AUTH] {user} is locked",
            ("account-locked", Protocol::Imap) => "{tag} NO {user} is locked",
            ("over-quota", _) => "452 4.2.2 Mailbox full",
            _ => "",
        }
    }
}

impl World for Lab {
    fn policy(&self) -> &Policy {
        &self.policy
    }

    fn connection(&self) -> u64 {
        self.connection
    }

    fn peer(&self) -> Option<IpAddr> {
        self.peer
    }

    fn rule(&mut self, cue: &Cue<'_>) -> Ruling {
        let meets = |place: &Place| {
            place.stage.is_none_or(|stage| stage == cue.stage)
                && place.verb.as_ref().is_none_or(|verb| verb == cue.verb)
                && place.account.as_ref().is_none_or(|name| cue.account == Some(name))
        };
        let rule = self.rules.iter().find(|(place, _)| meets(place));
        rule.map(|(_, ruling)| ruling.clone()).unwrap_or_default()
    }

    fn channel(&self) -> Option<&Channel> {
        self.lent.channel.as_ref()
    }

    fn scram_salt(&mut self, hash: Hash, user: &str) -> Vec<u8> {
        proofs::salt(hash, user)
    }

    fn log_in(&mut self, attempt: &Attempt<'_>) -> Result<Admission, Refusal> {
        let found = self.store.find(attempt.user);
        let acts_as = |admission: &Admission| {
            attempt.authorization.is_empty()
                || self.store.find(attempt.authorization) == Some(admission.account)
        };
        let right = self.admits(attempt).filter(acts_as);
        let now = self.now;
        let lockout = Lockout { failures: self.lockout, window: Duration::from_secs(3600), duration: None };
        let locked = found.and_then(|id| self.store.account_mut(id)).is_some_and(|account| {
            if account.state(now) == State::Active && right.is_none() {
                account.note_failure(now, &lockout);
                false
            } else {
                account.state(now) != State::Active
            }
        });
        let failure = match right {
            _ if locked => Some("account-locked"),
            None if matches!(attempt.proof, Proof::Bearer { .. }) => Some("oauth-token-expired"),
            None => Some("bad-password"),
            Some(_) => None,
        };
        self.note(Event::LogIn {
            user: attempt.user.to_owned(),
            mechanism: attempt.mechanism.to_owned(),
            secured: attempt.secured,
            failure: failure.map(str::to_owned),
            reason: None,
            secret: 0,
        });
        match (failure, right) {
            (None, Some(admission)) => Ok(admission),
            (failure, _) => Err(self.wording(failure.unwrap_or("bad-password"))),
        }
    }

    fn wording(&self, failure: &str) -> Refusal {
        let words = self.wordings.get(failure).map_or_else(|| self.standard(failure), String::as_str);
        let lines = if words.is_empty() { Vec::new() } else { vec![words.to_owned()] };
        let challenge = self.challenges.get(failure).cloned();
        Refusal { failure: failure.to_owned(), lines, challenge, ..Refusal::default() }
    }

    fn store(&mut self) -> &mut Store {
        &mut self.store
    }

    fn take_mail(&mut self, mail: &Mail<'_>) -> Result<(), Refusal> {
        let mut recipients = Vec::new();
        for recipient in mail.recipients {
            match recipient {
                Recipient::Local { account, .. } => {
                    if self.store.deliver(*account, mail.message.clone(), self.now).is_err() {
                        return Err(self.wording("over-quota"));
                    }
                }
                Recipient::Outbox(recipient) => recipients.push(recipient.clone()),
            }
        }
        if !recipients.is_empty() {
            let kept = OutboxMail {
                reverse_path: mail.reverse_path.to_owned(),
                recipients,
                ret: mail.ret.map(str::to_owned),
                envid: mail.envid.map(str::to_owned),
                message: mail.message.slice(mail.return_path..),
                received_at: self.now,
            };
            self.store.keep_outgoing(kept).map_err(|_| self.wording("over-quota"))?;
        }
        Ok(())
    }

    fn hold(&mut self, bytes: usize) -> bool {
        bytes <= self.room
    }

    fn note(&mut self, event: Event) {
        self.events.push(event);
    }

    fn nonce(&mut self) -> u64 {
        self.nonce += 1;
        self.nonce
    }

    fn now(&self) -> Timestamp {
        self.now
    }
}
