//! The judgement of a client that is a test's own code: it has no exit code, so the expectations decide.
use std::time::Duration;

use postfail_engine::World;
use postfail_engine::expect::{Exit, Run, Verdict};
use postfail_engine::journal::{Filter, What};
use postfail_engine::report;
use postfail_engine::scenario::{Client, Scenario};

/// What the client broke so far, with the journal lines that prove it; `None` when it kept to everything.
pub(crate) fn broken(world: &World) -> Option<String> {
    let failed: Vec<Verdict> = verdicts(world).into_iter().filter(|verdict| !verdict.passed()).collect();
    (!failed.is_empty()).then(|| report::text::write(&failed))
}

/// On each time a phase held, by what the client did so far; none without a scenario.
pub(crate) fn verdicts(world: &World) -> Vec<Verdict> {
    let Some(scenario) = world.scenario() else { return Vec::new() };
    let mut scenario: Scenario = scenario.clone();
    // Whether its run succeeded is what the test itself asserts.
    scenario.phases.iter_mut().for_each(|phase| phase.client = Client::Either);
    let judge = |run: &Run| {
        let runs = std::slice::from_ref(run);
        Verdict::judge(&scenario, &world.profile().id, world.seed(), Some(&run.phase), runs, world.journal())
    };
    runs(world).iter().map(judge).collect()
}

/// The same; without a scenario by the rules of conduct alone.
pub(crate) fn so_far(world: &World) -> Vec<Verdict> {
    let journal = world.journal();
    if world.scenario().is_some() || journal.count("connect") == 0 {
        return verdicts(world);
    }
    let (exit, took) = (Exit::RanOn, Duration::ZERO);
    let run = Run { phase: String::new(), exit, since: 0, until: journal.last(), took };
    vec![Verdict::of_conduct(&world.profile().id, world.seed(), &run, journal)]
}

/// Each time a phase held, as far as a client came by.
fn runs(world: &World) -> Vec<Run> {
    let journal = world.journal();
    let mut runs: Vec<(Run, bool)> = Vec::new();
    for entry in journal.entries(&Filter::default()) {
        match &entry.what {
            What::Phase { name } => {
                let since = entry.seq - 1;
                let (exit, took) = (Exit::Code(0), Duration::ZERO);
                runs.push((Run { phase: name.clone(), exit, since, until: since, took }, false));
            }
            what => {
                let Some((run, met)) = runs.last_mut() else { continue };
                run.until = entry.seq;
                *met |= matches!(what, What::Connect { .. });
            }
        }
    }
    runs.into_iter().filter(|(_, met)| *met).map(|(run, _)| run).collect()
}
