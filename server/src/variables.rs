//! What a client has to know of a running world, under one set of names: `imap.port` is the placeholder
//! `{imap.port}`, the environment variable `POSTFAIL_IMAP_PORT`, and that key of the ready file.
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use postfail_engine::listener::{ListenerName, Protocol, Security};
use postfail_engine::scenario::{Phase, Scenario};
use postfail_engine::world::Credentials;
use postfail_engine::world::identity::{Addresses, CLIENT, Held, WEB_CLIENT};

use crate::Handle;
use crate::handle::OwnFiles;

/// One thing to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Lower case, parts joined by dots: `imap.port`.
    pub name: String,
    pub value: String,
}

impl Variable {
    /// Name and value.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }

    /// The name in the environment and in the ready file: `POSTFAIL_IMAP_PORT`.
    #[must_use]
    pub fn key(&self) -> String {
        let file = if matches!(&*self.name, "ca" | "client.cert" | "client.key") { "_FILE" } else { "" };
        format!("POSTFAIL_{}{file}", self.name.to_ascii_uppercase().replace('.', "_"))
    }
}

/// The name an address goes by: `localhost`, where it is 127.0.0.1.
pub(crate) fn host(address: IpAddr) -> String {
    match address {
        ip if ip == std::net::Ipv4Addr::LOCALHOST => "localhost".to_owned(),
        ip => ip.to_string(),
    }
}

/// Name and port, as in a URL.
pub(crate) fn authority(address: SocketAddr) -> String {
    let host = host(address.ip());
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    format!("{host}:{}", address.port())
}

/// Where one listener is, and how it is secured now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub name: ListenerName,
    pub address: SocketAddr,
    pub security: Security,
}

impl Place {
    /// `localhost` on IPv4 loopback: certificates are checked against a name, and a name is sent as SNI.
    #[must_use]
    pub fn host(&self) -> String {
        host(self.address.ip())
    }

    /// The scheme of a URL that a client such as curl takes: `imap`, `imaps`, `pop3`, `pop3s`, `smtp`, `smtps`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        let is_implicit = self.security == Security::Implicit;
        match (self.name.protocol(), is_implicit) {
            (Protocol::Imap, false) => "imap",
            (Protocol::Imap, true) => "imaps",
            (Protocol::Pop3, false) => "pop3",
            (Protocol::Pop3, true) => "pop3s",
            (Protocol::Smtp, false) => "smtp",
            (Protocol::Smtp, true) => "smtps",
        }
    }

    /// `imaps://localhost:3993`
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme(), authority(self.address))
    }

    fn variables(&self, prefix: &str) -> [Variable; 3] {
        [
            Variable::new(format!("{prefix}.host"), self.host()),
            Variable::new(format!("{prefix}.port"), self.address.port().to_string()),
            Variable::new(format!("{prefix}.security"), security_word(self.security)),
        ]
    }
}

impl Handle {
    /// The listener a client is set up with in a phase, and how it is told to be secured. Of several protocols it is
    /// the first in which the provider has words of its own for this story.
    #[must_use]
    pub fn place_of(&self, scenario: &Scenario, phase: &Phase) -> Place {
        let protocols = [Protocol::Imap, Protocol::Pop3, Protocol::Smtp];
        let worded = self.with_world(|world| {
            let is_worded = |protocol: &Protocol| scenario.is_worded(world.profile(), *protocol);
            protocols.into_iter().filter(is_worded).find_map(|protocol| phase.setup.of(protocol))
        });
        let mut place = self.place(worded.or(phase.setup.primary()).unwrap_or(ListenerName::Imaps));
        place.security = phase.setup.security.unwrap_or(place.security);
        place
    }
}

/// `plain`, `starttls` or `implicit`.
#[must_use]
pub fn security_word(security: Security) -> &'static str {
    match security {
        Security::Plain => "plain",
        Security::StartTls => "starttls",
        Security::Implicit => "implicit",
    }
}

