//! Verdicts as a table for people, findings below it.
use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::expect::{Breach, Finding, Outcome, Verdict};

/// One entry: its block. More: blocks of those that did not pass, and a table of all. A line that sums up ends it.
pub fn write(verdicts: &[Verdict]) -> String {
    let mut text = String::new();
    for verdict in verdicts.iter().filter(|verdict| verdicts.len() == 1 || !verdict.passed()) {
        block(&mut text, verdict);
    }
    if verdicts.len() > 1 {
        table(&mut text, verdicts);
        advised(&mut text, verdicts);
    }
    let _ = writeln!(text, "{}", sum(verdicts));
    text
}

/// `92 passed`, or `3 of 92 FAILED`
pub(super) fn sum(verdicts: &[Verdict]) -> String {
    match verdicts.iter().filter(|verdict| !verdict.passed()).count() {
        0 => format!("{} passed", verdicts.len()),
        failed => format!("{failed} of {} FAILED", verdicts.len()),
    }
}

fn block(text: &mut String, verdict: &Verdict) {
    let Verdict { scenario, profile, seed, phases } = verdict;
    let _ = writeln!(text, "{scenario} (profile {profile}, seed {seed})");
    let name = phases.iter().map(|phase| phase.name.chars().count()).max().unwrap_or_default();
    let mut told_in = BTreeMap::new();
    for phase in phases {
        let pad = name - phase.name.chars().count();
        let _ = writeln!(
            text,
            "  {}{}  {:<11}  asked: {:<10}  got: {} in {:.1} s",
            phase.name,
            " ".repeat(pad),
            mark(phase.outcome),
            phase.asked,
            phase.ended,
            phase.seconds
        );
        let conduct = phase.conduct.iter().map(|breach| conduct(breach, &phase.name, &mut told_in));
        let told = phase.findings.iter().map(finding).chain(conduct);
        for line in told.collect::<String>().lines() {
            let _ = writeln!(text, "      {line}");
        }
    }
}

/// A breach with its proof; of one that fails nobody the first phase has told enough.
fn conduct<'a>(told: &'a Breach, phase: &'a str, told_in: &mut BTreeMap<&'a str, &'a str>) -> String {
    let Breach { rule, severity, section, .. } = told;
    match told_in.get(rule.as_str()) {
        Some(before) if !severity.fails() => format!("{severity}: {rule} ({section}): as in `{before}`\n"),
        _ => {
            told_in.insert(rule, phase);
            breach(told)
        }
    }
}

/// What was broken and fails nobody, each rule in a line; one entry alone has shown it in full.
fn advised(text: &mut String, verdicts: &[Verdict]) {
    let phases = verdicts.iter().flat_map(|verdict| &verdict.phases);
    let breaches = phases.flat_map(|phase| &phase.conduct).filter(|breach| !breach.severity.fails());
    let mut phases: BTreeMap<&str, (&Breach, usize)> = BTreeMap::new();
    for breach in breaches {
        phases.entry(&breach.rule).or_insert((breach, 0)).1 += 1;
    }
    for (rule, (Breach { severity, section, advice, .. }, times)) in phases {
        let _ = writeln!(text, "{severity}: {rule} ({section}), {times} phases: {advice}");
    }
}

fn mark(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Failed => "FAILED",
        Outcome::NotReached => "not reached",
    }
}

/// A line for each entry.
fn table(text: &mut String, verdicts: &[Verdict]) {
    let widest = |cell: fn(&Verdict) -> &str| {
        verdicts.iter().map(|verdict| cell(verdict).chars().count()).max().unwrap_or_default()
    };
    let (scenario, profile) = (widest(|verdict| &verdict.scenario), widest(|verdict| &verdict.profile));
    if !text.is_empty() {
        text.push('\n');
    }
    let _ = writeln!(text, "{:<scenario$}  {:<profile$}  verdict  seconds", "scenario", "profile");
    for verdict in verdicts {
        let word = if verdict.passed() { "passed" } else { "FAILED" };
        let _ = writeln!(
            text,
            "{:<scenario$}  {:<profile$}  {word:<7}  {:>7.1}",
            verdict.scenario,
            verdict.profile,
            verdict.seconds()
        );
    }
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

/// `leak: password-in-clear (RFC 8314 3): what to do` and the journal lines below.
pub(super) fn breach(breach: &Breach) -> String {
    let Breach { rule, severity, section, advice, proof } = breach;
    let mut text = format!("{severity}: {rule} ({section}): {advice}\n");
    for line in proof {
        let _ = writeln!(text, "  {line}");
    }
    text
}
