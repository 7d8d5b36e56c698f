use super::*;

#[test]
fn every_fault_reads_and_writes_its_flat_shape() {
    for effect in [
        "hang = true",
        "delay = \"2s\"",
        "throttle = 300",
        "drip = \"1s\"",
        "truncate = 100",
        "reset = true",
        "close = true",
        "bye = true",
        "garbage = 64",
        "reply = \"{tag} NO later\"",
        "hide = true",
        "ignore = true",
        "raw = '+OK\\x00\\r\\n'",
        "keep = true",
    ] {
        let text =
            format!("command = \"FETCH\"\n{effect}\n\n[when]\nfirst = 3\n\n[who]\naccount = \"taro\"\n");
        let fault: Fault = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(fault.place, Place::Command("FETCH".to_owned()));
        assert_eq!(fault.when, When::First(3));
        assert!(effect.starts_with(fault.effect.word()));
        assert_eq!(toml::to_string(&fault).unwrap(), text);
    }
    for effect in ["alert = \"unrecognized_name\"", "flip = 60", "no_close_notify = true"] {
        let text = format!("stage = \"handshake\"\n{effect}\n");
        assert_eq!(toml::to_string(&toml::from_str::<Fault>(&text).unwrap()).unwrap(), text);
    }
    for effect in ["refuse = true", "blackhole = true"] {
        let text = format!("stage = \"connect\"\n{effect}\n");
        assert_eq!(toml::to_string(&toml::from_str::<Fault>(&text).unwrap()).unwrap(), text);
    }
    let json = r#"{"stage":"starttls","inject":{"before":"a","then":"reset"}}"#;
    assert_eq!(serde_json::to_string(&serde_json::from_str::<Fault>(json).unwrap()).unwrap(), json);
}

#[test]
fn wrong_rules_say_what_is_missing() {
    for (text, message) in [
        ("close = true", "a fault needs a place: stage = \"auth\", or command = \"FETCH\""),
        (
            "stage = \"auth\"\ncommand = \"NOOP\"\nclose = true",
            "a fault sits at a stage or at a command, not at both; keep one",
        ),
        (
            "stage = \"auth\"",
            "a fault needs an effect: one of refuse, blackhole, hang, delay, throttle, drip, truncate, reset, close, bye, garbage, reply, hide, ignore, inject, raw, preauth, keep, alert, flip, no_close_notify",
        ),
        (
            "stage = \"auth\"\nclose = true\nhide = true",
            "a fault has one effect; `close` and `hide` are two: write two faults",
        ),
        (
            "stage = \"ath\"\nclose = true",
            "unknown stage `ath`, did you mean `auth`? valid: connect, greeting, starttls, handshake, capability, auth, mailbox, data, idle, quit, command",
        ),
        (
            "stage = \"auth\"\nraw = 1",
            "raw is a text with \\r, \\n, \\t, \\\\ and \\xNN, or { bytes = \"...\", then = \"close\" }",
        ),
    ] {
        assert_eq!(toml::from_str::<Fault>(text).unwrap_err().message(), message, "{text}");
    }
}

#[test]
fn arguments_are_the_lines_of_a_table() {
    for (lines, json) in [
        (
            &["stage=auth", "reply=535 no", "when.first=3", "who.account=taro"][..],
            r#"{"stage":"auth","reply":"535 no","when":{"first":3},"who":{"account":"taro"}}"#,
        ),
        (&["command=FETCH", "delay=30s"], r#"{"command":"FETCH","delay":"30s"}"#),
        (
            &["stage=data", "truncate={ after = 9, then = \"reset\" }", "when.between=[2, 4]"],
            r#"{"stage":"data","truncate":{"after":9,"then":"reset"},"when":{"between":[2,4]}}"#,
        ),
        (&["stage=greeting", r"raw=+OK\x00\r\n"], r#"{"stage":"greeting","raw":"+OK\\x00\\r\\n"}"#),
    ] {
        let fault = from_lines(lines.iter().copied()).unwrap();
        assert_eq!(serde_json::to_string(&fault).unwrap(), json);
    }
    for (lines, message) in [
        (&["reset"][..], "`reset` has no value; write it like stage=auth or when.first=3"),
        (&["stage=auth", "rest=true"], "unknown field `rest`"),
        (&["stage=data", "drip=2"], "a drip is a pause"),
    ] {
        let said = from_lines(lines.iter().copied()).unwrap_err().to_string();
        assert!(said.starts_with(message), "{said}");
    }
}

#[test]
fn every_fault_has_its_paragraph() {
    for (word, paragraph) in REFERENCE {
        assert!(paragraph.starts_with(&format!("{word} - ")), "{word}");
        assert!(paragraph.contains(&format!("{word} = ")), "{word} shows how it is written");
    }
}

/// `BLESS=1` in the environment writes it anew.
#[test]
fn the_reference_is_written_down() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/faults.md");
    let written = reference();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, &written).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(path).unwrap(),
        written,
        "BLESS=1 cargo test -p postfail-engine writes it"
    );
}

