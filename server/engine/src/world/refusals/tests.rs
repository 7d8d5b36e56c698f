use std::sync::Arc;

use postfail_session::World as _;
use postfail_session::world::{Attempt, Ruling};

use super::*;
use crate::Profile;
use crate::change::Change;
use crate::journal::{Filter, Handshake, What};
use crate::listener::ListenerName;
use crate::listener::TlsVersion;
use crate::scenario::Source;

/// A second, virtual and real.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + seconds).unwrap()
}

macro_rules! world {
    ($id:literal) => {{
        let text = include_str!(concat!("../../../../../scenarios/profiles/", $id, ".toml"));
        let profile = Profile::parse($id, &Source { name: $id, text }).unwrap();
        World::healthy(1, Arc::new(profile), &[], at(0))
    }};
}

fn apply(world: &mut World, json: &str) {
    let changes: Vec<Change> = serde_json::from_str(json).unwrap_or_else(|wrong| panic!("{json}: {wrong}"));
    world.apply(&changes, at(0)).unwrap_or_else(|wrong| panic!("{json}: {wrong}"));
}

fn connect(world: &mut World, listener: ListenerName) -> Connection {
    world.connect(listener, "127.0.0.1:40000".parse().unwrap(), at(0))
}

fn with(
    world: &mut World,
    listener: ListenerName,
    user: &str,
    mechanism: &str,
    password: &str,
    second: i64,
) -> String {
    let connection = connect(world, listener);
    let proof = Proof::Password(password.as_bytes());
    let attempt = Attempt { user, authorization: "", mechanism, proof, secured: true };
    let told = world.visit(&connection, at(second)).log_in(&attempt);
    world.disconnect(&connection, crate::journal::Side::Client, "", at(second));
    told.map_or_else(
        |refusal| format!("{}: {}", refusal.failure, refusal.lines.join(" | ")),
        |_| "in".to_owned(),
    )
}

/// taro with the right password; what he is told.
fn taro(world: &mut World, listener: ListenerName, second: i64) -> String {
    let own = world.accounts(at(0))[0].password.clone();
    with(world, listener, "taro", "PLAIN", &own, second)
}

