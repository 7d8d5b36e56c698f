//! A world on the network: binds its listeners, keeps them as the world says, and stops them.
use std::fs::File;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use postfail_certs::Authority;
use postfail_engine::World;
use postfail_engine::capture::View;
use postfail_engine::change::{Change, ChangeError};
use postfail_engine::journal::{ConnectionId, Handshake, What};
use postfail_engine::listener::ListenerName;
use postfail_session::world::Security;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;

use crate::evidence::{Evidence, Wanted};
use crate::listener::Listener;
use crate::shared::{Sessions, Shared};
use crate::tls::key_log::KeyLog;
use crate::tls::{Face, Tls, TlsError, self_test};
use crate::{holder, sessions};

/// How long connections may take to end in good order.
const PARTING: Duration = Duration::from_secs(1);

/// Which ports the listeners get.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ports {
    /// The registered ones plus 3000.
    #[default]
    Usual,
    /// Free ones.
    Random,
    /// The registered ones, which need privilege.
    Standard,
}

impl Ports {
    fn of(self, name: ListenerName) -> u16 {
        match self {
            Self::Usual => name.usual_port(),
            Self::Random => 0,
            Self::Standard => name.standard_port(),
        }
    }
}

/// What a server needs beside its world.
pub struct Options {
    pub bind: IpAddr,
    pub ports: Ports,
    pub authority: Authority,
    /// Gets a JSON line for every event, also for those before the start.
    pub journal: Option<File>,
    /// Captures and key log.
    pub evidence: Wanted,
    /// Makes the sessions; [`sessions::of`] unless a test says otherwise.
    pub sessions: Sessions,
}

impl Options {
    /// Loopback, the usual ports, no journal file, no captures.
    #[must_use]
    pub fn new(authority: Authority) -> Self {
        let bind = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
        Self {
            bind,
            ports: Ports::default(),
            authority,
            journal: None,
            evidence: Wanted::default(),
            sessions: sessions::of,
        }
    }
}

/// Why a server cannot run, or cannot do a change.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error("port {port} ({name}) is in use{}: stop it, or take free ports with --ports random", by(.holder.as_deref()))]
    InUse { name: ListenerName, port: u16, holder: Option<String> },
    #[error("port {port} ({name}) needs privilege: run with it, or take --ports usual (port {usual})", usual = .name.usual_port())]
    Privilege { name: ListenerName, port: u16 },
    #[error("cannot listen on {address} port {port} ({name}): {source}")]
    Listen { name: ListenerName, address: IpAddr, port: u16, source: io::Error },
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Change(#[from] ChangeError),
}

fn by(holder: Option<&str>) -> String {
    holder.map(|holder| format!(" by {holder}")).unwrap_or_default()
}

/// A running server.
pub struct Server {
    shared: Arc<Shared>,
    listeners: Arc<Mutex<Vec<Listener>>>,
    follower: JoinHandle<()>,
    self_test: Vec<String>,
}

impl Server {
    /// Binds every listener, tests its TLS, and begins to serve. On return every port answers as its state says.
    ///
    /// # Errors
    /// When a port cannot be had, or TLS cannot be set up as the world wants it.
    pub async fn start(mut world: World, options: Options) -> Result<Self, ServerError> {
        let Options { bind, ports, authority, journal, evidence, sessions } = options;
        let mut listeners = Vec::new();
        for name in ListenerName::ALL {
            let listener = reserve(name, bind, ports.of(name))?;
            world.set_port(name, listener.address().port());
            listeners.push(listener);
        }
        for listener in world.listeners() {
            Face::of(listener).check()?;
        }
        let Wanted { capture, folder, key_log } = evidence;
        let evidence = Evidence::new(capture, folder);
        let is_logged = evidence.is_wanted() || key_log.is_some();
        let tls = Tls::start(authority, is_logged.then(|| Arc::new(KeyLog::default())))?;
        let shared = Arc::new(Shared::new(world, tls, evidence, journal, sessions));
        let changes = shared.changes();
        follow(&shared, &mut listeners).await?;
        let self_test = test_listeners(&shared).await;
        // Not before: the secrets of the self-test are of no use to anybody.
        if let (Some(file), Some(log)) = (key_log, &shared.tls.key_log) {
            log.write_to(file);
        }
        // Not before: it would take a processor from what the start waits for.
        shared.tls.make_rsa();
        let listeners = Arc::new(Mutex::new(listeners));
        let follower = tokio::spawn(keep_following(Arc::clone(&shared), changes, Arc::clone(&listeners)));
        Ok(Self { shared, listeners, follower, self_test })
    }

    /// Do something with the world; its events are in the journal's file when this returns. Listeners follow a
    /// little later: use [`Server::apply`] where that matters.
    pub fn with<R>(&self, act: impl FnOnce(&mut World, Timestamp) -> R) -> R {
        self.shared.with(act)
    }

    /// Do all of these changes or none. On return they hold for every new connection.
    ///
    /// # Errors
    /// When the world refuses a change, this build cannot do a TLS window or a certificate, or a port cannot be opened again.
    pub async fn apply(&self, changes: &[Change]) -> Result<(), ServerError> {
        self.with(|world, real| {
            can_serve(world, changes)?;
            Ok::<_, ServerError>(world.apply(changes, real)?)
        })?;
        self.settle().await
    }

