//! The OpenAPI documents by programs that nobody here wrote: one checks them, one sends what they allow and what they do
//! not to the identity provider.
use std::path::Path;

use client_tests::{Client, Home, Server, client, fetched};
use postfail::Postfail;
use postfail::change::{Change, IdentityChange};
use serde_json::Value;

/// With this CA for Python's programs.
fn python(program: &Path, home: &Home, server: &Server) -> Client {
    ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"]
        .iter()
        .fold(Client::new(program, home), |client, name| client.env(name, server.ca()))
}

/// Where the identity provider's document is, by TLS.
fn identity(server: &Server) -> String {
    let port = server.environment().into_iter().find(|(name, _)| name == "POSTFAIL_HTTPS_PORT");
    format!("https://localhost:{}", port.expect("it is served").1)
}

/// Fetch a document into a file.
fn fetch(server: &Server, home: &Home, url: &str, file: &str) -> Option<Value> {
    let curl = client("curl")?;
    let field = format!("Authorization: Bearer {}", server.control().1);
    let got = Client::new(&curl, home).args(["-sS", "--fail", "-H", &field, "--cacert"]).args([server.ca()]);
    got.args([url, "-o", file]).run().expect(0);
    Some(serde_json::from_str(&home.read_all(file)).expect("a document is JSON"))
}

#[test]
fn a_validator_takes_both() {
    let Some(program) = fetched("venv/bin/python") else { return };
    let (server, home) = (Server::start(), Home::new());
    let control = format!("{}/api/openapi.json", server.control().0);
    let identity = format!("{}/identity/openapi.json", identity(&server));
    for (url, file) in [(control, "control.json"), (identity, "identity.json")] {
        if fetch(&server, &home, &url, file).is_none() {
            return;
        }
        let validator = python(&program, &home, &server).args(["-m", "openapi_spec_validator", file]);
        validator.run().expect(0).expect_said(&format!("{file}: OK"));
    }
}

#[test]
fn the_identity_provider_answers_as_its_document_says() {
    let Some(program) = fetched("venv/bin/st") else { return };
    // Everybody consents, so that codes and devices are given too.
    let consent = IdentityChange { auto_consent: Some(true), ..IdentityChange::default() };
    let (server, home) = (Server::of(Postfail::healthy().change(Change::Identity(consent))), Home::new());
    let base = identity(&server);
    let url = format!("{base}/identity/openapi.json");
    let Some(document) = fetch(&server, &home, &url, "identity.json") else { return };
    let paths = document["paths"].as_object().expect("it has paths");
    let operations: usize = paths.values().map(|path| path.as_object().map_or(0, serde_json::Map::len)).sum();
    let checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,\
                  response_headers_conformance";
    let outcome = python(&program, &home, &server)
        .args(["--no-color", "run", &url, "--url", &base, "--tls-verify"])
        .args([server.ca()])
        .args(["--checks", checks, "--seed", "7", "--max-examples", "5", "--generation-database", "none"])
        .run();
    // All but the document itself, which it was given.
    outcome.expect(0).expect_said(&format!("Tested: {}\n", operations - 1));
}
