//! The control API by curl: the verdict while a client is at work, and numbers that Prometheus' own parser reads.
use base64::Engine;
use client_tests::{Client, Home, Server, Wire, client, fetched};
use postfail::Postfail;
use serde_json::Value;

/// What is answered to a call with the token; `None` without curl.
fn ask(server: &Server, path: &str, more: &[&str]) -> Option<String> {
    let (curl, home) = (client("curl")?, Home::new());
    let (control, token) = server.control();
    let field = format!("Authorization: Bearer {token}");
    let asked = Client::new(&curl, &home).args(["-sS", "--fail-with-body", "-H", &field]).args(more);
    Some(asked.args([format!("{control}{path}")]).run().expect(0).stdout)
}

fn verdict(server: &Server) -> Option<Value> {
    Some(serde_json::from_str(&ask(server, "/api/verdict", &[])?).expect("it is JSON"))
}

#[test]
fn the_verdict_follows_what_the_client_does() {
    let server = Server::of(Postfail::scenario("plaintext/pop3-110-closed-use-995"));
    let Some(before) = verdict(&server) else { return };
    assert_eq!((&before["passed"], before["verdicts"].as_array().map(Vec::len)), (&true.into(), Some(0)));
    let (mut pop3, _) = Wire::open(server.port("pop3"));
    pop3.ask(&format!("USER {}", server.user()));
    pop3.ask("PASS guess");
    let guessed = verdict(&server).expect("curl is there");
    assert_eq!(guessed["passed"], false, "{guessed:#}");
    let finding = &guessed["verdicts"][0]["phases"][0]["findings"][0];
    assert_eq!(finding["rule"], "logins", "{guessed:#}");
    pop3.ask(&format!("USER {}", server.user()));
    let said = pop3.ask(&format!("PASS {}", server.password()));
    assert!(said.starts_with("+OK"), "{said}");
    let right = verdict(&server).expect("curl is there");
    assert_eq!(right["passed"], true, "{right:#}");
    assert!(!right.to_string().contains(server.password()), "{right:#}");
}

#[test]
fn without_a_scenario_conduct_is_judged() {
    let server = Server::start();
    let (mut imap, _) = Wire::open(server.port("imap"));
    imap.ask_until("a NOOP", "a OK");
    let Some(harmless) = verdict(&server) else { return };
    assert_eq!((&harmless["passed"], &harmless["scenario"]), (&true.into(), &Value::Null), "{harmless:#}");
    // The port is for STARTTLS: a password goes in the clear that should not.
    imap.ask_until(&format!("b LOGIN {} {}", server.user(), server.password()), "b ");
    let judged = verdict(&server).expect("curl is there");
    let rules = judged["verdicts"][0]["phases"][0]["conduct"].as_array().expect("a list");
    assert!(rules.iter().any(|breach| breach["rule"] == "password-in-clear"), "{judged:#}");
    assert_eq!(judged["passed"], false);
    assert!(!judged.to_string().contains(server.password()), "{judged:#}");
}

#[test]
fn mail_is_taken_out_once() {
    let server = Server::start();
    server.deliver("Subject: \u{3042}\n\nlast\n");
    let drain = || ask(&server, "/api/mail?account=taro", &["-X", "DELETE"]);
    let Some(taken) = drain() else { return };
    let taken: Vec<Value> = serde_json::from_str(&taken).expect("it is JSON");
    let last = taken.last().and_then(|mail| mail["message"].as_str()).expect("the last one");
    let last = base64::engine::general_purpose::STANDARD.decode(last).expect("it is Base64");
    assert_eq!(last, "Subject: \u{3042}\r\n\r\nlast\r\n".as_bytes());
    assert_eq!(drain().as_deref(), Some("[]"));
    assert_eq!(server.messages(), 0);
}

#[test]
fn prometheus_reads_the_numbers() {
    let Some(python) = fetched("venv/bin/python") else { return };
    let server = Server::start();
    let (mut imap, _) = Wire::open(server.port("imap"));
    imap.ask_until("a NOOP", "a OK");
    let Some(text) = ask(&server, "/metrics", &[]) else { return };
    let script = "import sys\n\
                  from prometheus_client.parser import text_string_to_metric_families as families\n\
                  for family in families(sys.stdin.read()):\n    \
                  for sample in family.samples: print(family.type, sample.name, sample.labels, sample.value)\n";
    let home = Home::new();
    let read = Client::new(&python, &home).args(["-c", script]).feed(&text).run().expect(0);
    for line in [
        "counter postfail_events_total {'kind': 'connect'} 1",
        "gauge postfail_connections {} 1",
        "gauge postfail_accounts {'state': 'active'} 2",
    ] {
        assert!(read.stdout.lines().any(|said| said == line), "{line}\n{}", read.stdout);
    }
}

#[test]
fn the_clock_is_moved_on() {
    let server = Server::start();
    let by = |text: &str| ask(&server, "/api/clock/advance", &["-d", text]);
    let Some(first) = by(r#"{"by": "1d"}"#) else { return };
    let second = by(r#"{"by": "91d"}"#).expect("curl is there");
    let time = |answer: &str| -> String {
        let answer: Value = serde_json::from_str(answer).expect("it is JSON");
        answer["time"].as_str().expect("a time").to_owned()
    };
    assert!(time(&first) < time(&second), "{first} {second}");
}
