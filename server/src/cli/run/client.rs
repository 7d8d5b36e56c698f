//! The client under test: its command with the placeholders filled in, or the built-in one.
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::time::Duration;

use postfail::listener::Security;
use postfail::scenario::Exit;
use postfail::variables::{self, Place};
use postfail::{Handle, ListenerName, Variable};

use super::super::Failure;
use super::super::args::Run;
use super::super::placeholders::{self, Unknown};
use super::process;

/// The client under test.
pub struct Client {
    program: OsString,
    /// `None`: the built-in client, which is told where to go by its own arguments.
    arguments: Option<Vec<OsString>>,
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
            let program = std::env::current_exe().map_err(Failure::ours)?.into_os_string();
            return Ok(Self { program, arguments: None });
        };
        let client = Self { program: program.clone(), arguments: Some(arguments.to_vec()) };
        client.command(&placeholder_names(), None).map_err(Failure::usage)?;
        Ok(client)
    }

    /// Run it in a phase.
    pub async fn run(
        &self,
        scenario: &str,
        phase: &str,
        place: &Place,
        handle: &Handle,
        limit: Duration,
    ) -> Result<Ended, Failure> {
        let mut variables = handle.variables();
        variables.extend(variables::of_phase(scenario, phase, place));
        let (program, arguments) = self.command(&variables, Some(place)).map_err(Failure::usage)?;
        let mut environment: Vec<(String, String)> =
            variables.iter().map(|variable| (variable.key(), variable.value.clone())).collect();
        // What OpenSSL, and most that is built on it, looks at (SSL_CTX_set_default_verify_paths(3)).
        environment.push(("SSL_CERT_FILE".to_owned(), handle.ca_file().display().to_string()));
        let ran = process::run(&program, &arguments, &environment, limit, show).await.map_err(|error| {
            Failure::client(format!("the client {} cannot be started: {error}", program.display()))
        })?;
        let exit = match ran.status.map(|status| (status.code(), status.signal())) {
            None => Exit::TimedOut(limit),
            Some((Some(code), _)) => Exit::Code(code),
            Some((None, signal)) => Exit::Signal(signal.unwrap_or_default()),
        };
        Ok(Ended { exit, took: ran.took, output: ran.output })
    }

    fn command(
        &self,
        variables: &[Variable],
        place: Option<&Place>,
    ) -> Result<(OsString, Vec<OsString>), Unknown> {
        match &self.arguments {
            Some(arguments) => {
                let filled: Result<_, _> =
                    arguments.iter().map(|argument| fill(argument, variables)).collect();
                Ok((fill(&self.program, variables)?, filled?))
            }
            None => {
                let url = place.map(built_in_url).unwrap_or_default();
                Ok((self.program.clone(), vec!["client".into(), url.into()]))
            }
        }
    }
}

/// What a client prints is no result of ours.
fn show(bytes: &[u8]) {
    let _ = std::io::stderr().write_all(bytes);
}

/// The built-in client is told what settings of a mail program say: whether to start TLS.
fn built_in_url(place: &Place) -> String {
    let url = place.url();
    match place.security {
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
    let mut names = variables::of_world(&places, None, Path::new(""), Some(("", "")));
    names.extend(["user", "password"].map(|name| Variable::new(name, "")));
    names.extend(variables::of_phase("", "", &places[0]));
    names
}
