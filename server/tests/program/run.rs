//! `postfail run`: verdicts, reports, exit codes.
use std::path::Path;
use std::time::{Duration, Instant};

use postfail::files::Folder;
use serde_json::Value;

use crate::served::{Served, done, postfail, scenario_file, told};

const POP3: &str = "plaintext/pop3-110-closed-use-995";
/// Scenarios that any client passes which is told where to go and nothing else: no STARTTLS, no slip of the fingers.
const FEW: [&str; 2] = ["plaintext/pop3-110*", "account/locked-after*"];
/// The program under test, as a client that does the right thing.
const CLIENT: &str = env!("CARGO_BIN_EXE_postfail");

#[test]
fn the_built_in_client_passes_every_scenario() {
    // Without old TLS a scenario about it is refused: see below.
    let scenarios: &[&str] = if cfg!(feature = "legacy-tls") { &["all"] } else { &[POP3, "account"] };
    let (code, stdout, stderr) = done(&[&["run"], scenarios].concat());
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(stdout.starts_with("scenario ") && !stdout.contains("FAILED"), "{stdout}");
    assert!(stderr.contains(": works\n") && stderr.contains(": breaks\n"), "{stderr}");
}

/// Waits that are waited for: a token that does not come in time, and a code that nobody types in.
#[test]
fn the_built_in_client_passes_at_the_real_pace() {
    let real = |more: &[&str]| {
        let (code, stdout, stderr) = done(&[&["run", "--pace", "real", "--profile", "all"], more].concat());
        assert_eq!(code, 0, "{stdout}{stderr}");
    };
    std::thread::scope(|scope| {
        scope.spawn(|| real(&["token/device-code", "--phase", "too-late"]));
        real(&["token/token-endpoint-slow"]);
    });
}

/// The refresh token of a client that did not wait is as good as before, wherever using it brings another.
#[test]
fn a_slow_answer_uses_up_no_refresh_token() {
    let folder = Folder::new().unwrap();
    let journals = folder.path().to_str().unwrap();
    let slow = ["run", "token/token-endpoint-slow", "--profile", "postfail", "--pace", "real"];
    let (code, stdout, stderr) = done(&[&slow[..], &["--journal-dir", journals]].concat());
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(stdout.contains("exit code 69"), "{stdout}");
    let requests = token_requests(folder.path(), "token.token-endpoint-slow.postfail");
    let seen: Vec<_> = requests.iter().map(|one| (one["grant"].as_str(), one["status"].as_u64())).collect();
    assert_eq!(seen, [(Some("refresh_token"), Some(0)), (Some("refresh_token"), Some(200))]);
    assert_eq!(requests[0]["secret"], requests[1]["secret"]);
    assert_eq!(requests[0]["account"], "taro");
}

/// Nothing of a phase that took too long reaches the next one.
#[test]
fn a_device_that_is_out_of_time_polls_no_more() {
    let folder = Folder::new().unwrap();
    let journals = folder.path().to_str().unwrap();
    let waits = ["run", "token/device-code", "--profile", "postfail", "--pace", "real", "--timeout", "1"];
    let (code, stdout, _) = done(&[&waits[..], &["--journal-dir", journals]].concat());
    assert_eq!(code, 1, "{stdout}");
    assert_eq!(stdout.matches("got: still running after 1 s").count(), 4, "{stdout}");
    let requests = token_requests(folder.path(), "token.device-code.postfail");
    let asked: Vec<_> = requests.iter().filter_map(|one| one["endpoint"].as_str()).collect();
    assert_eq!(asked, ["device_authorization"; 4], "the first poll comes after five seconds");
}

/// What the journal of an entry has of the identity provider.
fn token_requests(folder: &Path, stem: &str) -> Vec<Value> {
    let journal = std::fs::read_to_string(folder.join(format!("{stem}.jsonl"))).unwrap();
    let lines = journal.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["kind"] == "token_request").collect()
}

#[test]
fn a_command_waits_as_people_do_unless_told_otherwise() {
    let script = "\"$0\" ctl state --json; \"$0\" client {client.url}";
    for (more, pace) in [(&[][..], "\"pace\": \"real\""), (&["--pace", "instant"], "\"pace\": \"instant\"")] {
        let arguments =
            [&["run", POP3, "--phase", "works"], more, &["--", "sh", "-c", script, CLIENT]].concat();
        let (code, stdout, stderr) = done(&arguments);
        assert_eq!(code, 0, "{stdout}{stderr}");
        assert!(stderr.contains(pace), "{stderr}");
    }
}

