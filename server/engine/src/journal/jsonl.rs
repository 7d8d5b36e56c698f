//! The journal as JSON Lines: one object per entry, `seq time virtual connection listener kind` first, then what
//! the kind carries. Every text goes through the mask on its way out; there is no other way out.
use std::io::Write as _;

use jiff::Timestamp;
use postfail_session::Event;
use postfail_wire::escape::escape;

use super::{Entry, Handshake, Hello, Mask, What};
use crate::listener::TlsVersion;

/// Append one line, LF included.
pub fn write(entry: &Entry, mask: &Mask, out: &mut Vec<u8>) {
    let mut line = Object { out, mask };
    line.out.extend_from_slice(b"{\"seq\":");
    line.raw_number(entry.seq);
    line.key("time");
    let from = line.out.len();
    line.time(entry.real);
    let text = from..line.out.len();
    line.key("virtual");
    // Mostly the two are one, and writing a date is half the cost of a line.
    if entry.virtual_time == entry.real {
        line.out.extend_from_within(text);
    } else {
        line.time(entry.virtual_time);
    }
    if let Some((connection, listener)) = entry.connection {
        line.number("connection", connection);
        line.word("listener", listener.as_str());
    }
    line.word("kind", entry.what.kind());
    what(&entry.what, &mut line);
    line.out.extend_from_slice(b"}\n");
}

fn what(what: &What, line: &mut Object<'_>) {
    match what {
        What::Connect { peer } => line.text("peer", &peer.to_string()),
        What::Hello(hello) => self::hello(hello, line),
        What::Handshake(handshake) => self::handshake(handshake, line),
        What::Session(event) => self::event(event, line),
        What::Close { by, reason } => {
            line.value("by", by);
            line.text("reason", reason);
        }
        What::Change { by, change } => {
            line.value("by", by);
            line.value("change", change);
        }
        What::Locked { account, protocol, web, address } => {
            line.text("account", account);
            if let Some(protocol) = protocol {
                line.value("protocol", protocol);
            } else if *web {
                line.word("protocol", "web");
            }
            line.maybe("address", address.map(|address| address.to_string()).as_deref());
        }
        What::Portal(event) => {
            line.word("what", event.what.as_str());
            line.text("account", &event.account);
            line.maybe("way", event.way.map(postfail_identity::portal::Way::as_str));
            line.maybe("detail", event.detail.as_deref());
        }
        What::Token(token) => {
            line.word("issuer", token.issuer.as_str());
            line.word("endpoint", token.endpoint);
            line.text("grant", &token.grant);
            line.text("client", &token.client);
            line.maybe("account", token.account.as_deref());
            line.number("status", token.status.into());
            line.maybe("error", token.error.as_deref());
            if let Some(code) = token.code {
                line.number("code", code);
            }
            line.maybe("failure", token.failure.as_deref());
            line.number("secret", token.secret);
        }
        What::Phase { name } => line.text("name", name),
        What::Mail { account, size } => {
            line.text("account", account);
            line.number("size", *size as u64);
        }
        What::Shown { marker, place } => {
            line.text("marker", marker);
            line.value("place", place);
        }
        What::Limit { what } => line.text("what", what),
        What::Control { method, path, status } => {
            line.text("method", method);
            line.text("path", path);
            line.number("status", u64::from(*status));
        }
        What::Start { seed, profile, scenario } => {
            line.number("seed", *seed);
            line.text("profile", profile);
            line.maybe("scenario", scenario.as_deref());
        }
    }
}

fn event(event: &Event, line: &mut Object<'_>) {
    match event {
        Event::LineIn { bytes, secrets, size } => {
            line.bytes("line", bytes, secrets);
            line.number("size", *size as u64);
        }
        Event::LineOut { bytes, size } => {
            line.bytes("line", bytes, &[]);
            line.number("size", *size as u64);
        }
        Event::Data { incoming, size } => {
            line.flag("incoming", *incoming);
            line.number("size", *size as u64);
        }
        Event::LogIn { user, mechanism, secured, failure, reason, secret } => {
            line.text("user", user);
            line.text("mechanism", mechanism);
            line.flag("secured", *secured);
            line.flag("granted", failure.is_none());
            line.maybe("failure", failure.as_deref());
            line.maybe("reason", reason.as_deref());
            line.number("secret", *secret);
        }
        Event::ErrorChallenge { mechanism, challenge } => {
            line.text("mechanism", mechanism);
            line.text("challenge", challenge);
        }
        Event::ErrorChallengeAnswered { mechanism, answer } => {
            line.text("mechanism", mechanism);
            line.text("answer", answer);
        }
        Event::MailAccepted { reverse_path, recipients, size } => {
            line.text("reverse_path", reverse_path);
            line.value("recipients", recipients);
            line.number("size", *size as u64);
        }
        Event::StartTls { pipelined } => line.number("pipelined", *pipelined as u64),
        Event::Fault { id, stage, fault } => {
            line.number("id", *id);
            line.text("stage", stage);
            line.text("fault", fault);
        }
        Event::Refused { stage, failure } => {
            line.text("stage", stage);
            line.text("failure", failure);
        }
        Event::Closing { reason } => line.text("reason", reason),
        Event::Limit { what } => line.text("what", what),
    }
}

