//! `cargo xtask clients`: installs what `client-tests` drives, and with `--bench` the servers the bench compares with.
use std::path::Path;
use std::process::Command;

use crate::shell;

/// A program and the Debian package that brings it.
const CLIENTS: &[(&str, &str)] = &[
    ("curl", "curl"),
    ("swaks", "swaks"),
    ("fetchmail", "fetchmail"),
    ("mbsync", "isync"),
    ("msmtp", "msmtp"),
    ("openssl", "openssl"),
    ("gnutls-cli", "gnutls-bin"),
    ("python3", "python3"),
    ("tshark", "tshark"),
    ("gsasl", "gsasl"),
    ("node", "nodejs"),
    ("npm", "npm"),
    ("chromium", "chromium"),
    ("chromedriver", "chromium-driver"),
    ("testssl", "testssl.sh"),
    ("sslscan", "sslscan"),
    ("nmap", "nmap"),
];
const RIVALS: &[(&str, &str)] = &[("smtp-sink", "postfix"), ("dovecot", "dovecot-imapd")];
/// Perl modules without which swaks speaks neither TLS nor CRAM-MD5, a validator of JSON Schema, and what mbsync speaks
/// XOAUTH2 with: packages without a program of their own.
const MODULES: &[&str] = &[
    "libnet-ssleay-perl",
    "libauthen-sasl-perl",
    "python3-jsonschema",
    "libsasl2-modules-kdexoauth2",
    "python3-venv",
];
/// Libraries of Node.js, and where they are put.
const NODE: &[&str] = &["imapflow@1.7.8", "openid-client@6.9.0"];
const NODE_FOLDER: &str = "target/clients/npm";
/// Python packages, and the environment they are put into.
const PYTHON: &[&str] = &[
    "msal==1.39.0",
    "google-auth==2.63.0",
    "google-auth-oauthlib==1.5.0",
    "Authlib==1.9.10",
    "requests==2.34.2",
    "emailproxy==2026.7.3",
    "openapi-spec-validator==0.9.0",
    "prometheus-client==0.26.0",
    "schemathesis==4.32.5",
];
const PYTHON_FOLDER: &str = "target/clients/venv";

pub fn run(arguments: &[&str]) -> Result<(), String> {
    let rivals: &[(&str, &str)] = match arguments {
        [] => &[],
        ["--bench"] => RIVALS,
        _ => return Err(format!("clients: unknown arguments {arguments:?}; the only one is --bench")),
    };
    let missing: Vec<&str> = CLIENTS
        .iter()
        .chain(rivals)
        .filter(|(program, _)| shell::find(program).is_none())
        .map(|(_, package)| *package)
        .chain(MODULES.iter().copied().filter(|module| !installed(module)))
        .collect();
    if missing.is_empty() {
        return node();
    }
    if shell::find("apt-get").is_none() {
        return Err(format!("clients: no apt-get here; install what Debian calls {}", missing.join(", ")));
    }
    println!("clients: installing {}", missing.join(", "));
    apt(&["update", "-q"])?;
    apt(&[&["install", "-q", "-y", "--no-install-recommends"], missing.as_slice()].concat())?;
    let absent: Vec<&str> = CLIENTS
        .iter()
        .chain(rivals)
        .map(|(program, _)| *program)
        .filter(|p| shell::find(p).is_none())
        .collect();
    if absent.is_empty() { node() } else { Err(format!("clients: still missing: {}", absent.join(", "))) }
}

/// Libraries of Node.js, into a folder that only the tests use.
fn node() -> Result<(), String> {
    let name = |library: &&str| library.split('@').next().unwrap_or_default().to_owned();
    let there = |library: &&str| Path::new(NODE_FOLDER).join("node_modules").join(name(library)).exists();
    if NODE.iter().all(there) {
        println!("clients: all there, nothing more to install");
        return python();
    }
    std::fs::create_dir_all(NODE_FOLDER).map_err(|error| format!("clients: {NODE_FOLDER}: {error}"))?;
    let mut command = Command::new("npm");
    command.args(["install", "--no-save", "--no-audit", "--no-fund", "--prefix", NODE_FOLDER]).args(NODE);
    shell::run(&mut command)?;
    python()
}

/// Python packages that Debian has not, or not as new, in an environment of their own.
fn python() -> Result<(), String> {
    let venv = Path::new(PYTHON_FOLDER);
    let (stamp, wanted) = (venv.join("installed"), PYTHON.join("\n"));
    if std::fs::read_to_string(&stamp).is_ok_and(|there| there == wanted) {
        return Ok(());
    }
    println!("clients: fetching {}", PYTHON.join(" "));
    shell::run(Command::new("python3").args(["-m", "venv"]).arg(venv))?;
    // Not by `pip` itself, whose first line names the folder in which the environment was made.
    let mut pip = Command::new(venv.join("bin/python"));
    shell::run(pip.args(["-m", "pip", "install", "--quiet"]).args(PYTHON))?;
    std::fs::write(&stamp, wanted).map_err(|error| format!("clients: {}: {error}", stamp.display()))
}

fn installed(package: &str) -> bool {
    Command::new("dpkg-query")
        .args(["-W", "-f", "${Status}", package])
        .output()
        .is_ok_and(|output| output.stdout == b"install ok installed")
}

fn apt(arguments: &[&str]) -> Result<(), String> {
    let root = shell::output(Command::new("id").arg("-u"))?.trim() == "0";
    let mut command = Command::new(if root { "env" } else { "sudo" });
    // Packages that ask questions (postfix) must take their defaults.
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(arguments);
    shell::run(&mut command)
}

/// Tell the STARTTLS cases to every client, and write down what they do. It takes some minutes.
pub fn table(root: &Path) -> Result<(), String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["test", "--package", "client-tests", "--test", "starttls", "write_the_page"];
    let set = [("POSTFAIL_CLIENTS", "required"), ("BLESS", "1")];
    shell::run(Command::new(cargo).current_dir(root).args(arguments).envs(set))
}
