//! The rules of conduct in a verdict: what was broken, with its proof.
use super::{Breach, Outcome, PROOF_MAX, PhaseVerdict, Run, Verdict, asked, ended};
use crate::conduct::{self, Rule, Scene};
use crate::journal::{Entry, Journal};
use crate::scenario::{Client, Setup};

impl Verdict {
    /// Judge by the rules of conduct alone: no scenario asks for more, and each listener is used as it is meant to be.
    pub fn of_conduct(profile: &str, seed: u64, run: &Run, journal: &Journal) -> Self {
        let conduct = breaches(None, &Setup::default(), seed, run, journal);
        let failed = conduct.iter().any(|breach| breach.severity.fails());
        let phase = PhaseVerdict {
            name: run.phase.clone(),
            outcome: if failed { Outcome::Failed } else { Outcome::Passed },
            asked: asked(Client::Either).to_owned(),
            ended: ended(run.exit),
            seconds: run.took.as_secs_f64(),
            findings: Vec::new(),
            conduct,
        };
        Self { scenario: String::new(), profile: profile.to_owned(), seed, phases: vec![phase] }
    }
}

pub(super) fn breaches(
    first: Option<&str>,
    setup: &Setup,
    seed: u64,
    run: &Run,
    journal: &Journal,
) -> Vec<Breach> {
    let scene = Scene::new(first, setup, seed, run, journal);
    conduct::broken(&scene).into_iter().map(|(rule, proof)| breach(rule, &proof, journal)).collect()
}

fn breach(rule: &Rule, proof: &[&Entry], journal: &Journal) -> Breach {
    let shown = proof.iter().take(PROOF_MAX).map(|entry| journal.line(entry));
    let mut lines: Vec<String> = shown.collect();
    if proof.len() > PROOF_MAX {
        lines.push(format!("({} more lines like these)", proof.len() - PROOF_MAX));
    }
    Breach {
        rule: rule.id.to_owned(),
        severity: rule.severity,
        section: rule.section.to_owned(),
        advice: rule.advice.en.to_owned(),
        proof: lines,
    }
}
