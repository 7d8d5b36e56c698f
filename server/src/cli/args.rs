//! What can be typed. Every flag has an environment variable of the same name behind `POSTFAIL_`.
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use postfail::Pace;
use postfail::scenario::Trigger;

use super::ctl::account::AccountAct;
use super::run::Shard;

mod client;

pub use client::Client;

/// The mail server that fails on purpose.
#[derive(Debug, Parser)]
#[command(name = "postfail", version, propagate_version = true, disable_help_subcommand = true)]
#[command(after_help = "Results go to stdout, logs to stderr (POSTFAIL_LOG=debug for more).")]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start a server and keep it running; without a scenario a healthy one
    Serve(Serve),
    /// Run a mail client through scenarios and judge it
    Run(Run),
    /// Read or change a running server
    Ctl(Ctl),
    /// List the scenarios, or the profiles with --profiles
    List(List),
    /// Tell what a scenario re-enacts, why, and with which words
    Explain(Explain),
    /// Check scenario files
    Check(Check),
    /// Sign an account in at a running server and print its access and refresh token
    Token(Token),
    /// Write a certificate authority and certificates, right or wrong, as PEM and PKCS #12 files
    Certs(Certs),
    /// One log-in and one fetch or message with the built-in client
    Client(Client),
    /// Print the completions of a shell
    Completions {
        /// bash, zsh, fish, elvish or powershell
        shell: clap_complete::Shell,
    },
}

