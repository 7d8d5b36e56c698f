//! Captures and key logs before tshark: it decrypts what both TLS libraries said, finds nothing wrong with headers
//! and checksums, and in the plaintext view no secret.
use client_tests::{Client, Home, Server, client};
use postfail::{Postfail, View};

/// A session over TLS by `openssl s_client`, and what tshark has to see of it.
struct Talk {
    listener: &'static str,
    /// What comes before the handshake.
    starttls: Option<&'static str>,
    input: &'static str,
    /// Of the client's commands, in order.
    seen: &'static [&'static str],
}

const TALKS: [Talk; 5] = [
    Talk {
        listener: "imaps",
        starttls: None,
        input: "a NOOP\nb LOGIN taro {password}\nc LOGOUT\n",
        seen: &["a NOOP", "b LOGIN taro {password}", "c LOGOUT"],
    },
    Talk {
        listener: "imap",
        starttls: Some("imap"),
        input: "b LOGIN taro {password}\nc LOGOUT\n",
        seen: &["STARTTLS", "b LOGIN taro {password}", "c LOGOUT"],
    },
    Talk {
        listener: "pop3s",
        starttls: None,
        input: "USER taro\nPASS {password}\nQUIT\n",
        seen: &["USER taro", "PASS {password}", "QUIT"],
    },
    Talk {
        listener: "pop3",
        starttls: Some("pop3"),
        input: "USER taro\nPASS {password}\nQUIT\n",
        seen: &["STLS", "USER taro", "PASS {password}", "QUIT"],
    },
    Talk {
        listener: "submission",
        starttls: Some("smtp"),
        input: "EHLO client.example.org\nNOOP\nQUIT\n",
        seen: &["STARTTLS", "EHLO client.example.org", "NOOP", "QUIT"],
    },
];

/// A window decides which library serves it; the client's flag decides the version.
const VERSIONS: [(&str, &str); 5] = [
    ("1.2-1.3", "-tls1_3"),
    ("1.2-1.3", "-tls1_2"),
    ("1.0-1.3", "-tls1_3"),
    ("1.0-1.3", "-tls1_2"),
    ("1.0-1.3", "-tls1"),
];

fn talk(server: &Server, talk: &Talk, version: &str) -> Option<()> {
    let program = client("openssl")?;
    let home = Home::new();
    let address = format!("localhost:{}", server.port(talk.listener));
    let mut command = Client::new(&program, &home)
        .args(["s_client", "-connect", &address, "-quiet", "-ign_eof", "-crlf", version])
        .args(["-cipher", "ALL:@SECLEVEL=0", "-CAfile"])
        .args([server.ca()]);
    if let Some(starttls) = talk.starttls {
        command = command.args(["-starttls", starttls]);
    }
    command.feed(&talk.input.replace("{password}", server.password())).run();
    Some(())
}

/// What tshark prints of a file, a line a packet.
fn tshark(home: &Home, capture: &[u8], arguments: &[&str]) -> Option<String> {
    let program = client("tshark")?;
    let file = home.path().join("capture.pcapng");
    std::fs::write(&file, capture).expect("written");
    let checks =
        ["tcp.check_checksum:TRUE", "ip.check_checksum:TRUE"].into_iter().flat_map(|check| ["-o", check]);
    let outcome = Client::new(&program, home)
        .args(["-r", "capture.pcapng"])
        .args(checks)
        .args(arguments)
        .run()
        .expect(0);
    Some(outcome.stdout)
}

/// No packet is malformed, no checksum is wrong, and nothing is remarkable about TCP but how it ends.
#[track_caller]
fn sound(home: &Home, capture: &[u8]) -> Option<()> {
    let wrong = "_ws.malformed || tcp.checksum.status == 0 || ip.checksum.status == 0 || _ws.expert.severity >= 0x600000 \
                 || tcp.analysis.flags";
    let found = tshark(home, capture, &["-Y", wrong])?;
    assert_eq!(found, "", "tshark finds fault with");
    Some(())
}

/// The details that tshark sees of the mail protocols.
fn commands(home: &Home, capture: &[u8]) -> Option<String> {
    tshark(home, capture, &["-Y", "imap || pop || smtp", "-O", "imap,pop,smtp"])
}

#[track_caller]
fn in_order(text: &str, wanted: &[String]) {
    let mut rest = text;
    for part in wanted {
        let Some(at) = rest.find(part.as_str()) else { panic!("no {part:?} in its place in:\n{text}") };
        rest = &rest[at + part.len()..];
    }
}

