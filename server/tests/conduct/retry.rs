//! The rules of conduct on trying again, each by its name: broken by a client that tries again at once, kept by one that
//! does not, over the wire.
use std::collections::BTreeSet;

use postfail::catalogue;
use postfail::scenario::Verdict;

use super::{HAMMERING, PATIENT, tell};

/// A story, and the rule that whoever hammers breaks in it.
const STORIES: [(&str, &str); 6] = [
    ("auth/wrong-password", "same-password-again-after-permanent-no"),
    ("auth/wrong-password", "retry-storm"),
    ("auth/login-delay", "login-delay-ignored"),
    ("auth/login-rate-limited-then-recovers", "throttle-ignored"),
    ("auth/sender-mismatch", "permanent-taken-as-temporary"),
    ("token/token-endpoint-throttles", "token-endpoint-hammered"),
];

/// The rules broken from the first phase to the last.
fn broken(verdict: &Verdict) -> BTreeSet<String> {
    let all = verdict.phases.iter().flat_map(|phase| &phase.conduct);
    all.map(|breach| breach.rule.as_str().to_owned()).collect()
}

#[tokio::test]
async fn each_rule_is_broken_by_who_tries_again_at_once_and_kept_by_who_does_not() {
    let mut wrong = Vec::new();
    for (story, rule) in STORIES {
        let source = catalogue::built_in(story).unwrap();
        for (conduct, breaks) in [(HAMMERING, true), (PATIENT, false)] {
            let (verdict, _) = tell(&source, conduct).await;
            let broken = broken(&verdict);
            if broken.contains(rule) != breaks {
                wrong.push(format!("{story}: {rule} is broken: {}, by {broken:?}", !breaks));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
