//! The command line: one file per subcommand; what is printed to stdout is the result, logs go to stderr.
mod args;
mod certs;
mod check;
mod ctl;
#[cfg(test)]
mod documented;
mod explain;
mod list;
mod output;
mod placeholders;
mod run;
mod serve;
mod stop;
mod streams;
mod token;

use std::fmt;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use postfail::client;
use postfail::client::oauth::Keep;
use postfail::handle::OwnFiles;
use tracing_subscriber::EnvFilter;

use args::{Arguments, Command};

/// The end of a command that did not do what was asked. Exit codes: 0 the client passed, 1 it failed, 2 wrong use
/// or a wrong scenario, 3 the client could not be started, 4 postfail itself failed.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// What was asked for cannot be: the message says what would be right. Nothing was started.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self { code: 2, message: message.to_string() }
    }

    /// The client under test could not be started.
    pub fn client(message: impl fmt::Display) -> Self {
        Self { code: 3, message: message.to_string() }
    }

    /// Postfail itself failed.
    pub fn ours(message: impl fmt::Display) -> Self {
        Self { code: 4, message: message.to_string() }
    }
}

/// sysexits.h: an error of input or output on a file.
const EX_IOERR: u8 = 74;

/// Parse, do, and tell.
pub fn main() -> ExitCode {
    let command = Arguments::parse().command;
    log_to_stderr();
    let done = match command {
        Command::Serve(asked) => serve::serve(asked).map(|()| 0),
        Command::Run(asked) => run::run(asked),
        Command::Ctl(asked) => ctl::ctl(&asked),
        Command::List(asked) => list::list(&asked).map(|()| 0),
        Command::Explain(asked) => explain::explain(&asked).map(|()| 0),
        Command::Check(asked) => check::check(&asked).map(|()| 0),
        Command::Token(asked) => token::token(&asked).map(|()| 0),
        Command::Certs(asked) => certs::write(&asked).map(|()| 0),
        Command::Client(asked) => return client_once(&asked),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "postfail", &mut script);
            streams::print(&String::from_utf8_lossy(&script)).map(|()| 0)
        }
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(Failure { code, message }) => {
            streams::tell(&format!("postfail: {message}\n"));
            ExitCode::from(code)
        }
    }
}

/// The built-in client by hand; its exit codes are those of sysexits.h.
fn client_once(asked: &args::Client) -> ExitCode {
    let address = match asked.url.parse() {
        Ok(address) => address,
        Err(message) => {
            streams::tell(&format!("postfail: {message}\n"));
            return ExitCode::from(2);
        }
    };
    let setup = client::Setup {
        address,
        user: asked.user.clone(),
        password: asked.password.clone().unwrap_or_default(),
        oauth: oauth(asked),
        ca: asked.ca.clone(),
        certificate: asked.cert.clone().zip(asked.key.clone()).map(|(chain, key)| OwnFiles { chain, key }),
        external: asked.external,
        tls_max: asked.tls_max,
        timeout: std::time::Duration::from_secs(asked.timeout),
        careless: asked.careless,
    };
    match sign_in(asked, &setup).and_then(|()| client::once(&setup)) {
        Ok(line) => match streams::print(&format!("{line}\n")) {
            Ok(()) => ExitCode::SUCCESS,
            Err(Failure { message, .. }) => {
                streams::tell(&format!("postfail: {message}\n"));
                ExitCode::from(EX_IOERR)
            }
        },
        Err(trouble) => {
            streams::tell(&format!("{trouble}\n"));
            ExitCode::from(trouble.exit_code())
        }
    }
}

/// By device code, where somebody asked for that.
fn sign_in(asked: &args::Client, setup: &client::Setup) -> Result<(), client::Trouble> {
    let token = setup.oauth.as_ref().and_then(|oauth| oauth.endpoint.clone());
    let (Some(url), Some(oauth), Some(token)) = (&asked.device_url, &setup.oauth, token) else {
        return Ok(());
    };
    let device = client::device::Device { url: url.clone(), scope: asked.scope.clone(), token };
    let wait = |span| {
        std::thread::sleep(span);
        Ok(())
    };
    // A code that nobody can read is nobody's to type in: the sign-in ends with the code's time.
    let show = |line: &str| drop(streams::print(&format!("{line}\n")));
    let tokens = client::device::sign_in(setup, &device, show, wait)?;
    oauth.signed_in(&tokens)
}

fn oauth(asked: &args::Client) -> Option<client::OAuth> {
    let (url, client_id) = (asked.token_url.clone(), asked.client_id.clone());
    let client_secret = asked.client_secret.clone();
    Some(client::OAuth {
        mechanism: asked.oauth?,
        tokens: client::oauth::Tokens {
            access_token: asked.access_token.clone(),
            refresh_token: asked.refresh_token.clone(),
        },
        endpoint: url.map(|url| client::oauth::Endpoint { url, client_id, client_secret }),
        keep: asked.token_file.clone().map_or_else(Keep::default, Keep::File),
    })
}

/// The runtime for signals and the clients' processes; servers live on their own threads.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::ours)
}

/// A world that did not start: mostly because of what was asked for.
fn start_failure(error: postfail::StartError) -> Failure {
    if error.is_ours() { Failure::ours(error) } else { Failure::usage(error) }
}

/// Our own diagnostics, never the mail conversation: that is the journal's.
fn log_to_stderr() {
    let filter = EnvFilter::try_from_env("POSTFAIL_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| streams::Log)
        .with_ansi(io::stderr().is_terminal())
        .without_time()
        .with_target(false)
        // It would complain on stderr that stderr is gone, by a panic.
        .log_internal_errors(false)
        .init();
}
