//! How a world is made: which story, which provider, which ports.
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use postfail_engine::change::{Change, ChangeError};
use postfail_engine::clock::Pace;
use postfail_engine::scenario::Trigger;

use crate::catalogue::{CatalogueError, Source};
use crate::handle::{ActError, Handle};
use crate::world;

/// A world to be started. Every setting has a default that fits a test: free ports on loopback.
#[derive(Clone, Debug)]
pub struct Postfail {
    pub(crate) story: Story,
    pub(crate) profile: Option<String>,
    pub(crate) era: Option<Date>,
    pub(crate) ports: Ports,
    pub(crate) bind: IpAddr,
    pub(crate) seed: Option<u64>,
    pub(crate) ca_dir: Option<PathBuf>,
    pub(crate) journal_file: Option<PathBuf>,
    pub(crate) capture: bool,
    pub(crate) capture_dir: Option<PathBuf>,
    pub(crate) key_log: Option<PathBuf>,
    pub(crate) changes: Vec<Change>,
    pub(crate) control_names: Vec<String>,
    pub(crate) verify_on_drop: bool,
    pub(crate) threads: Option<usize>,
    pub(crate) triggers: Option<Option<Trigger>>,
}

/// What the world is about.
#[derive(Clone, Debug)]
pub(crate) enum Story {
    Healthy,
    Named(String),
    Read(Source),
}

/// Which ports the listeners get.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ports {
    /// Free ones, chosen by the system.
    #[default]
    Random,
    /// The standard ones + 3000, 3080 for the control API, 3081 for automatic settings, 3443
    /// for the identity provider by TLS: no privilege is
    /// needed.
    Usual,
    /// 25, 587, 465, 110, 995, 143, 993, and over HTTP as with the usual ones.
    Standard,
}