fn reference() -> String {
    let mut text = REFERENCE_HEAD.to_owned();
    for (stage, meaning) in STAGE_MEANINGS {
        text.push_str(&format!("| `{stage}` | {meaning} |\n"));
    }
    text.push_str("\n## Faults\n\n");
    for (word, paragraph) in REFERENCE {
        let paragraph = paragraph.strip_prefix(&format!("{word} - ")).unwrap();
        text.push_str(&format!("**{word}**: {paragraph}\n\n"));
    }
    text.push_str("## When\n\n| `when = ` | The fault acts |\n|---|---|\n");
    for (written, meaning) in when::REFERENCE {
        text.push_str(&format!("| `{written}` | {meaning} |\n"));
    }
    text + REFERENCE_TAIL
}

const REFERENCE_HEAD: &str = "\
<!-- Written by the tests of postfail-engine from the paragraphs beside each fault: BLESS=1 cargo test -p postfail-engine -->
# Faults

A fault is stage x fault x when x who. In a scenario it is a `[[phase.fault]]`:

```toml
[[phase.fault]]
stage = \"auth\"                            # or command = \"FETCH\"
reply = \"{tag} NO [UNAVAILABLE] Later.\"   # one fault
when  = { first = 3 }                     # always unless said
who   = { account = \"taro\" }              # everybody unless said
```

On a running server the same lines are arguments: `postfail ctl fault add stage=auth reply='{tag} NO Later.' when.first=3`;
`postfail ctl fault list` shows the faults in force with how often each was met, `postfail ctl fault remove 1` (or `all`)
takes one away. Over HTTP it is `POST /api/faults` with the same in JSON. `postfail explain drip` prints a fault's paragraph.

Faults act on all three protocols, in the clear and under TLS; all times are those of the world's clock, and
`--pace instant` lets delays pass at once. Where several faults meet, each counts, and the first that was added acts.

## Stages

`command = \"NOOP\"` meets that verb at whatever stage it comes; `FETCH` means `UID FETCH` too, and `.` is the end of a mail's
data in SMTP (DATA or BDAT), before it is kept.

| Stage | Where |
|---|---|
";

const STAGE_MEANINGS: [(&str, &str); 11] = [
    ("connect", "a connection comes; nothing was said, not even TLS"),
    ("greeting", "in place of the greeting"),
    ("starttls", "STARTTLS, STLS"),
    ("handshake", "the TLS handshake, behind the ClientHello"),
    ("capability", "CAPABILITY, CAPA, EHLO and HELO"),
    ("auth", "a log-in, once the user is known: LOGIN, PASS, APOP, the last response of a SASL exchange"),
    ("mailbox", "SELECT, LIST, SEARCH, STORE and their like; STAT, LIST, UIDL; MAIL and RCPT"),
    ("data", "FETCH and APPEND; RETR and TOP; DATA and BDAT"),
    ("idle", "IDLE"),
    ("quit", "LOGOUT, QUIT"),
    ("command", "any other verb"),
];

const REFERENCE_TAIL: &str = "
Times are counted per fault, over everything its place and people match.

## Who

| Key | Whom |
|---|---|
| `account = \"taro\"` | who is logged in, or tries to; by short name or address |
| `listener = \"imaps\"` | who came to this listener |
| `address = \"127.0.0.2\"` or `\"10.0.0.0/8\"` | who comes from there |
| `tls = true` | only under TLS; `false`: only in the clear |
";
