//! One TLS handshake at exactly one version, by each client that can be told which.
use crate::route::{Route, Security};
use crate::tls::End;
use crate::{Client, Home, Outcome, Server, client, python, route};

/// A client of exactly one TLS version, its own security policy lowered so far that it speaks the old ones.
pub struct Shaker {
    pub name: &'static str,
    run: fn(&Server, Route, &str) -> Option<Outcome>,
    /// What it writes when the server sent alert 70.
    told: &'static str,
    /// What it writes when it refuses the older version that the server chose.
    refuses: &'static str,
}

pub const S_CLIENT: Shaker = Shaker {
    name: "openssl s_client",
    run: s_client,
    told: "alert number 70",
    refuses: "unsupported protocol",
};
pub const GNUTLS_CLI: Shaker =
    Shaker { name: "gnutls-cli", run: gnutls_cli, told: "Alert [70]", refuses: "unsupported version" };
pub const CURL: Shaker =
    Shaker { name: "curl", run: curl, told: "alert protocol version", refuses: "unsupported protocol" };
pub const PYTHON: Shaker = Shaker {
    name: "Python",
    run: by_python,
    told: "ALERT_PROTOCOL_VERSION",
    refuses: "UNSUPPORTED_PROTOCOL",
};

impl Shaker {
    /// Shakes hands at `version` and checks that it ended as it must; `false` when the client is not installed.
    #[track_caller]
    pub fn check(&self, server: &Server, route: Route, version: &str, end: End) -> bool {
        let Some(outcome) = (self.run)(server, route, version) else { return false };
        let said = outcome.said().to_lowercase();
        let wanted = match end {
            End::Works => "",
            End::ServerRefuses => self.told,
            End::ClientRefuses => self.refuses,
        };
        let at = format!("{} at TLS {version} by {}", self.name, route.name());
        assert_eq!(outcome.code == Some(0), end == End::Works, "{at} should end with {end:?}:\n{said}");
        assert!(said.contains(&wanted.to_lowercase()), "{at}: no {wanted:?} in:\n{said}");
        true
    }
}

/// The word of `-starttls` and `--starttls-proto`.
fn protocol(route: Route) -> &'static str {
    if route::IMAP.contains(&route) {
        "imap"
    } else if route::POP3.contains(&route) {
        "pop3"
    } else {
        "smtp"
    }
}

fn s_client(server: &Server, route: Route, version: &str) -> Option<Outcome> {
    let program = client("openssl")?;
    let home = Home::new();
    let flag =
        if version == "1.0" { "-tls1".to_owned() } else { format!("-tls{}", version.replace('.', "_")) };
    let address = format!("localhost:{}", server.port(route.listener));
    let mut command = Client::new(&program, &home)
        .args([
            "s_client",
            "-connect",
            &address,
            &flag,
            "-cipher",
            "DEFAULT:@SECLEVEL=0",
            "-verify_return_error",
        ])
        .args(["-verify_hostname", "localhost", "-brief", "-CAfile"])
        .args([server.ca()]);
    if route.security == Security::StartTls {
        command = command.args(["-starttls", protocol(route)]);
    }
    Some(command.run())
}

fn gnutls_cli(server: &Server, route: Route, version: &str) -> Option<Outcome> {
    let program = client("gnutls-cli")?;
    let home = Home::new();
    let port = server.port(route.listener).to_string();
    let priority = format!("NORMAL:-VERS-ALL:+VERS-TLS{version}:+SIGN-RSA-SHA1:+SIGN-ECDSA-SHA1");
    let mut command = Client::new(&program, &home)
        .args(["--port", &port, "--priority", &priority, "--x509cafile"])
        .args([server.ca()]);
    if route.security == Security::StartTls {
        command = command.args(["--starttls-proto", protocol(route)]);
    }
    Some(command.args(["localhost"]).run())
}

fn curl(server: &Server, route: Route, version: &str) -> Option<Outcome> {
    let program = client("curl")?;
    let home = Home::new();
    let scheme = if route.security == Security::Implicit { "imaps" } else { "imap" };
    let url = format!("{scheme}://localhost:{}/", server.port(route.listener));
    let login = format!("{}:{}", server.user(), server.password());
    let oldest = format!("--tlsv{version}");
    let command = Client::new(&program, &home)
        .args(["-sS", "--max-time", "30", "--ssl-reqd", "--ciphers", "DEFAULT:@SECLEVEL=0"])
        .args([&oldest, "--tls-max", version, "--user", &login, "--cacert"])
        .args([server.ca()]);
    Some(command.args([url]).run())
}

fn by_python(server: &Server, route: Route, version: &str) -> Option<Outcome> {
    python::handshake(server, route, version)
}
