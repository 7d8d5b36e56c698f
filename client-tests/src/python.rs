//! Python's own mail modules, driven by the scripts in `scripts/`.
use crate::process::{Client, Outcome};
use crate::route::{Route, Security};
use crate::{Home, Server, client};

/// Runs a session script for one route; `None` when there is no Python. Extra words are the script's further arguments.
pub fn session(
    script: &str,
    server: &Server,
    route: Route,
    password: &str,
    words: &[&str],
) -> Option<Outcome> {
    run(script, server, route, &[&[server.user(), password], words].concat())
}

/// Shakes hands at exactly one TLS version.
pub fn handshake(server: &Server, route: Route, version: &str) -> Option<Outcome> {
    run(include_str!("../scripts/tls_handshake.py"), server, route, &[version])
}

/// Shakes hands and says what it thinks of the certificate.
pub fn certificate(server: &Server, route: Route) -> Option<Outcome> {
    run(include_str!("../scripts/certificate.py"), server, route, &[])
}

fn run(script: &str, server: &Server, route: Route, words: &[&str]) -> Option<Outcome> {
    let python = client("python3")?;
    let home = Home::new();
    let security = match route.security {
        Security::Plain => "plain",
        Security::StartTls => "starttls",
        Security::Implicit => "implicit",
    };
    let port = server.port(route.listener).to_string();
    let file = home.write("script.py", script);
    let command =
        Client::new(&python, &home).args([file]).args([port.as_str(), security]).args([server.ca()]);
    Some(command.args(words).run())
}
