mod bounds;
mod identity;
mod life;
mod portal;
mod triggers;

use std::time::Duration;

use bytes::Bytes;
use postfail_session::world::{Attempt, Cue, Mail, Proof, Protocol, Recipient, Ruling, Stage};
use postfail_session::{Event, World as _};
use postfail_store::account::State as AccountState;

use super::*;
use crate::change::Change;
use crate::journal::Filter;
use crate::listener::State;
use crate::profile::neutral;
use crate::scenario::{Causes, Library, Source};

const WELCOME: Sample<'_> = ("welcome.eml", b"Subject: hi\n\nbare line ends stay\n");

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + seconds).unwrap()
}

fn healthy() -> World {
    World::healthy(1, Arc::new(neutral().clone()), &[WELCOME], at(0))
}

fn changes(json: &str) -> Vec<Change> {
    serde_json::from_str(json).unwrap_or_else(|wrong| panic!("{json}: {wrong}"))
}

fn connect(world: &mut World, listener: ListenerName) -> Connection {
    world.connect(listener, "127.0.0.1:40000".parse().unwrap(), at(0))
}

/// Log in by PLAIN under TLS; the failure when it is refused.
fn log_in(
    world: &mut World,
    listener: ListenerName,
    user: &str,
    password: &str,
    real: Timestamp,
) -> Result<(), String> {
    let connection = connect(world, listener);
    let attempt = Attempt {
        user,
        authorization: "",
        mechanism: "PLAIN",
        proof: Proof::Password(password.as_bytes()),
        secured: true,
    };
    world.visit(&connection, real).log_in(&attempt).map(|_| ()).map_err(|refusal| refusal.failure)
}

fn password(world: &World, name: &str) -> String {
    world.accounts(at(0)).into_iter().find(|account| account.name == name).unwrap().password
}

fn journal(world: &World, kind: &str) -> Vec<String> {
    let filter = Filter { kind: Some(kind.to_owned()), ..Filter::default() };
    world.journal().entries(&filter).map(|entry| world.journal().json(entry)).collect()
}

#[test]
fn a_healthy_world_lets_its_two_accounts_in() {
    let mut world = healthy();
    assert!(world.listeners().iter().all(|listener| listener.state == State::Open));
    for name in ["taro", "hanako"] {
        let own = password(&world, name);
        assert_eq!(
            log_in(&mut world, ListenerName::Imaps, &format!("{name}@postfail.test"), &own, at(1)),
            Ok(())
        );
        let wrong = log_in(&mut world, ListenerName::Pop3s, name, "wrong", at(1));
        assert_eq!(wrong, Err("bad-password".to_owned()));
        let id = world.store().find(name).unwrap();
        let inbox = world.store().mailbox(id, "INBOX").unwrap();
        assert_eq!(inbox.messages()[0].bytes(), &Bytes::from_static(WELCOME.1));
    }
    assert_eq!(healthy().accounts(at(0)), healthy().accounts(at(0)), "one seed, one world");
}

