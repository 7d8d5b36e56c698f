//! The client under test: its command with the placeholders filled in, or the built-in one.
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use postfail::client::device::{Device, sign_in};
use postfail::client::oauth::{Endpoint, Keep, Mechanism, Tokens};
use postfail::client::{self as built_in, OAuth};
use postfail::handle::OwnFiles;
use postfail::listener::Security;
use postfail::scenario::{ByToken, Exit, Phase, Setup};
use postfail::variables::{self, Place};
use postfail::{Handle, ListenerName, Pace, Variable};

use super::super::Failure;
use super::super::args::Run;
use super::super::placeholders::{self, Unknown};
use super::process;

/// The longest silence the built-in client bears here, beyond what this provider takes to think: a story of silence
/// need not last as long as for people.
const PATIENCE: Duration = Duration::from_secs(3);

/// The client under test.
pub enum Client {
    /// Our own, in this process.
    BuiltIn(Kept),
    Command {
        program: OsString,
        arguments: Vec<OsString>,
    },
}

/// What the built-in client keeps of its tokens: by the world, and by what the person was given at sign-in there.
#[derive(Debug, Default)]
pub struct Kept(Mutex<HashMap<(String, String), Keep>>);

impl Kept {
    fn of(&self, world: String, given: &Tokens) -> Keep {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry((world, given.refresh_token.clone())).or_default().clone()
    }
}

/// What ends a client that does not end by itself.
pub struct Limits<F> {
    pub time: Duration,
    /// Ready when it has seen all it was to see.
    pub over: F,
}

/// How its run ended.
pub struct Ended {
    pub exit: Exit,
    pub took: Duration,
    /// The end of what it printed.
    pub output: String,
}

impl Client {
    /// The command behind `--`. A placeholder that there is not is a slip of whoever typed it, found before anything
    /// is started.
    pub fn of(asked: &Run) -> Result<Self, Failure> {
        let Some((program, arguments)) = asked.client.split_first() else {
            return Ok(Self::BuiltIn(Kept::default()));
        };
        let names = placeholder_names();
        for text in &asked.client {
            fill(text, &names).map_err(Failure::usage)?;
        }
        Ok(Self::Command { program: program.clone(), arguments: arguments.to_vec() })
    }

    /// Run it in a phase.
    pub async fn run(
        &self,
        scenario: &str,
        phase: &Phase,
        place: &Place,
        handle: &Handle,
        limits: Limits<impl Future<Output = ()>>,
        show: fn(&[u8]),
    ) -> Result<Ended, Failure> {
        let Limits { time: limit, over } = limits;
        let (program, arguments) = match self {
            Self::BuiltIn(kept) => {
                let ended = run_built_in(&phase.setup, place, handle, kept, limit).await?;
                show(ended.output.as_bytes());
                return Ok(ended);
            }
            Self::Command { program, arguments } => (program, arguments),
        };
        let mut variables = handle.variables();
        variables.extend(variables::of_phase(scenario, &phase.name, place));
        if phase.setup.opportunistic
            && let Some(variable) = variables.iter_mut().find(|variable| variable.name == "client.security")
        {
            "opportunistic".clone_into(&mut variable.value);
        }
        variables.extend(variables::of_certificate(shown(&phase.setup, handle)?.as_ref()));
        for (name, typed) in [("user", &phase.setup.user), ("password", &phase.setup.password)] {
            let variable = variables.iter_mut().find(|variable| variable.name == name);
            if let (Some(variable), Some(typed)) = (variable, typed) {
                variable.value.clone_from(typed);
            }
        }
        let filled: Result<Vec<_>, _> = arguments.iter().map(|argument| fill(argument, &variables)).collect();
        let (program, arguments) =
            (fill(program, &variables).map_err(Failure::usage)?, filled.map_err(Failure::usage)?);
        let mut environment: Vec<(String, String)> =
            variables.iter().map(|variable| (variable.key(), variable.value.clone())).collect();
        // A variable without a file would be taken for a file without a name.
        environment.retain(|(key, value)| !value.is_empty() || !key.ends_with("_FILE"));
        // What OpenSSL, and most that is built on it, looks at (SSL_CTX_set_default_verify_paths(3)).
        if let Some(by) = phase.setup.oauth {
            let word = match by {
                ByToken::Xoauth2 => "xoauth2",
                ByToken::Oauthbearer => "oauthbearer",
            };
            environment.push(("POSTFAIL_OAUTH".to_owned(), word.to_owned()));
        }
        if phase.setup.external {
            environment.push(("POSTFAIL_EXTERNAL".to_owned(), "true".to_owned()));
        }
        environment.push(("SSL_CERT_FILE".to_owned(), handle.ca_file().display().to_string()));
        let mut is_told = false;
        let over = async {
            tokio::select! {
                () = tokio::time::sleep(limit) => {}
                () = over => is_told = true,
            }
        };
        let ran = process::run(&program, &arguments, &environment, over, show).await.map_err(|error| {
            Failure::client(format!("the client {} cannot be started: {error}", program.display()))
        })?;
        let exit = match ran.status.map(|status| (status.code(), status.signal())) {
            None if is_told => Exit::RanOn,
            None => Exit::TimedOut(limit),
            Some((Some(code), _)) => Exit::Code(code),
            Some((None, signal)) => Exit::Signal(signal.unwrap_or_default()),
        };
        Ok(Ended { exit, took: ran.took, output: ran.output })
    }
}

