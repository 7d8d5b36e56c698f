//! `postfail run`: verdicts, reports, exit codes.
use postfail::files::Folder;
use serde_json::Value;

use crate::served::{done, postfail, scenario_file, told};

const POP3: &str = "plaintext/pop3-110-closed-use-995";
/// The program under test, as a client that does the right thing.
const CLIENT: &str = env!("CARGO_BIN_EXE_postfail");

#[test]
fn the_built_in_client_passes_every_scenario() {
    // Without old TLS a scenario about it is refused: see below.
    let scenarios: &[&str] = if cfg!(feature = "legacy-tls") { &["all"] } else { &[POP3, "account"] };
    let (code, stdout, stderr) = done(&[&["run"], scenarios].concat());
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(stdout.contains("works") && stdout.contains("breaks") && stdout.contains("mended"), "{stdout}");
    assert!(!stdout.contains("FAILED") && stderr.contains("[1/"), "{stdout}{stderr}");
}

#[test]
fn a_command_gets_placeholders_and_environment() {
    let script = "test \"$POSTFAIL_POP3_PORT\" = {pop3.port} && test \"$POSTFAIL_PHASE\" = {phase} && \
                  test \"$SSL_CERT_FILE\" = {ca} && test -s {ca} && test \"$POSTFAIL_CLIENT_URL\" = {client.url} && \
                  test \"$POSTFAIL_SCENARIO\" = {scenario} && exec \"$0\" client {client.url}";
    let (code, stdout, stderr) = done(&["run", POP3, "--", "sh", "-c", script, CLIENT]);
    assert_eq!(code, 0, "{stdout}{stderr}");
}

#[test]
fn a_client_that_notices_nothing_fails() {
    for program in ["true", "false"] {
        let (code, stdout, _) = done(&["run", POP3, "--", program]);
        assert_eq!(code, 1, "{program}: {stdout}");
        assert!(stdout.contains("1 of 1 FAILED"), "{stdout}");
    }
    let (_, stdout, _) = done(&["run", POP3, "--phase", "breaks", "--", "true"]);
    assert!(stdout.contains("say so, got exit code 0"), "{stdout}");
}

#[test]
fn one_phase_alone() {
    let (code, stdout, _) = done(&["run", POP3, "--phase", "breaks", "--", CLIENT, "client", "{client.url}"]);
    assert_eq!(code, 0, "{stdout}");
    assert!(!stdout.contains("works") && !stdout.contains("mended"), "{stdout}");
}

#[test]
fn a_client_that_hangs_is_ended_and_told() {
    let arguments =
        ["run", POP3, "--phase", "breaks", "--timeout", "1", "--", "sh", "-c", "trap '' TERM; sleep 1000"];
    let (code, stdout, _) = done(&arguments);
    assert_eq!(code, 1, "{stdout}");
    assert!(stdout.contains("still running after 1 s"), "{stdout}");
}

#[test]
fn wrong_use_is_2_and_starts_nothing() {
    let folder = Folder::new().unwrap();
    let touched = folder.path().join("touched");
    let touch = ["--", "touch", touched.to_str().unwrap()];
    let broken = scenario_file(folder.path(), "title = 1\n");
    for (arguments, told) in [
        (vec!["run", "nonsense/none"], "there is no scenario `nonsense/none`"),
        (vec!["run", broken.to_str().unwrap()], "own.toml:1:"),
        (vec!["run", POP3, "--phase", "brakes"], "it has: works, breaks, mended"),
        (vec!["run", POP3, "--profile", "exchange-online"], "it can be told with: postfail, dovecot"),
        (vec!["run", POP3, "--set", "pop3.state=shut"], "valid: open, closed, silent, blackhole"),
    ] {
        let all: Vec<&str> = arguments.iter().chain(&touch).copied().collect();
        let (code, _, stderr) = done(&all);
        assert!(code == 2 && stderr.contains(told), "{arguments:?}: {code} {stderr}");
    }
    let (code, _, stderr) = done(&["run", POP3, "--", "touch", touched.to_str().unwrap(), "{pop3.prot}"]);
    assert!(code == 2 && stderr.contains("`{pop3.prot}`") && stderr.contains("{pop3.port}"), "{stderr}");
    assert!(!touched.exists());
}

#[test]
fn a_client_that_is_not_there_is_3() {
    let (code, _, stderr) = done(&["run", POP3, "--", "/nonexistent/client"]);
    assert!(code == 3 && stderr.contains("/nonexistent/client cannot be started"), "{code} {stderr}");
}

#[test]
fn a_report_that_cannot_be_written_is_4() {
    let (code, _, stderr) = done(&["run", POP3, "--junit", "/nonexistent/report.xml"]);
    assert!(code == 4 && stderr.contains("/nonexistent/report.xml"), "{code} {stderr}");
}

#[test]
fn reports_and_journals_are_written() {
    let folder = Folder::new().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (junit, json, journals) = (path("report.xml"), path("report.json"), path("journals"));
    let arguments =
        ["run", POP3, "--profile", "all", "--junit", &junit, "--json", &json, "--journal-dir", &journals];
    let (code, stdout, stderr) = done(&arguments);
    assert_eq!(code, 0, "{stdout}{stderr}");

    let junit = std::fs::read_to_string(junit).unwrap();
    assert!(junit.contains("tests=\"6\"") && junit.contains("failures=\"0\""), "{junit}");
    let json: Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    assert_eq!(json["passed"], true);
    assert_eq!(json["verdicts"].as_array().map(Vec::len), Some(2));

    let stem = format!("{journals}/plaintext.pop3-110-closed-use-995.dovecot");
    let journal = std::fs::read_to_string(format!("{stem}.jsonl")).unwrap();
    assert!(journal.lines().count() > 20 && journal.lines().all(|line| line.starts_with("{\"seq\":")));
    let transcripts = std::fs::read_to_string(format!("{stem}.txt")).unwrap();
    assert!(
        transcripts.contains("== connection 1 to pop3\n") && transcripts.contains("S: +OK"),
        "{transcripts}"
    );
    let printed = std::fs::read_to_string(format!("{stem}.mended.client.txt")).unwrap();
    assert!(!printed.is_empty());
}

#[test]
fn an_interrupted_run_still_writes_its_reports() {
    let folder = Folder::new().unwrap();
    let json = folder.path().join("report.json");
    let arguments =
        ["run", POP3, "--json", json.to_str().unwrap(), "--", "sh", "-c", "kill -INT $PPID; sleep 1000"];
    let (code, stdout, stderr) = told(postfail(&arguments).output().unwrap());
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("interrupted") && stdout.contains("not reached"), "{stdout}{stderr}");
    let json: Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    assert_eq!(json["passed"], false);
}

#[cfg(not(feature = "legacy-tls"))]
#[test]
fn a_build_without_old_tls_refuses_instead_of_falling_back() {
    let (code, _, stderr) = done(&["run", "tls/tls-1-0-and-1-1-off", "--", "true"]);
    assert!(code == 2 && stderr.contains("legacy-tls"), "{code} {stderr}");
}
