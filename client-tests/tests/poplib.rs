//! Python's poplib on every way into POP3: USER and PASS, APOP, STAT, UIDL, TOP, RETR.
use client_tests::{Server, python, route};

const SCRIPT: &str = include_str!("../scripts/poplib_session.py");

#[test]
fn a_session_by_every_route() {
    let server = Server::start();
    for route in route::POP3 {
        for how in ["user", "apop"] {
            let subject = format!("for poplib over {} by {how}", route.name());
            server.deliver(&format!("From: a@example.org\r\nSubject: {subject}\r\n\r\n.\r\n..\r\nend\r\n"));
            let Some(outcome) = python::session(SCRIPT, &server, route, server.password(), &[how]) else {
                return;
            };
            outcome
                .expect(0)
                .expect_said("unique-ids: True")
                .expect_said(&format!("Subject: {subject}\n\n.\n..\nend"));
        }
    }
}

#[test]
fn a_wrong_password_is_refused() {
    let server = Server::start();
    for (route, how) in route::POP3.into_iter().zip(["user", "apop", "user"]) {
        let Some(outcome) = python::session(SCRIPT, &server, route, "not the password", &[how]) else {
            return;
        };
        outcome.expect(3).expect_said("-ERR [AUTH]");
    }
}
