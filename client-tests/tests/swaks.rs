//! swaks on the SMTP listeners: every mechanism, and the exit codes its users know.
use client_tests::route::{self, Route};
use client_tests::{Client, Home, Outcome, Security, Server, client};

fn swaks(server: &Server, route: Route, login: Option<(&str, &str)>, extra: &[&str]) -> Option<Outcome> {
    let program = client("swaks")?;
    let home = Home::new();
    let port = server.port(route.listener).to_string();
    let mut command = Client::new(&program, &home)
        .args(["--timeout", "20", "--server", "localhost", "--port", &port, "--to", server.user()])
        .args(["--from", "swaks@example.org", "--helo", "client.example.org"]);
    if let Some((mechanism, password)) = login {
        command = command.args(["-a", mechanism, "-au", server.user(), "-ap", password]);
    }
    if route.security != Security::Plain {
        let how = if route.security == Security::Implicit { "-tlsc" } else { "-tls" };
        command = command.args([how, "--tls-verify", "--tls-ca-path"]).args([server.ca()]);
    }
    Some(command.args(extra).run())
}

#[test]
fn sends_by_every_route_and_mechanism() {
    let server = Server::start();
    for route in route::SMTP {
        let mechanisms: &[&str] = if route.wants_login() { &["PLAIN", "LOGIN", "CRAM-MD5"] } else { &[""] };
        for mechanism in mechanisms {
            let subject = format!("by swaks over {} {mechanism}", route.name());
            let login = (!mechanism.is_empty()).then_some((*mechanism, server.password()));
            let Some(outcome) = swaks(&server, route, login, &["--h-Subject", &subject]) else { return };
            outcome.expect(0);
            assert!(
                server.last_by_imap().contains(&format!("Subject: {subject}")),
                "{}",
                server.last_by_imap()
            );
            assert!(
                server.last_by_pop3().contains(&format!("Subject: {subject}")),
                "{}",
                server.last_by_pop3()
            );
        }
    }
}

#[test]
fn exit_codes() {
    let server = Server::start();
    let submission = Route { listener: "submission", security: Security::Plain };
    let smtp = Route { listener: "smtp", security: Security::Plain };
    let Some(refused) = swaks(&server, submission, Some(("PLAIN", "not the password")), &[]) else { return };
    refused.expect(28);
    let Some(relay) = swaks(&server, smtp, None, &["--to", "somebody@example.org"]) else { return };
    relay.expect(24).expect_said("550 ");
    server.set(&["smtp.security=plain"]);
    let starttls = Route { listener: "smtp", security: Security::StartTls };
    let Some(outcome) = swaks(&server, starttls, None, &[]) else { return };
    outcome.expect(29);
}

#[test]
fn mail_for_others_is_kept_in_the_outbox() {
    let server = Server::start();
    let route = Route { listener: "smtps", security: Security::Implicit };
    let before = server.messages();
    let login = Some(("LOGIN", server.password()));
    let Some(outcome) = swaks(&server, route, login, &["--to", "somebody@example.org"]) else { return };
    outcome.expect(0);
    assert_eq!(server.messages(), before, "nothing of it is in the sender's INBOX");
    let accepted = server.journal_of("mail_accepted");
    assert!(accepted.iter().any(|entry| entry.to_string().contains("somebody@example.org")), "{accepted:?}");
}
