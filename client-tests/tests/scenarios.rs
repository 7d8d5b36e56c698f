//! `postfail run SCENARIO -- CLIENT` with real clients: what it prints, and the exit code a CI goes by.
use client_tests::{Client, Home, Outcome, client, program};

/// Runs the scenario with curl, given these arguments more.
fn with_curl(home: &Home, scenario: &str, reports: &[&str], arguments: &[&str]) -> Option<Outcome> {
    let curl = client("curl")?.display().to_string();
    let common = [curl.as_str(), "-sS", "--max-time", "30", "--cacert", "{ca}", "-u", "{user}:{password}"];
    Some(run(home, &[&["run", scenario], reports, &["--"], &common[..], arguments].concat()))
}

fn run(home: &Home, arguments: &[&str]) -> Outcome {
    Client::new(program::postfail(), home).args(arguments).run()
}

/// The line of a phase in what was printed, such as `works   passed       asked: succeeds ...`.
#[track_caller]
fn phase(outcome: &Outcome, name: &str) -> String {
    let line = outcome.stdout.lines().find(|line| line.trim_start().starts_with(name));
    line.unwrap_or_else(|| panic!("no {name} in:\n{}", outcome.said())).to_owned()
}

#[track_caller]
fn phases(outcome: &Outcome, wanted: [(&str, &str); 3]) {
    for (name, code) in wanted {
        let line = phase(outcome, name);
        assert!(
            line.contains("passed") && line.contains(&format!("exit code {code} ")),
            "{name} is not {code}: {line}"
        );
    }
}

const OLD: &[&str] = &[
    "--ssl-reqd",
    "--ciphers",
    "DEFAULT:@SECLEVEL=0",
    "--tlsv1.0",
    "--tls-max",
    "1.1",
    "{client.url}/INBOX;MAILINDEX=1",
];

#[test]
fn an_old_client_loses_its_server_and_gets_it_back() {
    let home = Home::new();
    let Some(outcome) = with_curl(&home, "tls/tls-1-0-and-1-1-off", &["--junit", "junit.xml"], OLD) else {
        return;
    };
    let outcome = outcome.expect(0).expect_said("alert protocol version");
    phases(&outcome, [("works", "0"), ("breaks", "35"), ("mended", "0")]);
    let junit = home.read_all("junit.xml");
    assert!(junit.contains("tls/tls-1-0-and-1-1-off") && junit.contains("failures=\"0\""), "{junit}");
}

/// RSA key exchange has no signature that a client of today would refuse: no cipher option is needed.
#[test]
fn the_version_alone_makes_curl_an_old_client() {
    let home = Home::new();
    let arguments = ["--ssl-reqd", "--tls-max", "1.1", "{client.url}/INBOX;MAILINDEX=1"];
    let Some(outcome) = with_curl(&home, "tls/tls-1-0-and-1-1-off", &[], &arguments) else { return };
    phases(&outcome.expect(0), [("works", "0"), ("breaks", "35"), ("mended", "0")]);
}

#[test]
fn a_new_client_notices_nothing() {
    let home = Home::new();
    let arguments = ["--ssl-reqd", "{client.url}/INBOX;MAILINDEX=1"];
    let Some(outcome) = with_curl(&home, "tls/tls-1-0-and-1-1-off", &[], &arguments) else { return };
    phases(&outcome.expect(0), [("works", "0"), ("breaks", "0"), ("mended", "0")]);
}

/// What is left on the server in these stories no client of today takes, each with the suites it has unless told.
#[test]
fn clients_of_today_find_no_suite_in_common() {
    let home = Home::new();
    let address = "{client.host}:{client.port}";
    let openssl =
        ["openssl", "s_client", "-brief", "-verify_return_error", "-CAfile", "{ca}", "-connect", address];
    let gnutls = ["gnutls-cli", "--x509cafile", "{ca}", "--port", "{client.port}", "{client.host}"];
    let log_in = "import imaplib, ssl, sys; host, port, ca, user, password = sys.argv[1:]; \
                  tls = ssl.create_default_context(cafile=ca); \
                  imaplib.IMAP4_SSL(host, int(port), ssl_context=tls).login(user, password)";
    let python = ["python3", "-c", log_in, "{client.host}", "{client.port}", "{ca}", "{user}", "{password}"];
    for arguments in [&openssl[..], &gnutls, &python] {
        if client(arguments[0]).is_none() {
            continue;
        }
        let outcome = run(&home, &[&["run", "tls/no-shared-cipher", "--"], arguments].concat());
        phases(&outcome.expect(0), [("works", "0"), ("breaks", "1"), ("mended", "0")]);
    }
    let careful = ["--ssl-reqd", "{client.url}/INBOX;MAILINDEX=1"];
    let Some(outcome) = with_curl(&home, "tls/no-shared-cipher", &[], &careful) else { return };
    let outcome = outcome.expect(0).expect_said("alert handshake failure");
    phases(&outcome, [("works", "0"), ("breaks", "35"), ("mended", "0")]);
}