/// The certificate that this phase's settings give the client.
fn shown(typed: &Setup, handle: &Handle) -> Result<Option<OwnFiles>, Failure> {
    typed.client_certificate.map(|kind| handle.client_certificate(kind)).transpose().map_err(Failure::ours)
}

/// The longest that the provider thinks before it refuses; nothing at an instant pace.
fn thinking(handle: &Handle) -> Duration {
    handle.with_world(|world| match world.clock().pace() {
        Pace::Instant => Duration::ZERO,
        Pace::Real => {
            world.profile().responses.iter().map(|response| response.delay.0).max().unwrap_or_default()
        }
    })
}

/// On a thread of its own, as it blocks; one that is still at it when its time is over is given as long as it bears
/// silence to come to its end.
async fn run_built_in(
    typed: &Setup,
    place: &Place,
    handle: &Handle,
    kept: &Kept,
    limit: Duration,
) -> Result<Ended, Failure> {
    let address = built_in_url(place, typed).parse().map_err(Failure::ours)?;
    let account = handle.accounts().into_iter().next();
    let (user, password) = account.map(|account| (account.address, account.password)).unwrap_or_default();
    let setup = built_in::Setup {
        address,
        user: typed.user.clone().unwrap_or(user),
        password: typed.password.clone().unwrap_or(password),
        oauth: typed.oauth.map(|by| oauth(by, handle, kept)),
        ca: Some(handle.ca_file().to_owned()),
        certificate: shown(typed, handle)?,
        external: typed.external,
        tls_max: built_in::TlsCeiling::Tls13,
        timeout: (PATIENCE + thinking(handle)).min(limit),
        careless: false,
    };
    let patience = setup.timeout;
    let device = typed.device_code.then(|| device(handle));
    let started = Instant::now();
    let (ask, mut waits) = tokio::sync::mpsc::unbounded_channel::<(Duration, mpsc::Sender<()>)>();
    let wait = move |span| {
        let (done, over) = mpsc::channel();
        // Nobody passes the time any more once it took too long.
        let passed = ask.send((span, done)).is_ok() && over.recv().is_ok();
        if passed { Ok(()) } else { Err(built_in::Trouble::Connect("its time is over".to_owned())) }
    };
    let (tell, mut told) = tokio::sync::oneshot::channel();
    let thread = std::thread::Builder::new().name("client".to_owned());
    let once = move || drop(tell.send(begin(&setup, device.as_ref(), wait)));
    thread.spawn(once).map_err(|error| Failure::client(format!("no thread for the client: {error}")))?;
    let ended = async {
        loop {
            tokio::select! {
                Some((span, done)) = waits.recv() => {
                    pass(handle, span).await;
                    let _ = done.send(());
                }
                told = &mut told => break told,
            }
        }
    };
    let ended = tokio::time::timeout(limit, ended).await;
    let took = started.elapsed();
    if ended.is_err() {
        // It is to ask for no more, and what it asked last is not to be answered in the next phase.
        waits.close();
        let _ = tokio::time::timeout(patience, &mut told).await;
    }
    let (exit, output) = match ended {
        Err(_) => (Exit::TimedOut(limit), String::new()),
        Ok(Ok(Ok(line))) => (Exit::Code(0), format!("{line}\n")),
        Ok(Ok(Err(trouble))) => (Exit::Code(trouble.exit_code().into()), format!("{trouble}\n")),
        Ok(Err(_)) => return Err(Failure::ours("the built-in client ended without a word")),
    };
    Ok(Ended { exit, took, output })
}

