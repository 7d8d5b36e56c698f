//! Every TLS window against every client version: it works, or it fails with the alert a real server sends.
use client_tests::handshake::{CURL, GNUTLS_CLI, PYTHON, S_CLIENT, Shaker};
use client_tests::route::{self, Route};
use client_tests::tls::{End, VERSIONS, WINDOWS, end};
use client_tests::{Security, Server};

/// Each window on the routes given, each version of the client: the ends, and what the journal says of them.
fn all_pairs(shaker: &Shaker, routes: &[Route]) {
    let server = Server::start();
    for window in WINDOWS {
        server.set(&[&format!("all.tls={}-{}", window.0, window.1)]);
        for version in VERSIONS {
            for route in routes {
                let seen = server.journal_of("handshake").len();
                if !shaker.check(&server, *route, version, end(window, version)) {
                    return;
                }
                journal_says(&server, seen, window, version);
            }
        }
    }
}

/// The first handshake behind the `seen` ones ended as it must, and says why.
fn journal_says(server: &Server, seen: usize, window: (&str, &str), version: &str) {
    let handshake = server.journal_with("handshake", seen + 1).swap_remove(seen);
    let word = |name: &str| handshake.get(name).and_then(|word| word.as_str()).unwrap_or_default().to_owned();
    match end(window, version) {
        End::Works => assert_eq!(word("version"), version, "{handshake}"),
        End::ServerRefuses => {
            assert_eq!(word("alert_sent"), "protocol_version", "{handshake}");
            let reason = word("reason");
            let window = if window.0 == window.1 {
                window.0.to_owned()
            } else {
                format!("{} to {}", window.0, window.1)
            };
            assert!(
                reason.contains("offered") && reason.contains(&format!("window {window}")),
                "{handshake}"
            );
        }
        End::ClientRefuses => assert_eq!(word("alert_received"), "protocol_version", "{handshake}"),
    }
}

fn implicit_and_starttls() -> [Route; 2] {
    let route = |listener, security| Route { listener, security };
    [route("imaps", Security::Implicit), route("imap", Security::StartTls)]
}

#[test]
fn openssl_s_client_on_all_seven_listeners() {
    let routes = [&route::SMTP[..], &route::POP3, &route::IMAP].concat();
    let secured: Vec<Route> = routes.into_iter().filter(|route| route.security != Security::Plain).collect();
    assert_eq!(secured.len(), 7);
    all_pairs(&S_CLIENT, &secured);
}

#[test]
fn gnutls_cli() {
    all_pairs(&GNUTLS_CLI, &implicit_and_starttls());
}

#[test]
fn curl() {
    all_pairs(&CURL, &implicit_and_starttls());
}

#[test]
fn python() {
    all_pairs(&PYTHON, &implicit_and_starttls());
}