/// The window of a listener is that behind STARTTLS, so curl hears what it hears on a port of TLS.
#[test]
fn a_version_is_refused_after_starttls_by_its_alert() {
    let home = Home::new();
    let modern = ["--tlsv1.2", "--ssl-reqd", "{client.url}/INBOX;MAILINDEX=1"];
    let Some(outcome) = with_curl(&home, "starttls/tls-version-after-starttls", &[], &modern) else { return };
    let outcome = outcome.expect(0).expect_said("alert protocol version");
    phases(&outcome, [("works", "0"), ("breaks", "35"), ("mended", "0")]);
}

/// The stories of certificates, as curl takes them. It still reads a name from the subject, and is told so;
/// of all it is found out when it is told not to look. Unless told to, it asks for no staple, and hears of no revocation.
#[test]
fn curl_looks_at_certificates_unless_it_is_told_not_to() {
    let home = Home::new();
    let careful = ["--ssl-reqd", "{client.url}/INBOX;MAILINDEX=1"];
    let careless = ["--insecure", "--ssl-reqd", "{client.url}/INBOX;MAILINDEX=1"];
    for scenario in [
        "tls/cert-expired",
        "tls/cert-wrong-host",
        "tls/cert-missing-intermediate",
        "tls/cert-issuer-not-ca",
        "tls/cert-weak-key",
        "tls/root-changed",
    ] {
        let Some(outcome) = with_curl(&home, scenario, &[], &careful) else { return };
        phases(&outcome.expect(0), [("works", "0"), ("breaks", "60"), ("mended", "0")]);
    }
    let Some(outcome) = with_curl(&home, "tls/cert-no-san", &[], &careful) else { return };
    let outcome = outcome.expect(0).expect_said("advice: common-name-trusted");
    phases(&outcome, [("works", "0"), ("breaks", "0"), ("mended", "0")]);
    let with_status = [&["--cert-status"], &careful[..]].concat();
    for (arguments, breaks, said) in [(&careful[..], "0", ""), (&with_status, "91", "revocation reason")] {
        let Some(outcome) = with_curl(&home, "tls/cert-revoked", &[], arguments) else { return };
        let outcome = outcome.expect(0).expect_said(said);
        phases(&outcome, [("works", "0"), ("breaks", breaks), ("mended", "0")]);
    }
    let Some(outcome) = with_curl(&home, "tls/cert-self-signed", &[], &careless) else { return };
    outcome.expect(1).expect_said("bad-certificate-accepted");
}

#[test]
fn pop3_moves_from_110_to_995() {
    let home = Home::new();
    let scenario = "plaintext/pop3-110-closed-use-995";
    let Some(outcome) = with_curl(&home, scenario, &["--json", "verdicts.json"], &["{client.url}/1"]) else {
        return;
    };
    phases(&outcome.expect(0), [("works", "0"), ("breaks", "7"), ("mended", "0")]);
    let verdicts = home.read_all("verdicts.json");
    serde_json::from_str::<serde_json::Value>(&verdicts)
        .unwrap_or_else(|error| panic!("{error}: {verdicts}"));
    assert!(verdicts.contains(scenario), "{verdicts}");
}

/// What docs/cli.md shows: curl by the address alone, and by all that the environment says.
#[test]
fn curl_goes_through_a_folder_by_the_settings_of_each_phase() {
    let home = Home::new();
    let Some(outcome) = with_curl(&home, "plaintext/pop3*", &[], &["{client.url}"]) else { return };
    outcome.expect(0);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/curl.sh");
    run(&home, &["run", "plaintext", "tls/client-certificate*", "--", "sh", script]).expect(0);
}

#[test]
fn an_account_is_locked_and_unlocked_in_the_words_of_each_provider() {
    for (profile, words) in [("dovecot", "[AUTHENTICATIONFAILED]"), ("exchange-online", "LOGIN failed.")] {
        let home = Home::new();
        let reports = ["--profile", profile, "--journal-dir", "journals"];
        let Some(outcome) = with_curl(&home, "account/locked-after-failures", &reports, &["{client.url}"])
        else {
            return;
        };
        phases(&outcome.expect(0), [("works", "0"), ("breaks", "67"), ("mended", "0")]);
        let journal = home.read_all("journals");
        assert!(journal.contains(words), "{profile} says {words:?}:\n{journal}");
    }
}

#[test]
fn a_client_that_calls_a_failure_success_fails() {
    let home = Home::new();
    let outcome =
        run(&home, &["run", "plaintext/pop3-110-closed-use-995", "--junit", "junit.xml", "--", "true"]);
    let outcome = outcome.expect(1);
    assert!(phase(&outcome, "breaks").contains("FAILED"), "{}", outcome.said());
    assert!(!home.read_all("junit.xml").contains("failures=\"0\""));
}

#[test]
fn what_cannot_be_run_has_its_own_exit_code() {
    let home = Home::new();
    run(&home, &["run", "tls/tls-1-0-and-1-1-of", "--", "true"])
        .expect(2)
        .expect_said("tls/tls-1-0-and-1-1-off");
    run(&home, &["run", "tls/tls-1-0-and-1-1-off", "--", "no-such-mail-client"]).expect(3);
}

#[test]
fn the_built_in_client_passes() {
    let scenarios =
        ["plaintext/pop3-110-closed-use-995", "tls/tls-1-0-and-1-1-off", "account/locked-after-failures"];
    run(&Home::new(), &[&["run"], &scenarios[..]].concat()).expect(0);
}
