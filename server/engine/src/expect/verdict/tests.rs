use std::sync::Arc;

use super::*;
use crate::journal::{ConnectionId, Hello, Side};
use crate::listener::{ListenerName, TlsVersion, Window};
use crate::scenario::{Causes, Library, Source};
use crate::world::World;
use jiff::Timestamp;

fn scenario(expect: &str, client: &str) -> Scenario {
    let causes = include_str!("../../../../../scenarios/causes.toml");
    let causes = Causes::parse(&Source { name: "causes.toml", text: causes }).unwrap();
    let both = "{ en = \"e\", ja = \"j\" }";
    let text = format!(
        "profiles = [\"postfail\"]\ntitle = {both}\nlesson = {{ symptom = {both}, cause = {both}, remedy = {both}, \
         sources = [] }}\ndiagnosis = {{ layer = \"tls\", cause = \"tls-version-too-old\", remedy = \"update-program\", \
         retry = \"never\" }}\n[[account]]\nname = \"taro\"\n[[phase]]\nname = \"works\"\nclient = \"{client}\"\n\
         [[phase]]\nname = \"breaks\"\nclient = \"either\"\n[[expect]]\nin = \"works\"\n{expect}\n"
    );
    let library = Library { causes: &causes, profiles: &["postfail"], responses: &[], mail: &[] };
    Scenario::parse("tls/x", &Source { name: "x.toml", text: &text }, &library)
        .unwrap_or_else(|w| panic!("{}", w[0]))
}

/// A world in which one client did all that is in `what`, on IMAPS.
fn lived(what: impl IntoIterator<Item = What>) -> World {
    let real = Timestamp::from_second(1_780_000_000).unwrap();
    let profile = Arc::new(crate::profile::neutral().clone());
    let mut world = World::of_scenario(Arc::new(scenario("", "either")), profile, 1, &[], real);
    for what in what {
        let on: Option<(ConnectionId, ListenerName)> = Some((1, ListenerName::Imaps));
        world.journal_mut().record(real, real, on, what);
    }
    world
}

fn judged(world: &World, expect: &str, client: &str, exit: Exit) -> PhaseVerdict {
    let run =
        Run { phase: "works".to_owned(), exit, since: 1, until: u64::MAX, took: Duration::from_millis(1200) };
    let scenario = scenario(expect, client);
    let verdict = Verdict::judge(&scenario, "postfail", 1, None, &[run], world.journal());
    assert_eq!(verdict.phases[1].outcome, Outcome::NotReached);
    assert!(!verdict.passed(), "a phase that was not reached is not passed");
    verdict.phases.into_iter().next().unwrap()
}

fn log_in(failure: Option<&str>, secured: bool, mechanism: &str) -> What {
    let (user, failure) = ("taro".to_owned(), failure.map(str::to_owned));
    let (mechanism, reason) = (mechanism.to_owned(), None);
    What::Session(Event::LogIn { user, mechanism, secured, failure, reason, secret: 1 })
}

fn connect() -> What {
    What::Connect { peer: "127.0.0.1:1".parse().unwrap() }
}

fn hello(best: TlsVersion, window: Window) -> What {
    What::Hello(Box::new(Hello { versions: vec![best.code()], window: Some(window), ..Hello::default() }))
}

fn done(version: TlsVersion) -> What {
    let (suite, backend) = ("S".into(), "rustls");
    What::Handshake(Box::new(Handshake::Done {
        version,
        suite,
        backend,
        alpn: None,
        resumed: false,
        group: None,
        client_certificate: None,
    }))
}

#[test]
fn what_was_done_at_the_portal_is_counted_by_its_word() {
    let event = |what| {
        let (account, way, detail) = ("taro".to_owned(), None, None);
        What::Portal(postfail_identity::portal::Event { what, account, way, detail })
    };
    use postfail_identity::portal::Happened::{CodeDelivered, PasswordReset};
    let world = lived([event(CodeDelivered), event(CodeDelivered), event(PasswordReset)]);
    for (expect, found) in [
        ("portal = { code-delivered = { exactly = 2 }, password-reset = { at_least = 1 } }", None),
        ("portal = { password-reset = { exactly = 0 } }", Some("portal.password-reset")),
        ("portal = { signed-in = { at_least = 1 } }", Some("portal.signed-in")),
    ] {
        let verdict = judged(&world, expect, "succeeds", Exit::Code(0));
        assert_eq!(verdict.findings.first().map(|finding| finding.rule.as_str()), found, "{expect}");
    }
}

#[test]
fn the_exit_is_held_against_what_was_asked() {
    let world = lived([connect()]);
    let hung = Exit::TimedOut(Duration::from_secs(60));
    for (client, exit, passes) in [
        ("succeeds", Exit::Code(0), true),
        ("succeeds", Exit::Code(35), false),
        ("fails", Exit::Code(35), true),
        ("fails", Exit::Code(0), false),
        ("fails", Exit::Signal(9), true),
        ("fails", hung, false),
        ("either", Exit::Code(35), true),
        ("either", hung, true),
    ] {
        let phase = judged(&world, "", client, exit);
        assert_eq!(phase.outcome == Outcome::Passed, passes, "{client} {exit:?} {:?}", phase.findings);
    }
}

