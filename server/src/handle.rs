//! A world that runs: where it is, what happens in it, and how it is changed.
mod portal;

use std::cell::Cell;
use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::{Duration, SystemTime};

use postfail_certs::{Authority, directory};
use postfail_engine::capture::View;
use postfail_engine::change::{Change, ChangeError};
use postfail_engine::journal::{Entry, Filter};
use postfail_engine::listener::{Listener, ListenerName};
use postfail_engine::span::{Span, SpanError};
use postfail_engine::world::identity::Held;
use postfail_engine::world::{Credentials, PhaseError};
use postfail_net::Server;
use tokio::runtime::{Builder, Runtime};

use crate::builder::{Postfail, StartError};
use crate::files::Folder;
use crate::laboratory::Bench;
use crate::variables::{self, Place, Variable};
use crate::web::{Ports, Web};
use crate::{identity, verify, world};

mod marks;
mod own_certificate;

pub use own_certificate::{OwnError, OwnFiles};

/// A running world. It ends with this value; use [`Handle::stop`] to let open connections end in order.
///
/// It lives on threads of its own: a client that blocks the thread of your test does not stop the server, and its
/// methods can be awaited on any executor.
pub struct Handle {
    bench: Arc<Bench>,
    web: Web,
    ca_file: PathBuf,
    /// Holds `ca.pem` where no folder was named.
    _folder: Option<Folder>,
    minted: own_certificate::Minted,
    must_verify: Cell<bool>,
    /// `Some` until it is dropped.
    runtime: Option<Runtime>,
}