    /// Returns once the listeners are as the world wants them; for changes made by [`Server::with`].
    ///
    /// # Errors
    /// When a port cannot be opened again.
    pub async fn settle(&self) -> Result<(), ServerError> {
        follow(&self.shared, &mut self.listeners.lock().await).await
    }

    /// The port of a listener.
    #[must_use]
    pub fn port(&self, name: ListenerName) -> u16 {
        self.with(|world, _| world.listener(name).port)
    }

    /// Who issues the certificates.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        self.shared.tls.authority()
    }

    /// The root for clients to trust, in PEM.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        self.shared.tls.authority().ca_pem()
    }

    /// A connection's capture so far, as pcapng; `None` where none was asked for, or there is none of this number (any
    /// more).
    #[must_use]
    pub fn pcapng(&self, connection: ConnectionId, view: View) -> Option<Vec<u8>> {
        let mask = self.with(|world, _| world.journal().mask().clone());
        self.shared.evidence.pcapng(connection, view, &mask)
    }

    /// A sentence for each listener that could not shake hands with itself at start; also in the journal.
    #[must_use]
    pub fn self_test(&self) -> &[String] {
        &self.self_test
    }

    /// Number of the journal's newest entry, as it grows.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.shared.subscribe()
    }

    /// The world's revision, as it grows: changes that were made, not what clients do.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changes()
    }

    /// Stops listening and ends every connection; those that take too long are left to end by themselves.
    pub async fn stop(&self) {
        self.follower.abort();
        for listener in &mut *self.listeners.lock().await {
            listener.close().await;
        }
        self.shared.stop();
        let deserted = async {
            loop {
                let notified = self.shared.deserted.notified();
                if self.shared.deserted() {
                    return self.shared.evidence.finished().await;
                }
                notified.await;
            }
        };
        let _ = tokio::time::timeout(PARTING, deserted).await;
    }
}

/// Without [`Server::stop`] nobody waits: ports close and connections end a moment later, by themselves.
impl Drop for Server {
    fn drop(&mut self) {
        self.follower.abort();
        self.shared.stop();
    }
}

/// Can this build do the TLS that listeners would have after these changes?
///
/// # Errors
/// What it cannot do, and what would be right.
pub fn can_serve(world: &World, changes: &[Change]) -> Result<(), TlsError> {
    let mut after = world.listeners().clone();
    for change in changes {
        let Change::Listener(change) = change else { continue };
        for name in change.name.names() {
            change.alter(&mut after[name as usize]);
        }
    }
    let altered = after.iter().zip(world.listeners()).filter(|(new, old)| Face::of(new) != Face::of(old));
    altered.into_iter().try_for_each(|(new, _)| Face::of(new).check())
}

fn reserve(name: ListenerName, address: IpAddr, port: u16) -> Result<Listener, ServerError> {
    Listener::reserve(name, address, port).map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => ServerError::InUse { name, port, holder: holder::of_port(port) },
        io::ErrorKind::PermissionDenied => ServerError::Privilege { name, port },
        _ => ServerError::Listen { name, address, port, source },
    })
}

/// Makes every listener what the world says it is.
async fn follow(shared: &Arc<Shared>, listeners: &mut [Listener]) -> Result<(), ServerError> {
    for listener in listeners {
        let (name, address) = (listener.name, listener.address());
        let state = shared.with(|world, real| world.port_state(name, real));
        listener.set(state, shared).await.map_err(|source| {
            let (address, port) = (address.ip(), address.port());
            ServerError::Listen { name, address, port, source }
        })?;
    }
    Ok(())
}

/// Follows changes that came from inside: a session's events can begin a phase, and faults can open and close ports
/// at their time.
async fn keep_following(
    shared: Arc<Shared>,
    mut changes: watch::Receiver<u64>,
    listeners: Arc<Mutex<Vec<Listener>>>,
) {
    loop {
        shared.turned(&mut changes).await;
        if let Err(error) = follow(&shared, &mut listeners.lock().await).await {
            tracing::error!("{error}");
            shared.with(|world, real| world.note(None, What::Limit { what: error.to_string() }, real));
        }
    }
}

/// Listeners with the same face share their TLS, so each face is tested once; one whose certificate is bad on purpose
/// would only fail.
async fn test_listeners(shared: &Arc<Shared>) -> Vec<String> {
    let faces: Vec<(ListenerName, Face)> = shared.with(|world, _| {
        let tls = world.listeners().iter().filter(|listener| listener.security != Security::Plain);
        let faces = tls.map(|listener| (listener.name, Face::of(listener)));
        faces.filter(|(_, face)| !face.certificate.is_flaw()).collect()
    });
    let mut tested: Vec<(Face, Vec<String>)> = Vec::new();
    let mut failures = Vec::new();
    for (name, face) in faces {
        if !tested.iter().any(|(known, _)| *known == face) {
            let failures = self_test::run(&shared.tls, &face).await;
            tested.push((face.clone(), failures));
        }
        let of_face = tested.iter().filter(|(known, _)| *known == face).flat_map(|(_, sentences)| sentences);
        failures.extend(of_face.map(|sentence| format!("{name}: {sentence}")));
    }
    for reason in &failures {
        tracing::error!("{reason}");
        let failed = Handshake::Failed { reason: reason.clone(), alert_sent: None, alert_received: None };
        shared.with(|world, real| world.note(None, What::Handshake(Box::new(failed)), real));
    }
    failures
}
