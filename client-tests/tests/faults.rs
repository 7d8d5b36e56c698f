//! Each fault as curl and Python meet it from outside: their own names for it, on all three protocols.
use client_tests::route::Route;
use client_tests::{Client, Home, Outcome, Security, Server, client, python};

const SCRIPT: &str = include_str!("../scripts/fault.py");

const IMAP: Route = Route { listener: "imap", security: Security::Plain };
const IMAPS: Route = Route { listener: "imaps", security: Security::Implicit };
const IMAP_TLS: Route = Route { listener: "imap", security: Security::StartTls };
const POP3: Route = Route { listener: "pop3", security: Security::Plain };
const POP3S: Route = Route { listener: "pop3s", security: Security::Implicit };
const SUBMISSION: Route = Route { listener: "submission", security: Security::StartTls };
const SMTPS: Route = Route { listener: "smtps", security: Security::Implicit };

/// A fault, a way to the server, curl's exit code (curl(1), EXIT CODES), and the exception Python raises with its words.
type Case = (&'static [&'static str], Route, i32, &'static str);

/// curl reads the first message, or sends one; `None` when it is not installed.
fn curl(server: &Server, route: Route, patience: &str) -> Option<Outcome> {
    let program = client("curl")?;
    let home = Home::new();
    let is_smtp = protocol(route) == "smtp";
    let (scheme, path) = match route.listener {
        "submission" => ("smtp", "client.example.org"),
        "smtps" => ("smtps", "client.example.org"),
        listener if listener.starts_with("imap") => (listener, "INBOX;MAILINDEX=1"),
        listener => (listener, "1"),
    };
    let url = format!("{scheme}://localhost:{}/{path}", server.port(route.listener));
    let login = format!("{}:{}", server.user(), server.password());
    let mut command = Client::new(&program, &home)
        .args(["-sS", "--connect-timeout", patience, "--max-time", patience, "--user", &login, "--cacert"])
        .args([server.ca()]);
    if route.security == Security::StartTls {
        command = command.args(["--ssl-reqd"]);
    }
    if is_smtp {
        command = command.args(["--mail-from", server.user(), "--mail-rcpt", server.user(), "-T", "-"]);
    }
    Some(command.args([url]).feed(if is_smtp { "Subject: x\r\n\r\nx\r\n" } else { "" }).run())
}

fn protocol(route: Route) -> &'static str {
    match route.listener {
        "imap" | "imaps" => "imap",
        "pop3" | "pop3s" => "pop3",
        _ => "smtp",
    }
}