/// `[1/4] id (profile): phase` lines, in the order they were shown.
fn headings(stderr: &str) -> Vec<&str> {
    stderr.lines().filter(|line| line.starts_with('[')).collect()
}

#[test]
fn many_worlds_side_by_side_are_told_in_order() {
    let with = |more: &[&'static str]| done(&[&["run"], &FEW[..], more].concat());
    let (code, stdout, stderr) = with(&["--jobs", "4", "--", CLIENT, "client", "{client.url}"]);
    let (_, one_by_one, in_order) = with(&["--jobs", "1"]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert_eq!(headings(&stderr), headings(&in_order));
    assert!(headings(&stderr).len() >= 12, "{stderr}");
    let names = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.split("  ").next().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(names(&stdout), names(&one_by_one));
    // What the client printed stands below its own heading.
    let first = format!("[1/{}] {POP3} (postfail): works\n", entries(&FEW));
    let printed = stderr.split_once(&first).map(|(_, rest)| rest).unwrap_or_default();
    assert!(
        printed.lines().next().is_some_and(|line| line.ends_with("messages in the maildrop")),
        "{stderr}"
    );
}

fn entries(scenarios: &[&str]) -> usize {
    let all = postfail::catalogue::select("all").unwrap();
    let asked = all
        .iter()
        .filter(|one| scenarios.iter().any(|start| one.id.starts_with(start.trim_end_matches('*'))));
    asked.map(|one| one.scenario().unwrap().profiles.len()).sum()
}

#[test]
fn shards_together_are_the_whole() {
    let with =
        |more: &[&'static str]| headings_of(&[&["run"], &FEW[..], &["--phase", "works"], more].concat());
    let whole = with(&[]);
    let mut parts = Vec::new();
    for shard in ["1/3", "2/3", "3/3"] {
        parts.extend(with(&["--shard", shard]));
    }
    assert_eq!(parts.len(), whole.len());
    assert!(whole.iter().all(|heading| parts.contains(heading)), "{parts:?} {whole:?}");
    let (code, _, stderr) = done(&["run", "all", "--shard", "0/3"]);
    assert!(code == 2 && stderr.contains("the first of three is 1/3"), "{stderr}");
}

/// Without their numbers, which each shard counts anew.
fn headings_of(arguments: &[&str]) -> Vec<String> {
    let (code, stdout, stderr) = done(arguments);
    assert_eq!(code, 0, "{stdout}{stderr}");
    headings(&stderr)
        .iter()
        .filter_map(|line| line.split_once("] "))
        .map(|(_, name)| name.to_owned())
        .collect()
}

#[test]
fn a_folder_is_every_entry_and_a_name_is_one() {
    let works = ["--phase", "works"];
    assert_eq!(headings_of(&[&["run", "plaintext"], &works[..]].concat()).len(), entries(&["plaintext"]));
    assert_eq!(headings_of(&[&["run", POP3], &works[..]].concat()).len(), 1);
    let of_one = headings_of(&["run", "all", "--profile", "exchange-online", "--phase", "works"]);
    assert!(!of_one.is_empty() && of_one.iter().all(|heading| heading.contains("(exchange-online)")));
    let (code, _, stderr) = done(&["run", "plaintext", "--phase", "brakes"]);
    assert!(code == 2 && stderr.contains("nothing in `plaintext` fits"), "{stderr}");
}

#[test]
fn a_command_gets_placeholders_and_environment() {
    let script = "test \"$POSTFAIL_POP3_PORT\" = {pop3.port} && test \"$POSTFAIL_PHASE\" = {phase} && \
                  test \"$SSL_CERT_FILE\" = {ca} && test -s {ca} && test \"$POSTFAIL_CLIENT_URL\" = {client.url} && \
                  test \"$POSTFAIL_SCENARIO\" = {scenario} && exec \"$0\" client {client.url}";
    let (code, stdout, stderr) = done(&["run", POP3, "--", "sh", "-c", script, CLIENT]);
    assert_eq!(code, 0, "{stdout}{stderr}");
}

/// What the ready file says of a world can be put into a client's arguments under the same name.
#[test]
fn every_variable_is_a_placeholder() {
    let served = Served::start(&[]);
    let keys = served.ready.as_object().unwrap().keys();
    let names = keys.map(|key| key.trim_start_matches("POSTFAIL_").to_lowercase().replace('_', "."));
    let typed: String =
        names.map(|name| if name == "ca.file" { "{ca}".into() } else { format!("{{{name}}}") }).collect();
    assert!(typed.contains("{web.client.secret}") && typed.contains("{client.secret}"), "{typed}");
    // Nothing is to be left of them: the client fails, as this phase asks, unless it finds a brace.
    let find = ["--phase", "breaks", "--", "sh", "-c", "printf %s \"$0\" | grep -o '{[a-z.]*}'", &typed];
    let (code, stdout, stderr) = done(&[&["run", POP3], &find[..]].concat());
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
fn a_report_that_cannot_be_written_is_found_before_anything_starts() {
    for report in ["--junit", "--json", "--markdown"] {
        let (code, stdout, stderr) = done(&["run", POP3, report, "/nonexistent/report"]);
        let told = "postfail: cannot write /nonexistent/report: No such file or directory (os error 2)\n";
        assert_eq!((code, &*stdout, &*stderr), (2, "", told));
    }
}

/// The client itself sends the signal, and would go on for long.
#[test]
fn signals_end_a_run_in_order() {
    let script = "echo $$ {ca}; kill -s \"$0\" $PPID; exec sleep 1000";
    for signal in ["INT", "TERM", "HUP"] {
        let folder = Folder::new().unwrap();
        let junit = folder.path().join("report.xml");
        let reports = ["run", POP3, "--jobs", "1", "--junit", junit.to_str().unwrap()];
        let arguments = [&reports[..], &["--", "sh", "-c", script, signal]].concat();
        let (code, stdout, stderr) = done(&arguments);
        assert_eq!(code, 1, "{signal}: {stderr}");
        assert!(stderr.ends_with("postfail: interrupted\n"), "{signal}: {stderr}");
        assert!(stdout.contains("works   not reached"), "{signal}: {stdout}");
        let report = std::fs::read_to_string(junit).unwrap();
        assert_eq!(report.matches("<error message=\"not reached").count(), 3, "{signal}: {report}");
        let (client, ca) = stderr.lines().nth(1).and_then(|line| line.split_once(' ')).unwrap();
        assert!(!Path::new(ca).exists(), "{signal}: {ca}");
        let started = Instant::now();
        while runs(client) {
            assert!(started.elapsed() < Duration::from_secs(60), "{signal}: the client runs on");
            std::thread::yield_now();
        }
    }
}

/// proc_pid_stat(5); without /proc nobody can say. A killed process is there until its new parent has asked for it.
fn runs(process: &str) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(process).join("stat"));
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}

/// A disk that became full meanwhile; and a run in which nothing was told says nothing of it.
#[cfg(target_os = "linux")]
#[test]
fn what_fails_on_the_way_is_told() {
    let (code, stdout, stderr) = done(&["run", POP3, "--phase", "works", "--junit", "/dev/full"]);
    assert!(code == 4 && stderr.contains("cannot write /dev/full"), "{code} {stderr}");
    assert!(stdout.ends_with("1 passed\n"), "{stdout}");
    let (code, stdout, stderr) = done(&["run", POP3, "--capture-dir", "/proc/captures"]);
    assert!(stderr.contains("cannot write the captures to /proc/captures/"), "{stderr}");
    assert_eq!((code, &*stdout), (2, ""));
}

#[test]
fn reports_and_journals_are_written() {
    let folder = Folder::new().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (junit, json, journals) = (path("report.xml"), path("report.json"), path("journals"));
    let markdown = path("report.md");
    let reports = ["--junit", &junit, "--json", &json, "--markdown", &markdown, "--journal-dir", &journals];
    let (code, stdout, stderr) = done(&[&["run", POP3, "--profile", "all"], &reports[..]].concat());
    assert_eq!(code, 0, "{stdout}{stderr}");

    let markdown = std::fs::read_to_string(markdown).unwrap();
    assert!(markdown.starts_with("# postfail: 2 passed\n"), "{markdown}");
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
