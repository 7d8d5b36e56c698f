//! curl on all seven listeners: what it sends by SMTP it reads back by IMAP and POP3.
use client_tests::route::{self, Route};
use client_tests::{Client, Home, Outcome, Security, Server, client};

/// Runs curl; `None` when it is not installed.
fn curl(
    server: &Server,
    route: Route,
    password: &str,
    path: &str,
    extra: &[&str],
    input: &str,
) -> Option<Outcome> {
    let program = client("curl")?;
    let home = Home::new();
    let scheme = match (route.listener, route.security) {
        ("submission", _) => "smtp",
        (listener, _) => listener,
    };
    let url = format!("{scheme}://localhost:{}/{path}", server.port(route.listener));
    let login = format!("{}:{password}", server.user());
    let mut command =
        Client::new(&program, &home).args(["-sS", "--max-time", "30", "--cacert"]).args([server.ca()]);
    if route.security == Security::StartTls {
        command = command.args(["--ssl-reqd"]);
    }
    if !route::SMTP.contains(&route) || route.wants_login() {
        command = command.args(["--user", &login]);
    }
    Some(command.args(extra).args([url.as_str()]).feed(input).run())
}

#[test]
fn what_is_sent_by_smtp_is_read_by_imap_and_pop3() {
    let server = Server::start();
    for sent in route::SMTP {
        let subject = format!("by curl over {}", sent.name());
        let message = format!("From: curl@example.org\r\nSubject: {subject}\r\n\r\n.dot in front\r\n");
        let to = ["--mail-from", "curl@example.org", "--mail-rcpt", server.user(), "-T", "-"];
        let Some(outcome) = curl(&server, sent, server.password(), "client.example.org", &to, &message)
        else {
            return;
        };
        outcome.expect(0);
        let last = server.messages();
        for (read, path) in route::IMAP
            .map(|route| (route, format!("INBOX;MAILINDEX={last}")))
            .into_iter()
            .chain(route::POP3.map(|route| (route, last.to_string())))
        {
            let Some(outcome) = curl(&server, read, server.password(), &path, &[], "") else { return };
            let outcome = outcome.expect(0).expect_said(&format!("Subject: {subject}\r\n"));
            assert!(
                outcome.stdout.ends_with("\r\n\r\n.dot in front\r\n"),
                "{} by {}",
                outcome.stdout,
                read.name()
            );
        }
    }
}

#[test]
fn a_wrong_password_is_exit_code_67() {
    let server = Server::start();
    for route in
        route::IMAP.into_iter().chain(route::POP3).chain(route::SMTP).filter(|route| route.wants_login())
    {
        let path = if route::SMTP.contains(&route) { "client.example.org" } else { "" };
        let to = ["--mail-from", "curl@example.org", "--mail-rcpt", server.user(), "-T", "-"];
        let extra: &[&str] = if path.is_empty() { &[] } else { &to };
        let Some(outcome) = curl(&server, route, "not the password", path, extra, "Subject: x\r\n\r\n")
        else {
            return;
        };
        outcome.expect(67);
    }
    assert!(
        server.journal().iter().all(|entry| !entry.to_string().contains("not the password")),
        "in the journal"
    );
}

#[test]
fn starttls_where_there_is_none_is_exit_code_64() {
    let server = Server::start();
    server.set(&["imap.security=plain", "pop3.security=plain", "submission.security=plain"]);
    for (listener, path) in [("imap", ""), ("pop3", ""), ("submission", "client.example.org")] {
        let route = Route { listener, security: Security::StartTls };
        let Some(outcome) = curl(&server, route, server.password(), path, &[], "") else { return };
        outcome.expect(64);
    }
}
