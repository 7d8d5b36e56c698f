//! Log-ins, judged and counted. In which order things are looked at: see `refusals`.
use core::net::{IpAddr, Ipv4Addr};
use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;
use md5::{Digest, Md5};
use postfail_session::world::{Admission, Attempt, Proof, Protocol};
use postfail_store::account::{Act, State};
use postfail_store::{Account, AccountId};
use postfail_wire::sasl::cram_md5;
use subtle::ConstantTimeEq;

use super::life::Door;
use super::refusals::{Asking, Moment};
use super::{Connection, World};
use crate::change::refuse::Place;
use crate::change::{AccountChange, Change, WrongPasswords};
use crate::journal::{By, What};
use crate::names::{self, Met};

/// Distinct secrets that are told apart; beyond, counting starts anew.
const SHOWN_MAX: usize = 65_536;

/// What an account that looks suspicious is refused with.
pub(super) const SUSPICIOUS: &str = "web-login-required";

/// A log-in that is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    /// A failure's name, or the `id` of a response.
    pub(super) failure: Cow<'static, str>,
    /// What the provider does not say: why a token is not taken.
    pub(super) reason: Option<String>,
}

impl<T: Into<Cow<'static, str>>> From<T> for Refused {
    fn from(failure: T) -> Self {
        Self { failure: failure.into(), reason: None }
    }
}

impl Refused {
    pub(super) fn because(failure: &'static str, reason: impl ToString) -> Self {
        Self { failure: failure.into(), reason: Some(reason.to_string()) }
    }
}

/// What a client showed, and it was right.
#[derive(Clone, Debug, Default)]
pub(super) struct Proven {
    /// Which password: 0 is the account's own, those above are for programs.
    pub(super) which: usize,
    /// When the session is to end.
    pub(super) until: Option<Timestamp>,
    /// What shows a client of SCRAM that we know the password too.
    pub(super) signature: Vec<u8>,
}

impl World {
    /// Judge a log-in. A failure counts towards the lock-out, whatever the protocol: when it locks, that is for
    /// `note_lock` to say, behind the log-in itself.
    pub(super) fn judge(
        &mut self,
        attempt: &Attempt<'_>,
        connection: &Connection,
        real: Timestamp,
    ) -> Result<Admission, Refused> {
        let (protocol, address) = (connection.policy.protocol, connection.peer.ip());
        let mut found = self.claimed(attempt, connection, real);
        let tls = self.connections.get(&connection.id).and_then(|open| open.tls);
        let mut chosen = None;
        if let Some((failure, id)) = self.chosen(attempt.user) {
            match names::met(failure) {
                Some(Met::LogIn) => return Err(failure.into()),
                Some(Met::InTheClear) if !attempt.secured => return Err(failure.into()),
                _ => (found, chosen) = (Some(id), Some(failure)),
            }
        }
        let ask = |application: Option<bool>| {
            let (mechanism, proof) = (attempt.mechanism, attempt.proof);
            let proven = application.is_some();
            let at = Moment::LogIn { mechanism, proof, proven, application: application.unwrap_or(false) };
            Asking { protocol, account: found, tls, at }
        };
        if let Some(id) = found {
            self.end_lock(id, real);
            self.age(real);
        }
        if let Some(failure) = self.refusal(&ask(None), real) {
            return Err(failure.into());
        }
        let Some(id) = found else { return Err(self.nobody(attempt.proof, protocol, real)) };
        let (life, now) = (self.lives.of(id), self.now(real));
        if let Some(failure) = life.and_then(|life| life.before_password(protocol, attempt.proof, now)) {
            return Err(failure.into());
        }
        let from = (Door::Mail(protocol), address);
        let proven = match attempt.proof {
            Proof::Bearer { token } => self.check_bearer(id, token, protocol, real)?,
            Proof::External => self.check_external(id, connection, real)?,
            proof => self.check(id, attempt.authorization, proof, from, real)?,
        };
        let Proven { which, until, signature } = proven;
        let application = which > 0;
        if let Some(failure) = self.refusal(&ask(Some(application)), real) {
            return Err(failure.into());
        }
        let life = self.lives.of(id);
        if let Some(failure) = life.and_then(|life| life.behind_password(attempt.proof, application)) {
            return Err(failure.into());
        }
        if self.is_crowded(id, connection, real) {
            return Err("connection-limit".into());
        }
        self.count_success(id, protocol, address, which, real);
        if let Some(open) = self.connections.get_mut(&connection.id) {
            (open.account, open.chosen) = (Some(id), chosen);
        }
        Ok(Admission { account: id, until, signature })
    }

