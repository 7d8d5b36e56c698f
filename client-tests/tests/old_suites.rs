//! Suites that an OpenSSL built from source has and a system's has not: gnutls-cli, which still knows two, shakes hands,
//! and nmap reports them.
use client_tests::{Client, Home, Server, client, nmap};

const SUITES: [(&str, &str, &str); 3] = [
    ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", "+3DES-CBC", "(3DES-CBC)-(SHA1)"),
    ("TLS_RSA_WITH_RC4_128_SHA", "+ARCFOUR-128", "(ARCFOUR-128)-(SHA1)"),
    ("TLS_RSA_WITH_RC4_128_MD5", "+ARCFOUR-128", "(ARCFOUR-128)-(MD5)"),
];

/// A server with these suites and no other; `None` after saying that this build has them not.
fn server(suites: &[&str]) -> Option<Server> {
    let server = Server::start();
    server.set(&["imaps.tls=1.0-1.2"]);
    if let Err(reason) = server.try_set("imaps.suites", &suites.join(",")) {
        assert!(reason.contains("a system's OpenSSL is built without it"), "{reason}");
        eprintln!("SKIPPED: this build is with a system's OpenSSL (OPENSSL_NO_VENDOR): {reason}");
        return None;
    }
    Some(server)
}

#[test]
fn gnutls_of_3des_and_rc4() {
    let Some(program) = client("gnutls-cli") else { return };
    for (suite, cipher, described) in SUITES {
        let Some(server) = server(&[suite]) else { return };
        let priority = format!("NORMAL:-VERS-TLS1.3:-CIPHER-ALL:{cipher}:+RSA:+SHA1:+MD5");
        let port = server.port("imaps").to_string();
        let run = Client::new(&program, &Home::new())
            .args(["--port", &port, "--priority", &priority, "--x509cafile"])
            .args([server.ca()])
            .args(["localhost"])
            .run();
        run.expect_said(described);
        let handshake = server.journal_with("handshake", 1).swap_remove(0);
        assert_eq!(handshake["suite"].as_str(), Some(suite), "{handshake}");
    }
}

#[test]
fn nmap_reports_them_and_no_other() {
    let mut suites = SUITES.map(|(suite, _, _)| suite);
    let Some(server) = server(&suites) else { return };
    let Some(lines) = nmap::suites(&server) else { return };
    let names = lines.iter().filter_map(|line| line.strip_suffix("</elem>"));
    let mut named: Vec<&str> = names.filter(|name| name.starts_with("TLS_")).collect();
    named.sort_unstable();
    suites.sort_unstable();
    // Once for each of TLS 1.0, 1.1 and 1.2.
    let wanted: Vec<&str> = suites.into_iter().flat_map(|suite| [suite; 3]).collect();
    assert_eq!(named, wanted, "{lines:#?}");
}
