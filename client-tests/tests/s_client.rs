//! `openssl s_client` holds a whole session over each secured listener, and sees the chain it should.
use client_tests::route::{self, Route};
use client_tests::{Client, Home, Outcome, Security, Server, client};

fn s_client(server: &Server, route: Route, starttls: &str, input: &str) -> Option<Outcome> {
    let program = client("openssl")?;
    let home = Home::new();
    let address = format!("localhost:{}", server.port(route.listener));
    // Without -ign_eof it leaves at the end of its input, before the server has answered.
    let mut command = Client::new(&program, &home)
        .args(["s_client", "-connect", &address, "-quiet", "-ign_eof", "-crlf", "-verify_return_error"])
        .args(["-verify_hostname", "localhost", "-CAfile"])
        .args([server.ca()]);
    if route.security == Security::StartTls {
        command = command.args(["-starttls", starttls]);
    }
    Some(command.feed(input).run())
}

fn secured(routes: &[Route]) -> impl Iterator<Item = Route> {
    routes.iter().copied().filter(|route| route.security != Security::Plain)
}

#[test]
fn imap() {
    let server = Server::start();
    let (user, password) = (server.user(), server.password());
    server.deliver("From: a@example.org\r\nSubject: read over TLS\r\n\r\nhello\r\n");
    for route in secured(&route::IMAP) {
        let input =
            format!("a LOGIN {user} \"{password}\"\nb SELECT INBOX\nc FETCH * (FLAGS ENVELOPE)\nd LOGOUT\n");
        let Some(outcome) = s_client(&server, route, "imap", &input) else { return };
        outcome.expect_said("EXISTS").expect_said("read over TLS").expect_said("d OK");
    }
}

#[test]
fn pop3() {
    let server = Server::start();
    let (user, password) = (server.user(), server.password());
    server.deliver("From: a@example.org\r\nSubject: read over TLS\r\n\r\nhello\r\n");
    let last = server.messages();
    for route in secured(&route::POP3) {
        let input = format!("USER {user}\nPASS {password}\nSTAT\nTOP {last} 0\nQUIT\n");
        let Some(outcome) = s_client(&server, route, "pop3", &input) else { return };
        outcome.expect_said(&format!("+OK {last} ")).expect_said("read over TLS");
    }
}

#[test]
fn smtp() {
    let server = Server::start();
    for route in secured(&route::SMTP) {
        let Some(outcome) = s_client(&server, route, "smtp", "EHLO client.example.org\nNOOP\nQUIT\n") else {
            return;
        };
        // Behind STARTTLS the offer of STARTTLS is gone (RFC 3207 section 4.2).
        let outcome = outcome.expect_said("250").expect_said("221 ");
        assert!(!outcome.stdout.contains("STARTTLS"), "{}", outcome.stdout);
    }
}

#[test]
fn another_name_than_the_certificates_is_refused_by_the_client() {
    let Some(program) = client("openssl") else { return };
    let server = Server::start();
    let address = format!("localhost:{}", server.port("imaps"));
    let outcome = Client::new(&program, &Home::new())
        .args([
            "s_client",
            "-connect",
            &address,
            "-verify_return_error",
            "-verify_hostname",
            "mail.example.org",
        ])
        .args(["-CAfile"])
        .args([server.ca()])
        .run();
    outcome.expect(1).expect_said("hostname mismatch");
    let failed = server.journal_with("handshake", 1).swap_remove(0);
    assert_eq!(
        failed.get("alert_received").and_then(|alert| alert.as_str()),
        Some("bad_certificate"),
        "{failed}"
    );
}

#[test]
fn an_alert_within_the_handshake_is_told_by_its_name() {
    let Some(program) = client("openssl") else { return };
    for (version, suite) in [
        ("-tls1_2", "ECDHE-ECDSA-AES128-GCM-SHA256"),
        ("-tls1_3", "TLS_AES_256_GCM_SHA384"),
        ("-tls1_3", "TLS_AES_128_CCM_SHA256"),
    ] {
        let server = Server::start();
        server.set(&["imaps.backend=openssl", "imaps.suites=TLS_AES_256_GCM_SHA384,TLS_AES_128_CCM_SHA256"]);
        server.fault(&["stage=handshake", "alert={ name = \"access_denied\", after = \"server-hello\" }"]);
        let address = format!("localhost:{}", server.port("imaps"));
        let flag = if version == "-tls1_3" { "-ciphersuites" } else { "-cipher" };
        let outcome = Client::new(&program, &Home::new())
            .args(["s_client", "-connect", &address, version, flag, suite])
            .run();
        outcome.expect(1).expect_said("alert access denied");
        let failed = server.journal_with("handshake", 1).swap_remove(0);
        assert_eq!(failed["alert_sent"].as_str(), Some("access_denied"), "{failed}");
    }
}
