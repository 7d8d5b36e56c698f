//! What becomes of the program when nobody reads what it prints, and where its lines begin.
use std::io::{Read, Write, pipe};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

use postfail::files::Folder;
use rustix::process::{Pid, Signal, kill_process};

use crate::served::{Imap, Served, done, postfail, told};

const POP3: &str = "plaintext/pop3-110-closed-use-995";
/// No client passes this way.
const WRONG: [&str; 3] = ["--", "sh", "-c"];

/// A pipe whose reader has gone.
fn closed() -> Stdio {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    writer.into()
}

#[test]
fn reports_that_nobody_reads_end_without_noise() {
    let served = Served::start(&[]);
    let (folder, ready) = (Folder::new().unwrap(), served.ready_file());
    let (out, ready) = (folder.path().to_str().unwrap(), ready.to_str().unwrap());
    let url = format!("imap+starttls://localhost:{}", served.port("POSTFAIL_IMAP_PORT"));
    let (user, password) = (served.text("POSTFAIL_USER"), served.text("POSTFAIL_PASSWORD"));
    let ca = served.text("POSTFAIL_CA_FILE");
    let commands: [&[&str]; 17] = [
        &["--help"],
        &["completions", "bash"],
        &["completions", "zsh"],
        &["list"],
        &["list", "--json"],
        &["list", "--rules"],
        &["list", "--names"],
        &["list", "--profiles"],
        &["explain", POP3],
        &["explain", "drip"],
        &["certs", "--out", out],
        &["token", "taro", "--ready-file", ready],
        &["client", &url, "--user", user, "--password", password, "--ca", ca],
        &["ctl", "--ready-file", ready, "state"],
        &["ctl", "--ready-file", ready, "journal"],
        // It would go on for ever: its first line finds that it need not.
        &["ctl", "--ready-file", ready, "journal", "--follow"],
        &["run", POP3],
    ];
    for arguments in commands {
        let output = postfail(arguments).stdout(closed()).output().unwrap();
        let (code, _, stderr) = told(output);
        assert_eq!(code, 0, "{arguments:?}: {stderr}");
        assert!(!stderr.contains("panicked") && !stderr.contains("Broken pipe"), "{arguments:?}: {stderr}");
    }
    assert!(folder.path().join("ca.pem").exists(), "what was asked for is done");
}

/// The exit code is what came of the command, not what became of its words.
#[test]
fn failures_that_nobody_reads_keep_their_exit_code() {
    let folder = Folder::new().unwrap();
    let junit = folder.path().join("report.xml");
    let wrong =
        [&["run", POP3, "--junit", junit.to_str().unwrap()], &WRONG[..], &["echo said; exit 0"]].concat();
    let few = [&["run", "plaintext/pop3*", "--jobs", "2"], &WRONG[..], &["echo said; exit 0"]].concat();
    let commands: [(&[&str], i32); 8] = [
        (&wrong, 1),
        (&few, 1),
        (&["run", "no/such"], 2),
        (&["run", POP3, "--", "/nonexistent/client"], 3),
        (&["explain", "no-such-thing"], 2),
        (&["check", "/nonexistent/file.toml"], 2),
        (&["client", "imap://localhost:1", "--user", "taro", "--password", "wrong"], 69),
        (&["no-such-command"], 2),
    ];
    for (arguments, expected) in commands {
        let mut command = postfail(arguments);
        let output = command.stdout(closed()).stderr(closed()).output().unwrap();
        assert_eq!(output.status.code(), Some(expected), "{arguments:?}");
    }
    let report = std::fs::read_to_string(junit).unwrap();
    assert!(report.contains("failures=\"3\""), "{report}");
}

/// A disk that is full is told, and is a failure of ours.
#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_is_told() {
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    for arguments in [&["list"][..], &["completions", "fish"], &["run", POP3, "--phase", "works"]] {
        let (code, _, stderr) = told(postfail(arguments).stdout(full()).output().unwrap());
        assert_eq!(code, 4, "{arguments:?}: {stderr}");
        assert!(
            stderr.ends_with("postfail: cannot write to stdout: No space left on device (os error 28)\n"),
            "{stderr}"
        );
        assert_eq!(
            postfail(arguments).stdout(full()).stderr(full()).output().unwrap().status.code(),
            Some(4)
        );
    }
}

#[test]
fn a_server_goes_on_without_readers() {
    let folder = Folder::new().unwrap();
    let path = folder.path().join("ready.json");
    let arguments = ["serve", "--ports", "random", "--ready-file", path.to_str().unwrap()];
    let mut child =
        postfail(&arguments).env("POSTFAIL_LOG", "debug").stdout(closed()).stderr(closed()).spawn().unwrap();
    let started = Instant::now();
    let ready: serde_json::Value = loop {
        match std::fs::read(&path) {
            Ok(bytes) => break serde_json::from_slice(&bytes).unwrap(),
            Err(_) => assert!(started.elapsed() < Duration::from_secs(60), "no ready file"),
        }
        std::thread::yield_now();
    };
    let port = |name: &str| u16::try_from(ready[name].as_u64().unwrap()).unwrap();
    // Something for the log, twice: whoever tells of the first is there for the second.
    for _ in 0..2 {
        let mut stream = TcpStream::connect(("127.0.0.1", port("POSTFAIL_HTTPS_PORT"))).unwrap();
        stream.write_all(b"no TLS at all\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
    }
    assert!(Imap::connect(port("POSTFAIL_IMAP_PORT")).say("NOOP").contains("a OK"));
    let pid = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// curl ends a mail with whatever the mail ends with.
#[test]
fn our_lines_begin_where_lines_begin() {
    let unended = [&["run", POP3, "--jobs", "1"], &WRONG[..], &["printf 'no end'"]].concat();
    let (mut reader, writer) = pipe().unwrap();
    let mut command = postfail(&unended);
    command.stdout(writer.try_clone().unwrap()).stderr(writer);
    let mut child = command.spawn().unwrap();
    // It holds the pipe's other end.
    drop(command);
    let mut shown = String::new();
    reader.read_to_string(&mut shown).unwrap();
    child.wait().unwrap();
    let lines: Vec<&str> = shown.lines().take(7).collect();
    let [works, breaks, mended] =
        ["works", "breaks", "mended"].map(|phase| format!("[1/1] {POP3} (postfail): {phase}"));
    assert_eq!(lines[..6], [&*works, "no end", &*breaks, "no end", &*mended, "no end"], "{shown}");
    assert!(lines[6].starts_with(POP3), "{shown}");
    // A line that has its end gets no second one.
    let ended = [&["run", POP3, "--jobs", "1"], &WRONG[..], &["printf 'an end\\n'"]].concat();
    let (_, _, stderr) = done(&ended);
    assert_eq!(stderr, [works, breaks, mended].map(|line| format!("{line}\nan end\n")).concat());
}
