//! `postfail serve`: the table, the ready file, the journal, the end.
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use postfail::files::Folder;
use rustix::process::Signal;
use serde_json::Value;

use crate::served::{Imap, Served, done, postfail};

#[test]
fn the_table_and_the_ready_file_say_the_same() {
    let served = Served::start(&["--seed", "7"]);
    for name in ["SMTP", "SUBMISSION", "SMTPS", "POP3", "POP3S", "IMAP", "IMAPS"] {
        let port = served.port(&format!("POSTFAIL_{name}_PORT"));
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok(), "{name}");
        assert!(served.table.contains(&format!("localhost:{port}  1.2 to 1.3")), "{}", served.table);
        assert_eq!(served.text(&format!("POSTFAIL_{name}_HOST")), "localhost");
    }
    for key in ["POSTFAIL_USER", "POSTFAIL_PASSWORD", "POSTFAIL_CA_FILE", "POSTFAIL_CONTROL"] {
        assert!(served.table.contains(served.text(key)), "{key} is not in {}", served.table);
    }
    // People copy the table into bug reports.
    assert!(!served.table.contains(served.text("POSTFAIL_CONTROL_TOKEN")), "{}", served.table);
    let ca = std::fs::read_to_string(served.text("POSTFAIL_CA_FILE")).unwrap();
    assert!(ca.starts_with("-----BEGIN CERTIFICATE-----"));
    let mode = std::fs::metadata(served.ready_file()).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "the ready file holds the token");
}

#[test]
fn the_ready_file_is_whole_or_not_there() {
    let folder = Folder::new().unwrap();
    let path = folder.path().join("ready.json");
    let arguments = ["serve", "--ports", "random", "--ready-file", path.to_str().unwrap()];
    let mut child = postfail(&arguments).stdout(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    let first_seen = loop {
        match std::fs::read(&path) {
            Ok(bytes) => break bytes,
            Err(_) => assert!(started.elapsed() < Duration::from_secs(60), "no ready file"),
        }
        std::thread::yield_now();
    };
    let ready: Result<Value, _> = serde_json::from_slice(&first_seen);
    child.kill().unwrap();
    child.wait().unwrap();
    let ready = ready.unwrap();
    assert!(ready["POSTFAIL_IMAPS_PORT"].is_u64() && ready["POSTFAIL_CONTROL_TOKEN"].is_string(), "{ready}");
}

#[test]
fn signals_end_it_in_order() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let mut served = Served::start(&[]);
        served.signal(signal);
        assert_eq!(served.child.wait().unwrap().code(), Some(0), "{signal:?}");
        assert!(!served.ready_file().exists(), "nobody must find a server that is gone");
        assert!(!std::path::Path::new(served.text("POSTFAIL_CA_FILE")).exists());
    }
}

