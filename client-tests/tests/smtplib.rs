//! Python's smtplib on every way into SMTP; what it sends is read back by IMAP and POP3.
use client_tests::{Server, python, route};

const SCRIPT: &str = include_str!("../scripts/smtplib_session.py");

#[test]
fn sends_by_every_route() {
    let server = Server::start();
    for route in route::SMTP {
        let subject = format!("by smtplib over {}", route.name());
        let how = if route.wants_login() { "login" } else { "none" };
        let Some(outcome) = python::session(SCRIPT, &server, route, server.password(), &[how, &subject])
        else {
            return;
        };
        outcome.expect(0);
        for arrived in [server.last_by_imap(), server.last_by_pop3()] {
            assert!(arrived.contains(&format!("Subject: {subject}")), "{arrived}");
        }
    }
}

#[test]
fn a_wrong_password_is_refused() {
    let server = Server::start();
    for route in route::SMTP.into_iter().filter(|route| route.wants_login()) {
        let Some(outcome) = python::session(SCRIPT, &server, route, "not the password", &["login", "x"])
        else {
            return;
        };
        outcome.expect(3).expect_said("(535, ");
    }
}