fn hello(hello: &Hello, line: &mut Object<'_>) {
    let versions: Vec<String> = hello.versions.iter().map(|code| version_text(*code)).collect();
    line.value("versions", &versions);
    line.maybe("best", hello.best().map(TlsVersion::as_str));
    line.maybe("window", hello.window.map(|window| window.to_string()).as_deref());
    line.maybe("server_name", hello.server_name.as_deref());
    line.value("alpn", &hello.alpn);
    let taken = ("taken", &hello.taken);
    for (name, codes) in Some(taken).filter(|_| !hello.taken.is_empty()).into_iter().chain([
        ("cipher_suites", &hello.cipher_suites),
        ("groups", &hello.groups),
        ("signature_schemes", &hello.signature_schemes),
    ]) {
        let codes: Vec<String> = codes.iter().map(|code| format!("{code:04x}")).collect();
        line.value(name, &codes);
    }
}

/// `1.2`, or the code in hexadecimal.
fn version_text(code: u16) -> String {
    TlsVersion::from_code(code).map_or_else(|| format!("{code:04x}"), |version| version.to_string())
}

fn handshake(handshake: &Handshake, line: &mut Object<'_>) {
    match handshake {
        Handshake::Done { version, suite, backend, alpn, resumed, group, client_certificate } => {
            line.flag("ok", true);
            line.word("version", version.as_str());
            line.text("suite", suite);
            line.text("backend", backend);
            line.maybe("alpn", alpn.as_deref());
            line.flag("resumed", *resumed);
            line.maybe("group", group.as_deref());
            line.maybe("client_certificate", client_certificate.as_deref());
        }
        Handshake::Failed { reason, alert_sent, alert_received } => {
            line.flag("ok", false);
            line.text("reason", reason);
            line.maybe("alert_sent", alert_sent.as_deref());
            line.maybe("alert_received", alert_received.as_deref());
        }
    }
}

/// A JSON object being written. Field names are ours and need no escaping.
struct Object<'a> {
    out: &'a mut Vec<u8>,
    mask: &'a Mask,
}

impl Object<'_> {
    fn key(&mut self, name: &str) {
        self.out.extend_from_slice(b",\"");
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    fn raw_number(&mut self, number: u64) {
        // Writing into memory does not fail.
        let _ = write!(self.out, "{number}");
    }

    fn number(&mut self, name: &str, number: u64) {
        self.key(name);
        self.raw_number(number);
    }

    fn flag(&mut self, name: &str, flag: bool) {
        self.key(name);
        self.out.extend_from_slice(if flag { b"true" } else { b"false" });
    }

    fn time(&mut self, time: Timestamp) {
        let _ = write!(self.out, "\"{time:.6}\"");
    }

    /// A word of our own, without anything to mask or to escape.
    fn word(&mut self, name: &str, word: &'static str) {
        self.key(name);
        self.out.push(b'"');
        self.out.extend_from_slice(word.as_bytes());
        self.out.push(b'"');
    }

    fn text(&mut self, name: &str, text: &str) {
        self.key(name);
        let _ = serde_json::to_writer(&mut *self.out, &self.mask.text(text));
    }

    fn maybe(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    fn bytes(&mut self, name: &str, bytes: &[u8], secrets: &[std::ops::Range<usize>]) {
        self.key(name);
        let masked = self.mask.bytes(bytes, secrets);
        let _ = serde_json::to_writer(&mut *self.out, &escape(&masked));
    }

    fn value(&mut self, name: &str, value: &impl serde::Serialize) {
        self.key(name);
        let mut value = serde_json::to_value(value).unwrap_or_default();
        self.mask.json(&mut value);
        let _ = serde_json::to_writer(&mut *self.out, &value);
    }
}
