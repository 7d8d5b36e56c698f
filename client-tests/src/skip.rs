//! Is the client there? A missing one is a skip that can be seen, or a failure where clients are required.
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A program and the Debian package that brings it; `cargo xtask clients` installs them all.
const PACKAGES: &[(&str, &str)] = &[
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
    ("chromium", "chromium"),
    ("chromedriver", "chromium-driver"),
    ("testssl", "testssl.sh"),
    ("sslscan", "sslscan"),
    ("nmap", "nmap"),
];

/// A Perl module without which a program cannot do what the tests ask of it, and its Debian package.
const MODULES: &[(&str, &str, &str)] = &[("swaks", "Net::SSLeay", "libnet-ssleay-perl")];

/// Where `program` is, or `None` after saying so.
///
/// # Panics
/// With `POSTFAIL_CLIENTS=required` in the environment when it is missing, and for a program this list does not know.
pub fn client(program: &str) -> Option<PathBuf> {
    let package = PACKAGES.iter().find(|(name, _)| *name == program).map(|(_, package)| *package);
    let package = package.unwrap_or_else(|| panic!("add {program} and its Debian package to {}", file!()));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file());
    let module = MODULES.iter().find(|(name, module, _)| *name == program && !has_module(module));
    match (&found, module) {
        (Some(_), None) => return found,
        (Some(_), Some((_, module, package))) => missing(&format!("{program}'s {module}"), package),
        (None, _) => missing(program, package),
    }
    None
}

fn has_module(module: &str) -> bool {
    let perl =
        Command::new("perl").arg(format!("-M{module}")).args(["-e", "1"]).stderr(Stdio::null()).status();
    perl.is_ok_and(|status| status.success())
}

/// Where a file is that a package brings which is no program, or `None` after saying so.
///
/// # Panics
/// With `POSTFAIL_CLIENTS=required` in the environment when there is none.
pub fn file(what: &str, package: &str, places: &[&str]) -> Option<PathBuf> {
    let found = places.iter().map(PathBuf::from).find(|file| file.exists());
    if found.is_none() {
        missing(what, package);
    }
    found
}

/// Say that something is not there; a failure where clients are required.
///
/// # Panics
/// With `POSTFAIL_CLIENTS=required` in the environment.
pub fn missing(what: &str, package: &str) {
    absent(&format!("{what} not installed (Debian package {package})"));
}

/// Where a package of a language's own registry is that `cargo xtask clients` puts into the build folder, or `None`
/// after saying so.
///
/// # Panics
/// With `POSTFAIL_CLIENTS=required` in the environment when it is missing.
pub fn fetched(path: &str) -> Option<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR");
    let target =
        target.map_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../target").into(), PathBuf::from);
    let file = target.join("clients").join(path);
    if file.exists() {
        return Some(file);
    }
    absent(&format!("{path} not in the build folder"));
    None
}

fn absent(what: &str) {
    let notice = format!("SKIPPED: {what}");
    assert!(std::env::var("POSTFAIL_CLIENTS").as_deref() != Ok("required"), "{notice}; cargo xtask clients");
    // Written past the test harness, which would keep it for itself when the test passes.
    let _ = writeln!(std::io::stderr(), "{notice}");
}
