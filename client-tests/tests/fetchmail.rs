//! fetchmail by POP3 and IMAP: it fetches the whole mailbox, broken mail and all.
use client_tests::route::{self, Route};
use client_tests::{Client, Home, Outcome, Security, Server, client};

fn fetchmail(server: &Server, route: Route, password: &str, home: &Home) -> Option<Outcome> {
    let program = client("fetchmail")?;
    let ca = server.ca().display();
    let tls = match route.security {
        Security::Plain => "sslproto ''".to_owned(),
        Security::StartTls => format!("sslproto 'tls1+' sslcertck sslcertfile '{ca}'"),
        Security::Implicit => format!("ssl sslcertck sslcertfile '{ca}'"),
    };
    let protocol = if route::POP3.contains(&route) { "pop3" } else { "imap" };
    let (port, user, folder) = (server.port(route.listener), server.user(), home.path().display());
    let configuration = format!(
        "set no syslog\nset no bouncemail\npoll localhost port {port} proto {protocol} timeout 20\n user '{user}' \
         pass '{password}' fetchall keep {tls} mda \"cat >> {folder}/got\"\n"
    );
    let file = home.write("fetchmailrc", &configuration);
    let own = |name: &str| home.path().join(name);
    let command = Client::new(&program, home).args(["-v", "-f"]).args([file]);
    let files = [("--idfile", own("ids")), ("--pidfile", own("pid"))];
    Some(files.into_iter().fold(command, |command, (flag, file)| command.args([flag]).args([file])).run())
}

#[test]
fn fetches_by_every_route() {
    let server = Server::start();
    for route in route::POP3.into_iter().chain(route::IMAP) {
        let subject = format!("for fetchmail over {}", route.name());
        server.deliver(&format!(
            "From: a@example.org\r\nTo: b@example.org\r\nSubject: {subject}\r\n\r\nhello\r\n"
        ));
        let home = Home::new();
        let Some(outcome) = fetchmail(&server, route, server.password(), &home) else { return };
        outcome.expect(0);
        let got = home.read_all("got");
        assert!(
            got.contains(&format!("Subject: {subject}")),
            "{} bytes, without the last message",
            got.len()
        );
        assert!(
            got.contains("Subject: Welcome to your mailbox"),
            "{} bytes, without the first message",
            got.len()
        );
    }
}

#[test]
fn a_wrong_password_is_exit_code_3() {
    let server = Server::start();
    for route in [route::POP3, route::IMAP].concat() {
        let Some(outcome) = fetchmail(&server, route, "not the password", &Home::new()) else { return };
        outcome.expect(3);
    }
}
