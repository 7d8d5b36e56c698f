//! OAuth clients that nobody here wrote go through their flows, and report what they report of the real providers.
use std::path::Path;

use client_tests::{Client, Home, Outcome, Server, client, fetched};
use postfail::{Pace, Postfail};

const LAB: &str = include_str!("../scripts/oauth_lab.py");

/// It went well, and said all of these.
#[track_caller]
fn said(outcome: Outcome, lines: &[&str]) {
    lines.iter().fold(outcome.expect(0), |outcome, line| outcome.expect_said(line));
}

/// The program with this script and what a client under test has in its environment.
fn run(server: &Server, home: &Home, program: &Path, script: &Path) -> Outcome {
    let ca = server.ca();
    let mut command = Client::new(program, home).args([script]);
    for (name, value) in server.environment() {
        command = command.env(&name, value);
    }
    for name in ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"] {
        command = command.env(name, ca);
    }
    command.run()
}

fn python(script: &str) -> Option<Outcome> {
    at(&Server::start(), script)
}

fn at(server: &Server, script: &str) -> Option<Outcome> {
    let python = fetched("venv/bin/python")?;
    let home = Home::new();
    home.write("oauth_lab.py", LAB);
    let script = home.write("script.py", script);
    Some(run(server, &home, &python, &script))
}

#[test]
fn msal_for_python() {
    let Some(outcome) = python(include_str!("../scripts/oauth_msal.py")) else { return };
    let lines = [
        "device: tokens",
        "account: taro@postfail.test",
        "refresh: tokens",
        "89 days: tokens",
        "91 days: invalid_grant 700082",
        "signed in again: tokens",
        "password changed: invalid_grant 50173",
        "consent withdrawn: invalid_grant 65001",
        "second factor: invalid_grant 50076",
        "conditional access: invalid_grant 53003",
        "down: temporarily_unavailable 90033",
        "undecided: True",
        "expired: expired_token 70020",
        "declined: authorization_declined 70018",
    ];
    said(outcome, &lines);
}

#[test]
fn msal_speaks_for_itself() {
    let server = Server::of(Postfail::healthy().profile("exchange-online").pace(Pace::Instant));
    let Some(outcome) = at(&server, include_str!("../scripts/oauth_app.py")) else { return };
    let lines = [
        "taro: open",
        "hanako: open",
        "nobody: refused",
        "wrong secret: invalid_client [7000215]",
        "secret expired: invalid_client [7000222]",
        "an hour later: refused",
    ];
    said(outcome, &lines);
    let secret = server.environment().into_iter().find(|(name, _)| name == "POSTFAIL_WEB_CLIENT_SECRET");
    let journal = format!("{:?}", server.journal());
    assert!(journal.contains("client_credentials") && !journal.contains(&secret.expect("it is there").1));
}

#[test]
fn google_auth() {
    let Some(outcome) = python(include_str!("../scripts/oauth_google.py")) else { return };
    let dead = "invalid_grant: Token has been expired or revoked.";
    let ends = ["181 days", "revoked", "test application"].map(|what| format!("{what}: {dead}"));
    let mut lines = vec!["code: tokens", "refresh: tokens", "keys: ['ES256', 'RS256']"];
    lines.extend(ends.iter().map(String::as_str));
    said(outcome, &lines);
}

#[test]
fn authlib() {
    let Some(outcome) = python(include_str!("../scripts/oauth_authlib.py")) else { return };
    let lines = [
        "code: Bearer",
        "id token: RS256 taro@postfail.test",
        "userinfo: taro@postfail.test",
        "rotated: True",
        "used again: invalid_grant",
        "and then: invalid_grant",
        "revoked: invalid_grant",
        "31 days: invalid_grant",
    ];
    said(outcome, &lines);
}

#[test]
fn openid_client() {
    let (Some(node), Some(modules)) = (client("node"), fetched("npm/node_modules/openid-client")) else {
        return;
    };
    let (server, home) = (Server::start(), Home::new());
    let script = home.write("script.mjs", include_str!("../scripts/oauth_openid.mjs"));
    // Modules are looked for beside the script.
    let folder = modules.parent().and_then(|folder| folder.canonicalize().ok()).expect("it holds a module");
    std::os::unix::fs::symlink(folder, home.path().join("node_modules")).expect("the home is new");
    let lines = [
        "generic: taro@postfail.test taro@postfail.test",
        "generic refresh: bearer",
        "generic revoked: invalid_grant",
        "microsoft refresh: bearer",
        "microsoft revoked: invalid_grant 50173",
        "google refresh: bearer",
        "google revoked: invalid_grant",
    ];
    said(run(&server, &home, &node, &script), &lines);
}

#[test]
fn email_oauth2_proxy() {
    let server = Server::of(Postfail::healthy().profile("exchange-online").pace(Pace::Instant));
    let Some(outcome) = at(&server, include_str!("../scripts/emailproxy_session.py")) else { return };
    said(outcome, &["first: OK", "an hour later: OK", "91 days later: asked to sign in again"]);
    let codes: Vec<_> = server.journal().into_iter().filter_map(|entry| entry["code"].as_u64()).collect();
    // It tries once more before it asks.
    assert!(!codes.is_empty() && codes.iter().all(|code| *code == 700_082), "{codes:?}");
}
