//! `postfail serve` and `postfail ctl` as two processes: a changed window holds for the next connection, and open ones go
//! on untouched.
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use client_tests::{Client, Home, program};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion};

/// `postfail serve`, ready; killed when dropped.
struct Serving {
    child: Child,
    home: Home,
    facts: serde_json::Value,
}

impl Serving {
    fn start() -> Self {
        let home = Home::new();
        let mut command = Command::new(program::postfail());
        command.args(["serve", "--ports", "random", "--ready-file"]).arg(home.path().join("ready.json"));
        command.env("HOME", home.path()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("postfail can be started");
        // The table is printed once everything is ready: its last line says how to stop.
        let lines = BufReader::new(child.stdout.take().expect("stdout is a pipe")).lines();
        let ready = lines.map_while(Result::ok).any(|line| line.contains("Ctrl-C"));
        assert!(ready, "serve ended before it was ready");
        let facts = serde_json::from_str(&home.read_all("ready.json")).expect("the ready file is JSON");
        Self { child, home, facts }
    }

    fn fact(&self, name: &str) -> &serde_json::Value {
        self.facts.get(name).unwrap_or_else(|| panic!("no {name} in {}", self.facts))
    }

    fn ctl(&self, words: &[&str]) -> client_tests::Outcome {
        let ready = self.home.path().join("ready.json");
        Client::new(program::postfail(), &self.home)
            .args(["ctl", "--ready-file"])
            .args([ready])
            .args(words)
            .run()
    }

    /// A TLS connection to the imaps port with its greeting read, or why there is none.
    fn imaps(&self, version: &'static SupportedProtocolVersion) -> Result<Imaps, String> {
        let mut roots = RootCertStore::empty();
        let file = self.fact("POSTFAIL_CA_FILE").as_str().expect("a path");
        for certificate in CertificateDer::pem_file_iter(file).expect("the CA's file") {
            roots.add(certificate.expect("a certificate")).expect("a root");
        }
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_protocol_versions(&[version])
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").expect("a name");
        let session = ClientConnection::new(Arc::new(config), name).map_err(|error| error.to_string())?;
        let port = self.fact("POSTFAIL_IMAPS_PORT").as_u64().and_then(|port| u16::try_from(port).ok());
        let socket =
            TcpStream::connect(("127.0.0.1", port.expect("a port"))).map_err(|error| error.to_string())?;
        let mut imaps = Imaps(BufReader::new(StreamOwned::new(session, socket)));
        imaps.line().map(|_| imaps)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Imaps(BufReader<StreamOwned<ClientConnection, TcpStream>>);

impl Imaps {
    fn line(&mut self) -> Result<String, String> {
        let mut line = String::new();
        self.0.read_line(&mut line).map_err(|error| error.to_string())?;
        Ok(line)
    }

    fn noop(&mut self) -> Result<String, String> {
        self.0.get_mut().write_all(b"a NOOP\r\n").map_err(|error| error.to_string())?;
        self.line()
    }
}

#[test]
fn a_changed_window_holds_for_the_next_connection_only() {
    let server = Serving::start();
    let mut open = server.imaps(&TLS12).expect("1.2 is within the window at start");
    server.ctl(&["set", "imaps.tls=1.3-1.3"]).expect(0);
    let refused = server.imaps(&TLS12).err().expect("1.2 is outside of the new window");
    assert!(refused.contains("ProtocolVersion"), "{refused}");
    assert!(server.imaps(&TLS13).is_ok(), "1.3 is within it");
    assert_eq!(open.noop().as_deref(), Ok("a OK NOOP completed\r\n"), "the open connection goes on");
    server.ctl(&["set", "imaps.tls=1.2-1.3"]).expect(0);
    assert!(server.imaps(&TLS12).is_ok(), "and back again");
}

#[test]
fn a_closed_listener_refuses_and_an_open_connection_goes_on() {
    let server = Serving::start();
    let mut open = server.imaps(&TLS13).expect("it is open at start");
    server.ctl(&["set", "imaps.state=closed"]).expect(0);
    assert!(server.imaps(&TLS13).err().is_some_and(|error| error.contains("refused")), "the port is closed");
    assert_eq!(open.noop().as_deref(), Ok("a OK NOOP completed\r\n"));
    server.ctl(&["set", "imaps.state=open"]).expect(0);
    assert!(server.imaps(&TLS13).is_ok(), "open again, on the same port");
}

#[test]
fn a_wrong_order_names_the_right_ones_and_changes_nothing() {
    let server = Serving::start();
    server.ctl(&["set", "imaps.tls=1.4"]).expect(2).expect_said("1.0");
    server.ctl(&["set", "imapz.tls=1.2-1.3"]).expect(2).expect_said("imaps");
    assert!(server.imaps(&TLS12).is_ok());
}

#[test]
fn every_event_before_a_kill_is_in_the_journal_file() {
    let home = Home::new();
    let journal = home.path().join("journal.jsonl");
    let mut command = Command::new(program::postfail());
    command.args(["serve", "--ports", "random", "--ready-file"]).arg(home.path().join("ready.json"));
    command
        .arg("--journal")
        .arg(&journal)
        .env("HOME", home.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().expect("postfail can be started");
    let lines = BufReader::new(child.stdout.take().expect("stdout is a pipe")).lines();
    assert!(
        lines.map_while(Result::ok).any(|line| line.contains("Ctrl-C")),
        "serve ended before it was ready"
    );
    let facts: serde_json::Value =
        serde_json::from_str(&home.read_all("ready.json")).expect("the ready file");
    let fact = |name: &str| facts.get(name).cloned().unwrap_or_default();
    let port = fact("POSTFAIL_IMAP_PORT").as_u64().and_then(|port| u16::try_from(port).ok()).expect("a port");
    let (user, password) = (fact("POSTFAIL_USER"), fact("POSTFAIL_PASSWORD"));
    let (user, password) = (user.as_str().expect("a user"), password.as_str().expect("a password"));
    let (mut imap, _) = client_tests::Wire::open(port);
    imap.ask_until(&format!("a LOGIN {user} \"{password}\""), "a OK");
    imap.ask_until("b SELECT INBOX", "b OK");
    child.kill().expect("SIGKILL is sent");
    child.wait().expect("it ends");
    let text = std::fs::read_to_string(&journal).expect("the journal");
    // The answer was read, so what led to it had happened; at worst the last line is cut.
    assert!(text.contains("\"log_in\"") && text.contains("SELECT completed"), "{text}");
    assert!(!text.contains(password), "the password is in the journal");
    let mut lines: Vec<&str> = text.split('\n').collect();
    lines.pop();
    assert!(lines.iter().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{text}");
}