/// As by nohup(1): it outlives the terminal it was started from.
#[cfg(target_os = "linux")]
#[test]
fn a_server_that_ignores_the_end_of_its_terminal_goes_on() {
    let mut served = Served::start_by(&["sh", "-c", "trap '' HUP; exec \"$@\"", "sh"], &[]);
    served.signal(Signal::HUP);
    assert!(Imap::connect(served.port("POSTFAIL_IMAP_PORT")).say("NOOP").contains("a OK"));
    served.signal(Signal::TERM);
    assert_eq!(served.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_killed_server_leaves_every_event_in_the_journal() {
    let folder = Folder::new().unwrap();
    let path = folder.path().join("journal.jsonl");
    let mut served = Served::start(&["--journal", path.to_str().unwrap()]);
    let (user, password) =
        (served.text("POSTFAIL_USER").to_owned(), served.text("POSTFAIL_PASSWORD").to_owned());
    let mut imap = Imap::connect(served.port("POSTFAIL_IMAP_PORT"));
    assert!(imap.say(&format!("LOGIN {user} not-the-password")).contains("a NO"));
    assert!(imap.say(&format!("LOGIN {user} {password}")).contains("a OK"));
    assert!(imap.say("SELECT INBOX").contains("a OK"));
    for _ in 0..200 {
        assert!(imap.say("NOOP").contains("a OK"));
    }
    served.child.kill().unwrap();
    served.child.wait().unwrap();

    let journal = std::fs::read_to_string(&path).unwrap();
    assert!(
        !journal.contains(&password) && !journal.contains("not-the-password"),
        "a secret got into the file"
    );
    let mut lines: Vec<&str> = journal.split_inclusive('\n').collect();
    if lines.last().is_some_and(|last| !last.ends_with('\n')) {
        lines.pop();
    }
    let events: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (at, event) in events.iter().enumerate() {
        assert_eq!(event["seq"], at + 1, "none is missing");
    }
    let of_kind = |kind: &str| events.iter().filter(|event| event["kind"] == kind).count();
    assert_eq!(of_kind("log_in"), 2);
    // All that the client saw answered stands there: two log-ins, SELECT, 200 times NOOP.
    assert!(
        of_kind("line_in") >= 203 && of_kind("line_out") >= 203,
        "{} {}",
        of_kind("line_in"),
        of_kind("line_out")
    );
}

#[test]
fn a_taken_port_is_named_with_the_way_out() {
    // One of the usual ports is enough; when somebody else has it already, the better.
    let _taken = TcpListener::bind("127.0.0.1:3143");
    let (code, stdout, stderr) = done(&["serve", "--ready-file", "/nonexistent/x"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stdout.is_empty(), "{stdout}");
    assert!(stderr.contains("is in use") && stderr.contains("--ports random"), "{stderr}");
}

#[test]
fn what_cannot_be_served_is_told_before_anything_starts() {
    for (arguments, told) in [
        (vec!["serve", "telnet/none"], "there is no scenario"),
        (
            vec!["serve", "plaintext/pop3-110-closed-use-99"],
            "did you mean `plaintext/pop3-110-closed-use-995`?",
        ),
        (vec!["serve", "--profile", "dovecott"], "did you mean `dovecot`?"),
        (vec!["serve", "--set", "imap.tls=1.9"], "valid: 1.0, 1.1, 1.2, 1.3"),
        (vec!["serve", "--set", "imapp.tls=1.2"], "did you mean `imap`?"),
        (
            vec!["serve", "account/locked-after-failures", "--profile", "postfail"],
            "it can be told with: dovecot",
        ),
    ] {
        let (code, _, stderr) = done(&arguments);
        assert!(code == 2 && stderr.contains(told), "{arguments:?}: {code} {stderr}");
    }
}

#[test]
fn an_address_that_others_reach_is_warned_of() {
    let folder = Folder::new().unwrap();
    let ready = folder.path().join("ready.json");
    let arguments =
        ["serve", "--ports", "random", "--bind", "0.0.0.0", "--ready-file", ready.to_str().unwrap()];
    let mut child = postfail(&arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut warning = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut warning).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(warning.starts_with("warning: bound to 0.0.0.0: whoever reaches this machine"), "{warning}");
}

#[test]
fn settings_come_from_the_environment_too() {
    let folder = Folder::new().unwrap();
    let ready = folder.path().join("ready.json");
    let mut child = postfail(&["serve"])
        .env("POSTFAIL_PORTS", "random")
        .env("POSTFAIL_READY_FILE", &ready)
        .env("POSTFAIL_SET", "imap.state=closed all.tls=1.3")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let table: Vec<String> = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .take_while(|line| !line.starts_with("Ctrl-C"))
        .collect();
    child.kill().unwrap();
    child.wait().unwrap();
    let imap = table.iter().find(|line| line.starts_with("imap ")).unwrap();
    assert!(imap.contains("1.3 only") && imap.ends_with("closed"), "{imap}");
    assert!(ready.exists());
}
