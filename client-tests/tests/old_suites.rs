//! Suites that an OpenSSL built from source has and a system's has not: gnutls-cli, which still knows two, shakes hands.
use client_tests::{Client, Home, Server, client};

const SUITES: [(&str, &str, &str); 3] = [
    ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", "+3DES-CBC", "(3DES-CBC)-(SHA1)"),
    ("TLS_RSA_WITH_RC4_128_SHA", "+ARCFOUR-128", "(ARCFOUR-128)-(SHA1)"),
    ("TLS_RSA_WITH_RC4_128_MD5", "+ARCFOUR-128", "(ARCFOUR-128)-(MD5)"),
];

#[test]
fn gnutls_of_3des_and_rc4() {
    let Some(program) = client("gnutls-cli") else { return };
    let server = Server::start();
    server.set(&["imaps.tls=1.0-1.2"]);
    for (suite, cipher, described) in SUITES {
        if let Err(reason) = server.try_set("imaps.suites", suite) {
            assert!(reason.contains("a system's OpenSSL is built without it"), "{reason}");
            eprintln!("SKIPPED: this build is with a system's OpenSSL (OPENSSL_NO_VENDOR): {reason}");
            return;
        }
        let seen = server.journal_of("handshake").len();
        let priority = format!("NORMAL:-VERS-TLS1.3:-CIPHER-ALL:{cipher}:+RSA:+SHA1:+MD5");
        let port = server.port("imaps").to_string();
        let run = Client::new(&program, &Home::new())
            .args(["--port", &port, "--priority", &priority, "--x509cafile"])
            .args([server.ca()])
            .args(["localhost"])
            .run();
        run.expect_said(described);
        let handshake = server.journal_with("handshake", seen + 1).swap_remove(seen);
        assert_eq!(handshake["suite"].as_str(), Some(suite), "{handshake}");
    }
}