/// One that a fault says behind the ServerHello, or behind the whole of the server's part, is encrypted like a server's own.
#[test]
fn tshark_decrypts_the_alert_of_a_fault() {
    let server = Server::of(Postfail::healthy().capture());
    let home = Home::new();
    server.set(&["all.tls=1.3"]);
    let mut wire = Vec::new();
    let places = ["\"server-hello\"", "700"];
    for (time, after) in (1..).zip(places.into_iter().chain(places)) {
        let alert = format!("alert={{ name = \"access_denied\", after = {after} }}");
        server.fault(&["stage=handshake", &alert, &format!("when.nth={time}")]);
    }
    for (connection, backend) in (1..).zip(["rustls", "rustls", "openssl", "openssl"]) {
        server.set(&[&format!("all.backend={backend}")]);
        if talk(&server, &TALKS[0], "-tls1_3").is_none() {
            return;
        }
        wire.extend(server.capture(connection, View::Wire));
    }
    let fields = ["-Y", "tls.alert_message.desc == 49", "-T", "fields", "-e", "tls.alert_message.level"];
    let Some(seen) = tshark(&home, &wire, &fields) else { return };
    assert_eq!(seen.lines().collect::<Vec<_>>(), ["2"; 4], "a fatal one on each connection");
    sound(&home, &wire);
}

#[test]
fn tshark_decrypts_every_version_by_both_libraries() {
    let server = Server::of(Postfail::healthy().capture());
    let home = Home::new();
    let password = server.password();
    let stars = "*".repeat(password.len());
    let mut connection = 0;
    for (window, version) in VERSIONS {
        server.set(&[&format!("all.tls={window}")]);
        // Sections one behind the other are a file too: a start of tshark takes longer than all it has to do.
        let (mut wire, mut plain) = (Vec::new(), Vec::new());
        for case in &TALKS {
            if talk(&server, case, version).is_none() {
                return;
            }
            connection += 1;
            wire.extend(server.capture(connection, View::Wire));
            plain.extend(server.capture(connection, View::Plain));
        }
        for (file, password) in [(&wire, password), (&plain, stars.as_str())] {
            let Some(seen) = commands(&home, file) else { return };
            for case in &TALKS {
                let wanted = case.seen.iter().map(|line| line.replace("{password}", password));
                in_order(&seen, &wanted.collect::<Vec<_>>());
            }
            sound(&home, file);
        }
        assert!(!holds(&plain, password), "{window} {version}: a secret in the plaintext view");
    }
    let handshakes = server.journal_of("handshake");
    for (backend, version) in [("rustls", "1.3"), ("rustls", "1.2"), ("openssl", "1.2"), ("openssl", "1.0")] {
        let is_it = |entry: &&serde_json::Value| entry["backend"] == backend && entry["version"] == version;
        assert_eq!(
            handshakes.iter().filter(is_it).count(),
            TALKS.len(),
            "handshakes of {version} by {backend}"
        );
    }
}

#[test]
fn a_connection_in_the_clear_is_whole_too() {
    let server = Server::of(Postfail::healthy().capture());
    let home = Home::new();
    server.deliver(&format!("Subject: long\r\n\r\n{}\r\n", "a line of a long message\r\n".repeat(4_000)));
    server.messages();
    server.last_by_pop3();
    for (connection, wanted) in [(1, "b SELECT INBOX"), (2, "STAT")] {
        let capture = server.capture(connection, View::Wire);
        let Some(seen) = commands(&home, &capture) else { return };
        assert!(seen.contains(wanted), "{seen}");
        sound(&home, &capture);
        assert!(holds(&capture, server.password()), "the wire has it all");
        assert!(
            !holds(&server.capture(connection, View::Plain), server.password()),
            "and the other view has not"
        );
    }
}

#[test]
fn a_key_log_opens_a_capture_without_secrets() {
    let home = Home::new();
    let keys = home.path().join("keys.log");
    let server = Server::of(Postfail::healthy().capture().key_log(&keys));
    if talk(&server, &TALKS[0], "-tls1_3").is_none() {
        return;
    }
    let capture = server.capture(1, View::Wire);
    let Some(without) = without_secrets(&capture) else { panic!("no secrets in the capture") };
    let Some(seen) = commands(&home, &without) else { return };
    assert!(!seen.contains("NOOP"), "it was never encrypted: {seen}");
    let option = format!("tls.keylog_file:{}", keys.display());
    let seen =
        tshark(&home, &without, &["-o", &option, "-Y", "imap.request", "-T", "fields", "-e", "imap.request"]);
    assert!(seen.unwrap_or_default().contains("a NOOP"));
}

/// A capture without its block of secrets (type 10).
fn without_secrets(capture: &[u8]) -> Option<Vec<u8>> {
    let mut at = 0;
    while at + 8 <= capture.len() {
        let number = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|byte| capture[at + byte]));
        let length = number(at + 4) as usize;
        if number(at) == 10 {
            return Some([&capture[..at], &capture[at + length..]].concat());
        }
        at += length;
    }
    None
}

fn holds(capture: &[u8], secret: &str) -> bool {
    capture.windows(secret.len()).any(|window| window == secret.as_bytes())
}
