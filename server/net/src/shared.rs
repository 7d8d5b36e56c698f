//! What all connections of a server share: the world behind its lock, the journal's file, and whom to wake.
use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use postfail_engine::World;
use postfail_engine::clock::Clock;
use postfail_engine::journal::ConnectionId;
use postfail_session::Session;
use postfail_session::world::Policy;
use tokio::sync::{Notify, watch};

use crate::evidence::Evidence;
use crate::timer::Nudge;
use crate::tls::Tls;

/// Makes the session for a connection.
pub type Sessions = fn(&Policy) -> Box<dyn Session>;

/// Shared by the listeners, the connections and the server's owner.
pub struct Shared {
    state: Mutex<State>,
    /// A copy of the world's clock, for timers: they must not wait for the world.
    clock: Mutex<Clock>,
    peers: Mutex<HashMap<ConnectionId, Arc<Nudge>>>,
    /// Number of the journal's newest entry.
    newest: watch::Sender<u64>,
    /// The world's revision, as it grows.
    revision: watch::Sender<u64>,
    /// The last connection is gone.
    pub(crate) deserted: Notify,
    stopping: AtomicBool,
    pub(crate) tls: Tls,
    pub(crate) evidence: Arc<Evidence>,
    pub(crate) sessions: Sessions,
}

/// Until the world is looked at again without a change. tokio wakes its driver whenever a new timer becomes the next of all:
/// with one that is always nearer than the time-outs of clients, a new connection does not wake it.
const AWHILE: Duration = Duration::from_secs(30);

struct State {
    world: World,
    journal: Option<File>,
    revision: u64,
}

impl Shared {
    pub(crate) fn new(
        mut world: World,
        tls: Tls,
        evidence: Arc<Evidence>,
        journal: Option<File>,
        sessions: Sessions,
    ) -> Self {
        if journal.is_some() {
            world.journal_mut().enable_lines();
        }
        Self {
            clock: Mutex::new(world.clock().clone()),
            state: Mutex::new(State { revision: world.revision(), world, journal }),
            peers: Mutex::default(),
            newest: watch::Sender::new(0),
            revision: watch::Sender::new(0),
            deserted: Notify::new(),
            stopping: AtomicBool::new(false),
            tls,
            evidence,
            sessions,
        }
    }

    /// Do something with the world, at the real time given along. When this returns, every event of it is in the
    /// journal's file (so that a killed server loses none it has shown to a client), and whoever must look again
    /// has been woken.
    pub fn with<R>(&self, act: impl FnOnce(&mut World, Timestamp) -> R) -> R {
        let mut state = lock(&self.state);
        let result = act(&mut state.world, Timestamp::now());
        self.settle(state);
        result
    }

    /// What follows from what was done. Apart from `with`, of which there is a copy for each thing that is done.
    fn settle(&self, mut state: MutexGuard<'_, State>) {
        let newest = state.world.journal().last();
        state.write_journal();
        let woken = state.world.store_mut().take_woken();
        let revision = state.world.revision();
        let changed = revision != state.revision;
        if changed {
            state.revision = revision;
            lock(&self.clock).clone_from(state.world.clock());
        }
        drop(state);
        if !woken.is_empty() {
            let peers = lock(&self.peers);
            woken.iter().filter_map(|id| peers.get(id)).for_each(|peer| peer.nudge());
        }
        if changed {
            self.nudge_all();
            self.revision.send_replace(revision);
        }
        if self.newest.receiver_count() > 0 {
            self.newest.send_if_modified(|seen| std::mem::replace(seen, newest) != newest);
        }
    }

    /// The world's clock as it runs now.
    pub(crate) fn clock(&self) -> MutexGuard<'_, Clock> {
        lock(&self.clock)
    }

    /// Virtual time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock().now(Timestamp::now())
    }

    /// Ends when listeners may have to open or close: the world changed, or a fault's time has come; or for nothing, after
    /// [`AWHILE`].
    pub(crate) async fn turned(&self, changes: &mut watch::Receiver<u64>) {
        let wait = self.with(|world, real| {
            world.next_port_turn(real).and_then(|turn| world.clock().real_until(turn, real))
        });
        // The sender is ours, so there is no error.
        drop(tokio::time::timeout(wait.map_or(AWHILE, |wait| wait.min(AWHILE)), changes.changed()).await);
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    pub(crate) fn join(&self, connection: ConnectionId) -> Arc<Nudge> {
        let nudge = Arc::new(Nudge::default());
        lock(&self.peers).insert(connection, Arc::clone(&nudge));
        nudge
    }

    pub(crate) fn leave(&self, connection: ConnectionId) {
        let mut peers = lock(&self.peers);
        peers.remove(&connection);
        if peers.is_empty() {
            self.deserted.notify_waiters();
        }
    }

    pub(crate) fn deserted(&self) -> bool {
        lock(&self.peers).is_empty()
    }

    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.nudge_all();
    }

    pub(crate) fn stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    fn nudge_all(&self) {
        lock(&self.peers).values().for_each(|peer| peer.nudge());
    }
}

impl State {
    /// One write for all lines: a killed process leaves whole lines, at worst the last one cut.
    fn write_journal(&mut self) {
        let Some(file) = &mut self.journal else { return };
        let lines = self.world.journal_mut().take_unwritten();
        if lines.is_empty() {
            return;
        }
        if let Err(error) = file.write_all(&lines) {
            tracing::error!("the journal's file cannot be written, and no further events go there: {error}");
            self.journal = None;
        }
    }
}

/// A panic in a session must not take the other connections along: what it left half done is its own.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