#[test]
fn as_offered_asks_old_and_new_clients_for_what_they_can() {
    use TlsVersion::{V1_1, V1_2, V1_3};
    for (best, exit, passes) in [(V1_1, 0, false), (V1_1, 35, true), (V1_3, 0, true), (V1_2, 35, false)] {
        let world = lived([connect(), hello(best, Window::MODERN)]);
        let phase = judged(&world, "", "as-offered", Exit::Code(exit));
        assert_eq!(phase.outcome == Outcome::Passed, passes, "{best} {exit}");
    }
    let world = lived([connect(), hello(V1_1, Window::MODERN)]);
    let finding = &judged(&world, "", "as-offered", Exit::Code(0)).findings[0];
    let expected = "the client to fail and say so: it offers at most TLS 1.1, the window is 1.2 to 1.3";
    assert_eq!((finding.expected.as_str(), finding.actual.as_str()), (expected, "exit code 0"));
    assert!(finding.proof[1].ends_with("#1 imaps @ ClientHello offers at most TLS 1.1, window 1.2 to 1.3"));
    let suites = Hello {
        versions: vec![0x0304, 0x0303],
        window: Some(Window { min: V1_2, max: V1_2 }),
        taken: vec![0x00a6],
        cipher_suites: vec![0xc02f],
        ..Hello::default()
    };
    let world = lived([connect(), What::Hello(Box::new(suites))]);
    let finding = &judged(&world, "", "as-offered", Exit::Code(0)).findings[0];
    let expected = "the client to fail and say so: it offers TLS 1.3, 1.2, the window is 1.2 only, and it offers \
                    none of the suites there (TLS_DH_anon_WITH_AES_128_GCM_SHA256)";
    assert_eq!(finding.expected, expected);
    let silent = &judged(&lived([connect()]), "", "as-offered", Exit::Code(35)).findings[0];
    assert_eq!(silent.actual, "it sent none in this phase");
}

#[test]
fn each_expectation_fires_and_keeps_still() {
    let (bad, good) = (Some("bad-password"), None);
    let broken = || {
        let (alert_sent, alert_received) = (Some("protocol_version".to_owned()), None);
        What::Handshake(Box::new(Handshake::Failed { reason: "r".to_owned(), alert_sent, alert_received }))
    };
    let sent = || {
        let (reverse_path, recipients) = (String::new(), Vec::new());
        What::Session(Event::MailAccepted { reverse_path, recipients, size: 1 })
    };
    for (expect, fires, still) in [
        ("connections = { at_most = 1 }", vec![connect(), connect()], vec![connect()]),
        ("logins = { at_least = 1 }", vec![log_in(bad, true, "PLAIN")], vec![log_in(good, true, "PLAIN")]),
        (
            "failed_logins = { exactly = 0 }",
            vec![log_in(bad, true, "PLAIN")],
            vec![log_in(good, true, "PLAIN")],
        ),
        ("failed_handshakes = { at_least = 1, at_most = 2 }", vec![connect()], vec![broken(), broken()]),
        ("mails_sent = { exactly = 1 }", vec![connect()], vec![sent()]),
        (
            "password_in_clear = \"never\"",
            vec![log_in(good, false, "LOGIN")],
            vec![log_in(good, false, "APOP")],
        ),
        ("password_in_clear = \"never\"", vec![log_in(bad, false, "USER")], vec![log_in(bad, true, "USER")]),
        ("tls_at_least = \"1.2\"", vec![done(TlsVersion::V1_1)], vec![done(TlsVersion::V1_2)]),
        ("tls_at_most = \"1.2\"", vec![done(TlsVersion::V1_3)], vec![done(TlsVersion::V1_2)]),
    ] {
        let wrong = judged(&lived(fires), expect, "either", Exit::Code(0));
        assert_eq!(wrong.findings.len(), 1, "{expect}");
        assert!(expect.starts_with(&wrong.findings[0].rule), "{expect}: {}", wrong.findings[0].rule);
        let right = judged(&lived(still), expect, "either", Exit::Code(0));
        assert_eq!(right.findings, [], "{expect}");
    }
    let elsewhere = judged(&lived([connect()]), "listeners = [\"pop3s\"]", "either", Exit::Code(0));
    assert_eq!(elsewhere.findings[0].expected, "connections to pop3s only");
    let there = judged(&lived([connect()]), "listeners = [\"imaps\"]", "either", Exit::Code(0));
    assert_eq!(there.findings, []);
}

#[test]
fn proof_is_quoted_masked_and_not_without_end() {
    let world = lived((0..20).map(|_| log_in(Some("bad-password"), true, "PLAIN")));
    let phase = judged(&world, "failed_logins = { at_most = 3 }", "either", Exit::Code(0));
    let finding = &phase.findings[0];
    assert_eq!((finding.expected.as_str(), finding.actual.as_str()), ("at most 3", "20"));
    assert_eq!((finding.proof.len(), finding.proof[0].as_str()), (9, "(12 earlier lines like these)"));
    assert!(finding.proof[8].ends_with("log-in of taro by PLAIN under TLS: refused, bad-password"));
}

#[test]
fn only_the_phases_own_part_of_the_journal_counts() {
    let world = lived([connect(), connect(), What::Close { by: Side::Client, reason: "end".to_owned() }]);
    let run =
        Run { phase: "works".to_owned(), exit: Exit::Code(0), since: 2, until: 3, took: Duration::ZERO };
    let scenario = scenario("connections = { exactly = 1 }", "succeeds");
    let verdict = Verdict::judge(&scenario, "postfail", 1, Some("works"), &[run], world.journal());
    assert!(verdict.passed(), "{verdict:?}");
    assert_eq!(verdict.phases.len(), 1);
}