/// Why a world did not start. Each message says what would be right.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error("`{0}` is a folder of scenarios; name one of them: {1}")]
    Several(String, String),
    #[error("scenario {scenario} is not made for profile `{profile}`; it can be told with: {fitting}")]
    Profile { scenario: String, profile: String, fitting: String },
    #[error("scenario {scenario} asks for what this postfail cannot do: {cause}")]
    Unservable { scenario: String, cause: postfail_net::tls::TlsError },
    #[error("certificates: {0}")]
    Certificates(#[from] postfail_certs::Error),
    #[error(transparent)]
    Net(#[from] postfail_net::ServerError),
    #[error("port {port} ({what}) is in use{by}: stop it, or take free ports with --ports random")]
    HttpInUse { what: &'static str, port: u16, by: String },
    #[error("cannot listen on {address} ({what}): {error}")]
    HttpListen { what: &'static str, address: SocketAddr, error: std::io::Error },
    #[error("cannot write the journal {}: {error}", .path.display())]
    Journal { path: PathBuf, error: std::io::Error },
    #[error("cannot write the {what} {}: {error}", .path.display())]
    Evidence { what: &'static str, path: PathBuf, error: std::io::Error },
    #[error("the changes to begin with: {0}")]
    Change(#[from] ChangeError),
    #[error(transparent)]
    Act(#[from] ActError),
    #[error("TLS of the identity provider: {0}")]
    Https(rustls::Error),
    #[error("cannot write the CA for clients to read: {0}")]
    Folder(std::io::Error),
    #[error("the system gives no threads: {0}")]
    Threads(std::io::Error),
    #[error("the system gives no random numbers")]
    Random,
}

impl StartError {
    /// Did postfail itself fail, rather than what was asked of it?
    #[must_use]
    pub fn is_ours(&self) -> bool {
        matches!(self, Self::Folder(_) | Self::Threads(_) | Self::Random)
    }
}

impl Postfail {
    /// A server as it should be: seven open listeners, two accounts, the sample mail.
    #[must_use]
    pub fn healthy() -> Self {
        Self::of(Story::Healthy)
    }

    /// A scenario: a built-in one by its identifier (`tls/tls-1-0-and-1-1-off`), or the path of a `.toml` file. The world
    /// starts in its first phase.
    #[must_use]
    pub fn scenario(name: &str) -> Self {
        Self::of(Story::Named(name.to_owned()))
    }

    /// A scenario whose text is at hand.
    #[must_use]
    pub fn source(source: Source) -> Self {
        Self::of(Story::Read(source))
    }

    fn of(story: Story) -> Self {
        Self {
            story,
            profile: None,
            era: None,
            ports: Ports::Random,
            bind: Ipv4Addr::LOCALHOST.into(),
            seed: None,
            ca_dir: None,
            journal_file: None,
            capture: false,
            capture_dir: None,
            key_log: None,
            changes: Vec::new(),
            control_names: Vec::new(),
            verify_on_drop: true,
            threads: None,
            triggers: None,
        }
    }

    /// Who the servers pretend to be (`postfail list --profiles`); the scenario's first profile unless said.
    #[must_use]
    pub fn profile(mut self, name: &str) -> Self {
        self.profile = Some(name.to_owned());
        self
    }

    /// The day on which the world's clock starts, at 12:00 UTC; the scenario's era, or now, unless said.
    #[must_use]
    pub fn era(mut self, day: Date) -> Self {
        self.era = Some(day);
        self
    }

    #[must_use]
    pub fn ports(mut self, ports: Ports) -> Self {
        self.ports = ports;
        self
    }

    /// The address to listen on; 127.0.0.1 unless said. Any other than loopback lets others in.
    #[must_use]
    pub fn bind(mut self, address: IpAddr) -> Self {
        self.bind = address;
        self
    }

    /// The one source of randomness: the same seed gives the same passwords, challenges and UIDVALIDITY values.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Keep the certificate authority in this folder, so that it has to be trusted only once.
    #[must_use]
    pub fn ca_dir(mut self, folder: &Path) -> Self {
        self.ca_dir = Some(folder.to_owned());
        self
    }

    /// Write every event to this file as it happens, one JSON object per line, secrets masked.
    #[must_use]
    pub fn journal_file(mut self, file: &Path) -> Self {
        self.journal_file = Some(file.to_owned());
        self
    }

    /// Keep the bytes of every connection in memory, for [`Handle::capture`] and the control API, passwords and TLS
    /// secrets and all. At most 4 MiB a connection and view, and 256 MiB together.
    #[must_use]
    pub fn capture(mut self) -> Self {
        self.capture = true;
        self
    }

    /// The same, and write two pcapng files of every connection that has ended to this folder, named by listener and
    /// number: `imap-3.pcapng` has the bytes of the socket and the TLS secrets, `imap-3.plain.pcapng` what was said
    /// above TLS, masked. The folder is made if it is not there; only their owner may read the files.
    #[must_use]
    pub fn capture_dir(mut self, folder: &Path) -> Self {
        self.capture_dir = Some(folder.to_owned());
        self
    }

    /// Append the TLS secrets of every handshake to this file, in the format of `SSLKEYLOGFILE`. Whoever has it can
    /// read what was said under TLS.
    #[must_use]
    pub fn key_log(mut self, file: &Path) -> Self {
        self.key_log = Some(file.to_owned());
        self
    }

    /// A change made before anybody connects, behind those of the scenario's first phase.
    #[must_use]
    pub fn change(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }

    /// Whether delays of a profile or a fault take their time, which they do unless said, or pass at once.
    #[must_use]
    pub fn pace(self, pace: Pace) -> Self {
        self.change(Change::Pace(pace))
    }

    /// A further name that the control API answers to in `Host` and `Origin`.
    #[must_use]
    pub fn control_name(mut self, name: &str) -> Self {
        self.control_names.push(name.to_owned());
        self
    }

    /// Whether dropping the handle panics when the client broke a rule; it does unless said.
    #[must_use]
    pub fn verify_on_drop(mut self, verify: bool) -> Self {
        self.verify_on_drop = verify;
        self
    }

    /// Let phases move on by themselves: each by its `until`, and by `usual` where it has none. Without this only
    /// [`Handle::phase`] and the control API begin phases.
    #[must_use]
    pub fn triggers(mut self, usual: Option<Trigger>) -> Self {
        self.triggers = Some(usual);
        self
    }

    /// How many threads the world lives on; one per core unless said. One is enough for a test, and for each of many
    /// worlds side by side.
    #[must_use]
    pub fn threads(mut self, count: usize) -> Self {
        self.threads = Some(count.max(1));
        self
    }

    /// Find and read everything that was asked for, and start nothing.
    ///
    /// # Errors
    /// When something asked for does not exist or does not fit.
    pub fn check(&self) -> Result<(), StartError> {
        world::of(self).map(drop)
    }

    /// Start it. On return every port answers and the control API is up.
    ///
    /// # Errors
    /// When something asked for does not exist or a port is taken; nothing is left running then.
    pub async fn start(self) -> Result<Handle, StartError> {
        Handle::start(self).await
    }
}
