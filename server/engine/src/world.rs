//! The world: the one owner of everything the servers consult and change.
//!
//! Times called `real` are the machine's; the world makes virtual time of them with its clock.
pub mod accounts;
mod bearer;
pub mod change;
pub mod follow;
pub mod identity;
pub mod life;
mod log_in;
mod mailboxes;
pub mod oauth;
pub mod phase;
mod policy;
mod portal;
pub mod refusals;
mod scram;
pub mod visit;

use core::net::{IpAddr, SocketAddr};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use postfail_session::world::{Channel, Policy, Protocol};
use postfail_store::{AccountId, Store};

use crate::autoconfig::{Answer, Service};
use crate::change::{ConnectionLimit, Lockout};
use crate::clock::Clock;
use crate::fault::rule::Rules;
use crate::journal::{ConnectionId, Handshake, Journal, Side, What};
use crate::listener::{Listener, ListenerName, State, TlsVersion};
use crate::profile::{Occasion, Profile};
use crate::scenario::{AccountSpec, Scenario};
use crate::seed::Seed;
pub use accounts::{Credentials, Sample};
use follow::{Counted, Progress};
use identity::Identity;
use life::Lives;
pub use phase::PhaseError;
use portal::Office;
pub use portal::TextMessage;
pub use postfail_store::{OutboxMail, OutboxRecipient};
pub use refusals::Refusals;
pub use visit::Visit;

/// A connection as the driver holds it. Its policy is that of the moment it came.
#[derive(Clone, Debug)]
pub struct Connection {
    pub id: ConnectionId,
    pub listener: ListenerName,
    pub peer: SocketAddr,
    pub policy: Arc<Policy>,
    /// What TLS knows of it, once it stands; the driver says so.
    pub channel: Option<Arc<Channel>>,
}

/// What is known of an open connection.
#[derive(Clone, Copy, Debug)]
struct Open {
    address: IpAddr,
    protocol: Protocol,
    /// Who is logged in on it.
    account: Option<AccountId>,
    /// The failure that the user name chose (`crate::names`).
    chosen: Option<&'static str>,
    /// The version of TLS that stands.
    tls: Option<TlsVersion>,
    /// Bytes of unfinished mail.
    held: u64,
}

/// Connections open at the same time: each costs memory, and the process has so many files.
const CONNECTIONS_MAX: usize = 20_000;

/// Everything there is. `Debug` shows no password.
pub struct World {
    seed: u64,
    random: Seed,
    clock: Clock,
    listeners: [Listener; 7],
    /// By listener, made anew whenever it changes: a connection takes a reference.
    policies: [Arc<Policy>; 7],
    /// The day, UTC, whose words they hold.
    day: Date,
    store: Store,
    /// The first password of each account, to which a scenario told again returns.
    passwords: Vec<(AccountId, String)>,
    profile: Arc<Profile>,
    faults: Rules,
    refusals: Refusals,
    connection_limit: ConnectionLimit,
    lockout: Lockout,
    /// By service.
    autoconfig: [Answer; 3],
    /// The account that the last failed log-in locked, until the journal has it.
    just_locked: Option<AccountId>,
    /// What beside their state accounts live by.
    lives: Lives,
    /// Locks that a failed log-in brought about, until the journal has them.
    pending: Vec<What>,
    scenario: Option<Arc<Scenario>>,
    phase: Option<usize>,
    /// Whether phases end by their `until`.
    follows: bool,
    progress: Progress,
    connections: HashMap<ConnectionId, Open>,
    /// Bytes of unfinished mail that all of them hold.
    held: u64,
    most_connections: usize,
    last_connection: ConnectionId,
    /// Secrets clients showed, numbered: a journal can say "the same again" without saying what.
    shown: HashMap<u64, u64>,
    scram: scram::Derived,
    identity: Identity,
    office: Office,
    journal: Journal,
    revision: u64,
}