    /// Nobody is named to act as, or the account itself, by whichever of its names.
    fn is_itself(&self, acts_as: &str, id: AccountId) -> bool {
        let named = || self.store.find(acts_as).or_else(|| self.chosen(acts_as).map(|(_, id)| id));
        acts_as.is_empty() || named() == Some(id)
    }

    /// The failure that a user name chooses, and whose it is.
    pub(super) fn chosen(&self, user: &str) -> Option<(&'static str, AccountId)> {
        let (failure, name) = names::failure(user)?;
        Some((failure, self.store.find(name)?))
    }

    /// The account's state and then its password; which of its passwords it was. Nobody acts as somebody else.
    pub(super) fn check(
        &mut self,
        id: AccountId,
        acts_as: &str,
        proof: Proof<'_>,
        (door, address): (Door, IpAddr),
        real: Timestamp,
    ) -> Result<Proven, Refused> {
        let is_itself = self.is_itself(acts_as, id);
        let now = self.now(real);
        let account = self.store.account(id).ok_or("bad-password")?;
        let state = account.state(now);
        if let Some(failure) = Self::state_failure(state) {
            return Err(failure.into());
        }
        let found = match proof {
            Proof::Scram(shown) => self.scram.which(account, shown),
            proof => shown(account, proof).map(|which| (which, Vec::new())),
        };
        let Some((which, signature)) = found.filter(|_| is_itself) else {
            let failure = self.count_failure(id, door, address, real).unwrap_or("bad-password");
            let unbound = matches!(proof, Proof::Scram(shown) if !shown.bound);
            let reason = unbound.then(|| "the log-in is bound to another connection than this".to_owned());
            return Err(Refused { failure: failure.into(), reason });
        };
        match state {
            State::PasswordExpired => Err("password-expired".into()),
            // Some providers let the log-in through and stop what follows.
            State::Suspicious if self.stops_suspects(door, now) => Err(SUSPICIOUS.into()),
            _ => Ok(Proven { which, until: None, signature }),
        }
    }

    /// At the log-in itself? On pages, as in IMAP.
    fn stops_suspects(&self, door: Door, now: Timestamp) -> bool {
        let protocol = match door {
            Door::Mail(protocol) => protocol,
            Door::Web => Protocol::Imap,
        };
        self.place_of(SUSPICIOUS, protocol, now) == Place::Auth
    }

    /// Somebody guesses a password and is wrong.
    pub(super) fn guess(&mut self, guess: &WrongPasswords, real: Timestamp) {
        let Some(id) = self.store.find(&guess.account) else { return };
        let address = guess.address.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let from = (Door::Mail(guess.protocol.unwrap_or(Protocol::Imap)), address);
        self.end_lock(id, real);
        // No account has an empty password.
        let _ = self.check(id, "", Proof::Password(b""), from, real);
        self.note_lock(real);
    }

    /// Would one more be too many, of this account or of the client's address?
    fn is_crowded(&self, id: AccountId, connection: &Connection, real: Timestamp) -> bool {
        let protocol = connection.policy.protocol;
        let logged_in = || {
            let others = self.connections.values().filter(|open| open.protocol == protocol);
            others.filter(|open| open.account == Some(id)).count()
        };
        self.connection_limit.account.is_some_and(|most| most > 0 && logged_in() >= most as usize)
            || (self.limit_place(protocol, real) == Place::Auth
                && self.is_full(connection.peer.ip(), protocol))
    }

