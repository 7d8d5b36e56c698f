//! The identity provider as one value: its issuers' rules, and everything it has given out.
use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::check::Access;
use crate::client::Client;
use crate::endpoint::{Asked, Code, Device};
use crate::grant::{GrantId, Grants};
use crate::keys::Keys;
use crate::table::{Digest, Digester, Table};
use crate::{Issuer, Policy};

/// Access tokens remembered at once, and refresh tokens; the oldest make room.
const TOKENS_MAX: usize = 200_000;

/// Sign-ins, codes and waiting devices remembered at once.
const PENDING_MAX: usize = 10_000;

/// Random numbers, from whoever has them.
pub type Draw<'a> = &'a mut dyn FnMut() -> u64;

/// A refresh token.
#[derive(Clone, Debug)]
pub(crate) struct Refresh {
    pub grant: GrantId,
    pub issued: Timestamp,
    /// When it was last of use.
    pub used: Timestamp,
    /// Another stands in its place.
    pub replaced: bool,
}

/// What is different for one person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Who issues this person's tokens.
    pub issuer: Issuer,
    /// A person's own account, not an organization's: Microsoft has other words for these.
    pub personal: bool,
    /// Lifetimes in place of the issuer's.
    pub access: Option<Duration>,
    pub refresh: Option<Duration>,
    pub refresh_idle: Option<Duration>,
}

/// Everything issued, and by which rules.
#[derive(Debug)]
pub struct Provider {
    pub(crate) digester: Digester,
    pub(crate) keys: Keys,
    pub(crate) policies: [Policy; 3],
    pub(crate) people: HashMap<String, Person>,
    pub(crate) grants: Grants,
    pub(crate) access: Table<Access>,
    pub(crate) refresh: Table<Refresh>,
    /// Sign-ins under way, by their number.
    pub(crate) asked: Table<Asked>,
    pub(crate) codes: Table<Code>,
    pub(crate) devices: Table<Device>,
    pub(crate) user_codes: Table<Digest>,
    /// When the same was asked.
    pub(crate) recent: Table<Vec<Timestamp>>,
    pub(crate) clients: Vec<Client>,
}

impl Provider {
    /// A provider that has issued nothing. `key` makes what it keeps of its secrets; only it has to know it.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self {
            digester: Digester::new(&key),
            keys: Keys::new(),
            policies: Issuer::ALL.map(Issuer::policy),
            people: HashMap::new(),
            grants: Grants::default(),
            access: Table::new(TOKENS_MAX),
            refresh: Table::new(TOKENS_MAX),
            asked: Table::new(PENDING_MAX),
            codes: Table::new(PENDING_MAX),
            devices: Table::new(PENDING_MAX),
            user_codes: Table::new(PENDING_MAX),
            recent: Table::new(PENDING_MAX),
            clients: Vec::new(),
        }
    }

    #[must_use]
    pub fn policy(&self, issuer: Issuer) -> &Policy {
        &self.policies[issuer as usize]
    }

    pub fn policy_mut(&mut self, issuer: Issuer) -> &mut Policy {
        &mut self.policies[issuer as usize]
    }

    /// Every issuer as at the start; what was issued stays good.
    pub fn reset_policies(&mut self) {
        self.policies = Issuer::ALL.map(Issuer::policy);
    }

    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    pub fn keys_mut(&mut self) -> &mut Keys {
        &mut self.keys
    }

    /// Let a program be known; one of that name before it is forgotten.
    pub fn register(&mut self, client: Client) {
        self.clients.retain(|known| known.id != client.id);
        self.clients.push(client);
    }

    /// Say who issues an account's tokens, and how long they live.
    pub fn set_person(&mut self, account: &str, person: Person) {
        self.people.insert(account.to_owned(), person);
    }

    /// Who issues an account's tokens.
    #[must_use]
    pub fn person(&self, account: &str) -> Person {
        self.people.get(account).copied().unwrap_or_default()
    }

    /// Access and refresh tokens that are remembered, those that are over among them.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.access.len() + self.refresh.len()
    }
}

/// The moment a duration after another; the end of the calendar where there is none.
pub(crate) fn after(from: Timestamp, span: Duration) -> Timestamp {
    let span = SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX);
    from.saturating_add(span).unwrap_or(Timestamp::MAX)
}