#[test]
fn a_switch_is_told_in_the_providers_words_before_the_password_is_looked_at() {
    let mut world = world!("exchange-online");
    apply(&mut world, r#"[{"refuse":{"failure":"basic-auth-disabled"}},{"lockout":{"failures":1}}]"#);
    let imap = taro(&mut world, ListenerName::Imaps, 0);
    assert_eq!(imap, "basic-auth-disabled: {tag} NO LOGIN failed.");
    let smtp = taro(&mut world, ListenerName::Submission, 0);
    assert!(smtp.starts_with("basic-auth-disabled: 535 5.7.139 "), "{smtp}");
    assert_eq!(with(&mut world, ListenerName::Imaps, "taro", "PLAIN", "wrong", 0), imap);
    assert_eq!(with(&mut world, ListenerName::Imaps, "nobody", "PLAIN", "wrong", 0), imap);
    let filter = Filter { kind: Some("log_in".to_owned()), ..Filter::default() };
    let lines: Vec<String> =
        world.journal().entries(&filter).map(|entry| world.journal().json(entry)).collect();
    assert!(lines.iter().all(|line| line.contains(r#""failure":"basic-auth-disabled""#)), "{lines:?}");
    apply(&mut world, r#"[{"accept":{"failure":"basic-auth-disabled"}}]"#);
    assert_eq!(taro(&mut world, ListenerName::Imaps, 0), "in", "no wrong password was counted");
}

#[test]
fn who_and_what_is_refused_can_be_narrowed_and_lifted_in_part() {
    let mut world = world!("postfail");
    let list = r#"[{"refuse":{"failure":"protocol-disabled","account":"taro","protocols":["imap"]}},
        {"refuse":{"failure":"temp-failure","mechanisms":["login"],"protocols":["pop3","smtp"]}}]"#;
    apply(&mut world, list);
    let short = |told: String| told.split(':').next().unwrap_or_default().to_owned();
    let own = world.accounts(at(0))[1].password.clone();
    assert_eq!(short(taro(&mut world, ListenerName::Imap, 0)), "protocol-disabled");
    assert_eq!(taro(&mut world, ListenerName::Pop3, 0), "in");
    assert_eq!(with(&mut world, ListenerName::Imap, "hanako", "PLAIN", &own, 0), "in");
    for listener in [ListenerName::Pop3, ListenerName::Smtps] {
        assert_eq!(short(with(&mut world, listener, "hanako", "LOGIN", &own, 0)), "temp-failure");
    }
    apply(&mut world, r#"[{"accept":{"failure":"all","protocols":["pop3"]}}]"#);
    assert_eq!(with(&mut world, ListenerName::Pop3, "hanako", "LOGIN", &own, 0), "in");
    assert_eq!(short(with(&mut world, ListenerName::Smtps, "hanako", "LOGIN", &own, 0)), "temp-failure");
    apply(&mut world, r#"[{"accept":{"failure":"all"}},{"refuse":{"failure":"temp-failure"}}]"#);
    apply(&mut world, r#"[{"accept":{"failure":"temp-failure","account":"hanako"}}]"#);
    assert_eq!(with(&mut world, ListenerName::Smtps, "hanako", "LOGIN", &own, 0), "in");
    assert_eq!(short(taro(&mut world, ListenerName::Imap, 0)), "temp-failure");
}

#[test]
fn what_only_a_right_password_meets_is_not_told_to_a_wrong_one() {
    let mut world = world!("gmail");
    apply(&mut world, r#"[{"refuse":{"failure":"app-password-required"}}]"#);
    let told = taro(&mut world, ListenerName::Imaps, 0);
    assert!(told.starts_with("app-password-required: "), "{told}");
    let wrong = with(&mut world, ListenerName::Imaps, "taro", "PLAIN", "wrong", 0);
    assert!(wrong.starts_with("bad-password: "), "{wrong}");
    apply(&mut world, r#"[{"account":{"name":"taro","app_password":"abcd efgh"}}]"#);
    assert_eq!(world.accounts(at(0))[0].password, "abcd efgh", "what a person types from now on");
    assert_eq!(taro(&mut world, ListenerName::Imaps, 0), "in");
}

#[test]
fn refusals_end_by_count_and_by_time() {
    let mut world = world!("dovecot");
    apply(&mut world, r#"[{"refuse":{"failure":"temp-failure","times":2}}]"#);
    let told: Vec<bool> = (0..4).map(|_| taro(&mut world, ListenerName::Imaps, 0) == "in").collect();
    assert_eq!(told, [false, false, true, true]);
    apply(&mut world, r#"[{"refuse":{"failure":"temp-failure","for":"10m"}}]"#);
    assert!(taro(&mut world, ListenerName::Imaps, 599).starts_with("temp-failure: "));
    assert_eq!(taro(&mut world, ListenerName::Imaps, 600), "in");
    assert!(world.refusals().is_empty());
}

#[test]
fn a_quota_of_log_ins_recovers_for_who_waits() {
    let mut world = world!("yahoo");
    let list = r#"[{"refuse":{"failure":"throttled","beyond":{"logins":2,"within":"5m"}}}]"#;
    apply(&mut world, list);
    let told: Vec<bool> = [0, 10, 20, 299, 300, 301, 310]
        .map(|second| taro(&mut world, ListenerName::Imaps, second) == "in")
        .to_vec();
    assert_eq!(told, [true, true, false, false, true, false, true]);
    let own = world.accounts(at(0))[1].password.clone();
    assert_eq!(with(&mut world, ListenerName::Imaps, "hanako", "PLAIN", &own, 20), "in", "each by itself");
}

#[test]
fn a_part_of_all_log_ins_can_be_refused_and_the_seed_says_which() {
    let count = || {
        let mut world = world!("postfail");
        apply(&mut world, r#"[{"refuse":{"failure":"temp-failure","percent":30}}]"#);
        (0..200).map(|_| taro(&mut world, ListenerName::Imaps, 0) == "in").collect::<Vec<bool>>()
    };
    let told = count();
    let refused = told.iter().filter(|granted| !**granted).count();
    assert!((30..90).contains(&refused), "{refused} of 200");
    assert_eq!(told, count());
}

fn ruled(world: &mut World, listener: ListenerName, cue: Cue<'_>) -> Option<Refusal> {
    let connection = connect(world, listener);
    match world.visit(&connection, at(0)).rule(&cue) {
        Ruling::Reply(refusal) => Some(refusal),
        _ => None,
    }
}

const GREETING: Cue<'static> = Cue { stage: Stage::Greeting, verb: "", account: None, tag: "*" };

#[test]
fn a_refusal_is_said_where_the_profiles_server_says_it() {
    let mut world = world!("exchange-online");
    apply(&mut world, r#"[{"refuse":{"failure":"protocol-disabled","protocols":["imap"]}}]"#);
    assert_eq!(taro(&mut world, ListenerName::Imaps, 0), "in", "authenticated");
    let mut cue = Cue { stage: Stage::Mailbox, verb: "SELECT", account: Some("taro"), tag: "a" };
    let refusal = ruled(&mut world, ListenerName::Imaps, cue).unwrap();
    assert_eq!(refusal.lines[0], "{tag} BAD User is authenticated but not connected.");
    assert_eq!(refusal.then, Then::Close);
    cue.stage = Stage::Quit;
    assert_eq!(ruled(&mut world, ListenerName::Imaps, cue), None);
    apply(&mut world, r#"[{"refuse":{"failure":"temp-failure","stage":"connect"}}]"#);
    let refusal = ruled(&mut world, ListenerName::Imap, GREETING).unwrap();
    assert!(refusal.lines[0].starts_with("* BYE "), "{refusal:?}");
    assert_eq!(refusal.then, Then::Close);
    let filter = Filter { kind: Some("refused".to_owned()), ..Filter::default() };
    assert_eq!(world.journal().entries(&filter).count(), 2);
}

#[test]
fn connections_are_limited_at_the_greeting_or_at_the_log_in() {
    let mut world = world!("postfix");
    apply(&mut world, r#"[{"connection_limit":{"address":2}}]"#);
    let _kept = [(); 2].map(|()| connect(&mut world, ListenerName::Smtp));
    let refusal = ruled(&mut world, ListenerName::Smtp, GREETING).unwrap();
    assert_eq!(refusal.lines, ["421 4.7.0 {host} Error: too many connections from 127.0.0.1"]);
    let mut world = world!("dovecot");
    apply(&mut world, r#"[{"connection_limit":{"address":2,"account":0}}]"#);
    let _kept = [(); 2].map(|()| connect(&mut world, ListenerName::Imap));
    assert_eq!(ruled(&mut world, ListenerName::Imap, GREETING), None);
    assert!(taro(&mut world, ListenerName::Imap, 0).starts_with("connection-limit: {tag} NO [LIMIT] "));
    assert_eq!(taro(&mut world, ListenerName::Pop3, 0), "in");
}

#[test]
fn a_user_name_can_name_its_failure() {
    let mut world = world!("dovecot");
    for (user, failure) in [
        ("locked+taro@postfail.test", "account-locked"),
        ("temp-failure+hanako", "temp-failure"),
        ("locked+nobody", "bad-password"),
        ("other+taro", "bad-password"),
    ] {
        let told = with(&mut world, ListenerName::Imaps, user, "PLAIN", "any", 0);
        assert!(told.starts_with(&format!("{failure}: {{tag}} NO ")), "{user}: {told}");
    }
}

#[test]
fn one_response_of_several_can_be_meant() {
    let mut world = world!("exchange-online");
    apply(&mut world, r#"[{"refuse":{"failure":"exo-smtp-tenant-disabled","protocols":["smtp"]}}]"#);
    let told = taro(&mut world, ListenerName::Submission, 0);
    assert!(told.starts_with("protocol-disabled: 535 5.7.139 ") && told.contains("for the Tenant"), "{told}");
}

#[test]
fn a_refusal_that_cannot_be_is_named() {
    for (change, message) in [
        (r#"{"failure":"acount-locked"}"#, "unknown failure `acount-locked`, did you mean `account-locked`?"),
        (r#"{"failure":"temp-failure","account":"tarou"}"#, "unknown account `tarou`, did you mean `taro`?"),
        (
            r#"{"failure":"temp-failure","mechanisms":["PLAN"]}"#,
            "unknown mechanism `PLAN`, did you mean `PLAIN`?",
        ),
        (r#"{"failure":"temp-failure","account":"taro","stage":"connect"}"#, "nobody has said who they are"),
        (
            r#"{"failure":"temp-failure","mechanisms":["PLAIN"],"stage":"data"}"#,
            "`mechanisms` and `beyond` are",
        ),
        (r#"{"failure":"temp-failure","times":0}"#, "this refusal would never act"),
        (r#"{"failure":"temp-failure","percent":101}"#, "this refusal would never act"),
        (r#"{"failure":"throttled","beyond":{"logins":0,"within":"1m"}}"#, "`beyond` takes 1 to 1000 logins"),
    ] {
        let mut world = world!("postfail");
        let changes: Vec<Change> = serde_json::from_str(&format!(r#"[{{"refuse":{change}}}]"#)).unwrap();
        let wrong = world.apply(&changes, at(0)).unwrap_err().to_string();
        assert!(wrong.starts_with(&format!("change 1: {message}")), "{wrong}");
    }
}

#[test]
fn old_tls_is_taken_and_refused_afterwards() {
    let mut world = world!("exchange-online");
    apply(
        &mut world,
        r#"[{"refuse":{"failure":"legacy-tls-refused","protocols":["smtp"],"tls_below":"1.2"}}]"#,
    );
    let password = world.accounts(at(0))[0].password.clone();
    for (version, words) in
        [(TlsVersion::V1_0, "421 4.7.66 TLS 1.0 and 1.1 are not supported."), (TlsVersion::V1_2, "in")]
    {
        let connection = connect(&mut world, ListenerName::Submission);
        let (suite, backend) = ("S".into(), "openssl");
        let (alpn, group, client_certificate) = (None, None, None);
        let done =
            Handshake::Done { version, suite, backend, alpn, resumed: false, group, client_certificate };
        world.note(Some(&connection), What::Handshake(Box::new(done)), at(0));
        let proof = Proof::Password(password.as_bytes());
        let attempt = Attempt { user: "taro", authorization: "", mechanism: "PLAIN", proof, secured: true };
        let told = world.visit(&connection, at(0)).log_in(&attempt);
        let told = told.map_or_else(|refusal| refusal.lines.join(" | "), |_| "in".to_owned());
        assert!(told.starts_with(words), "TLS {version}: {told}");
    }
}
