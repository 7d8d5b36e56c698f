use super::*;
use postfail_session::world::Protocol;

use crate::change::Change;
use crate::listener::{ListenerName, Security, State};
use crate::profile::Profile;

const CAUSES: &str = include_str!("../../../../scenarios/causes.toml");
const SHIPPED: [(&str, &str); 3] = [
    (
        "plaintext/pop3-110-closed-use-995",
        include_str!("../../../../scenarios/plaintext/pop3-110-closed-use-995.toml"),
    ),
    ("tls/tls-1-0-and-1-1-off", include_str!("../../../../scenarios/tls/tls-1-0-and-1-1-off.toml")),
    (
        "account/locked-after-failures",
        include_str!("../../../../scenarios/account/locked-after-failures.toml"),
    ),
];
const MAIL: [&str; 3] = ["welcome.eml", "iso-2022-jp.eml", "plain-japanese.eml"];

fn parse(id: &str, text: &str) -> Result<Scenario, Vec<Diagnostic>> {
    let causes = Causes::parse(&Source { name: "causes.toml", text: CAUSES }).unwrap();
    let library = Library {
        causes: &causes,
        profiles: &["postfail", "dovecot", "exchange-online"],
        responses: &[
            ("gmail", "gmail-imap-app-password-required"),
            ("postfail", "postfail-imap-bad-password"),
        ],
        mail: &MAIL,
    };
    Scenario::parse(id, &Source { name: &format!("{id}.toml"), text }, &library)
}

fn shipped(id: &str) -> Scenario {
    let (_, text) = SHIPPED.iter().find(|(known, _)| *known == id).unwrap();
    parse(id, text).unwrap_or_else(|wrong| panic!("{}", wrong[0]))
}

#[test]
fn what_is_shipped_is_right_and_tells_works_breaks_mended() {
    for (id, _) in SHIPPED {
        let scenario = shipped(id);
        let phases: Vec<&str> = scenario.phases.iter().map(|phase| phase.name.as_str()).collect();
        assert_eq!(phases, ["works", "breaks", "mended"], "{id}");
        for text in
            [&scenario.title, &scenario.lesson.symptom, &scenario.lesson.cause, &scenario.lesson.remedy]
        {
            assert!(!text.en.is_empty() && !text.ja.is_ascii(), "{id}: {}", text.en);
        }
        assert!(
            id.starts_with(&format!("{}/", scenario.diagnosis.layer)) || id.starts_with("plaintext/"),
            "{id}"
        );
        assert!(!scenario.expectations.is_empty() && !scenario.lesson.sources.is_empty(), "{id}");
    }
}

#[test]
fn settings_are_inherited_until_they_change() {
    let scenario = shipped("plaintext/pop3-110-closed-use-995");
    let of = |name| &scenario.phase(name).unwrap().1.setup;
    assert_eq!(of("breaks").primary(), Some(ListenerName::Pop3));
    assert_eq!(of("mended").primary(), Some(ListenerName::Pop3s));
    let Change::Listener(change) = &scenario.phase("breaks").unwrap().1.changes[0] else {
        panic!("a listener")
    };
    assert_eq!(change.state, Some(State::Closed));
}

#[test]
fn what_was_typed_wrong_holds_for_its_phase_alone() {
    let phase = |name: &str, setup: &str| {
        format!("\n[[phase]]\nname = \"{name}\"\nclient = \"either\"\nsetup = {{ {setup} }}\n")
    };
    let typed = "user = \"taro\", password = \"1234\", security = \"plain\"";
    let text = minimal() + &phase("typed", &format!("imap = \"imap\", {typed}")) + &phase("corrected", "");
    let scenario = parse("x", &text).unwrap();
    let of = |name| &scenario.phase(name).unwrap().1.setup;
    assert_eq!(of("typed").user.as_deref(), Some("taro"));
    assert_eq!(
        (of("typed").password.as_deref(), of("typed").security),
        (Some("1234"), Some(Security::Plain))
    );
    assert_eq!(*of("corrected"), Setup { imap: Some(ListenerName::Imap), ..Setup::default() });
}

#[test]
fn a_story_is_told_where_the_provider_has_words() {
    let refused = "client = \"either\"\nchange = [{ refuse = { failure = \"bad-password\" } }]";
    let scenario = parse("x", &minimal().replace("client = \"either\"", refused)).unwrap();
    assert_eq!(scenario.failures().into_iter().collect::<Vec<_>>(), ["bad-password"]);
    let text = include_str!("../../../../scenarios/profiles/exim.toml");
    let exim = Profile::parse("exim", &Source { name: "exim.toml", text }).unwrap();
    assert!(scenario.is_worded(&exim, Protocol::Smtp) && !scenario.is_worded(&exim, Protocol::Imap));
    let typed = "client = \"either\"\nsetup = { password = \"1234\" }";
    let scenario = parse("x", &minimal().replace("client = \"either\"", typed)).unwrap();
    assert!(scenario.failures().contains("bad-password"));
}

#[test]
fn faults_of_a_phase_are_changes() {
    let text = minimal().replace(
        "client = \"either\"",
        "client = \"either\"\n[[phase.fault]]\nstage = \"auth\"\nreset = true",
    );
    assert!(matches!(parse("x", &text).unwrap().phases[0].changes[..], [Change::Fault(_)]));
}

#[test]
fn a_case_may_have_a_lesson_of_its_own() {
    let words = "{ en = \"own\", ja = \"別\" }";
    let case = |name: &str| {
        format!(
            "\n[[case]]\nname = \"{name}\"\ntitle = {words}\ncareless = {words}\nbreaks = \"no-server-name\"\n"
        )
    };
    let own = format!("[case.lesson]\nsymptom = {words}\ncause = {words}\nremedy = {words}\nsources = []\n");
    let text = minimal() + &case("as-the-file") + &case("otherwise") + &own;
    let symptom = |id: &str| parse(id, &text).unwrap().lesson.symptom.en;
    assert_eq!((symptom("x#as-the-file").as_str(), symptom("x#otherwise").as_str()), ("e", "own"));
}

/// The smallest scenario there is.
fn minimal() -> String {
    let text = "{ en = \"e\", ja = \"日\" }";
    format!(
        "profiles = [\"postfail\"]\ntitle = {text}\n[lesson]\nsymptom = {text}\ncause = {text}\nremedy = {text}\n\
         sources = []\n[diagnosis]\nlayer = \"tls\"\ncause = \"tls-version-too-old\"\nremedy = \"update-program\"\n\
         retry = \"never\"\n[[account]]\nname = \"taro\"\n[[phase]]\nname = \"works\"\nclient = \"either\"\n"
    )
}

#[test]
fn everything_wrong_is_said_at_once_in_the_files_order() {
    let text = minimal().replace("\"postfail\"", "\"gmial\"").replace("\"never\"", "\"maybe\"");
    let wrong = parse("x", &text).unwrap_err();
    assert_eq!(wrong.iter().map(|one| one.line).collect::<Vec<_>>(), [1, 12]);
}

#[test]
fn the_caret_stands_under_the_word_even_behind_japanese() {
    let text = minimal().replace("ja = \"日\" }\n[lesson]", "ja = \"日本語\", fr = \"x\" }\n[lesson]");
    let shown = parse("lesson/mine", &text).unwrap_err()[0].to_string();
    let expected = "error: unknown key `fr`
 --> lesson/mine.toml:2:33
  |
2 | title = { en = \"e\", ja = \"日本語\", fr = \"x\" }
  |                                    ^^
  = help: valid: en, ja";
    assert_eq!(shown, expected);
}

mod wrong;
