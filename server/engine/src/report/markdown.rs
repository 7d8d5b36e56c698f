//! Verdicts as Markdown (GitHub's): a table of all, and below it what was wrong. A build server shows it as a page.
use std::fmt::Write as _;

use super::text;
use crate::expect::{Outcome, Verdict};

/// The whole page.
pub fn write(verdicts: &[Verdict]) -> String {
    let mut page = format!("# postfail: {}\n", text::sum(verdicts));
    if verdicts.is_empty() {
        return page;
    }
    page.push_str("\n| Scenario | Profile | Verdict | Seconds |\n|---|---|---|---:|\n");
    for verdict in verdicts {
        let Verdict { scenario, profile, .. } = verdict;
        let outcome =
            if verdict.passed() { "passed".to_owned() } else { format!("**{}**", outcome(verdict)) };
        let _ = writeln!(page, "| `{scenario}` | {profile} | {outcome} | {:.1} |", verdict.seconds());
    }
    for verdict in verdicts.iter().filter(|verdict| !verdict.passed()) {
        let Verdict { scenario, profile, seed, phases } = verdict;
        let _ = writeln!(page, "\n## `{scenario}` ({profile}, seed {seed})\n");
        for phase in phases.iter().filter(|phase| phase.outcome != Outcome::Passed) {
            if phase.outcome == Outcome::NotReached {
                let _ = writeln!(page, "**{}** was not reached.\n", phase.name);
                continue;
            }
            let (asked, ended) = (&phase.asked, &phase.ended);
            let _ = writeln!(page, "**{}**: asked: {asked}, got: {ended}\n", phase.name);
            let told = phase.findings.iter().map(text::finding).chain(phase.conduct.iter().map(text::breach));
            let findings: String = told.collect();
            let fence = fence(&findings);
            let _ = writeln!(page, "{fence}text\n{findings}{fence}\n");
        }
    }
    let end = page.trim_end().len();
    page.truncate(end);
    page.push('\n');
    page
}

/// `breaks FAILED, mended not reached`
fn outcome(verdict: &Verdict) -> String {
    let words = verdict.phases.iter().filter_map(|phase| match phase.outcome {
        Outcome::Passed => None,
        Outcome::Failed => Some(format!("{} FAILED", phase.name)),
        Outcome::NotReached => Some(format!("{} not reached", phase.name)),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Longer than any run of backquotes within (CommonMark 4.5): what a peer sent must not end the block.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}