/// How a world is made; the same for `serve` and `run`.
#[derive(Args, Clone, Debug)]
pub struct WorldArgs {
    /// Who the servers pretend to be, in place of the scenario's own profile (run: `all` for each that fits; so it is with folders and `all`)
    #[arg(long, env = "POSTFAIL_PROFILE")]
    pub profile: Option<String>,
    /// The day the world's clock starts on, such as 2026-01-15
    #[arg(long, env = "POSTFAIL_ERA", value_name = "DATE")]
    pub era: Option<jiff::civil::Date>,
    /// A change to begin with, such as imap.tls=1.2-1.3; can be given again
    #[arg(long = "set", env = "POSTFAIL_SET", value_name = "KEY=VALUE", value_delimiter = ' ')]
    pub changes: Vec<String>,
    /// Whether delays of a profile or a fault take their time: real, or instant to let them pass at once (unless said:
    /// real, and with the built-in client of run instant)
    #[arg(long, env = "POSTFAIL_PACE", value_name = "PACE")]
    pub pace: Option<Pace>,
    /// Nobody is asked at sign-in pages: the first account signs in and consents
    #[arg(long, env = "POSTFAIL_AUTO_CONSENT")]
    pub auto_consent: bool,
    /// The one source of randomness
    #[arg(long, env = "POSTFAIL_SEED", value_name = "N")]
    pub seed: Option<u64>,
    /// Write what was on the wire of every connection there as pcapng, TLS secrets and passwords inside, and beside it
    /// what was said above TLS, masked
    #[arg(long, env = "POSTFAIL_CAPTURE_DIR", value_name = "DIR")]
    pub capture_dir: Option<PathBuf>,
    /// Append the TLS secrets of every handshake to this file, in the format of SSLKEYLOGFILE
    #[arg(long, env = "POSTFAIL_KEYLOG", value_name = "FILE")]
    pub keylog: Option<PathBuf>,
    /// Where the certificate authority is kept, so that it has to be trusted only once (made if it is not there)
    #[arg(long, env = "POSTFAIL_CA_DIR", value_name = "DIR")]
    pub ca_dir: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct Serve {
    /// A scenario: an identifier (tls/tls-1-0-and-1-1-off) or a file
    pub scenario: Option<String>,
    #[command(flatten)]
    pub world: WorldArgs,
    /// What ends a phase that says nothing of it: logins=N, failed_logins=N, connections=N, after=10m
    #[arg(long, env = "POSTFAIL_UNTIL", value_name = "TRIGGER", requires = "scenario")]
    pub until: Option<Trigger>,
    /// Which ports: the standard ones + 3000, free ones, or the standard ones
    #[arg(long, env = "POSTFAIL_PORTS", value_enum, default_value_t = Ports::Usual)]
    pub ports: Ports,
    /// The address to listen on
    #[arg(long, env = "POSTFAIL_BIND", value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub bind: IpAddr,
    /// A further name the control API answers to
    #[arg(long, env = "POSTFAIL_CONTROL_NAME", value_name = "NAME")]
    pub control_name: Vec<String>,
    /// Written whole once every port answers: one flat JSON object
    #[arg(long, env = "POSTFAIL_READY_FILE", value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
    /// Everything that happens, one JSON object per line
    #[arg(long, env = "POSTFAIL_JOURNAL", value_name = "FILE")]
    pub journal: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct Token {
    /// The account's name: taro
    pub account: String,
    /// As JSON, with the issuer and when the access token ends
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub server: ServerArgs,
}

#[derive(Args, Debug)]
pub struct Run {
    /// Scenarios: identifiers, files, folders (tls), patterns (auth/*-disabled), or all
    #[arg(required = true)]
    pub scenario: Vec<String>,
    #[command(flatten)]
    pub world: WorldArgs,
    /// Only this phase; the ones before it happen, but no client runs in them
    #[arg(long, env = "POSTFAIL_ONLY_PHASE", value_name = "NAME")]
    pub phase: Option<String>,
    /// One run of the client over all phases, which move on by their triggers
    #[arg(long, env = "POSTFAIL_KEEP_RUNNING", conflicts_with = "phase")]
    pub keep_running: bool,
    /// What ends a phase that says nothing of it: logins=N, failed_logins=N, connections=N, after=10m
    #[arg(long, env = "POSTFAIL_UNTIL", value_name = "TRIGGER", requires = "keep_running")]
    pub until: Option<Trigger>,
    /// JUnit XML of the verdicts
    #[arg(long, env = "POSTFAIL_JUNIT", value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// JSON of the verdicts
    #[arg(long, env = "POSTFAIL_JSON", value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Markdown of the verdicts, for a build server's summary page
    #[arg(long, env = "POSTFAIL_MARKDOWN", value_name = "FILE")]
    pub markdown: Option<PathBuf>,
    /// How many entries run side by side, each in its own world; per core one, or three of the built-in client, unless
    /// said
    #[arg(long, env = "POSTFAIL_JOBS", value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Only the I-th of N equal parts of the entries, for N machines
    #[arg(long, env = "POSTFAIL_SHARD", value_name = "I/N")]
    pub shard: Option<Shard>,
    /// Per scenario the journal and the transcripts, per phase what the client printed
    #[arg(long, env = "POSTFAIL_JOURNAL_DIR", value_name = "DIR")]
    pub journal_dir: Option<PathBuf>,
    /// Where the client keeps its mail: a file or folder, looked through after each phase for what a fault injected;
    /// can be given again
    #[arg(long, env = "POSTFAIL_SEARCH", value_name = "PATH", value_delimiter = ',')]
    pub search: Vec<PathBuf>,
    /// How long the client may take in one phase, in seconds
    #[arg(long, env = "POSTFAIL_TIMEOUT", value_name = "SECONDS", default_value_t = 60)]
    pub timeout: u64,
    /// The client and its arguments, with {imap.port}, {ca}, {client.url}, ...; without one, the built-in client
    #[arg(last = true)]
    pub client: Vec<std::ffi::OsString>,
}

#[derive(Args, Debug)]
pub struct Ctl {
    #[command(flatten)]
    pub server: ServerArgs,
    #[command(subcommand)]
    pub order: Order,
}

/// Which running server.
#[derive(Args, Clone, Debug)]
pub struct ServerArgs {
    /// Its control API
    #[arg(long, global = true, env = "POSTFAIL_CONTROL", value_name = "URL")]
    pub control: Option<String>,
    /// Its control token
    #[arg(long, global = true, env = "POSTFAIL_CONTROL_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// Its ready file, in place of both
    #[arg(long, global = true, env = "POSTFAIL_READY_FILE", value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Order {
    /// Print the state of the world
    State {
        #[arg(long)]
        json: bool,
    },
    /// Change listeners: imap.tls=1.2-1.3 pop3.state=closed all.certificate=expired
    Set {
        #[arg(required = true, value_name = "KEY=VALUE")]
        changes: Vec<String>,
    },
    /// Move the world's clock on: 91d, 12h, 30m
    Advance { span: String },
    /// Print the phases, or enter one: its name, or `next`
    Phase { name: Option<String> },
    /// Change an account
    Account {
        name: String,
        #[command(subcommand)]
        act: AccountAct,
    },
    /// Make any change, or a list of them, as JSON: '{"ban": {"address": "127.0.0.1", "for": "1h"}}'
    Change {
        #[arg(required = true, value_name = "JSON")]
        changes: Vec<String>,
    },
    /// Faults: what goes wrong, where, when and for whom (docs/faults.md)
    Fault {
        #[command(subcommand)]
        act: FaultAct,
    },
    /// Print the text messages that the account portal sent
    Texts {
        #[arg(long)]
        json: bool,
    },
    /// Print what happened
    Journal {
        /// Stay, and print what happens next
        #[arg(long, short)]
        follow: bool,
        /// Only events of this kind
        #[arg(long)]
        kind: Option<String>,
        /// Only this connection
        #[arg(long)]
        connection: Option<u64>,
        /// Only events after this number
        #[arg(long, default_value_t = 0)]
        since: u64,
    },
    /// Print what was said on one connection
    Transcript { connection: u64 },
    /// Wait until something happens; exit code 1 when it does not in time
    Wait {
        /// The event's kind: log_in, mail_accepted, handshake, ...
        #[arg(long)]
        kind: Option<String>,
        #[arg(long)]
        connection: Option<u64>,
        /// Only events after this number; without it, from now on
        #[arg(long)]
        since: Option<u64>,
        /// Seconds
        #[arg(long, default_value_t = 30)]
        timeout: u64,
    },
}

#[derive(Clone, Debug, Subcommand)]
pub enum FaultAct {
    /// Add one and print its number: stage=auth reply='{tag} NO Later.' when.first=3 who.account=taro
    Add {
        #[arg(required = true, value_name = "KEY=VALUE")]
        lines: Vec<String>,
    },
    /// Print those in force, and how often each was met
    List {
        #[arg(long)]
        json: bool,
    },
    /// Take one away by its number, or `all`
    Remove { id: String },
}

#[derive(Args, Debug)]
pub struct List {
    /// Only scenarios of this layer: network, tls, starttls, auth, token, account, mailbox, setup
    #[arg(long)]
    pub layer: Option<String>,
    /// The profiles in place of the scenarios
    #[arg(long)]
    pub profiles: bool,
    /// The rules of conduct every client is judged by, in place of the scenarios
    #[arg(long, conflicts_with_all = ["profiles", "layer"])]
    pub rules: bool,
    /// The user names and server names that choose a behaviour, in place of the scenarios
    #[arg(long, conflicts_with_all = ["profiles", "layer", "rules"])]
    pub names: bool,
    /// The language of the titles
    #[arg(long, env = "POSTFAIL_LANG", value_enum, default_value_t = Language::En)]
    pub lang: Language,
    /// As JSON, in place of the table
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
pub struct Explain {
    /// A scenario, a profile, a failure, a fault, or a rule of conduct
    pub name: String,
    #[arg(long, env = "POSTFAIL_LANG", value_enum, default_value_t = Language::En)]
    pub lang: Language,
}

#[derive(Args, Debug)]
pub struct Check {
    /// Scenario files
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
}

#[derive(Args, Debug)]
pub struct Certs {
    /// The folder to write to, the authority's key among the rest: without it nothing is written
    #[arg(long, env = "POSTFAIL_CERTS_OUT", value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Which certificates to write, right or wrong: a kind (`postfail list --names` has all), or `all`; can be given again
    #[arg(long = "kind", value_name = "KIND", value_delimiter = ',', default_value = "good", hide_possible_values = true,
          value_parser = certificate_kinds())]
    pub kinds: Vec<String>,
    /// Write certificates for a client as well: a good one, an expired one, and one from an authority nobody trusts
    #[arg(long)]
    pub client: bool,
    /// Whom the client certificates name
    #[arg(long, value_name = "ADDRESS", default_value = "taro@postfail.test", requires = "client")]
    pub address: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Ports {
    Usual,
    Random,
    Standard,
}

impl From<Ports> for postfail::Ports {
    fn from(ports: Ports) -> Self {
        match ports {
            Ports::Usual => Self::Usual,
            Ports::Random => Self::Random,
            Ports::Standard => Self::Standard,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Language {
    En,
    Ja,
}

fn certificate_kinds() -> clap::builder::PossibleValuesParser {
    clap::builder::PossibleValuesParser::new(postfail::certificates::names().chain(["all"]))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_client_stands_behind_two_dashes() {
        let typed = ["postfail", "run", "tls", "account/x", "--timeout", "5", "--", "curl", "-u", "{user}"];
        let Command::Run(run) = Arguments::parse_from(typed).command else { panic!("not run") };
        assert_eq!(run.scenario, ["tls", "account/x"]);
        assert_eq!(run.client, ["curl", "-u", "{user}"]);
        assert_eq!(run.timeout, 5);
    }
}
