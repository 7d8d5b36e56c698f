//! The world: the one owner of everything the servers consult and change.
//!
//! Times called `real` are the machine's; the world makes virtual time of them with its clock.
pub mod visit;

use core::net::SocketAddr;
use std::sync::Arc;

use jiff::Timestamp;
use postfail_session::world::Policy;
use postfail_store::Store;

use crate::change::{Change, ChangeError, Lockout};
use crate::clock::Clock;
use crate::fault::rule::Rules;
use crate::journal::{ConnectionId, Journal, What};
use crate::listener::{Listener, ListenerName};
use crate::profile::Profile;
use crate::scenario::Scenario;
use crate::seed::Seed;
pub use visit::Visit;

/// A connection as the driver holds it. Its policy is that of the moment it came.
#[derive(Clone, Debug)]
pub struct Connection {
    pub id: ConnectionId,
    pub listener: ListenerName,
    pub peer: SocketAddr,
    pub policy: Arc<Policy>,
}

/// What an account is, for people and clients; the password is meant to be shown.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Credentials {
    pub name: String,
    pub address: String,
    pub password: String,
    pub state: postfail_store::account::State,
}

/// Mail for a message corpus: file name and bytes.
pub type Sample<'a> = (&'a str, &'a [u8]);

pub struct World { /* fields follow */ }

impl World {
    /// A healthy world: seven open listeners, two accounts with generated passwords, the sample mail in their INBOXes.
    pub fn healthy(seed: u64, profile: Arc<Profile>, mail: &[Sample<'_>], real: Timestamp) -> Self;
    /// The world of a scenario, before its first phase: call `enter` next.
    pub fn of_scenario(scenario: Arc<Scenario>, profile: Arc<Profile>, seed: u64, mail: &[Sample<'_>], real: Timestamp) -> Self;

    /// Virtual time.
    pub fn now(&self, real: Timestamp) -> Timestamp;
    pub fn clock(&self) -> &Clock;
    pub fn seed(&self) -> u64;
    pub fn profile(&self) -> &Profile;
    pub fn scenario(&self) -> Option<&Scenario>;
    /// The phase that holds, once one was entered.
    pub fn phase(&self) -> Option<&str>;
    pub fn accounts(&self, real: Timestamp) -> Vec<Credentials>;
    pub fn listeners(&self) -> &[Listener; 7];
    pub fn listener(&self, name: ListenerName) -> &Listener;
    /// The driver bound the listener to this port.
    pub fn set_port(&mut self, name: ListenerName, port: u16);
    pub fn journal(&self) -> &Journal;
    pub fn journal_mut(&mut self) -> &mut Journal;
    pub fn store(&self) -> &Store;
    pub fn store_mut(&mut self) -> &mut Store;
    pub fn faults(&self) -> &Rules;
    pub fn lockout(&self) -> Lockout;
    /// Grows with every change that was applied: a driver compares it to see whether to look again.
    pub fn revision(&self) -> u64;
    /// Open connections.
    pub fn connections(&self) -> usize;

    /// Do all of these changes, or none.
    pub fn apply(&mut self, changes: &[Change], real: Timestamp) -> Result<(), ChangeError>;
    /// Begin a phase of the scenario.
    pub fn enter(&mut self, phase: &str, real: Timestamp) -> Result<(), PhaseError>;
    /// The phase behind the present one; the first when none was entered.
    pub fn next_phase(&self) -> Option<&str>;

    /// A client connected.
    pub fn connect(&mut self, listener: ListenerName, peer: SocketAddr, real: Timestamp) -> Connection;
    /// Note what the driver saw on a connection: ClientHello, handshake, limit.
    pub fn note(&mut self, connection: Option<&Connection>, what: What, real: Timestamp);
    /// The connection is over; noted as a close.
    pub fn disconnect(&mut self, connection: &Connection, by: Side, reason: &str, real: Timestamp);
    /// The world as a session on this connection sees it.
    pub fn visit<'a>(&'a mut self, connection: &'a Connection, real: Timestamp) -> Visit<'a>;
}
