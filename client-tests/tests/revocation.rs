//! What OpenSSL finds out that asks the revocation list and the responder: the second table in `docs/tls.md`.
//!
//! `BLESS=1 cargo test -p client-tests --test revocation` writes it anew.
use std::fmt::Write;

use client_tests::{Client, Home, Server, client};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/tls.md");
const BEGIN: &str =
    "<!-- revocation: BLESS=1 cargo test -p client-tests --test revocation writes this table -->\n";
const END: &str = "<!-- end of revocation -->\n";

/// Those that carry the addresses.
const KINDS: [&str; 4] = ["revoked", "stapled-revoked", "stapled-good", "stapled-expired"];

/// What the list and the responder say of the certificate that the server shows at imaps, in OpenSSL's words.
fn asked(server: &Server) -> Option<[String; 2]> {
    let (openssl, curl, home) = (client("openssl")?, client("curl")?, Home::new());
    let run = |arguments: &[&str]| Client::new(&openssl, &home).args(arguments).run().said();
    let shown = run(&["s_client", "-connect", &format!("localhost:{}", server.port("imaps")), "-showcerts"]);
    let chain: Vec<&str> = shown.split_inclusive("-----END CERTIFICATE-----\n").collect();
    let certificate = |at: usize| &chain[at][chain[at].find("-----BEGIN").expect("a certificate")..];
    let (leaf, issuer) = (home.write("leaf.pem", certificate(0)), home.write("issuer.pem", certificate(1)));
    let path = |path: &std::path::Path| path.to_str().expect("UTF-8").to_owned();
    let (leaf, issuer, ca) = (path(&leaf), path(&issuer), path(server.ca()));

    let text = run(&["x509", "-in", &leaf, "-noout", "-ext", "crlDistributionPoints"]);
    let url = text.split_once("URI:").map(|(_, url)| url.trim().to_owned()).expect("an address of the list");
    let list = path(&home.path().join("list.crl"));
    Client::new(&curl, &home).args(["-sSf", "-o", &list, &url]).run().expect(0);
    let said =
        run(&["verify", "-crl_check", "-CRLfile", &list, "-CAfile", &ca, "-untrusted", &issuer, &leaf]);
    // `error 23 at 0 depth lookup: certificate revoked`, or `leaf.pem: OK`.
    let error = said.lines().find_map(|line| {
        let (number, words) = line.strip_prefix("error ")?.split_once(" at 0 depth lookup: ")?;
        Some(format!("{number} {words}"))
    });
    let by_list = error.or_else(|| said.contains("leaf.pem: OK").then(|| "accepted".to_owned()));

    let url = run(&["x509", "-in", &leaf, "-noout", "-ocsp_uri"]).trim().to_owned();
    let mut ocsp = vec!["ocsp", "-issuer", &issuer, "-cert", &leaf, "-url", &url];
    ocsp.extend(["-CAfile", &ca, "-verify_other", &issuer]);
    let said = run(&ocsp);
    assert!(said.contains("Response verify OK"), "{said}");
    let by_responder =
        said.lines().find_map(|line| line.split_once("leaf.pem: ").map(|(_, word)| word.to_owned()));
    let reason = said.lines().find_map(|line| line.trim().strip_prefix("Reason: "));
    let by_responder =
        by_responder.map(|word| [&word, reason.unwrap_or_default()].join(" ").trim().to_owned());
    Some([by_list, by_responder].map(|word| word.unwrap_or_else(|| panic!("no verdict: {said}"))))
}

#[test]
fn openssl_asks_the_revocation_list_and_the_responder() {
    let server = Server::start();
    let mut table = "| Kind | `openssl verify -crl_check` | `openssl ocsp` |\n|---|---|---|\n".to_owned();
    for kind in KINDS {
        server.set(&[&format!("imaps.certificate={kind}")]);
        let Some([by_list, by_responder]) = asked(&server) else { return };
        let is_revoked = kind.ends_with("revoked");
        assert_eq!(by_list == "23 certificate revoked", is_revoked, "{kind}: {by_list}");
        assert_eq!(by_responder == "revoked keyCompromise", is_revoked, "{kind}: {by_responder}");
        let _ = writeln!(table, "| `{kind}` | {by_list} | {by_responder} |");
    }
    let page = std::fs::read_to_string(PAGE).expect("docs/tls.md");
    let (before, rest) = page.split_once(BEGIN).expect("the table's beginning in docs/tls.md");
    let (known, after) = rest.split_once(END).expect("the table's end in docs/tls.md");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(PAGE, [before, BEGIN, &table, END, after].concat()).expect("docs/tls.md is writable");
    } else {
        assert_eq!(known, table, "BLESS=1");
    }
}
