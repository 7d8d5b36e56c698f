//! `postfail ctl`: changes and reads a running server.
use std::net::TcpStream;

use serde_json::Value;

use crate::served::{Imap, Served, done};

#[test]
fn a_closed_port_refuses_the_next_connection_and_leaves_open_ones() {
    let served = Served::start(&[]);
    let port = served.port("POSTFAIL_IMAP_PORT");
    let mut open = Imap::connect(port);
    assert_eq!(served.ctl(&["set", "imap.state=closed"]).0, 0);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert!(open.say("NOOP").contains("a OK"));
    assert_eq!(served.ctl(&["set", "imap.state=open"]).0, 0);
    assert!(Imap::connect(port).say("NOOP").contains("a OK"));
}

#[test]
fn a_window_holds_for_the_next_handshake() {
    let served = Served::start(&[]);
    let url = format!("imaps://localhost:{}", served.port("POSTFAIL_IMAPS_PORT"));
    let old_client = || {
        let (user, password) = (served.text("POSTFAIL_USER"), served.text("POSTFAIL_PASSWORD"));
        let ca = served.text("POSTFAIL_CA_FILE");
        done(&["client", &url, "--user", user, "--password", password, "--ca", ca, "--tls-max", "1.2"])
    };
    let (code, stdout, stderr) = old_client();
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert_eq!(served.ctl(&["set", "imaps.tls=1.3"]).0, 0);
    let (code, _, stderr) = old_client();
    assert_eq!(code, 76, "{stderr}");
    assert!(stderr.contains("no TLS"), "{stderr}");
    let (_, journal, _) = served.ctl(&["journal", "--kind", "handshake"]);
    assert!(journal.contains("offered at most TLS 1.2, window 1.3 only"), "{journal}");
    assert_eq!(served.ctl(&["set", "imaps.tls=1.2-1.3"]).0, 0);
    assert_eq!(old_client().0, 0);
}

