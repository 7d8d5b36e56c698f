//! Verdicts as a table for people, findings below it.
use std::fmt::Write as _;

use crate::expect::{Finding, Outcome, Verdict};

/// One block per scenario, ended by a line that sums up.
pub fn write(verdicts: &[Verdict]) -> String {
    let mut text = String::new();
    for verdict in verdicts {
        let Verdict { scenario, profile, seed, phases } = verdict;
        let _ = writeln!(text, "{scenario} (profile {profile}, seed {seed})");
        let name = phases.iter().map(|phase| phase.name.chars().count()).max().unwrap_or_default();
        for phase in phases {
            let mark = match phase.outcome {
                Outcome::Passed => "passed",
                Outcome::Failed => "FAILED",
                Outcome::NotReached => "not reached",
            };
            let pad = name - phase.name.chars().count();
            let _ = writeln!(
                text,
                "  {}{}  {mark:<11}  asked: {:<10}  got: {} in {:.1} s",
                phase.name,
                " ".repeat(pad),
                phase.asked,
                phase.ended,
                phase.seconds
            );
            for one in &phase.findings {
                for line in finding(one).lines() {
                    let _ = writeln!(text, "      {line}");
                }
            }
        }
    }
    let failed = verdicts.iter().filter(|verdict| !verdict.passed()).count();
    let _ = match failed {
        0 => writeln!(text, "{} passed", verdicts.len()),
        _ => writeln!(text, "{failed} of {} FAILED", verdicts.len()),
    };
    text
}

/// `rule: expected ..., got ...` and the journal lines below.
pub(super) fn finding(finding: &Finding) -> String {
    let Finding { rule, expected, actual, proof } = finding;
    let mut text = format!("{rule}: expected {expected}, got {actual}\n");
    for line in proof {
        let _ = writeln!(text, "  {line}");
    }
    text
}
