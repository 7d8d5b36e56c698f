//! Wrong files, and all that is said of each, letter by letter: `wrong.txt`. After a change of words look at what
//! `BLESS=1 cargo test -p postfail-engine wrong` makes of it.
use std::fmt::Write as _;
use std::path::Path;

use super::{minimal, parse};

/// What of the smallest scenario is replaced, and by what. `+` stands for changes added to the phase.
#[rustfmt::skip]
const WRONG: &[(&str, &str)] = &[
    ("profiles", "profils"),
    ("\"postfail\"", "\"postfial\""),
    ("[\"postfail\"]", "[]"),
    ("title = {", "era = \"spring\"\ntitle = {"),
    ("title = {", "era = 2021-02-30\ntitle = {"),
    ("title = {", "era = 2021\ntitle = {"),
    ("layer = \"tls\"", "layer = \"auth\""),
    ("too-old", "to-old"),
    ("\"never\"", "\"maybe\""),
    ("[[account]]\nname = \"taro\"\n", ""),
    ("\"taro\"", "\"Taro\""),
    ("\"taro\"", "\"taro\"\nmail = [\"welcom.eml\"]"),
    ("client = \"either\"", ""),
    ("\"either\"", "\"fail\""),
    ("\"either\"", "\"either\"\nsetup = { pop3 = \"imaps\" }"),
    ("\"either\"", "\"either\"\n[[phase]]\nname = \"works\"\nclient = \"fails\""),
    ("\"either\"", "\"either\"\n[[expect]]\nin = \"brakes\""),
    ("\"either\"", "\"either\"\n[[expect]]\nlogins = 3"),
    ("+", "{ listener = { name = \"pop\" } }"),
    ("+", "{ listener = { name = \"pop3\", stat = \"closed\" } }"),
    ("+", "{ listener = { name = \"pop3\", tls = \"1.3-1.2\" } }"),
    ("+", "{ advance = 91 }"),
    ("+", "{ advance = \"91\" }"),
    ("+", "{ advanse = \"91d\" }"),
    ("+", "{ account = { name = \"tarou\", act = \"lock\" } }"),
    ("+", "{ account = { name = \"taro\", act = \"lok\" } }"),
    ("+", "{ fault = { stage = \"ath\", close = true } }"),
    ("+", "{ fault = { stage = \"auth\", reply = { failure = \"bad-pasword\" } } }"),
    ("+", "{ listener = { name = \"all\", certificate = \"expird\" } }"),
    ("+", "{ fault = { stage = \"auth\", reply = { delay = \"1s\" } } }"),
    ("+", "{ fault = { stage = \"auth\" } }"),
    ("+", "{ fault = { stage = \"auth\", rest = true } }"),
    ("+", "{ fault = { stage = \"auth\", reset = true, when = { firs = 3 } } }"),
    ("+", "{ fault = { stage = \"auth\", refuse = true } }"),
    ("+", "{ fault = { stage = \"connect\", reset = true, who = { address = \"local\" } } }"),
    ("\"either\"", "\"either\"\n[[phase.fault]]\nstage = \"auth\"\nclose = true\nwhen = { nth = 0 }"),
    ("+", "{ remove_fault = 2 }"),
    ("+", "{ fault = { stage = \"auth\", reset = true } }, { remove_fault = 1 }, { remove_fault = 1 }"),
    ("+", "{ fault = { stage = \"auth\", reset = true, when = { nth = 1, first = 2 } } }"),
    ("+", "{ fault = { stage = \"auth\", reset = true, when = { first = 2, seed = 7 } } }"),
    ("+", "{ fault = { stage = \"auth\", reset = true, when = { until = 2026-13-01 } } }"),
    ("+", "{ fault = { stage = \"auth\", reset = true, when = { until = \"2026-13-01\" } } }"),
    ("+", "{ fault = { stage = \"auth\", command = \"LOGIN\", reset = true } }"),
    ("+", "{ fault = { stage = \"auth\", reset = true, close = true } }"),
    ("+", "{ refuse = { failure = \"gmail-imap-app-password-required\" } }"),
    ("\"either\"", "\"either\"\n[[phase.fault]]\nstage = \"auth\"\nreply = { failure = \"bad-pasword\" }"),
    ("\"either\"", "\"either\"\n[[phase.fault]]\nstage = \"auth\"\nreply = {}"),
    ("\"either\"", "\"either\"\n[[phase.fault]]\nstage = \"auth\"\nreset = true\nwho = { account = \"tarou\" }"),
    ("\"either\"", "\"either"),
    ("retry =", "retry"),
    ("[diagnosis]", "[diagnosis"),
    ("sources = []", "sources = []\nsources = []"),
    ("ja = \"日\" }\n[lesson]", "ja = \"日本語\", fr = \"x\" }\n[lesson]"),
];

/// Several mistakes in one file.
const MANY: &[&[(&str, &str)]] = &[
    // Names, of which each is looked up.
    &[("\"postfail\"", "\"gmial\""), ("\"never\"", "\"maybe\"")],
    // What cannot be read, and names beside it.
    &[
        ("title = {", "titel = {"),
        ("\"never\"", "3"),
        ("\"taro\"", "\"taro\"\nmail = [\"welcom.eml\"]"),
        (
            "client = \"either\"",
            "client = \"either\"\nchange = [{ advance = 91 }, { freeze = \"yes\" }, \
             { account = { name = \"tarou\", act = \"lock\" } }]",
        ),
    ],
    // Who refers to what could not be read is not told so.
    &[("name = \"works\"", "nane = \"works\""), ("\"either\"", "\"either\"\n[[expect]]\nin = \"works\"")],
];

/// One wrong file's messages.
fn said(mistakes: &[(&str, &str)]) -> String {
    let mut text = minimal();
    let mut said = String::new();
    for (from, to) in mistakes {
        let change = format!("client = \"either\"\nchange = [{to}]");
        let (from, to) = if *from == "+" { ("client = \"either\"", change.as_str()) } else { (*from, *to) };
        assert!(text.contains(from), "{from}");
        let _ = writeln!(said, "# {from:?} becomes {to:?}");
        text = text.replacen(from, to, 1);
    }
    for wrong in parse("x", &text).expect_err(&said) {
        let _ = writeln!(said, "{wrong}");
    }
    said
}

#[test]
fn wrong_files_are_told_where_and_what_would_be_right() {
    let one = WRONG.iter().map(|mistake| said(&[*mistake]));
    let all: Vec<String> = one.chain(MANY.iter().map(|mistakes| said(mistakes))).collect();
    let all = all.join("\n");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/scenario/tests/wrong.txt");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&file, &all).unwrap();
    }
    let known = std::fs::read_to_string(&file).unwrap();
    for (known, said) in known.split("\n\n").zip(all.split("\n\n")) {
        assert_eq!(known, said);
    }
    assert_eq!(known, all);
}
