//! Every rule of conduct against traces in `conduct/`: those that must make it fire, and those that must not.
//!
//! A file per rule, named after it. `fires: WHY` and `silent: WHY` begin a trace; its lines are what the journal has:
//! `#1 imap` a connection, `C:` and `S:` lines (`«»` around a secret, `{marker}` a fault's word), and the words of
//! [`event`]; `at 61s` moves the virtual clock, `before` ends an earlier phase. `setup` lines give the client's settings in TOML, `change` lines a change like `imap.security=plain`.
use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use postfail_engine::change::Change;
use postfail_engine::conduct::{self, Scene};
use postfail_engine::expect::{Exit, Run};
use postfail_engine::fault::marker::Marker;
use postfail_engine::journal::{By, Handshake, Hello, Journal, Place, Side, TokenRequest, What};
use postfail_engine::listener::{ListenerName, TlsVersion};
use postfail_engine::scenario::{Causes, Library, Scenario, Setup, Source};
use postfail_session::Event;

const SEED: u64 = 7;

const SCENARIO: &str = r#"
profiles = ["postfail"]
title = { en = "x", ja = "x" }
account = [{ name = "taro" }]
phase = [{ name = "only", client = "either" }]
[lesson]
symptom = { en = "x", ja = "x" }
cause = { en = "x", ja = "x" }
remedy = { en = "x", ja = "x" }
sources = []
[diagnosis]
layer = "auth"
cause = "c"
remedy = "r"
retry = "never"
"#;

fn scenario() -> Scenario {
    let words =
        "[cause.c]\nlayer = \"auth\"\nen = \"x\"\nja = \"x\"\n[remedy]\nr = { en = \"x\", ja = \"x\" }";
    let causes = Causes::parse(&Source { name: "causes", text: words }).unwrap();
    let library = Library { causes: &causes, profiles: &["postfail"], responses: &[], mail: &[] };
    Scenario::parse("x", &Source { name: "x", text: SCENARIO }, &library).unwrap()
}

/// One trace of a file.
struct Trace {
    fires: bool,
    why: String,
    setup: Setup,
    /// The entries up to here are of an earlier phase.
    since: u64,
    journal: Journal,
}