#[test]
fn changes_hold_for_new_connections_only() {
    let mut world = healthy();
    let before = connect(&mut world, ListenerName::Imap);
    let revision = world.revision();
    world
        .apply(
            &changes(r#"[{"listener":{"name":"all","require_tls":true,"auth":["plain"],"tls":"1.0"}}]"#),
            at(1),
        )
        .unwrap();
    let after = connect(&mut world, ListenerName::Imap);
    assert!(!before.policy.require_tls && after.policy.require_tls);
    assert_eq!(after.policy.mechanisms, ["PLAIN"]);
    assert_eq!(world.listener(ListenerName::Smtp).window.to_string(), "1.0 only");
    assert!(world.revision() > revision);
}

#[test]
fn a_list_of_changes_is_done_whole_or_not_at_all() {
    for (json, message) in [
        (
            r#"{"account":{"name":"tarou","act":"lock"}}"#,
            "change 2: unknown account `tarou`, did you mean `taro`? valid: taro, hanako",
        ),
        (
            r#"{"account":{"name":"taro"}}"#,
            "change 2: the change of account `taro` names nothing to alter; give act, password, app_password, revoke_app_password, mfa, basic_auth or off",
        ),
        (
            r#"{"account":{"name":"taro","password":""}}"#,
            "change 2: an empty password lets nobody in; give at least one character",
        ),
        (
            r#"{"listener":{"name":"imap"}}"#,
            "change 2: the change of listener `imap` names nothing to alter; give one of state, security, tls, certificate, auth, require_tls, backend, suites, groups, resumption, alpn, client_certificate, dh_bits",
        ),
        (
            r#"{"listener":{"name":"imap","auth":["PLAN"]}}"#,
            "change 2: unknown SASL mechanism `PLAN`, did you mean `PLAIN`? valid: SCRAM-SHA-256-PLUS, \
             SCRAM-SHA-256, SCRAM-SHA-1-PLUS, SCRAM-SHA-1, OAUTHBEARER, XOAUTH2, EXTERNAL, CRAM-MD5, PLAIN, LOGIN",
        ),
        (
            r#"{"rate":0}"#,
            "change 2: the clock cannot run at rate 0; give a number above 0 and at most 1000000, or freeze it",
        ),
        (
            r#"{"advance":"5000000d"}"#,
            "change 2: the clock cannot go that far: the calendar ends with the year 9999",
        ),
        (
            r#"{"wrong_passwords":{"account":"taro","count":0}}"#,
            "change 2: 0 wrong passwords at once are too many or too few; give 1 to 1000",
        ),
        (
            r#"{"fault":{"stage":"auth","close":true,"who":{"account":"tarou"}}}"#,
            "change 2: unknown account `tarou`, did you mean `taro`? valid: taro, hanako",
        ),
        (
            r#"{"fault":{"stage":"auth","reply":{"delay":"1s"}}}"#,
            "change 2: a reply needs words: a text, or { text = \"...\" }, or { failure = \"temp-failure\" }",
        ),
        (r#"{"remove_fault":4}"#, "change 2: there is no fault 4; no fault is in force"),
    ] {
        let mut world = healthy();
        let (entries, revision) = (world.journal().last(), world.revision());
        let list = changes(&format!(r#"[{{"listener":{{"name":"pop3","state":"closed"}}}},{json}]"#));
        assert_eq!(world.apply(&list, at(1)).unwrap_err().to_string(), message);
        assert_eq!(world.listener(ListenerName::Pop3).state, State::Open);
        assert_eq!((world.journal().last(), world.revision()), (entries, revision));
    }
}

#[test]
fn five_failures_over_all_protocols_lock_and_the_right_password_fails_too() {
    let mut world = healthy();
    let own = password(&world, "taro");
    world.apply(&changes(r#"[{"lockout":{"failures":5,"duration":"30m"}}]"#), at(0)).unwrap();
    let doors = [
        ListenerName::Imaps,
        ListenerName::Pop3s,
        ListenerName::Submission,
        ListenerName::Imap,
        ListenerName::Pop3,
    ];
    for door in doors {
        assert_eq!(log_in(&mut world, door, "taro", "wrong", at(1)), Err("bad-password".to_owned()));
    }
    let filter = Filter::default();
    let last: Vec<&str> = world.journal().entries(&filter).map(|entry| entry.what.kind()).collect();
    assert_eq!(last[last.len() - 3..], ["connect", "log_in", "change"], "the lock stands behind its cause");
    assert_eq!(
        log_in(&mut world, ListenerName::Imaps, "taro", &own, at(2)),
        Err("account-locked".to_owned())
    );
    assert!(
        journal(&world, "change")
            .last()
            .unwrap()
            .contains(r#""by":"lockout","change":{"account":{"act":"too-many-failures","name":"taro"}}"#)
    );
    assert_eq!(
        log_in(&mut world, ListenerName::Imaps, "taro", &own, at(2000)),
        Ok(()),
        "the lock has run out"
    );
    assert!(journal(&world, "change").last().unwrap().contains("lock-runs-out"));
}

#[test]
fn wrong_passwords_by_change_lock_the_same_way() {
    let mut world = healthy();
    let list = r#"[{"lockout":{"failures":5}},{"wrong_passwords":{"account":"taro","count":5}}]"#;
    world.apply(&changes(list), at(0)).unwrap();
    assert_eq!(world.accounts(at(0))[0].state, AccountState::Locked);
    assert!(journal(&world, "log_in").is_empty(), "nobody connected");
    world.apply(&changes(r#"[{"account":{"name":"taro","act":"unlock"}}]"#), at(0)).unwrap();
    assert_eq!(world.accounts(at(0))[0].state, AccountState::Active);
}

#[test]
fn states_are_refused_in_the_providers_words() {
    for (act, failure, words) in [
        ("disable", "account-disabled", "{tag} NO [CONTACTADMIN] This account is switched off."),
        ("suspend", "account-suspended", "{tag} NO [CONTACTADMIN] This account is suspended."),
        (
            "expire-password",
            "password-expired",
            "{tag} NO [EXPIRED] This password has expired; choose a new one.",
        ),
        ("delete", "bad-password", "{tag} NO [AUTHENTICATIONFAILED] Wrong user name or password."),
    ] {
        let mut world = healthy();
        let own = password(&world, "taro");
        world.apply(&changes(&format!(r#"[{{"account":{{"name":"taro","act":"{act}"}}}}]"#)), at(0)).unwrap();
        assert_eq!(log_in(&mut world, ListenerName::Imaps, "taro", &own, at(1)), Err(failure.to_owned()));
        let connection = connect(&mut world, ListenerName::Imaps);
        assert_eq!(world.visit(&connection, at(1)).wording(failure).lines, [words]);
    }
}

#[test]
fn digests_are_checked_against_the_password() {
    let mut world = healthy();
    world.apply(&changes(r#"[{"account":{"name":"taro","password":"tanstaaf"}}]"#), at(0)).unwrap();
    let connection = connect(&mut world, ListenerName::Pop3);
    let mut try_with = |proof, mechanism| {
        let attempt = Attempt { user: "taro", authorization: "", mechanism, proof, secured: false };
        world.visit(&connection, at(1)).log_in(&attempt).is_ok()
    };
    // RFC 1939 section 7.
    let timestamp = "<1896.697170952@dbc.mtview.ca.us>";
    assert!(try_with(Proof::Apop { timestamp, digest: "c4c9334bac560ecc979e58001b3e22fb" }, "APOP"));
    assert!(!try_with(Proof::Apop { timestamp, digest: "c4c9334bac560ecc979e58001b3e22fa" }, "APOP"));
    let digest = postfail_wire::sasl::cram_md5::digest(b"tanstaaf", timestamp.as_bytes());
    assert!(try_with(Proof::CramMd5 { challenge: timestamp, digest: &digest }, "CRAM-MD5"));
    assert!(!try_with(Proof::CramMd5 { challenge: "<other>", digest: &digest }, "CRAM-MD5"));
    assert!(!try_with(Proof::Bearer { token: "tanstaaf" }, "XOAUTH2"));
}

#[test]
fn a_fault_rules_and_is_noted() {
    let mut world = healthy();
    let list = r#"[{"fault":{"stage":"auth","reply":{"failure":"temp-failure"},"when":{"first":1}}}]"#;
    world.apply(&changes(list), at(0)).unwrap();
    let connection = connect(&mut world, ListenerName::Submission);
    let cue = Cue { stage: Stage::Auth, verb: "AUTH", account: Some("taro"), tag: "" };
    let Ruling::Reply(refusal) = world.visit(&connection, at(0)).rule(&cue) else { panic!("a reply") };
    assert_eq!(refusal.lines, ["454 4.7.0 Temporary failure, try again later."]);
    assert_eq!(world.visit(&connection, at(0)).rule(&cue), Ruling::Proceed);
    assert!(journal(&world, "fault")[0].ends_with(r#""id":1,"stage":"auth","fault":"reply"}"#));
}

#[test]
fn mail_goes_into_the_inbox_and_the_outbox_or_nowhere() {
    let mut world = healthy();
    let account = world.store().find("hanako").unwrap();
    let connection = connect(&mut world, ListenerName::Smtp);
    let recipients = [
        Recipient::Local { account, address: "hanako@postfail.test".to_owned() },
        Recipient::Outbox(OutboxRecipient { address: "x@example.org".to_owned(), ..Default::default() }),
    ];
    let message = Bytes::from_static(b"Subject: new\r\n\r\n");
    let (return_path, ret, envid) = (0, None, Some("id"));
    let reverse_path = "taro@postfail.test";
    let mail = Mail { reverse_path, recipients: &recipients, message, return_path, ret, envid, sender: None };
    assert!(world.visit(&connection, at(0)).take_mail(&mail).is_ok());
    assert_eq!(world.store().mailbox(account, "INBOX").unwrap().len(), 2);
    let kept = &world.store().outbox()[0];
    assert_eq!((kept.recipients[0].address.as_str(), kept.envid.as_deref()), ("x@example.org", Some("id")));
    let mut limits = world.store().limits();
    limits.bytes = world.store().used() + 1_100;
    world.store_mut().set_limits(limits);
    let refusal = world.visit(&connection, at(0)).take_mail(&mail).unwrap_err();
    assert_eq!((refusal.failure.as_str(), world.store().outbox().len()), ("over-quota", 1));
    assert_eq!(world.store().mailbox(account, "INBOX").unwrap().len(), 2);
}

#[test]
fn a_profile_bounds_log_ins_at_the_same_time() {
    let mut profile = neutral().clone();
    profile.limits.logins = Some(1);
    let mut world = World::healthy(1, Arc::new(profile), &[], at(0));
    let own = password(&world, "taro");
    assert_eq!(log_in(&mut world, ListenerName::Imaps, "taro", &own, at(0)), Ok(()));
    assert_eq!(
        log_in(&mut world, ListenerName::Imap, "taro", &own, at(0)),
        Err("connection-limit".to_owned())
    );
    assert_eq!(
        log_in(&mut world, ListenerName::Pop3s, "taro", &own, at(0)),
        Ok(()),
        "each protocol by itself"
    );
}

#[test]
fn the_same_secret_again_has_the_same_number() {
    let mut world = healthy();
    for secret in ["one", "two", "one"] {
        let _ = log_in(&mut world, ListenerName::Imaps, "taro", secret, at(0));
    }
    let filter = Filter::default();
    let numbers: Vec<u64> = world
        .journal()
        .entries(&filter)
        .filter_map(|entry| match &entry.what {
            What::Session(Event::LogIn { secret, .. }) => Some(*secret),
            _ => None,
        })
        .collect();
    assert_eq!(numbers, [1, 2, 1]);
}

#[test]
fn no_password_stands_in_the_journal_after_a_change() {
    let mut world = healthy();
    world.journal_mut().enable_lines();
    for new in ["a long new secret", "abc"] {
        let change = format!(r#"[{{"account":{{"name":"taro","password":"{new}"}}}}]"#);
        world.apply(&changes(&change), at(0)).unwrap();
    }
    world.hide("control-token");
    let what = What::Control { method: "GET".to_owned(), path: "/?t=control-token".to_owned(), status: 403 };
    world.note(None, what, at(0));
    let lines = String::from_utf8(world.journal_mut().take_unwritten()).unwrap();
    for secret in ["long new", "abc", "control-token"] {
        assert!(!lines.contains(secret), "{secret}: {lines}");
    }
}

#[test]
fn nonces_differ_and_time_is_virtual() {
    let mut world = healthy();
    let connection = connect(&mut world, ListenerName::Pop3);
    world.apply(&changes(r#"[{"advance":"91d"}]"#), at(0)).unwrap();
    let mut visit = world.visit(&connection, at(1));
    assert_ne!(visit.nonce(), visit.nonce());
    assert_eq!(visit.now(), at(1 + 91 * 86_400));
    assert_eq!(world.clock().real_until(at(91 * 86_400 + 11), at(1)), Some(Duration::from_secs(10)));
}

fn told(id: &str, text: &str) -> World {
    let causes = include_str!("../../../../scenarios/causes.toml");
    let causes = Causes::parse(&Source { name: "causes.toml", text: causes }).unwrap();
    let mail = ["welcome.eml", "iso-2022-jp.eml", "plain-japanese.eml"];
    let library = Library {
        causes: &causes,
        profiles: &["postfail", "dovecot", "exchange-online"],
        responses: &[],
        mail: &mail,
    };
    let scenario = Scenario::parse(id, &Source { name: id, text }, &library).unwrap();
    World::of_scenario(Arc::new(scenario), Arc::new(neutral().clone()), 3, &[WELCOME], at(0))
}

#[test]
fn phases_follow_each_other_and_can_be_told_again() {
    let text = include_str!("../../../../scenarios/account/locked-after-failures.toml");
    let mut world = told("account/locked-after-failures", text);
    assert_eq!((world.phase(), world.next_phase()), (None, Some("works")));
    world.enter("breaks", at(0)).unwrap();
    assert_eq!((world.phase(), world.next_phase()), (Some("breaks"), Some("mended")));
    let state = |world: &World| world.accounts(at(0))[0].state;
    assert_eq!(state(&world), AccountState::Locked);
    world.apply(&changes(r#"[{"listener":{"name":"imap","state":"closed"}}]"#), at(0)).unwrap();
    world.enter("works", at(0)).unwrap();
    assert_eq!((world.phase(), state(&world)), (Some("works"), AccountState::Active));
    assert_eq!(world.listener(ListenerName::Imap).state, State::Open);
    world.enter("mended", at(0)).unwrap();
    assert_eq!((world.next_phase(), state(&world)), (None, AccountState::Active));
    assert_eq!(journal(&world, "phase").len(), 5);
    let wrong = world.enter("mend", at(0)).unwrap_err().to_string();
    assert_eq!(wrong, "unknown phase `mend`; valid: works, breaks, mended");
    assert!(
        healthy().enter("works", at(0)).unwrap_err().to_string().starts_with("this world has no scenario")
    );
}

#[test]
fn what_a_phase_opens_or_closes_stays_so_in_the_next() {
    let text = include_str!("../../../../scenarios/plaintext/pop3-110-closed-use-995.toml");
    let mut world = told("plaintext/pop3-110-closed-use-995", text);
    world.set_port(ListenerName::Pop3, 40_110);
    world.enter("works", at(0)).unwrap();
    assert_eq!(world.listener(ListenerName::Pop3).protocol, Protocol::Pop3);
    world.enter("mended", at(0)).unwrap();
    let listener = world.listener(ListenerName::Pop3);
    assert_eq!((listener.state, listener.port), (State::Closed, 40_110));
}