/// Sign in by device code where the person does, then one visit.
fn begin(
    setup: &built_in::Setup,
    device: Option<&Device>,
    wait: impl Fn(Duration) -> Result<(), built_in::Trouble>,
) -> Result<String, built_in::Trouble> {
    if let (Some(device), Some(oauth)) = (device, &setup.oauth) {
        oauth.signed_in(&sign_in(setup, device, |_| {}, wait)?)?;
    }
    built_in::once(setup)
}

/// The time between two polls: in a moment where delays pass at once, and then for everybody.
async fn pass(handle: &Handle, span: Duration) {
    if handle.with_world(|world| world.clock().pace() == Pace::Instant) {
        // A clock that cannot go there is met by the next poll.
        let _ = handle.advance(&format!("{}s", span.as_secs())).await;
    } else {
        tokio::time::sleep(span).await;
    }
}

fn device(handle: &Handle) -> Device {
    let value = |name: &str| value(handle, name);
    Device { url: value("device.url"), scope: value("mail.scope"), token: endpoint(handle) }
}

fn value(handle: &Handle, name: &str) -> String {
    let found = handle.variables().into_iter().find(|variable| variable.name == name);
    found.map(|variable| variable.value).unwrap_or_default()
}

fn endpoint(handle: &Handle) -> Endpoint {
    let value = |name: &str| value(handle, name);
    let client_secret = Some(value("client.secret")).filter(|secret| !secret.is_empty());
    Endpoint { url: value("token.url"), client_id: value("client.id"), client_secret }
}

/// The tokens that the account's person was given, and where to get others.
fn oauth(by: ByToken, handle: &Handle, kept: &Kept) -> OAuth {
    let value = |name: &str| value(handle, name);
    let tokens = Tokens { access_token: value("access.token"), refresh_token: value("refresh.token") };
    OAuth {
        mechanism: match by {
            ByToken::Xoauth2 => Mechanism::Xoauth2,
            ByToken::Oauthbearer => Mechanism::Oauthbearer,
        },
        keep: kept.of(handle.control_url(), &tokens),
        tokens,
        endpoint: Some(endpoint(handle)),
    }
}

/// The built-in client is told what settings of a mail program say: whether to start TLS.
fn built_in_url(place: &Place, typed: &Setup) -> String {
    let url = place.url();
    match place.security {
        Security::StartTls if typed.opportunistic => url.replacen("://", "+opportunistic://", 1),
        Security::StartTls => url.replacen("://", "+starttls://", 1),
        Security::Plain | Security::Implicit => url,
    }
}

fn fill(argument: &OsStr, variables: &[Variable]) -> Result<OsString, Unknown> {
    match argument.to_str() {
        Some(text) => placeholders::fill(text, variables).map(OsString::from),
        None => Ok(argument.to_owned()),
    }
}

/// All names there will be, without values.
fn placeholder_names() -> Vec<Variable> {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let place = |name: ListenerName| Place { name, address, security: name.security() };
    let places = ListenerName::ALL.map(place);
    let mut names = variables::of_world(&places, None, Path::new(""), Some(("", "")), address);
    let more = [
        "https.host",
        "https.port",
        "issuer.url",
        "token.url",
        "authorization.url",
        "device.url",
        "mail.scope",
        "client.id",
        "client.secret",
        "web.client.id",
        "web.client.secret",
    ];
    names.extend(more.map(|name| Variable::new(name, "")));
    names.extend(["user", "password", "access.token", "refresh.token"].map(|name| Variable::new(name, "")));
    names.extend(variables::of_phase("", "", &places[0]));
    names.extend(variables::of_certificate(None));
    names
}