/// `«secret»` marks what a session would have marked.
fn line_in(text: &str) -> Event {
    let (mut bytes, mut secrets, mut start) = (Vec::new(), Vec::new(), 0);
    for letter in text.chars() {
        match letter {
            '«' => start = bytes.len(),
            '»' => secrets.push(start..bytes.len()),
            other => bytes.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Event::LineIn { size: bytes.len(), bytes: bytes.into(), secrets }
}

fn hello(words: &str) -> Hello {
    let mut hello = Hello { server_name: Some("localhost".to_owned()), ..Hello::default() };
    for word in words.split_whitespace() {
        match word {
            "nameless" => hello.server_name = None,
            name if name.ends_with(".test") => hello.server_name = Some(name.to_owned()),
            "status" => hello.status_request = true,
            "scsv" => hello.cipher_suites.push(0x5600),
            version => hello.versions.push(version.parse::<TlsVersion>().unwrap().code()),
        }
    }
    hello
}

/// `taro PLAIN 1`, and, where it is refused, the failure and what only the server knows; 1 is the secret's number.
fn log_in(words: &str) -> What {
    let mut words = words.splitn(5, ' ');
    let mut next = || words.next().map(str::to_owned);
    let (user, mechanism) = (next().unwrap(), next().unwrap());
    let secret = next().unwrap().parse().unwrap();
    let (failure, reason) = (next(), next());
    What::Session(Event::LogIn { user, mechanism, secured: true, failure, reason, secret })
}

/// `refresh_token 5 400 invalid_grant refresh-token-expired`: the grant (or the endpoint), the number of what was shown,
/// the status, and, where it is refused, the error and the failure.
fn token_request(words: &str) -> What {
    let mut words = words.split(' ').map(str::to_owned);
    let grant = words.next().unwrap();
    let endpoint = match grant.as_str() {
        "authorize" => "authorize",
        "device_authorization" => "device_authorization",
        _ => "token",
    };
    let (secret, status) = (words.next().unwrap().parse().unwrap(), words.next().unwrap().parse().unwrap());
    let (error, failure) = (words.next(), words.next());
    let client = "postfail-client".to_owned();
    What::Token(Box::new(TokenRequest {
        endpoint,
        grant,
        client,
        secret,
        status,
        error,
        failure,
        ..TokenRequest::default()
    }))
}

fn event(line: &str) -> What {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    match word {
        "C:" => What::Session(line_in(rest)),
        "S:" => What::Session(Event::LineOut { size: rest.len(), bytes: rest.to_owned().into() }),
        "starttls" => What::Session(Event::StartTls { pipelined: rest.parse().unwrap() }),
        "hello" => What::Hello(Box::new(hello(rest))),
        "tls" => What::Handshake(Box::new(Handshake::Done {
            version: rest.parse().unwrap(),
            suite: "TLS_AES_128_GCM_SHA256".into(),
            backend: "rustls",
            alpn: None,
            resumed: false,
            group: None,
            client_certificate: None,
        })),
        "no-tls" => {
            let (alert_sent, alert_received) = (None, None);
            What::Handshake(Box::new(Handshake::Failed {
                reason: rest.to_owned(),
                alert_sent,
                alert_received,
            }))
        }
        "fault" => {
            let (stage, fault) = rest.split_once(' ').unwrap();
            What::Session(Event::Fault { id: 1, stage: stage.to_owned(), fault: fault.to_owned() })
        }
        "log-in" => log_in(rest),
        "refused" => {
            let (stage, failure) = rest.split_once(' ').unwrap();
            What::Session(Event::Refused { stage: stage.to_owned(), failure: failure.to_owned() })
        }
        "challenge" => What::Session(Event::ErrorChallenge {
            mechanism: rest.to_owned(),
            challenge: "{\"status\":\"400\"}".to_owned(),
        }),
        "challenge-answered" => {
            let (mechanism, answer) = rest.split_once(' ').unwrap();
            let (mechanism, answer) = (mechanism.to_owned(), answer.to_owned());
            What::Session(Event::ErrorChallengeAnswered { mechanism, answer })
        }
        "token" => token_request(rest),
        "closed" => What::Close { by: Side::Client, reason: rest.to_owned() },
        "printed" => What::Shown { marker: rest.to_owned(), place: Place::Output },
        "kept" => What::Shown { marker: rest.to_owned(), place: Place::Files },
        _ => panic!("no such event: {line}"),
    }
}

/// `imap.security=plain`, or a change as scenarios have it.
fn change(text: &str) -> Change {
    if text.starts_with('{') {
        let whole: BTreeMap<String, Change> = toml::from_str(&format!("change = {text}")).unwrap();
        return whole.into_values().next().unwrap();
    }
    text.parse().unwrap()
}

fn traces(text: &str) -> Vec<Trace> {
    let mut traces: Vec<Trace> = Vec::new();
    let (mut connection, mut ids, mut now) = (None, 0, Timestamp::UNIX_EPOCH);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")) {
        if let Some((word @ ("fires" | "silent"), why)) = line.split_once(": ") {
            let (setup, journal) = (Setup::default(), Journal::default());
            traces.push(Trace { fires: word == "fires", why: why.to_owned(), setup, since: 0, journal });
            (connection, ids, now) = (None, 0, Timestamp::UNIX_EPOCH);
            continue;
        }
        let trace = traces.last_mut().expect("a trace begins with `fires:` or `silent:`");
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let what = match word {
            "setup" => {
                trace.setup = toml::from_str(&rest.replace("; ", "\n")).unwrap();
                continue;
            }
            "at" => {
                let seconds: f64 = rest.trim_end_matches('s').parse().unwrap();
                now = Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs_f64(seconds);
                continue;
            }
            // Of the identity provider, which is no connection of mail.
            "token" => {
                trace.journal.record(Timestamp::UNIX_EPOCH, now, None, event(line));
                continue;
            }
            "before" => {
                trace.since = trace.journal.last();
                continue;
            }
            "change" => {
                connection = None;
                What::Change { by: By::Phase, change: Box::new(change(rest)) }
            }
            number if number.starts_with('#') => {
                ids += 1;
                assert_eq!(number, format!("#{ids}"), "connections are numbered from #1");
                connection = Some((ids, rest.parse::<ListenerName>().unwrap()));
                What::Connect { peer: "127.0.0.1:4000".parse().unwrap() }
            }
            _ => {
                let marker = Marker::new(SEED, 1);
                event(&line.replace("{marker}", &marker.word).replace("{number}", &marker.number.to_string()))
            }
        };
        trace.journal.record(Timestamp::UNIX_EPOCH, now, connection, what);
    }
    traces
}

#[test]
fn each_rule_fires_where_it_must_and_nowhere_else() {
    let first = scenario().phases.first().map(|phase| phase.name.clone());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conduct");
    for rule in conduct::rules() {
        let path = folder.join(format!("{}.txt", rule.id));
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let traces = traces(&text);
        for fires in [true, false] {
            assert!(traces.iter().any(|trace| trace.fires == fires), "{}: no trace with {fires}", rule.id);
        }
        for Trace { fires, why, setup, since, journal } in &traces {
            let run = Run {
                phase: "only".to_owned(),
                exit: Exit::Code(0),
                since: *since,
                until: journal.last(),
                took: Default::default(),
            };
            let scene = Scene::new(first.as_deref(), setup, SEED, &run, journal);
            let proof = (rule.proof)(&scene);
            let lines: Vec<String> = proof.iter().map(|entry| journal.line(entry)).collect();
            assert_eq!(!proof.is_empty(), *fires, "{}: {why}: {lines:#?}", rule.id);
            assert!(lines.iter().all(|line| !line.contains("sesame")), "{}: {why}: {lines:#?}", rule.id);
        }
    }
    // A file nobody reads would prove nothing.
    for file in std::fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(conduct::rule(&stem).is_some(), "{}: no rule of this name", path.display());
    }
}

#[test]
fn rules_say_what_to_do_in_both_languages_and_where_it_is_written() {
    let mut ids = std::collections::BTreeSet::new();
    for rule in conduct::rules() {
        assert!(ids.insert(rule.id), "two rules are called {}", rule.id);
        assert!(rule.advice.en.ends_with('.') && rule.advice.ja.ends_with('。'), "{}", rule.id);
        assert!(rule.section.starts_with("RFC "), "{}: {}", rule.id, rule.section);
    }
    assert!(ids.len() >= 31);
}
