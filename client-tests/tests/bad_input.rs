//! What no honest client sends, over bare sockets: there is an answer or a close as the RFC says, the server goes on
//! for everybody else, and the journal says why. The bounds are those of `docs/limits.md`.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use client_tests::{Server, Wire};

/// The server still serves: a fresh connection greets and answers.
#[track_caller]
fn still_serves(server: &Server) {
    assert!(server.messages() > 0);
}

#[test]
fn a_megabyte_without_a_line_end() {
    let server = Server::start();
    for (listener, answer) in [("smtp", "500 "), ("pop3", "-ERR "), ("imap", " BAD ")] {
        let (mut wire, _) = Wire::open(server.port(listener));
        wire.send("a ");
        wire.send(vec![b'x'; 1_000_000]);
        wire.send("\r\n");
        wire.finish();
        let rest = String::from_utf8_lossy(&wire.rest()).into_owned();
        // An RST may overtake the answer, as unread bytes are left (RFC 1122 section 4.2.2.13); the journal has it.
        assert!(rest.is_empty() || rest.contains(answer), "{listener}: {rest}");
        server.journal_says("line_out", answer);
    }
    server.journal_with("limit", 3);
    still_serves(&server);
}

#[test]
fn a_literal_of_four_gigabytes() {
    let server = Server::start();
    let (mut wire, _) = Wire::open(server.port("imap"));
    let answer = wire.ask("a LOGIN {4294967295}");
    assert!(
        answer.starts_with("a BAD ") || answer.starts_with("a NO ") || answer.starts_with("* BYE "),
        "{answer}"
    );

    let (mut wire, _) = Wire::open(server.port("imap"));
    wire.ask_until(&format!("a LOGIN {} {}", server.user(), server.password()), "a OK");
    let answer = wire.ask("b APPEND INBOX {4294967295}");
    assert!(answer.starts_with("b NO [TOOBIG]") || answer.starts_with("b BAD [TOOBIG]"), "{answer}");
    assert!(wire.ask_until("c NOOP", "c ").iter().any(|line| line.starts_with("c OK")));

    // With LITERAL+ the bytes follow whatever the server says: they are dropped as they come (RFC 7888 section 4).
    let answer = wire.ask("d APPEND INBOX {4294967295+}");
    assert!(answer.starts_with("d NO [TOOBIG]"), "{answer}");
    wire.send(vec![b'x'; 1_000_000]);
    server.journal_with("limit", 3);
    still_serves(&server);
}

#[test]
fn ten_thousand_recipients() {
    let server = Server::start();
    let (mut wire, _) = Wire::open(server.port("smtp"));
    wire.ask_until("EHLO client.example.org", "250 ");
    let plain = STANDARD.encode(format!("\0{}\0{}", server.user(), server.password()));
    assert!(wire.ask(&format!("AUTH PLAIN {plain}")).starts_with("235"));
    assert!(wire.ask("MAIL FROM:<a@example.org>").starts_with("250"));
    assert!(wire.ask(&format!("RCPT TO:<{}>", server.user())).starts_with("250"));
    // Who is named twice counts once, and strangers are taken from those who have logged in.
    let recipient = |number| format!("RCPT TO:<r{number}@example.org>");
    let answers: Vec<String> = (0..10_000).map(|number| wire.ask(&recipient(number))).collect();
    let taken = answers.iter().take_while(|answer| answer.starts_with("250")).count();
    // RFC 5321 section 4.5.3.1.8 asks for at least 100; section 4.5.3.1.10 names 452 for the rest.
    assert!((100..10_000).contains(&taken), "{taken} taken");
    assert!(answers[taken..].iter().all(|answer| answer.starts_with("452 ")), "{:?}", answers.last());
    assert!(wire.ask("DATA").starts_with("354"));
    assert!(
        wire.ask("Subject: to many\r\n\r\nhello\r\n.").starts_with("250"),
        "the others still get their mail"
    );
    assert!(server.last_by_imap().contains("Subject: to many"));
    server.journal_says("limit", "recipients");
}

#[test]
fn nul_and_eight_bit_bytes_in_commands() {
    let server = Server::start();
    for (listener, line, answers, quit) in [
        ("smtp", &b"MAIL FROM:<a\0\xff@example.org>\r\n"[..], &["50", "55"][..], "QUIT"),
        ("pop3", b"USER \0\xff\xfe\r\n", &["-ERR", "+OK"], "QUIT"),
        ("imap", b"a LOGIN \0\xff \xfe\r\n", &["a BAD", "* BAD"], "z LOGOUT"),
    ] {
        let (mut wire, _) = Wire::open(server.port(listener));
        wire.send(line);
        let answer = wire.line();
        assert!(answers.iter().any(|begin| answer.starts_with(begin)), "{listener}: {answer}");
        let farewell = wire.ask(quit);
        assert!(
            ["221", "+OK", "* BYE"].iter().any(|begin| farewell.starts_with(begin)),
            "{listener}: {farewell}"
        );
    }
    server.journal_with("line_in", 6);
}

