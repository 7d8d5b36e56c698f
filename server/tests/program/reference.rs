//! `list`, `explain`, `check`, `certs`, `completions`: what can be looked up without a server.
use postfail::files::Folder;
use serde_json::Value;

use crate::served::{Served, done, scenario_file};

#[test]
fn scenarios_are_listed() {
    let (code, table, _) = done(&["list"]);
    assert_eq!(code, 0);
    assert!(table.contains("account/locked-after-failures"), "{table}");
    let (_, json, _) = done(&["list", "--json", "--layer", "tls"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    let list = json.as_array().unwrap();
    assert!(
        !list.is_empty() && list.iter().all(|scenario| scenario["diagnosis"]["layer"] == "tls"),
        "{json}"
    );
    let (_, table, _) = done(&["list", "--lang", "ja"]);
    assert!(table.contains("閉じられた"), "{table}");
    let (_, profiles, _) = done(&["list", "--profiles"]);
    assert!(profiles.contains("exchange-online"), "{profiles}");
    let (code, _, stderr) = done(&["list", "--layer", "moon"]);
    assert!(code == 2 && stderr.contains("valid: network, tls"), "{stderr}");
}

#[test]
fn a_scenario_is_explained_in_both_languages_with_its_sources() {
    let (code, text, _) = done(&["explain", "account/locked-after-failures"]);
    assert_eq!(code, 0);
    for told in [
        "What to do",
        "cause account-locked",
        "a correct client fails",
        "dovecot imap bad-password",
        "https://",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    // A wording nobody has seen is marked, and one that was seen is not.
    let heading = |start: &str| text.lines().find(|line| line.trim_start().starts_with(start)).unwrap();
    assert!(heading("exchange-online imap account-locked").ends_with("[inferred]"));
    assert!(!heading("dovecot imap bad-password").contains("[inferred]"));
    let (_, text, _) = done(&["explain", "account/locked-after-failures", "--lang", "ja"]);
    assert!(text.contains("対処") && text.contains("正しいソフトは失敗する"), "{text}");
}

#[test]
fn faults_failures_and_profiles_are_explained() {
    for (name, told) in [
        ("delay", "the server waits"),
        ("bad-password", "535 5.7.8"),
        ("dovecot", "[AUTHENTICATIONFAILED] Authentication failed."),
        ("password-in-clear", "secrets, leak, RFC 8314 3"),
        ("retry-storm", "retry, harm, RFC 5321 4.5.4.1"),
        ("error-challenge-not-answered", "tokens, breach, RFC 7628 3.2.3"),
    ] {
        let (code, text, _) = done(&["explain", name]);
        assert!(code == 0 && text.contains(told), "{name}: {text}");
    }
    let (code, _, stderr) = done(&["explain", "all"]);
    assert!(code == 2 && stderr.contains("name one: account/"), "{stderr}");
    let (code, _, stderr) = done(&["explain", "account/locked-after-failure"]);
    assert!(code == 2 && stderr.contains("did you mean `account/locked-after-failures`?"), "{stderr}");
}

#[test]
fn a_wrong_file_is_shown_with_a_caret() {
    let folder = Folder::new().unwrap();
    let good = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/plaintext/pop3-110-closed-use-995.toml");
    let (code, stdout, _) = done(&["check", good]);
    assert!(code == 0 && stdout.starts_with("ok "), "{stdout}");

    let text = std::fs::read_to_string(good).unwrap().replace("state = \"closed\"", "state = \"closd\"");
    let wrong = scenario_file(folder.path(), &text);
    let (code, stdout, stderr) = done(&["check", good, wrong.to_str().unwrap()]);
    assert_eq!(code, 2);
    assert!(stdout.starts_with("ok "), "the right one is told as well: {stdout}");
    for told in ["own.toml:", "`closd`", "^^^^", "did you mean `closed`?"] {
        assert!(stderr.contains(told), "{told}: {stderr}");
    }
    let (code, _, stderr) = done(&["check", "/nonexistent/x.toml"]);
    assert!(code == 2 && stderr.contains("cannot read /nonexistent/x.toml"), "{stderr}");
}

#[test]
fn a_kept_authority_is_the_one_served() {
    let folder = Folder::new().unwrap();
    let out = folder.path().join("certs");
    let (code, stdout, stderr) = done(&["certs", "--out", out.to_str().unwrap()]);
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stdout.contains("ca.pem  the root, for clients to trust") && stdout.contains("ecdsa-key.pem"),
        "{stdout}"
    );
    let root = std::fs::read(out.join("ca.pem")).unwrap();
    let served = Served::start(&["--ca-dir", out.to_str().unwrap()]);
    assert_eq!(std::fs::read(served.text("POSTFAIL_CA_FILE")).unwrap(), root);
}

#[test]
fn certificates_are_written_right_and_wrong_and_for_clients() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new().unwrap();
    let out = folder.path().join("certs");
    let place = out.to_str().unwrap();
    let asked = ["certs", "--out", place, "--kind", "expired,revoked", "--kind", "root-replaced", "--client"];
    let (code, stdout, stderr) = done(&asked);
    assert_eq!(code, 0, "{stderr}");
    for name in
        ["expired-ecdsa.pem", "revoked-ecdsa-key.pem", "intermediate.crl", "new-root.pem", "client-good.pem"]
    {
        assert!(stdout.contains(&format!("/{name}  ")) && out.join(name).is_file(), "{name}: {stdout}");
    }
    for secret in ["ca-key.pem", "expired-ecdsa-key.pem", "client-untrusted-key.pem"] {
        assert_eq!(
            std::fs::metadata(out.join(secret)).unwrap().permissions().mode() & 0o777,
            0o600,
            "{secret}"
        );
    }
    if cfg!(feature = "legacy-tls") {
        assert_eq!(
            std::fs::metadata(out.join("client-good.p12")).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert!(stdout.contains("PKCS #12, password \"postfail\""), "{stdout}");
    }
    let (code, stdout, stderr) = done(&["certs"]);
    assert!(
        code == 2 && stdout.is_empty() && stderr.contains("postfail certs --out DIR"),
        "{stdout}{stderr}"
    );
    assert!(!std::path::Path::new("postfail-certs").exists(), "no key where nobody asked for one");
    let (code, _, stderr) = done(&["certs", "--out", place, "--kind", "expird"]);
    assert!(code == 2 && stderr.contains("'expired'") && stderr.contains("self-signed"), "{stderr}");
    let (code, _, stderr) = done(&["certs", "--out", place, "--client", "--address", "太郎@postfail.test"]);
    assert!(code == 2 && stderr.contains("is not an address in ASCII"), "{stderr}");
}

#[test]
fn names_that_choose_are_listed_with_what_they_mean() {
    let (code, stdout, _) = done(&["list", "--names"]);
    assert_eq!(code, 0);
    for told in ["account-locked+NAME", "locked+NAME", "tls1-0.postfail.test", "expired.postfail.test"] {
        assert!(stdout.lines().any(|line| line.starts_with(told)), "{told}: {stdout}");
    }
    let (_, stdout, _) = done(&["list", "--names", "--json"]);
    let names: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let all = names.as_array().unwrap();
    assert!(
        all.len() > 50
            && all.iter().all(|name| name["means"].as_str().is_some_and(|means| !means.is_empty()))
    );
    let (code, _, stderr) = done(&["list", "--names", "--profiles"]);
    assert!(code == 2 && stderr.contains("cannot be used with"), "{stderr}");
}

#[test]
fn rules_of_conduct_are_listed() {
    let (code, table, _) = done(&["list", "--rules", "--lang", "ja"]);
    assert!(code == 0 && table.contains("password-in-clear") && table.contains("送らないこと"), "{table}");
    let (_, json, _) = done(&["list", "--rules", "--json"]);
    let rules: Value = serde_json::from_str(&json).unwrap();
    assert!(rules.as_array().unwrap().iter().all(|rule| rule["severity"].is_string()), "{json}");
}

#[test]
fn shells_are_completed() {
    let (code, stdout, _) = done(&["completions", "bash"]);
    assert!(code == 0 && stdout.contains("complete -F _postfail"), "{stdout}");
}

#[test]
fn the_scenario_of_the_guide_is_right_and_runs() {
    let guide = include_str!("../../../docs/adding-a-scenario.md");
    let text = guide.split_once("```toml\n").and_then(|(_, rest)| rest.split_once("```")).unwrap().0;
    let folder = Folder::new().unwrap();
    let file = scenario_file(folder.path(), text);
    let (code, stdout, stderr) =
        done(&["run", file.to_str().unwrap(), "--profile", "all", "--pace", "instant"]);
    assert!(code == 0 && stdout.ends_with("3 passed\n"), "{stdout}{stderr}");
    for words in stderr.lines().filter(|line| line.starts_with("refused: ")) {
        let code = words.split(' ').nth(1).unwrap_or_default();
        assert!(guide.contains(&format!("refused: {code} ")), "the guide shows other words than {words}");
    }
}

#[test]
fn a_reader_that_has_gone_ends_a_list_without_noise() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut postfail = std::process::Command::new(env!("CARGO_BIN_EXE_postfail"));
    let done = postfail.arg("list").stdout(writer).output().unwrap();
    let stderr = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && stderr.is_empty(), "{stderr}");
}

#[test]
fn each_command_says_what_it_is_for() {
    let (code, stdout, _) = done(&["--help"]);
    assert_eq!(code, 0);
    for (command, does) in [("token", "Sign an account in"), ("certs", "Write a certificate authority")] {
        let line = stdout.lines().find(|line| line.trim_start().starts_with(&format!("{command} ")));
        assert!(line.is_some_and(|line| line.contains(does)), "{command}: {stdout}");
    }
}