#[test]
fn faults_come_and_go() {
    let served = Served::start(&["--pace", "instant"]);
    let (code, id, stderr) =
        served.ctl(&["fault", "add", "command=NOOP", "reply={tag} NO not now", "when.first=1"]);
    assert_eq!((code, id.as_str()), (0, "1\n"), "{stderr}");
    assert_eq!(served.ctl(&["fault", "add", "stage=greeting", "delay=1h"]).1, "2\n");
    let mut client = Imap::connect(served.port("POSTFAIL_IMAP_PORT"));
    assert!(client.say("NOOP").contains("a NO not now"));
    assert!(client.say("NOOP").contains("a OK"));
    let (_, listed, _) = served.ctl(&["fault", "list"]);
    assert!(
        listed.contains(r#"1   2    command="NOOP" reply="{tag} NO not now" when={ first = 1 }"#),
        "{listed}"
    );
    assert_eq!(served.ctl(&["fault", "remove", "1"]).0, 0);
    let (code, _, stderr) = served.ctl(&["fault", "remove", "1"]);
    assert!(code == 2 && stderr.contains("there is no fault 1; right would be: 2"), "{stderr}");
    for (line, told) in [
        ("rest=true", "unknown field `rest`"),
        ("refuse=true", "`refuse` is a port's fault, at stage `connect` only"),
        ("reset", "`reset` has no value"),
    ] {
        let (code, _, stderr) = served.ctl(&["fault", "add", "stage=auth", line]);
        assert!(code == 2 && stderr.contains(told), "{stderr}");
    }
    assert_eq!(served.ctl(&["fault", "remove", "all"]).0, 0);
    assert_eq!(served.ctl(&["fault", "list"]).1, "no fault is in force\n");
}

#[test]
fn accounts_clock_and_phases() {
    let served = Served::start(&["plaintext/pop3-110-closed-use-995"]);
    let login = || {
        let (user, password) = (served.text("POSTFAIL_USER"), served.text("POSTFAIL_PASSWORD"));
        Imap::connect(served.port("POSTFAIL_IMAP_PORT"))
            .say(&format!("LOGIN {user} {password}"))
            .contains("a OK")
    };
    assert!(login());
    assert_eq!(served.ctl(&["account", "taro", "lock"]).0, 0);
    assert!(!login());
    assert_eq!(served.ctl(&["account", "taro", "unlock"]).0, 0);
    assert!(login());
    assert_eq!(served.ctl(&["account", "taro", "password", "another-one"]).0, 0);
    assert!(!login());

    let year = |state: &Value| state["time"].as_str().unwrap()[..4].parse::<u32>().unwrap();
    let before = year(&served.api("GET", "/api/state", "").1);
    assert_eq!(served.ctl(&["advance", "731d"]).0, 0);
    assert!(year(&served.api("GET", "/api/state", "").1) >= before + 2);

    let (_, phases, _) = served.ctl(&["phase"]);
    assert_eq!(phases, "* works\n  breaks\n  mended\n");
    let (_, phases, _) = served.ctl(&["phase", "next"]);
    assert_eq!(phases, "  works\n* breaks\n  mended\n");
    assert!(TcpStream::connect(("127.0.0.1", served.port("POSTFAIL_POP3_PORT"))).is_err());
    let (_, phases, _) = served.ctl(&["phase", "works"]);
    assert!(phases.starts_with("* works"), "{phases}");
    assert!(TcpStream::connect(("127.0.0.1", served.port("POSTFAIL_POP3_PORT"))).is_ok());
}

#[test]
fn journal_transcript_wait_and_state() {
    let served = Served::start(&[]);
    let mut imap = Imap::connect(served.port("POSTFAIL_IMAP_PORT"));
    imap.say("LOGIN nobody nothing");
    let (code, event, _) = served.ctl(&["wait", "--kind", "log_in", "--since", "0"]);
    assert_eq!(code, 0);
    let event: Value = serde_json::from_str(&event).unwrap();
    assert_eq!(event["user"], "nobody");
    let (code, ..) = served.ctl(&["wait", "--kind", "mail_accepted", "--timeout", "0"]);
    assert_eq!(code, 1);

    let connection = event["connection"].to_string();
    let (_, transcript, _) = served.ctl(&["transcript", &connection]);
    assert!(transcript.contains("S: * OK") && transcript.contains("C: a LOGIN nobody"), "{transcript}");
    assert!(!transcript.contains("nothing"), "{transcript}");

    let (_, journal, _) = served.ctl(&["journal", "--connection", &connection]);
    let events: Vec<Value> = journal.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(events.len() > 3 && events.iter().all(|event| event["connection"] == 1), "{journal}");

    let (_, state, _) = served.ctl(&["state"]);
    assert!(state.contains("taro@postfail.test") && state.contains("1.2-1.3"), "{state}");
    let (_, state, _) = served.ctl(&["state", "--json"]);
    let state: Value = serde_json::from_str(&state).unwrap();
    assert_eq!(state["listeners"].as_array().map(Vec::len), Some(7));
    assert!(!state.to_string().contains(served.text("POSTFAIL_PASSWORD")));
}

#[test]
fn slips_and_absent_servers_are_told_with_the_way_out() {
    let served = Served::start(&[]);
    for (arguments, told) in [
        (vec!["set", "imap.tsl=1.2"], "unknown key `tsl`"),
        (vec!["set", "imap.tls"], "has no value"),
        (vec!["advance", "91"], "`91d`"),
        (vec!["account", "jiro", "lock"], "jiro"),
        (vec!["phase", "breaks"], "no scenario"),
        (vec!["transcript", "99"], "no transcript"),
        (vec!["state", "--token", "guess"], "not this server's"),
    ] {
        let (code, _, stderr) = served.ctl(&arguments);
        assert!(code == 2 && stderr.contains(told), "{arguments:?}: {code} {stderr}");
    }
    let (code, _, stderr) = done(&["ctl", "--ready-file", "/nonexistent/ready.json", "state"]);
    assert!(code == 2 && stderr.contains("postfail serve"), "{stderr}");
    let (code, _, stderr) = done(&["ctl", "--control", "http://127.0.0.1:1", "--token", "x", "state"]);
    assert!(code == 2 && stderr.contains("still running?"), "{stderr}");
}