    /// More connections from this address than may be, the one that asks among them.
    pub(super) fn is_full(&self, address: IpAddr, protocol: Protocol) -> bool {
        let open = || {
            let all = self.connections.values().filter(|open| open.protocol == protocol);
            all.filter(|open| open.address == address).count()
        };
        self.connection_limit.address.is_some_and(|most| most > 0 && open() > most as usize)
    }

    /// Where this provider says that there are too many.
    pub(super) fn limit_place(&self, protocol: Protocol, real: Timestamp) -> Place {
        self.place_of("connection-limit", protocol, self.now(real))
    }

    /// Note the lock that the last failure brought about, if it did.
    pub(super) fn note_lock(&mut self, real: Timestamp) {
        if let Some(id) = self.just_locked.take() {
            self.note_act(id, Act::TooManyFailures, By::Lockout, real);
        }
        for what in std::mem::take(&mut self.pending) {
            self.revision += 1;
            self.note(None, what, real);
        }
    }

    /// A lock whose time is over ends when somebody next comes to the door, and the journal says so.
    pub(super) fn end_lock(&mut self, id: AccountId, real: Timestamp) {
        let now = self.now(real);
        let Some(account) = self.store.account_mut(id) else { return };
        if account.locked_until().is_some_and(|until| until <= now) {
            account.act(Act::LockRunsOut);
            self.note_act(id, Act::LockRunsOut, By::Clock, real);
        }
    }

    /// The world changed an account by itself: the same value a scenario would write, in the same journal.
    pub(super) fn note_act(&mut self, id: AccountId, act: Act, by: By, real: Timestamp) {
        let Some(name) = self.store.account(id).map(|account| account.name().to_owned()) else { return };
        let change = Change::Account(AccountChange { name, act: Some(act), ..AccountChange::default() });
        self.revision += 1;
        self.note(None, What::Change { by, change: Box::new(change) }, real);
    }

    /// A number for a secret: the same for the same, and 0 where only a digest was shown.
    pub(super) fn number_secret(&mut self, proof: Proof<'_>) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.seed.hash(&mut hasher);
        match proof {
            Proof::Password(password) => password.hash(&mut hasher),
            Proof::Bearer { token } => token.hash(&mut hasher),
            Proof::CramMd5 { .. } | Proof::Apop { .. } | Proof::Scram(_) | Proof::External => return 0,
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

/// Which of the account's passwords was shown: 0 is its own, those above are for programs. Each is compared in
/// constant time, digests too.
fn shown(account: &Account, proof: Proof<'_>) -> Option<usize> {
    let is = |own: &str| match proof {
        Proof::Password(password) => own.as_bytes().ct_eq(password).into(),
        Proof::CramMd5 { challenge, digest } => {
            same(&cram_md5::digest(own.as_bytes(), challenge.as_bytes()), digest)
        }
        Proof::Apop { timestamp, digest } => {
            // RFC 1939 section 7: MD5 of the timestamp, angle brackets included, and the shared secret.
            let hash = Md5::new().chain_update(timestamp).chain_update(own).finalize();
            let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            same(&hex, digest)
        }
        Proof::Scram(_) | Proof::Bearer { .. } | Proof::External => false,
    };
    // All of them, so that the time tells nothing of which one it was.
    let mut right: Vec<bool> = account.passwords().map(is).collect();
    if let Proof::Password(password) = proof {
        // App passwords are shown four by four, and typed so or not.
        let typed: Vec<u8> = password.iter().copied().filter(|byte| *byte != b' ').collect();
        let apps = account.passwords().enumerate().skip(1);
        for (at, own) in apps {
            right[at] |= bool::from(own.replace(' ', "").as_bytes().ct_eq(&typed));
        }
    }
    right.into_iter().position(|right| right)
}

/// RFC 2195 and RFC 1939 ask for lower case; some clients send capitals and real servers take them.
fn same(digest: &str, shown: &str) -> bool {
    digest.as_bytes().ct_eq(shown.to_ascii_lowercase().as_bytes()).into()
}
