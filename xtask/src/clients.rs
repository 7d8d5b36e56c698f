//! `cargo xtask clients`: installs what `client-tests` drives, and with `--bench` the servers the bench compares with.
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
];
const RIVALS: &[(&str, &str)] = &[("smtp-sink", "postfix"), ("dovecot", "dovecot-imapd")];
/// Perl modules without which swaks speaks neither TLS nor CRAM-MD5, and a validator of JSON Schema: packages without
/// a program of their own.
const MODULES: &[&str] = &["libnet-ssleay-perl", "libauthen-sasl-perl", "python3-jsonschema"];

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
        println!("clients: all there, nothing to install");
        return Ok(());
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
    if absent.is_empty() { Ok(()) } else { Err(format!("clients: still missing: {}", absent.join(", "))) }
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