/// Why a running world refused to be changed; nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    #[error(transparent)]
    Change(#[from] ChangeError),
    #[error(transparent)]
    Phase(#[from] PhaseError),
    #[error(transparent)]
    Net(#[from] postfail_net::ServerError),
    #[error(transparent)]
    Span(#[from] SpanError),
    #[error(transparent)]
    Key(#[from] postfail_engine::change::key::KeyError),
}

/// An event that was waited for did not come.
#[derive(Debug, thiserror::Error)]
#[error("no {what} within {} s; what happened instead:\n{journal}", .within.as_secs_f64())]
pub struct NotInTime {
    what: String,
    within: Duration,
    journal: String,
}

impl Handle {
    pub(crate) async fn start(asked: Postfail) -> Result<Self, StartError> {
        let mut runtime = Builder::new_multi_thread();
        if let Some(count) = asked.threads {
            runtime.worker_threads(count);
        }
        let runtime = runtime.thread_name("postfail").enable_all().build().map_err(StartError::Threads)?;
        let must_verify = Cell::new(asked.verify_on_drop);
        match on(&runtime, begin(asked)).await {
            Ok((bench, web, ca_file, folder)) => {
                let (minted, runtime) = (own_certificate::Minted::default(), Some(runtime));
                Ok(Self { bench, web, ca_file, _folder: folder, minted, must_verify, runtime })
            }
            Err(error) => {
                runtime.shutdown_background();
                Err(error)
            }
        }
    }

    /// Do this on the world's own threads.
    async fn on<T: Send + 'static>(&self, act: impl Future<Output = T> + Send + 'static) -> T {
        match &self.runtime {
            Some(runtime) => on(runtime, act).await,
            None => act.await,
        }
    }

    /// Where a listener is (or was, while it is closed).
    #[must_use]
    pub fn addr(&self, name: ListenerName) -> SocketAddr {
        SocketAddr::new(self.bench.bind, self.bench.server.port(name))
    }

    /// Where a listener is, as clients are told.
    #[must_use]
    pub fn place(&self, name: ListenerName) -> Place {
        let security = self.bench.server.with(|world, _| world.listener(name).security);
        Place { name, address: self.addr(name), security }
    }

    /// The seven listeners as they stand.
    #[must_use]
    pub fn listeners(&self) -> Vec<Listener> {
        self.bench.server.with(|world, _| world.listeners().to_vec())
    }

    /// The accounts with their passwords.
    #[must_use]
    pub fn accounts(&self) -> Vec<Credentials> {
        self.bench.server.with(|world, real| world.accounts(real))
    }

    /// One account, by its short name.
    ///
    /// # Panics
    /// When there is none of that name; the message names those there are.
    #[must_use]
    pub fn account(&self, name: &str) -> Credentials {
        let accounts = self.accounts();
        let names: Vec<&str> = accounts.iter().map(|account| account.name.as_str()).collect();
        match accounts.iter().find(|account| account.name == name) {
            Some(account) => account.clone(),
            None => panic!("there is no account `{name}`; there are: {}", names.join(", ")),
        }
    }

    /// The certificate authority for clients to trust, as PEM.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        self.bench.server.ca_pem()
    }

    /// The same as a file; it is there as long as this value.
    #[must_use]
    pub fn ca_file(&self) -> &Path {
        &self.ca_file
    }

    /// `http://127.0.0.1:40123`
    #[must_use]
    pub fn control_url(&self) -> String {
        format!("http://{}", self.web.control.address)
    }

    /// Where the identity provider is, by TLS: `https://localhost:40125`. Without TLS it is below
    /// [`Handle::control_url`].
    #[must_use]
    pub fn identity_url(&self) -> String {
        format!("https://{}", variables::authority(self.web.https.address))
    }

    /// What an account's client was given when the person last signed in: an access token, which may have expired
    /// since, and a refresh token. `None`: there is no such account.
    #[must_use]
    pub fn tokens(&self, account: &str) -> Option<Held> {
        self.bench.server.with(|world, _| world.held(account).cloned())
    }

    /// The bearer token of the control API.
    #[must_use]
    pub fn control_token(&self) -> &str {
        &self.web.token
    }

    /// Everything a client has to know, under the names of its environment and of the ready file.
    #[must_use]
    pub fn variables(&self) -> Vec<Variable> {
        let places = ListenerName::ALL.map(|name| self.place(name));
        let accounts = self.accounts();
        let control = (self.control_url(), self.control_token());
        let control = Some((control.0.as_str(), control.1));
        let mut all = variables::of_world(
            &places,
            accounts.first(),
            &self.ca_file,
            control,
            self.web.autoconfig.address,
        );
        let name = accounts.first().map(|account| account.name.as_str()).unwrap_or_default();
        let base = self.identity_url();
        let identity = self.bench.server.with(|world, _| {
            let (addresses, held) = (world.addresses(name, &base), world.held(name));
            variables::of_identity(self.web.https.address, &addresses, held, world.client_secret())
        });
        all.extend(identity);
        all
    }

    /// What it is, in one line: `tls/tls-1-0-and-1-1-off, phase works, profile dovecot, seed 7`.
    #[must_use]
    pub fn title(&self) -> String {
        self.bench.server.with(|world, _| {
            let story = world.scenario().map_or("healthy server", |scenario| &scenario.id);
            let phase = world.phase().map(|phase| format!(", phase {phase}")).unwrap_or_default();
            format!("{story}{phase}, profile {}, seed {}", world.profile().id, world.seed())
        })
    }

    /// Make these changes, all or none. On return they hold for every new connection; open ones go on undisturbed.
    ///
    /// # Errors
    /// When one of them cannot be; nothing is changed then.
    pub async fn apply(&self, changes: &[Change]) -> Result<(), ActError> {
        let (bench, changes) = (Arc::clone(&self.bench), changes.to_vec());
        self.on(async move { bench.apply(&changes).await }).await
    }

    /// One change in its short form: `set("imap.tls", "1.2-1.3")`.
    ///
    /// # Errors
    /// When there is no such key or value; the message names the valid ones.
    pub async fn set(&self, key: &str, value: &str) -> Result<(), ActError> {
        let change: Change = format!("{key}={value}").parse()?;
        self.apply(&[change]).await
    }

    /// Move the world's clock on: `advance("91d")`.
    ///
    /// # Errors
    /// When the span has no unit, or leads out of the calendar.
    pub async fn advance(&self, span: &str) -> Result<(), ActError> {
        let span: Span = span.parse()?;
        self.apply(&[Change::Advance(span)]).await
    }

    /// Enter a phase of the scenario by name, or the `next` one. On return its changes hold.
    ///
    /// # Errors
    /// When there is no such phase.
    pub async fn phase(&self, name: &str) -> Result<(), ActError> {
        let (bench, name) = (Arc::clone(&self.bench), name.to_owned());
        self.on(async move { bench.enter(&name).await }).await
    }

    /// Everything that happened so far, oldest first. Secrets are still inside: show entries with [`Handle::lines`].
    #[must_use]
    pub fn journal(&self) -> Vec<Entry> {
        self.entries(&Filter::default())
    }

    /// What happened and fits.
    #[must_use]
    pub fn entries(&self, filter: &Filter) -> Vec<Entry> {
        self.bench.server.with(|world, _| world.journal().entries(filter).cloned().collect())
    }

    /// What happened and fits, one line each for people, secrets masked.
    #[must_use]
    pub fn lines(&self, filter: &Filter) -> Vec<String> {
        self.bench.server.with(|world, _| {
            let journal = world.journal();
            journal.entries(filter).map(|entry| journal.line(entry)).collect()
        })
    }

    /// What was said on one connection, as `C:` and `S:` lines, secrets masked.
    #[must_use]
    pub fn transcript(&self, connection: u64) -> String {
        self.bench.server.with(|world, _| world.journal().transcript(connection))
    }

    /// One connection so far, as a pcapng file; `None` without [`Postfail::capture`], and of a connection that is not
    /// known (any more). [`View::Wire`] has passwords and TLS secrets inside, [`View::Plain`] is masked.
    #[must_use]
    pub fn capture(&self, connection: u64, view: View) -> Option<Vec<u8>> {
        self.bench.server.pcapng(connection, view)
    }

    /// The number of the newest event: give it to a [`Filter`] to see only what comes behind it.
    #[must_use]
    pub fn newest(&self) -> u64 {
        self.bench.server.with(|world, _| world.journal().last())
    }

    /// The first event that fits, at once when it is there already; see [`Filter::since`] for those to come.
    ///
    /// # Errors
    /// When none came in time; the message holds what happened instead.
    pub async fn wait_for(&self, filter: Filter, within: Duration) -> Result<Entry, NotInTime> {
        let (bench, wanted) = (Arc::clone(&self.bench), filter.clone());
        self.on(async move { bench.first(&wanted, within).await }).await.ok_or_else(|| NotInTime {
            what: filter.kind.clone().unwrap_or_else(|| "event".to_owned()),
            within,
            journal: self.lines(&Filter::since(filter.since)).join("\n"),
        })
    }

    /// Return once the last phase is over, where phases move on by themselves; without an `until` it never is.
    pub async fn told(&self) {
        let bench = Arc::clone(&self.bench);
        self.on(async move { bench.told().await }).await;
    }

    /// Return once no client is connected any more, or the time is over.
    pub async fn quiet(&self, within: Duration) {
        let bench = Arc::clone(&self.bench);
        self.on(async move { bench.quiet(within).await }).await;
    }

    /// Judge the client by what it did so far.
    ///
    /// # Panics
    /// When it broke an expectation of the scenario or a rule that holds always; the message holds the journal lines
    /// that prove it.
    pub fn verify(&self) {
        if let Some(report) = self.broken() {
            // Told once is enough.
            self.must_verify.set(false);
            panic!("{report}");
        }
    }

    fn broken(&self) -> Option<String> {
        self.bench.server.with(|world, _| verify::broken(world))
    }

    /// The journal and the world at once, for whoever judges a run.
    #[doc(hidden)]
    pub fn with_world<R>(&self, look: impl FnOnce(&postfail_engine::World) -> R) -> R {
        self.bench.server.with(|world, _| look(world))
    }

    /// Stop: no new connections, a moment for open ones, then the end. The client is not judged.
    pub async fn stop(mut self) {
        self.must_verify.set(false);
        self.web.stop().await;
        let bench = Arc::clone(&self.bench);
        self.on(async move { bench.server.stop().await }).await;
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let must_verify = self.must_verify.get() && !std::thread::panicking();
        let broken = if must_verify { self.broken() } else { None };
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        if let Some(report) = broken {
            panic!("{report}");
        }
    }
}

/// Everything of a handle but its threads.
type Begun = (Arc<Bench>, Web, PathBuf, Option<Folder>);

async fn begin(asked: Postfail) -> Result<Begun, StartError> {
    let token = world::token()?;
    let mut world = world::of(&asked)?;
    world.hide(&token);
    let (authority, ca_file, folder) = authority(asked.ca_dir.as_deref())?;
    let tls = identity::tls(&authority)?;
    let ports = Ports::take(&asked).await?;
    authority.publish_at(&ports.pki_url(&asked)?);
    let options = world::net_options(&asked, authority)?;
    let server = Server::start(world, options).await?;
    let bench = Arc::new(Bench { server, bind: asked.bind, waiting: AtomicUsize::new(0) });
    if asked.triggers.is_some() {
        let bench = Arc::clone(&bench);
        tokio::spawn(async move { bench.follow().await });
    }
    let web = Web::start(ports, &bench, &asked, tls, token)?;
    Ok((bench, web, ca_file, folder))
}

/// The authority, and the file clients read it from.
fn authority(kept: Option<&Path>) -> Result<(Authority, PathBuf, Option<Folder>), StartError> {
    if let Some(kept) = kept {
        return Ok((directory::open(kept, SystemTime::now())?, kept.join(directory::CA_FILE), None));
    }
    let authority = Authority::mint(SystemTime::now())?;
    let folder = Folder::new().map_err(StartError::Folder)?;
    let file = folder.path().join(directory::CA_FILE);
    std::fs::write(&file, authority.ca_pem()).map_err(StartError::Folder)?;
    Ok((authority, file, Some(folder)))
}

async fn on<T: Send + 'static>(runtime: &Runtime, act: impl Future<Output = T> + Send + 'static) -> T {
    match runtime.spawn(act).await {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
