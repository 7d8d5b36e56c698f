//! mbsync (isync) brings INBOX into a maildir and its flags back.
use client_tests::route::{self, Route};
use client_tests::{Client, Home, Outcome, Security, Server, client};

fn mbsync(server: &Server, route: Route, mechanism: &str, password: &str, home: &Home) -> Option<Outcome> {
    let program = client("mbsync")?;
    let kind = match route.security {
        Security::Plain => "None",
        Security::StartTls => "STARTTLS",
        Security::Implicit => "IMAPS",
    };
    let (port, user, ca, folder) =
        (server.port(route.listener), server.user(), server.ca().display(), home.path().display());
    let configuration = format!(
        "IMAPAccount a\nHost localhost\nPort {port}\nUser {user}\nPassCmd \"echo '{password}'\"\nAuthMechs {mechanism}\n\
         SSLType {kind}\nCertificateFile {ca}\nTimeout 20\n\nIMAPStore far\nAccount a\n\nMaildirStore near\n\
         Path {folder}/mail/\nInbox {folder}/mail/INBOX\n\nChannel c\nFar :far:\nNear :near:\nPatterns INBOX\n\
         Create Near\nSync All\nSyncState *\n"
    );
    let file = home.write("mbsyncrc", &configuration);
    std::fs::create_dir_all(home.path().join("mail")).expect("the home can be written to");
    Some(Client::new(&program, home).args(["-V", "-c"]).args([file]).args(["c"]).run())
}

#[test]
fn syncs_by_every_route_and_mechanism() {
    let server = Server::start();
    for (route, mechanism) in route::IMAP.into_iter().zip(["LOGIN", "CRAM-MD5", "PLAIN"]) {
        let subject = format!("for mbsync over {}", route.name());
        server.deliver(&format!("From: a@example.org\r\nSubject: {subject}\r\n\r\nhello\r\n"));
        let home = Home::new();
        let Some(outcome) = mbsync(&server, route, mechanism, server.password(), &home) else { return };
        let outcome = outcome.expect(0);
        let count = ["new", "cur"].map(|part| std::fs::read_dir(home.path().join("mail/INBOX").join(part)));
        let count: usize = count.into_iter().flatten().map(Iterator::count).sum();
        // It leaves messages without an end of the header where they are, and says so.
        let skipped = outcome.said().matches("has incomplete header; skipping").count();
        assert_eq!(count + skipped, server.messages(), "every message is there or was refused");
        assert_eq!(skipped, 3, "empty.eml, header-only.eml and missing-blank-line.eml");
        assert!(home.read_all("mail/INBOX").contains(&format!("Subject: {subject}")));
        let Some(again) = mbsync(&server, route, mechanism, server.password(), &home) else { return };
        again.expect(0);
    }
}

#[test]
fn a_wrong_password_is_exit_code_1() {
    let server = Server::start();
    for route in route::IMAP {
        let Some(outcome) = mbsync(&server, route, "LOGIN", "not the password", &Home::new()) else { return };
        outcome.expect(1).expect_said("AUTHENTICATIONFAILED");
    }
}
