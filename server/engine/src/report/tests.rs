use crate::conduct::Severity;
use crate::expect::{Breach, Finding, Outcome, PhaseVerdict, Verdict};

fn phase(name: &str, outcome: Outcome, findings: Vec<Finding>) -> PhaseVerdict {
    let (asked, ended) = ("succeeds".to_owned(), "exit code 7".to_owned());
    PhaseVerdict {
        name: name.to_owned(),
        outcome,
        asked,
        ended,
        seconds: 1.25,
        findings,
        conduct: Vec::new(),
    }
}

fn verdicts() -> Vec<Verdict> {
    let finding = Finding {
        rule: "failed_logins".to_owned(),
        expected: "at most <3>".to_owned(),
        actual: "5".to_owned(),
        proof: vec!["     9 @ log-in refused \u{1b}[31m".to_owned()],
    };
    vec![Verdict {
        scenario: "account/locked".to_owned(),
        profile: "dovecot".to_owned(),
        seed: 42,
        phases: vec![
            phase("works", Outcome::Passed, Vec::new()),
            phase("breaks", Outcome::Failed, vec![finding]),
            phase("mended", Outcome::NotReached, Vec::new()),
        ],
    }]
}

#[test]
fn the_table_shows_what_was_asked_and_what_came() {
    let expected = "\
account/locked (profile dovecot, seed 42)
  works   passed       asked: succeeds    got: exit code 7 in 1.2 s
  breaks  FAILED       asked: succeeds    got: exit code 7 in 1.2 s
      failed_logins: expected at most <3>, got 5
             9 @ log-in refused \u{1b}[31m
  mended  not reached  asked: succeeds    got: exit code 7 in 1.2 s
1 of 1 FAILED
";
    assert_eq!(super::text::write(&verdicts()), expected);
    assert_eq!(super::text::write(&[]), "0 passed\n");
}

#[test]
fn more_than_one_are_a_table_below_what_failed() {
    let mut all = verdicts();
    let good = Verdict { phases: vec![phase("works", Outcome::Passed, Vec::new())], ..all[0].clone() };
    all.push(Verdict { scenario: "tls/x".to_owned(), profile: "exchange-online".to_owned(), ..good });
    let text = super::text::write(&all);
    let expected = "
scenario        profile          verdict  seconds
account/locked  dovecot          FAILED       3.8
tls/x           exchange-online  passed       1.2
1 of 2 FAILED
";
    assert!(
        text.starts_with("account/locked (profile dovecot, seed 42)\n") && text.ends_with(expected),
        "{text}"
    );
    assert!(!text.contains("tls/x (profile"), "{text}");
}

#[test]
fn what_fails_nobody_is_proved_once() {
    let breach = |severity| Breach {
        rule: "offers-below-1-2".to_owned(),
        severity,
        section: "RFC 8996 4".to_owned(),
        advice: "Offer less.".to_owned(),
        proof: vec!["3 #1 imaps @ ClientHello offers TLS 1.2, 1.1".to_owned()],
    };
    let told = |severity| {
        let mut all = verdicts();
        for phase in &mut all[0].phases[..2] {
            phase.conduct.push(breach(severity));
        }
        super::text::write(&all)
    };
    let text = told(Severity::Breach);
    assert_eq!(text.matches("ClientHello offers").count(), 1, "{text}");
    assert!(text.contains("      breach: offers-below-1-2 (RFC 8996 4): as in `works`\n"), "{text}");
    assert_eq!(told(Severity::Leak).matches("ClientHello offers").count(), 2);
}

#[test]
fn markdown_is_a_table_and_the_findings() {
    let mut all = verdicts();
    all[0].phases[1].findings[0].proof.push("```".to_owned());
    let expected = "\
# postfail: 1 of 1 FAILED

| Scenario | Profile | Verdict | Seconds |
|---|---|---|---:|
| `account/locked` | dovecot | **breaks FAILED, mended not reached** | 3.8 |

## `account/locked` (dovecot, seed 42)

**breaks**: asked: succeeds, got: exit code 7

````text
failed_logins: expected at most <3>, got 5
       9 @ log-in refused \u{1b}[31m
  ```
````

**mended** was not reached.
";
    assert_eq!(super::markdown::write(&all), expected);
    assert_eq!(super::markdown::write(&[]), "# postfail: 0 passed\n");
}

#[test]
fn json_says_it_all() {
    let value: serde_json::Value = serde_json::from_str(&super::json::write(&verdicts())).unwrap();
    assert_eq!(value["passed"], false);
    assert_eq!(value["verdicts"][0]["phases"][2]["outcome"], "not-reached");
    assert_eq!(value["verdicts"][0]["phases"][1]["findings"][0]["rule"], "failed_logins");
}

#[test]
fn junit_is_a_suite_with_a_case_per_phase() {
    let xml = super::junit::write(&verdicts());
    for piece in [
        "<testsuite name=\"account/locked (dovecot)\" tests=\"3\" skipped=\"0\" errors=\"1\" failures=\"1\">",
        "<property name=\"seed\" value=\"42\"/>",
        "<testcase name=\"works\" classname=\"account.locked\" time=\"1.250\"/>",
        "<failure message=\"expected at most &lt;3&gt;, got 5\" type=\"failed_logins\">",
        "<error message=\"not reached: the run ended before this phase was over\"/>",
    ] {
        assert!(xml.contains(piece), "{piece} in\n{xml}");
    }
    assert!(!xml.contains('\u{1b}'), "{xml}");
}