/// The world: seven listeners, the first account, the authority, the control API's address and
/// token, and where automatic settings are.
#[must_use]
pub fn of_world(
    places: &[Place],
    account: Option<&Credentials>,
    ca: &Path,
    control: Option<(&str, &str)>,
    http: SocketAddr,
) -> Vec<Variable> {
    let mut all: Vec<Variable> =
        places.iter().flat_map(|place| place.variables(place.name.as_str())).collect();
    if let Some(account) = account {
        all.push(Variable::new("user", &account.address));
        all.push(Variable::new("password", &account.password));
    }
    all.push(Variable::new("http.host", host(http.ip())));
    all.push(Variable::new("http.port", http.port().to_string()));
    let name = host(http.ip());
    let name = if name.contains(':') { format!("[{name}]") } else { name };
    let portal = format!("http://{name}:{}/portal/", http.port());
    all.push(Variable::new("portal", portal));
    all.push(Variable::new("ca", ca.display().to_string()));
    if let Some((url, token)) = control {
        all.push(Variable::new("control", url));
        all.push(Variable::new("control.token", token));
    }
    all
}

/// The identity provider by TLS, and what the first account's client was given by it.
#[must_use]
pub fn of_identity(
    https: SocketAddr,
    addresses: &Addresses,
    held: Option<&Held>,
    secret: &str,
) -> Vec<Variable> {
    let mut all = vec![
        Variable::new("https.host", host(https.ip())),
        Variable::new("https.port", https.port().to_string()),
        Variable::new("issuer.url", &addresses.issuer),
        Variable::new("token.url", &addresses.token),
        Variable::new("authorization.url", &addresses.authorization),
        Variable::new("device.url", &addresses.device),
        Variable::new("mail.scope", held.map(|held| held.issuer.mail_scopes()).unwrap_or_default()),
        Variable::new("client.id", held.map_or(CLIENT, |held| held.client)),
        Variable::new("web.client.id", WEB_CLIENT),
        Variable::new("web.client.secret", secret),
    ];
    if let Some(held) = held {
        all.push(Variable::new("access.token", &held.access));
        all.push(Variable::new("refresh.token", &held.refresh));
        // A program on somebody's computer has no secret.
        let secret = if held.client == WEB_CLIENT { secret } else { "" };
        all.push(Variable::new("client.secret", secret));
    }
    all
}

/// One phase of a scenario, and the listener the client is set up with in it.
#[must_use]
pub fn of_phase(scenario: &str, phase: &str, client: &Place) -> Vec<Variable> {
    let mut all = vec![
        Variable::new("scenario", scenario),
        Variable::new("phase", phase),
        Variable::new("client.listener", client.name.as_str()),
        Variable::new("client.url", client.url()),
        Variable::new("client.scheme", client.scheme()),
    ];
    all.extend(client.variables("client"));
    all
}

/// The files of the client's own certificate; empty in a phase in which it was given none.
#[must_use]
pub fn of_certificate(files: Option<&OwnFiles>) -> [Variable; 2] {
    let path = |file: fn(&OwnFiles) -> &PathBuf| {
        files.map(|files| file(files).display().to_string()).unwrap_or_default()
    };
    [
        Variable::new("client.cert", path(|files| &files.chain)),
        Variable::new("client.key", path(|files| &files.key)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_in_three_forms() {
        for (name, key) in [
            ("imap.port", "POSTFAIL_IMAP_PORT"),
            ("ca", "POSTFAIL_CA_FILE"),
            ("client.key", "POSTFAIL_CLIENT_KEY_FILE"),
            ("control.token", "POSTFAIL_CONTROL_TOKEN"),
        ] {
            assert_eq!(Variable::new(name, "x").key(), key);
        }
    }

    #[test]
    fn urls_are_those_of_curl() {
        let table = [
            (ListenerName::Imap, "127.0.0.1:40001", Security::StartTls, "imap://localhost:40001"),
            (ListenerName::Submission, "127.0.0.1:3587", Security::StartTls, "smtp://localhost:3587"),
            (ListenerName::Submission, "127.0.0.1:3587", Security::Implicit, "smtps://localhost:3587"),
            (ListenerName::Pop3s, "[::1]:3995", Security::Implicit, "pop3s://[::1]:3995"),
            (ListenerName::Imaps, "192.0.2.1:993", Security::Implicit, "imaps://192.0.2.1:993"),
        ];
        for (name, address, security, url) in table {
            assert_eq!(Place { name, address: address.parse().unwrap(), security }.url(), url);
        }
    }
}
