//! A mail program that sets itself up: it fetches the settings, and goes where they point.
use std::io::{Read, Write};
use std::net::TcpStream;

use crate::served::{Served, done};

/// Fetch Thunderbird's file; status and body.
fn fetched(served: &Served) -> (u16, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", served.port("POSTFAIL_HTTP_PORT"))).unwrap();
    let user = served.text("POSTFAIL_USER");
    let path = format!("/mail/config-v1.1.xml?emailaddress={user}");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    (status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}

fn first<'a>(xml: &'a str, tag: &str) -> &'a str {
    let rest = xml.split_once(&format!("<{tag}>")).unwrap_or_else(|| panic!("no {tag} in {xml}")).1;
    rest.split_once('<').unwrap().0
}

/// Log in where the first incoming server is said to be; the exit code.
fn visit(served: &Served, xml: &str) -> i32 {
    let scheme = match (first(xml, "incomingServer type=\"imap\"").is_empty(), first(xml, "socketType")) {
        (_, "SSL") => "imaps",
        (_, "STARTTLS") => "imap+starttls",
        (_, other) => panic!("{other}"),
    };
    let url = format!("{scheme}://{}:{}", first(xml, "hostname"), first(xml, "port"));
    let (user, password) = (served.text("POSTFAIL_USER"), served.text("POSTFAIL_PASSWORD"));
    let ca = served.text("POSTFAIL_CA_FILE");
    done(&["client", &url, "--user", user, "--password", password, "--ca", ca]).0
}

#[test]
fn a_program_that_sets_itself_up_comes_in_and_wrong_settings_lead_nowhere() {
    let served = Served::start(&["setup/autoconfig-missing"]);
    let (status, xml) = fetched(&served);
    assert_eq!((status, visit(&served, &xml)), (200, 0), "{xml}");
    for (answer, exit) in [("wrong-port", 69), ("wrong-encryption", 69)] {
        let change = format!("[{{\"autoconfig\":{{\"answer\":\"{answer}\"}}}}]");
        let token =
            format!("Host: localhost\r\nAuthorization: Bearer {}\r\n", served.text("POSTFAIL_CONTROL_TOKEN"));
        assert_eq!(served.call("POST", "/api/changes", &token, &change).0, 200);
        let (status, xml) = fetched(&served);
        assert_eq!((status, visit(&served, &xml)), (200, exit), "{answer}: {xml}");
    }
    assert_eq!(served.ctl(&["phase", "breaks"]).0, 0);
    assert_eq!(fetched(&served).0, 404);
    let (_, journal, _) = served.ctl(&["journal", "--kind", "control"]);
    assert!(journal.contains("/mail/config-v1.1.xml"), "{journal}");
}