/// Runs both clients against each case, and shows all that differ.
#[track_caller]
fn prove(cases: &[Case]) {
    let mut wrong = Vec::new();
    for (fault, route, code, words) in cases {
        let server = Server::start();
        server.fault(fault);
        // A time-out is short where it is what is to be seen.
        let patience = if *code == 28 { "1" } else { "30" };
        let place = format!("{} {fault:?}", route.name());
        if let Some(outcome) = curl(&server, *route, patience).filter(|outcome| outcome.code != Some(*code)) {
            wrong.push(format!("{place}: curl is not {code}: {outcome:?}"));
        }
        let told = python::session(SCRIPT, &server, *route, server.password(), &[protocol(*route), patience]);
        if let Some(outcome) = told.filter(|outcome| !outcome.stdout.contains(words)) {
            wrong.push(format!("{place}: Python does not say {words:?}: {outcome:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn refused() {
    let refuse: &[&str] = &["stage=connect", "refuse=true"];
    prove(&[
        (refuse, IMAPS, 7, "ConnectionRefusedError"),
        (refuse, POP3, 7, "ConnectionRefusedError"),
        (refuse, SUBMISSION, 7, "ConnectionRefusedError"),
    ]);
}

/// In Linux a full queue drops the SYN; other systems answer in ways of their own (docs/faults.md).
#[cfg(target_os = "linux")]
#[test]
fn nobody_answers_the_syn() {
    let blackhole: &[&str] = &["stage=connect", "blackhole=true"];
    prove(&[
        (blackhole, IMAP, 28, "TimeoutError"),
        (blackhole, POP3S, 28, "TimeoutError"),
        (blackhole, SUBMISSION, 28, "TimeoutError"),
    ]);
}

#[test]
fn a_silent_server_is_a_time_out_while_waiting() {
    prove(&[
        (&["stage=greeting", "hang=true"], IMAP, 28, "TimeoutError"),
        (&["stage=handshake", "hang=true"], IMAPS, 28, "TimeoutError"),
        (&["stage=auth", "hang=true"], POP3S, 28, "TimeoutError"),
        (&["stage=data", "ignore=true"], IMAP_TLS, 28, "TimeoutError"),
        (&["stage=auth", "hang=true"], SMTPS, 28, "timed out"),
    ]);
}

#[test]
fn reset() {
    prove(&[
        // Not at the greeting: a reset so early can reach curl while it still connects (exit 7).
        (&["command=CAPABILITY", "reset=true"], IMAP, 56, "Connection reset by peer"),
        (&["stage=handshake", "reset=true"], POP3S, 35, "ConnectionResetError"),
        (&["stage=auth", "reset=true"], SUBMISSION, 56, "SMTPServerDisconnected"),
    ]);
}

#[test]
fn truncated_and_closed() {
    prove(&[
        (&["command=FETCH", "truncate=40"], IMAP, 18, "abort"),
        (&["stage=auth", "truncate=2"], POP3S, 56, "EOF"),
        (&["stage=mailbox", "close=true"], IMAPS, 56, "abort"),
        (&["command=.", "truncate=0"], SMTPS, 56, "SMTPServerDisconnected"),
    ]);
}

/// A delay longer than the client's patience is a time-out, a short one is borne.
#[test]
fn delayed() {
    prove(&[
        (&["stage=greeting", "delay=1h"], IMAP, 28, "TimeoutError"),
        (&["stage=auth", "delay=1h"], POP3S, 28, "TimeoutError"),
        (&["stage=mailbox", "delay=1h"], SUBMISSION, 28, "timed out"),
        (&["stage=auth", "delay=20ms"], IMAP_TLS, 0, "done"),
    ]);
}

/// One byte in a second is no mail in a second; a megabyte in a second is one.
#[test]
fn throttled() {
    prove(&[
        (&["command=FETCH", "throttle=1"], IMAP, 28, "TimeoutError"),
        (&["command=RETR", "throttle=1"], POP3S, 28, "TimeoutError"),
        (&["stage=greeting", "throttle=1"], SUBMISSION, 28, "timed out"),
        (&["stage=auth", "throttle=1000000"], IMAPS, 0, "done"),
    ]);
}

/// The server answers as one that has never heard of the command.
#[test]
fn hidden() {
    prove(&[
        (&["command=SELECT", "hide=true"], IMAP, 67, "BAD"),
        (&["command=RETR", "hide=true"], POP3S, 8, "-ERR"),
        (&["command=MAIL", "hide=true"], SUBMISSION, 55, "(500, "),
        // curl does without the list, Python does not.
        (&["command=CAPABILITY", "hide=true"], IMAPS, 0, "BAD"),
    ]);
}

#[test]
fn dripped_answers_arrive_whole() {
    prove(&[
        (&["stage=greeting", "drip=1ms"], IMAP, 0, "done"),
        (&["stage=auth", "drip={ bytes = 7, every = \"1ms\" }"], POP3S, 0, "done"),
        (&["stage=greeting", "drip=1ms"], SUBMISSION, 0, "done"),
    ]);
}

#[test]
fn farewells() {
    prove(&[
        (&["stage=greeting", "bye=Maintenance"], IMAP, 8, "Maintenance"),
        (&["stage=greeting", "bye=Maintenance"], POP3S, 8, "[SYS/TEMP] Maintenance"),
        (&["stage=auth", "bye=Maintenance"], SUBMISSION, 67, "SMTPServerDisconnected"),
    ]);
}

#[test]
fn other_words_than_the_protocols() {
    prove(&[
        (&["stage=auth", "reply={tag} NO [UNAVAILABLE] Later."], IMAP, 67, "[UNAVAILABLE] Later."),
        (&["stage=auth", "reply=-ERR [SYS/TEMP] Later."], POP3S, 67, "[SYS/TEMP] Later."),
        (&["stage=auth", "reply=454 4.7.0 Later."], SUBMISSION, 67, "(454, b'4.7.0 Later.')"),
        (&["stage=greeting", "raw=hello, world\\r\\n"], POP3, 28, "hello, world"),
    ]);
}

#[test]
fn broken_handshakes() {
    let stall: &[&str] = &["stage=handshake", "truncate={ after = \"server-hello\", then = \"hang\" }"];
    prove(&[
        (stall, IMAPS, 28, "TimeoutError"),
        (stall, SUBMISSION, 28, "timed out"),
        (
            &["stage=handshake", "truncate={ after = 60, then = \"reset\" }"],
            POP3S,
            35,
            "ConnectionResetError",
        ),
        (&["stage=handshake", "truncate=60"], IMAP_TLS, 35, "EOF"),
        (&["stage=handshake", "garbage={ bytes = 200, record = true }"], SMTPS, 35, "SSLError"),
        (&["stage=handshake", "flip=5"], IMAPS, 35, "SSLError"),
        (&["stage=handshake", "drip={ bytes = 200, every = \"1ms\" }"], POP3S, 0, "done"),
    ]);
}

#[test]
fn alerts_that_nothing_called_for() {
    prove(&[
        (&["stage=handshake", "alert=unrecognized_name"], POP3S, 35, "UNRECOGNIZED_NAME"),
        (&["stage=handshake", "alert=80"], SUBMISSION, 35, "ALERT_INTERNAL_ERROR"),
        (&["stage=handshake", "alert=certificate_expired"], IMAP_TLS, 60, "CERTIFICATE_EXPIRED"),
        // Encrypted, as both clients speak TLS 1.3; the second one meets curl behind the server's Finished, where it reads.
        (
            &["stage=handshake", "alert={ name = \"internal_error\", after = \"server-hello\" }"],
            IMAPS,
            35,
            "ALERT_INTERNAL_ERROR",
        ),
        (
            &["stage=handshake", "alert={ name = \"certificate_expired\", after = 400 }"],
            SUBMISSION,
            56,
            "CERTIFICATE_EXPIRED",
        ),
    ]);
}

/// Cut in the middle of a message and without close_notify: neither takes the piece for the whole.
#[test]
fn an_end_that_tls_does_not_vouch_for() {
    let server = Server::start();
    server.fault(&["stage=handshake", "no_close_notify=true"]);
    server.fault(&["stage=data", "truncate=40"]);
    let Some(outcome) = curl(&server, IMAPS, "30") else { return };
    assert!(matches!(outcome.code, Some(18 | 56)), "{outcome:?}");
    let told = python::session(SCRIPT, &server, IMAPS, server.password(), &["imap", "30"]);
    assert!(told.is_none_or(|told| told.stdout.contains("EOF")), "Python reads an end");
}

/// What stands behind the answer to STARTTLS in the clear is nobody's word: curl refuses it (CVE-2021-22947).
#[test]
fn bytes_injected_behind_starttls() {
    let server = Server::start();
    server.fault(&["stage=starttls", "inject={ behind = '* OK [ALERT] not from your server\\r\\n' }"]);
    let Some(outcome) = curl(&server, IMAP_TLS, "30") else { return };
    outcome.expect(8);
}

#[test]
fn garbage_is_no_greeting() {
    let server = Server::start();
    server.fault(&["stage=greeting", "garbage=64"]);
    for route in [IMAP, POP3, IMAPS] {
        let Some(outcome) = curl(&server, route, "2") else { return };
        // 8 where a line end is among the bytes, 28 where the client goes on waiting for one.
        assert!(matches!(outcome.code, Some(8 | 28)), "{outcome:?}");
    }
}