#[test]
fn nul_and_eight_bit_bytes_in_a_message_are_kept() {
    let server = Server::start();
    let (mut wire, _) = Wire::open(server.port("smtp"));
    wire.ask_until("EHLO client.example.org", "250 ");
    wire.ask("MAIL FROM:<a@example.org> BODY=8BITMIME");
    wire.ask(&format!("RCPT TO:<{}>", server.user()));
    assert!(wire.ask("DATA").starts_with("354"));
    wire.send(b"Subject: bytes\r\n\r\nzero \0 and \x80\xff\r\n.\r\n");
    assert!(wire.line().starts_with("250"));
    let last = server.messages();
    let (mut pop3, _) = Wire::open(server.port("pop3"));
    pop3.ask(&format!("USER {}", server.user()));
    pop3.ask(&format!("PASS {}", server.password()));
    pop3.send(format!("RETR {last}\r\nQUIT\r\n"));
    let answer = pop3.rest();
    assert!(answer.windows(15).any(|bytes| bytes == b"zero \0 and \x80\xff\r\n"), "{answer:?}");
    let (mut imap, _) = Wire::open(server.port("imap"));
    imap.ask_until(&format!("a LOGIN {} {}", server.user(), server.password()), "a OK");
    imap.ask_until("b SELECT INBOX", "b OK");
    imap.send(format!("c FETCH {last} BODY.PEEK[TEXT]\r\nd LOGOUT\r\n"));
    let answer = imap.rest();
    // A literal holds no NUL (CHAR8, RFC 3501 section 9): 0x80 stands in its place, as with other servers.
    assert!(answer.windows(15).any(|bytes| bytes == b"zero \x80 and \x80\xff\r\n"), "{answer:?}");
}

#[test]
fn a_client_hello_cut_at_every_byte() {
    let server = Server::start();
    let hello = client_hello();
    for cut in 0..hello.len() {
        let mut wire = Wire::silent(server.port("imaps"));
        wire.send(&hello[..cut]);
        wire.finish();
        let answer = wire.rest();
        // Nothing, or an alert record: never a ServerHello, never plaintext.
        assert!(answer.is_empty() || answer.first() == Some(&21), "cut at {cut}: {answer:?}");
    }
    // Each connection's end is in the journal, and each failure has a reason, but for the one that sent nothing.
    server.journal_with("close", hello.len());
    server.journal_with("handshake", hello.len() - 1);
    still_serves(&server);
}

#[test]
fn a_client_hello_in_two_pieces_cut_at_every_byte() {
    let server = Server::start();
    let hello = client_hello();
    for cut in 1..hello.len() {
        let mut wire = Wire::silent(server.port("imaps"));
        wire.send(&hello[..cut]);
        wire.send(&hello[cut..]);
        wire.finish();
        assert_eq!(wire.rest().first(), Some(&22), "cut at {cut}: a ServerHello comes in a handshake record");
    }
}

#[test]
fn plaintext_on_a_tls_port() {
    let server = Server::start();
    for listener in ["smtps", "pop3s", "imaps"] {
        let mut wire = Wire::silent(server.port(listener));
        wire.send("EHLO client.example.org\r\n");
        wire.finish();
        let answer = wire.rest();
        assert!(answer.is_empty() || answer.first() == Some(&21), "{listener}: {answer:?}");
    }
    server.journal_with("handshake", 3);
}

#[test]
fn a_silent_client_is_closed_at_its_protocols_time_out() {
    let server = Server::start();
    // RFC 5321 section 4.5.3.2.7 (five minutes), RFC 1939 section 3 (ten), RFC 3501 section 5.4 (thirty once logged in).
    for (listener, before, after, farewell) in
        [("smtp", "4m", "2m", "421 "), ("pop3", "9m", "2m", ""), ("imap", "29m", "2m", "* BYE ")]
    {
        let (mut wire, _) = Wire::open(server.port(listener));
        if listener == "imap" {
            wire.ask_until(&format!("a LOGIN {} {}", server.user(), server.password()), "a OK");
        }
        server.advance(before);
        let alive = wire.ask(if listener == "imap" { "b NOOP" } else { "NOOP" });
        let spoke = ["250", "-ERR", "+OK", "b OK"].iter().any(|begin| alive.starts_with(begin));
        assert!(spoke, "{listener} still answers {before} later: {alive}");
        server.advance(before);
        server.advance(after);
        let rest = String::from_utf8_lossy(&wire.rest()).into_owned();
        assert!(rest.starts_with(farewell), "{listener}: {rest}");
        assert!(
            listener != "pop3" || rest.is_empty(),
            "POP3 closes without a word (RFC 1939 section 3): {rest}"
        );
    }
    server.journal_with("limit", 3);
}

/// A ClientHello as rustls writes it, offering TLS 1.2 and 1.3.
fn client_hello() -> Vec<u8> {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring knows these versions")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let name = rustls::pki_types::ServerName::try_from("localhost").expect("a name");
    let mut session = rustls::ClientConnection::new(std::sync::Arc::new(config), name).expect("a client");
    let mut bytes = Vec::new();
    session.write_tls(&mut bytes).expect("memory can be written to");
    bytes
}