impl World {
    /// A healthy world: seven open listeners, `taro` and `hanako` with generated passwords, the sample mail in
    /// their INBOXes.
    pub fn healthy(seed: u64, profile: Arc<Profile>, mail: &[Sample<'_>], real: Timestamp) -> Self {
        Self::healthy_on(real, seed, profile, mail, real)
    }

    /// The same, with a clock that begins at `start`: the profile speaks as it did then.
    pub fn healthy_on(
        start: Timestamp,
        seed: u64,
        profile: Arc<Profile>,
        mail: &[Sample<'_>],
        real: Timestamp,
    ) -> Self {
        let accounts = ["taro", "hanako"].map(|name| AccountSpec {
            name: name.to_owned(),
            on_file: portal::usual_file(name),
            ..AccountSpec::default()
        });
        Self::new(seed, profile, None, &accounts, mail, [start, real])
    }

    /// The world of a scenario before its first phase: call `enter` next.
    pub fn of_scenario(
        scenario: Arc<Scenario>,
        profile: Arc<Profile>,
        seed: u64,
        mail: &[Sample<'_>],
        real: Timestamp,
    ) -> Self {
        let accounts = scenario.accounts.clone();
        let start = scenario.era.unwrap_or(real);
        Self::new(seed, profile, Some(scenario), &accounts, mail, [start, real])
    }

    fn new(
        seed: u64,
        profile: Arc<Profile>,
        scenario: Option<Arc<Scenario>>,
        accounts: &[AccountSpec],
        mail: &[Sample<'_>],
        [start, real]: [Timestamp; 2],
    ) -> Self {
        let listeners = ListenerName::ALL
            .map(|name| Listener::healthy(name, profile.mechanisms.of(name.protocol()).clone()));
        let day = start.to_zoned(TimeZone::UTC).date();
        let policies = std::array::from_fn(|at| Arc::new(policy::policy(&listeners[at], &profile, day)));
        let mut world = Self {
            seed,
            random: Seed::new(seed),
            clock: Clock::new(real, start),
            listeners,
            policies,
            day,
            store: Store::new(seed),
            passwords: Vec::new(),
            faults: Rules::new(seed),
            refusals: Refusals::default(),
            connection_limit: profile.limits.at_once(),
            lockout: scenario.as_ref().and_then(|scenario| scenario.lockout).unwrap_or(profile.lockout),
            autoconfig: [Answer::Right; 3],
            just_locked: None,
            lives: Lives::default(),
            pending: Vec::new(),
            profile,
            scenario,
            phase: None,
            follows: false,
            progress: Progress::default(),
            connections: HashMap::new(),
            held: 0,
            most_connections: CONNECTIONS_MAX,
            last_connection: 0,
            shown: HashMap::new(),
            scram: scram::Derived::default(),
            identity: Identity::new(seed),
            office: Office::default(),
            journal: Journal::default(),
            revision: 0,
        };
        let what = What::Start {
            seed,
            profile: world.profile.id.clone(),
            scenario: world.scenario.as_ref().map(|scenario| scenario.id.clone()),
        };
        world.journal.record(real, start, None, what);
        let domain =
            world.scenario.as_ref().map_or_else(portal::usual_domain, |scenario| scenario.domain.clone());
        world.office.found(domain.as_ref());
        world.journal.mask.add(world.identity.secret());
        world.populate(accounts, mail, start);
        world
    }

    /// Virtual time.
    pub fn now(&self, real: Timestamp) -> Timestamp {
        self.clock.now(real)
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    pub fn seed(&self) -> u64 {
        self.seed
    }

    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    pub fn scenario(&self) -> Option<&Scenario> {
        self.scenario.as_deref()
    }

    pub fn listeners(&self) -> &[Listener; 7] {
        &self.listeners
    }

    pub fn listener(&self, name: ListenerName) -> &Listener {
        &self.listeners[name as usize]
    }

    /// The driver bound the listener to this port.
    pub fn set_port(&mut self, name: ListenerName, port: u16) {
        self.listeners[name as usize].port = port;
    }

    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    pub fn journal_mut(&mut self) -> &mut Journal {
        &mut self.journal
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn store_mut(&mut self) -> &mut Store {
        &mut self.store
    }

    pub fn faults(&self) -> &Rules {
        &self.faults
    }

    /// What a program that asks this way for automatic settings is told.
    pub fn autoconfig(&self, service: Service) -> Answer {
        self.autoconfig[service as usize]
    }

    pub fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    pub fn connection_limit(&self) -> ConnectionLimit {
        self.connection_limit
    }

    pub fn lockout(&self) -> Lockout {
        self.lockout
    }

    /// How a listener's port answers now: as the listener says, unless a fault says otherwise.
    pub fn port_state(&self, name: ListenerName, real: Timestamp) -> State {
        self.faults.port(name, self.now(real)).unwrap_or(self.listener(name).state)
    }

    /// The virtual time at which a port answers otherwise by itself, because of a fault.
    pub fn next_port_turn(&self, real: Timestamp) -> Option<Timestamp> {
        if self.faults.is_empty() { None } else { self.faults.next_turn(self.now(real)) }
    }

    /// Grows with every change that was applied: a driver compares it to see whether to look again.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Open connections.
    pub fn connections(&self) -> usize {
        self.connections.len()
    }

    /// Whether another connection may be taken in. If not, the journal says so.
    pub fn admits(&mut self, listener: ListenerName, peer: SocketAddr, real: Timestamp) -> bool {
        if self.lives.is_banned(peer.ip(), self.now(real)) {
            let connection = self.connect(listener, peer, real);
            self.disconnect(&connection, Side::Server, "this address is banned", real);
            return false;
        }
        let (open, most) = (self.connections.len(), self.most_connections);
        if open >= most {
            let what = format!("{listener} turned {peer} away: {open} connections are open, at most {most}");
            self.note(None, What::Limit { what }, real);
        }
        open < most
    }

    /// Have fewer connections at the same time than the 20,000 a world takes.
    pub fn bound_connections(&mut self, most: usize) {
        self.most_connections = most.min(CONNECTIONS_MAX);
    }

    /// From now on this secret shows nowhere in the journal: the control token, for one.
    pub fn hide(&mut self, secret: &str) {
        self.journal.mask.add(secret);
    }

    /// A client connected.
    pub fn connect(&mut self, listener: ListenerName, peer: SocketAddr, real: Timestamp) -> Connection {
        self.last_connection += 1;
        let id = self.last_connection;
        let protocol = self.listeners[listener as usize].protocol;
        self.connections.insert(
            id,
            Open { address: peer.ip(), protocol, account: None, chosen: None, tls: None, held: 0 },
        );
        let occasion =
            Occasion { now: self.now(real), seed: self.seed, connection: id, client: Some(peer.ip()) };
        self.follow_day(occasion.day());
        let policy = self.policy_of(listener, &occasion);
        let connection = Connection { id, listener, peer, policy, channel: None };
        self.note(Some(&connection), What::Connect { peer }, real);
        self.count(Counted::Connection, real);
        connection
    }

    /// Note what the driver saw: ClientHello, handshake, a limit; without a connection, what the control API did.
    pub fn note(&mut self, connection: Option<&Connection>, what: What, real: Timestamp) {
        let connection = connection.map(|connection| (connection.id, connection.listener));
        if let (Some((id, _)), What::Handshake(handshake)) = (connection, &what)
            && let Handshake::Done { version, .. } = **handshake
            && let Some(open) = self.connections.get_mut(&id)
        {
            open.tls = Some(version);
        }
        self.journal.record(real, self.clock.now(real), connection, what);
    }

    /// The connection is over. Call it once, after the session's `closed`.
    pub fn disconnect(&mut self, connection: &Connection, by: Side, reason: &str, real: Timestamp) {
        if let Some(open) = self.connections.remove(&connection.id) {
            self.held = self.held.saturating_sub(open.held);
        }
        self.note(Some(connection), What::Close { by, reason: reason.to_owned() }, real);
    }

    /// The world as a session on this connection sees it.
    pub fn visit<'a>(&'a mut self, connection: &'a Connection, real: Timestamp) -> Visit<'a> {
        Visit::new(self, connection, real)
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("seed", &self.seed)
            .field("profile", &self.profile.id)
            .field("phase", &self.phase())
            .field("listeners", &self.listeners)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
