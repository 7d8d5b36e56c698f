//! `gnutls-cli` holds a whole session over implicit TLS, by another library than ours.
use client_tests::{Client, Home, Server, client};

#[test]
fn sessions_over_implicit_tls() {
    let Some(program) = client("gnutls-cli") else { return };
    let server = Server::start();
    let (user, password) = (server.user(), server.password());
    let imap = format!("a LOGIN {user} \"{password}\"\r\nb SELECT INBOX\r\nc LOGOUT\r\n");
    let pop3 = format!("USER {user}\r\nPASS {password}\r\nSTAT\r\nQUIT\r\n");
    let smtp = "EHLO client.example.org\r\nQUIT\r\n".to_owned();
    for (listener, input, wanted) in
        [("imaps", imap, "c OK"), ("pop3s", pop3, "+OK "), ("smtps", smtp, "250")]
    {
        let port = server.port(listener).to_string();
        let outcome = Client::new(&program, &Home::new())
            .args(["--port", &port, "--x509cafile"])
            .args([server.ca()])
            .args(["localhost"])
            .feed(&input)
            .run();
        outcome.expect(0).expect_said("Status: The certificate is trusted").expect_said(wanted);
    }
}

#[test]
fn an_unknown_authority_is_refused_by_the_client() {
    let Some(program) = client("gnutls-cli") else { return };
    let server = Server::start();
    let port = server.port("imaps").to_string();
    let outcome = Client::new(&program, &Home::new()).args(["--port", &port, "localhost"]).run();
    outcome.expect(1).expect_said("The certificate issuer is unknown");
}
