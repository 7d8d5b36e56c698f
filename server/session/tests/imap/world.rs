//! A small world for IMAP sessions: two accounts, a few messages, and all that was noted.
use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use postfail_session::world::{
    Admission, Attempt, Capabilities, Channel, Cue, Limits, Listing, Mail, Policy, Proof, Protocol, Refusal,
    Ruling, Security,
};
use postfail_session::{Event, World};
use postfail_store::Store;
use postfail_wire::sasl::scram::Hash;

use crate::proofs::{self, Lent};

pub const GREETING: &str = "{host} ready";

/// What all connections of a test share, and which of them is speaking.
pub struct Lab {
    pub policy: Policy,
    pub store: Store,
    pub connection: u64,
    pub events: Vec<Event>,
    /// Verb (or `greeting`) and what the world says to its cue.
    pub rulings: Vec<(String, Ruling)>,
    /// Bytes of unfinished mail, by connection, and the most of all together.
    pub held: HashMap<u64, usize>,
    pub room: usize,
    /// The provider's words, by failure.
    pub words: HashMap<String, String>,
    /// Error challenges, by failure.
    pub challenges: HashMap<String, String>,
    pub lent: Lent,
    /// As the conversation's.
    pub now: Timestamp,
    nonce: u64,
}

pub fn start() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().expect("a date")
}

impl Lab {
    pub fn new(security: Security, require_tls: bool) -> Lab {
        let limits = Limits {
            line: 8_192,
            message: 100_000,
            recipients: 100,
            command: 16_384,
            errors: 5,
            idle_before_login: Duration::from_secs(60),
            idle_after_login: Duration::from_secs(1_800),
        };
        let mechanisms = ["PLAIN", "LOGIN", "CRAM-MD5"].map(str::to_owned).to_vec();
        let policy = Policy {
            protocol: Protocol::Imap,
            security,
            host: "imap.postfail.test".to_owned(),
            mechanisms,
            require_tls,
            require_login: false,
            greeting: GREETING.to_owned(),
            capabilities: Capabilities::default(),
            limits,
        };
        let mut store = Store::new(1);
        let taro = store.add_account("taro", &["taro@postfail.test"], "secret").expect("room");
        store.add_account("hanako", &["hanako@postfail.test"], "secret2").expect("room");
        for number in 1..=3 {
            store.deliver(taro, message(number), start()).expect("room");
        }
        Lab {
            policy,
            store,
            connection: 0,
            events: Vec::new(),
            rulings: Vec::new(),
            words: HashMap::new(),
            challenges: HashMap::new(),
            lent: Lent::default(),
            now: start(),
            held: HashMap::new(),
            room: 150_000,
            nonce: 0,
        }
    }
}

impl Lab {
    /// Give the provider's list for a situation.
    pub fn lists(&mut self, situation: &str, words: &[&str]) {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        let listing = Some(Listing { words, text: Some(format!("Listed {situation}")) });
        let lists = &mut self.policy.capabilities;
        lists.mechanisms.clone_from(&self.policy.mechanisms);
        match situation {
            "plain" => lists.plain = listing,
            "tls" => lists.tls = listing,
            "authenticated" => lists.authenticated = listing,
            _ => panic!("nobody knows the situation {situation:?}"),
        }
    }
}

/// Sample number `number`: small, with a header of four fields.
pub fn message(number: u32) -> Bytes {
    let text = format!(
        "From: Hanako <hanako@postfail.test>\r\nTo: taro@postfail.test\r\nSubject: number {number}\r\n\
         Date: Sun, 22 Nov 2026 10:00:0{number} +0000\r\n\r\nHello, this is number {number}.\r\n"
    );
    Bytes::from(text)
}

impl World for Lab {
    fn policy(&self) -> &Policy {
        &self.policy
    }

    fn connection(&self) -> u64 {
        self.connection
    }

    fn rule(&mut self, cue: &Cue<'_>) -> Ruling {
        let asked = format!("{:?} {}", cue.stage, cue.verb);
        let found = self.rulings.iter().position(|(wanted, _)| *wanted == asked.trim_end());
        found.map_or(Ruling::Proceed, |at| self.rulings.remove(at).1)
    }

    fn channel(&self) -> Option<&Channel> {
        self.lent.channel.as_ref()
    }

    fn scram_salt(&mut self, hash: Hash, user: &str) -> Vec<u8> {
        proofs::salt(hash, user)
    }

    fn log_in(&mut self, attempt: &Attempt<'_>) -> Result<Admission, Refusal> {
        let found = self.store.find(attempt.user).and_then(|id| self.store.account(id));
        let any = |right: &dyn Fn(&str) -> bool| {
            found.filter(|account| account.passwords().any(right)).map(|account| account.id().into())
        };
        let granted = match attempt.proof {
            Proof::Password(password) => any(&|own| own.as_bytes() == password),
            Proof::CramMd5 { challenge, digest } => any(&|password| {
                postfail_wire::sasl::cram_md5::digest(password.as_bytes(), challenge.as_bytes()) == digest
            }),
            Proof::Scram(shown) => found.and_then(|account| proofs::scram(account, shown)),
            Proof::Bearer { token } => {
                let granted = self.lent.bearer(&self.store, attempt.user, token, self.now);
                return granted.ok_or_else(|| self.wording("oauth-token-expired"));
            }
            Proof::External => self.lent.certified(&self.store, attempt.user),
            Proof::Apop { .. } => None,
        };
        granted.filter(|_| attempt.authorization.is_empty()).ok_or_else(|| self.wording("bad-password"))
    }

    /// The words of the test, those every log-in needs, else none: the session has its own.
    fn wording(&self, failure: &str) -> Refusal {
        let standard = match failure {
            "bad-password" => Some("{tag} NO [AUTHENTICATIONFAILED] Authentication failed."),
            "oauth-token-expired" => Some("{tag} NO [AUTHENTICATIONFAILED] The token is not valid."),
            "over-quota" => Some("{tag} NO [OVERQUOTA] {user} has used it all up"),
            _ => None,
        };
        let lines = self.words.get(failure).cloned().or(standard.map(str::to_owned)).into_iter().collect();
        let challenge = self.challenges.get(failure).cloned();
        Refusal { failure: failure.to_owned(), lines, challenge, ..Refusal::default() }
    }

    fn store(&mut self) -> &mut Store {
        &mut self.store
    }

    fn take_mail(&mut self, _: &Mail<'_>) -> Result<(), Refusal> {
        Err(self.wording("unexpected"))
    }

    fn hold(&mut self, bytes: usize) -> bool {
        let others: usize =
            self.held.iter().filter(|(of, _)| **of != self.connection).map(|(_, held)| held).sum();
        let room = others + bytes <= self.room;
        self.held.insert(self.connection, if room { bytes } else { 0 });
        room
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
