use super::*;

#[test]
fn a_rule_reads_and_writes_its_flat_shape() {
    let text = "command = \"FETCH\"\ndelay = \"2s\"\n\n[when]\nfirst = 3\n\n[who]\naccount = \"taro\"\n";
    let fault: Fault = toml::from_str(text).unwrap();
    assert_eq!(fault.place, Place::Command("FETCH".to_owned()));
    assert_eq!(fault.when, When::First(3));
    assert_eq!(toml::to_string(&fault).unwrap(), text);
}

#[test]
fn wrong_rules_say_what_is_missing() {
    for (text, message) in [
        ("close = true", "a fault needs a place: stage = \"auth\", or command = \"FETCH\""),
        (
            "stage = \"auth\"\ncommand = \"NOOP\"\nclose = true",
            "a fault sits at a stage or at a command, not at both; keep one",
        ),
        ("stage = \"auth\"", "a fault needs an effect: one of reply, delay, close, reset, hide"),
        (
            "stage = \"auth\"\nclose = true\nhide = true",
            "a fault has one effect; `close` and `hide` are two: write two faults",
        ),
        (
            "stage = \"ath\"\nclose = true",
            "unknown stage `ath`, did you mean `auth`? valid: greeting, starttls, capability, auth, mailbox, data, idle, quit, command",
        ),
    ] {
        assert_eq!(toml::from_str::<Fault>(text).unwrap_err().message(), message, "{text}");
    }
}

#[test]
fn every_fault_has_its_paragraph() {
    for (word, paragraph) in REFERENCE {
        assert!(paragraph.starts_with(&format!("{word} - ")), "{word}");
        assert!(paragraph.contains(&format!("{word} = ")), "{word} shows how it is written");
    }
}
