//! Python's imaplib on every way into IMAP: read, flag, search, append.
use client_tests::{Server, python, route};

const SCRIPT: &str = include_str!("../scripts/imaplib_session.py");

#[test]
fn a_session_by_every_route() {
    let server = Server::start();
    for route in route::IMAP {
        let subject = format!("for imaplib over {}", route.name());
        server.deliver(&format!("From: a@example.org\r\nSubject: {subject}\r\n\r\nこんにちは\r\n"));
        let last = server.messages();
        let Some(outcome) = python::session(SCRIPT, &server, route, server.password(), &[]) else { return };
        outcome
            .expect(0)
            .expect_said(&format!("Subject: {subject}"))
            .expect_said("こんにちは")
            .expect_said("\\Flagged")
            .expect_said(&format!("{last}\nappended: 1"));
        assert!(server.last_by_imap().contains("by imaplib"));
        assert!(server.last_by_pop3().contains("by imaplib"));
    }
}

#[test]
fn a_wrong_password_is_refused() {
    let server = Server::start();
    for route in route::IMAP {
        let Some(outcome) = python::session(SCRIPT, &server, route, "not the password", &[]) else { return };
        outcome.expect(3).expect_said("[AUTHENTICATIONFAILED]");
    }
}
