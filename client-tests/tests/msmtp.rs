//! msmtp on the SMTP listeners, with the exit codes of sysexits.h.
use client_tests::route::{self, Route};
use client_tests::{Client, Home, Outcome, Security, Server, client};

fn msmtp(server: &Server, route: Route, password: &str, to: &str, subject: &str) -> Option<Outcome> {
    let program = client("msmtp")?;
    let home = Home::new();
    let ca = server.ca().display();
    let tls = match route.security {
        Security::Plain => "tls off\n".to_owned(),
        Security::StartTls => format!("tls on\ntls_starttls on\ntls_trust_file {ca}\n"),
        Security::Implicit => format!("tls on\ntls_starttls off\ntls_trust_file {ca}\n"),
    };
    let login = match route.wants_login() {
        true => format!("auth plain\nuser {}\npasswordeval echo '{password}'\n", server.user()),
        false => "auth off\n".to_owned(),
    };
    let port = server.port(route.listener);
    let file = home.write(
        "msmtprc",
        &format!(
            "account default\nhost localhost\nport {port}\ntimeout 20\nfrom msmtp@example.org\n{tls}{login}"
        ),
    );
    let message = format!("From: msmtp@example.org\nTo: {to}\nSubject: {subject}\n\nhello\n");
    Some(Client::new(&program, &home).args(["-C"]).args([file]).args([to]).feed(&message).run())
}

#[test]
fn sends_by_every_route() {
    let server = Server::start();
    for route in route::SMTP {
        let subject = format!("by msmtp over {}", route.name());
        let Some(outcome) = msmtp(&server, route, server.password(), server.user(), &subject) else { return };
        outcome.expect(0);
        for arrived in [server.last_by_imap(), server.last_by_pop3()] {
            assert!(arrived.contains(&format!("Subject: {subject}")), "{arrived}");
        }
    }
}

#[test]
fn exit_codes() {
    let server = Server::start();
    for route in route::SMTP.into_iter().filter(|route| route.wants_login()) {
        let Some(outcome) = msmtp(&server, route, "not the password", server.user(), "x") else { return };
        outcome.expect(77);
    }
    let smtp = Route { listener: "smtp", security: Security::Plain };
    let Some(outcome) = msmtp(&server, smtp, "", "somebody@example.org", "x") else { return };
    outcome.expect(65).expect_said("550 ");
    server.set(&["smtps.state=closed"]);
    let closed = Route { listener: "smtps", security: Security::Implicit };
    let Some(outcome) = msmtp(&server, closed, server.password(), server.user(), "x") else { return };
    outcome.expect(75).expect_said("Connection refused");
}
