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
        responses: &[],
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

/// The smallest scenario there is.
fn minimal() -> String {
    let text = "{ en = \"e\", ja = \"日\" }";
    format!(
        "profiles = [\"postfail\"]\ntitle = {text}\n[lesson]\nsymptom = {text}\ncause = {text}\nremedy = {text}\n\
         sources = []\n[diagnosis]\nlayer = \"tls\"\ncause = \"tls-version-too-old\"\nremedy = \"update-program\"\n\
         retry = \"never\"\n[[account]]\nname = \"taro\"\n[[phase]]\nname = \"works\"\nclient = \"either\"\n"
    )
}

/// What is replaced, by what; where the first mistake is then, what is said, how the help begins.
/// `+` stands for a change added to the phase.
type Mistake = (&'static str, &'static str, (usize, usize), &'static str, &'static str);

#[rustfmt::skip]
const WRONG: &[Mistake] = &[
    ("profiles", "profils", (1, 1), "unknown key `profils`", "did you mean `profiles`?"),
    ("\"postfail\"", "\"postfial\"", (1, 13), "unknown profile `postfial`", "did you mean `postfail`?"),
    ("[\"postfail\"]", "[]", (1, 12), "a scenario needs a profile", "name at least one"),
    ("title = {", "era = \"spring\"\ntitle = {", (2, 7), "`spring` is no day", "write it like \"2026-01-15\""),
    ("layer = \"tls\"", "layer = \"auth\"", (9, 9), "`tls-version-too-old` is not a cause of layer `auth`", "it belongs to `tls`"),
    ("too-old", "to-old", (10, 9), "unknown cause `tls-version-to-old`", "did you mean `tls-version-too-old`?"),
    ("\"never\"", "\"maybe\"", (12, 9), "unknown retry `maybe`", "valid: never, later, after-change"),
    ("[[account]]\nname = \"taro\"\n", "", (1, 1), "missing field `account`", "add `account` here"),
    ("\"taro\"", "\"Taro\"", (14, 8), "`Taro` is no account name", "use small letters"),
    ("\"taro\"", "\"taro\"\nmail = [\"welcom.eml\"]", (15, 9), "unknown sample mail `welcom.eml`", "did you mean `welcome.eml`?"),
    ("client = \"either\"", "", (15, 1), "missing field `client`", "add `client` here"),
    ("\"either\"", "\"fail\"", (17, 10), "unknown word `fail`", "did you mean `fails`?"),
    ("\"either\"", "\"either\"\nsetup = { pop3 = \"imaps\" }", (18, 18), "a client cannot speak pop3 to the listener `imaps`", "valid: pop3, pop3s"),
    ("\"either\"", "\"either\"\n[[phase]]\nname = \"works\"\nclient = \"fails\"", (19, 8), "there are two phases `works`: the second cannot be reached", "give each its own name"),
    ("\"either\"", "\"either\"\n[[expect]]\nin = \"brakes\"", (19, 6), "unknown phase `brakes`", "valid: works"),
    ("\"either\"", "\"either\"\n[[expect]]\nlogins = 3", (19, 10), "invalid type: integer `3`, expected a count such as { at_most = 3 }", ""),
    ("+", "{ listener = { name = \"pop\" } }", (18, 33), "unknown listener `pop`", "did you mean `pop3`?"),
    ("+", "{ listener = { name = \"pop3\", stat = \"closed\" } }", (18, 41), "unknown key `stat`", "did you mean `state`?"),
    ("+", "{ listener = { name = \"pop3\", tls = \"1.3-1.2\" } }", (18, 47), "the window 1.3-1.2 is empty: its first version is above its last", "did you mean `1.2-1.3`?"),
    ("+", "{ listener = { name = \"all\", certificate = \"bad\" } }", (18, 54), "unknown certificate `bad`", "valid: good"),
    ("+", "{ advance = 91 }", (18, 23), "invalid type: integer `91`, expected a duration with its unit, such as \"91d\"", ""),
    ("+", "{ advance = \"91\" }", (18, 23), "`91` has no unit", "write `91s`"),
    ("+", "{ advanse = \"91d\" }", (18, 13), "unknown word `advanse`", "did you mean `advance`?"),
    ("+", "{ account = { name = \"tarou\", act = \"lock\" } }", (18, 32), "unknown account `tarou`", "did you mean `taro`?"),
    ("+", "{ account = { name = \"taro\", act = \"lok\" } }", (18, 46), "unknown word `lok`", "did you mean `lock`?"),
    ("+", "{ fault = { stage = \"ath\", close = true } }", (18, 31), "unknown stage `ath`", "did you mean `auth`?"),
    ("+", "{ fault = { stage = \"auth\", reply = { failure = \"bad-pasword\" } } }", (18, 59), "unknown failure `bad-pasword`", "did you mean `bad-password`?"),
    ("+", "{ fault = { stage = \"auth\", reply = { delay = \"1s\" } } }", (18, 11), "a reply needs words", "write text"),
    ("+", "{ fault = { stage = \"auth\" } }", (18, 11), "a fault needs an effect: one of refuse, blackhole, hang, delay, throttle, drip, truncate, reset, close, bye, garbage, reply, hide, ignore, inject, raw", ""),
    ("+", "{ fault = { stage = \"auth\", rest = true } }", (18, 39), "unknown key `rest`", "did you mean `reset`?"),
    ("+", "{ fault = { stage = \"auth\", reset = true, when = { firs = 3 } } }", (18, 62), "unknown word `firs`", "did you mean `first`?"),
    ("+", "{ fault = { stage = \"auth\", refuse = true } }", (18, 39), "`refuse` is a port's fault, at stage `connect` only", "write stage = \"connect\""),
    ("+", "{ fault = { stage = \"connect\", reset = true, who = { address = \"local\" } } }", (18, 74), "`local` is no address", "write it like"),
    ("\"either\"", "\"either\"\n[[phase.fault]]\nstage = \"auth\"\nclose = true\nwhen = { nth = 0 }", (21, 1), "the first time is 1, not 0", "give a number"),
];

#[test]
fn wrong_files_are_told_where_and_what_would_be_right() {
    for (from, to, at, message, help) in WRONG {
        let change = format!("client = \"either\"\nchange = [{to}]");
        let (from, to) = if *from == "+" { ("client = \"either\"", change.as_str()) } else { (*from, *to) };
        let text = minimal();
        assert!(text.contains(from), "{from}");
        let first = parse("x", &text.replacen(from, to, 1)).expect_err(to).remove(0);
        assert_eq!(((first.line, first.column), first.message.as_str()), (*at, *message), "{to}");
        let said = first.help.unwrap_or_default();
        assert!(said.starts_with(help) && said.is_empty() == help.is_empty(), "{to}: {said}");
    }
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
