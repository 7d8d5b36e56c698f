//! `postfail run`: the client once per phase of each scenario, judged by what it did and how it ended.
mod client;
mod process;

use std::path::Path;
use std::time::Duration;

use postfail::catalogue::{self, Source};
use postfail::scenario::{Run as PhaseRun, Scenario, Verdict};
use postfail::{Handle, ListenerName, Postfail, journal::Filter, report};

use super::Failure;
use super::args::Run;
use super::output::{Colour, paint};
use super::serve;
use client::{Client, Ended};

/// How long the connections of a client that has ended may take to end as well.
const PARTING: Duration = Duration::from_secs(2);

/// One scenario under one profile.
struct Plan {
    source: Source,
    scenario: Scenario,
    profile: String,
}

/// The exit code: 0 when the client passed everything, 1 when it did not.
pub fn run(asked: &Run) -> Result<u8, Failure> {
    let plans = plans(asked)?;
    let client = Client::of(asked)?;
    if let Some(folder) = &asked.journal_dir {
        let cannot = |error| Failure::usage(format!("cannot make the folder {}: {error}", folder.display()));
        std::fs::create_dir_all(folder).map_err(cannot)?;
    }
    let verdicts = super::runtime()?.block_on(async {
        let mut stop = super::Stop::listen()?;
        let mut verdicts = Vec::new();
        for (at, plan) in plans.iter().enumerate() {
            let mut runs = Vec::new();
            let world =
                serve::with(Postfail::source(plan.source.clone()), &asked.world)?.profile(&plan.profile);
            let world = match &asked.journal_dir {
                Some(folder) => {
                    world.journal_file(&fresh(&folder.join(format!("{}.jsonl", plan.file_stem())))?)
                }
                None => world,
            };
            let handle = world.start().await.map_err(super::start_failure)?;
            let told = tell(plan, &handle, &client, asked, &mut runs, (at + 1, plans.len()));
            let interrupted = tokio::select! {
                told = told => { told?; false }
                () = stop.asked() => true,
            };
            let only = asked.phase.as_deref();
            verdicts.push(handle.with_world(|world| {
                Verdict::judge(&plan.scenario, &plan.profile, world.seed(), only, &runs, world.journal())
            }));
            if let Some(folder) = &asked.journal_dir {
                keep(&folder.join(format!("{}.txt", plan.file_stem())), &transcripts(&handle))?;
            }
            handle.stop().await;
            if interrupted {
                eprintln!("postfail: interrupted");
                break;
            }
        }
        Ok(verdicts)
    })?;
    print!("{}", colour(&report::text::write(&verdicts)));
    if let Some(path) = &asked.junit {
        keep(path, &report::junit::write(&verdicts))?;
    }
    if let Some(path) = &asked.json {
        keep(path, &report::json::write(&verdicts))?;
    }
    let all_told = verdicts.len() == plans.len() && verdicts.iter().all(Verdict::passed);
    Ok(if all_told { 0 } else { 1 })
}

/// Everything that was asked for is found and read before anything is started.
fn plans(asked: &Run) -> Result<Vec<Plan>, Failure> {
    let mut plans = Vec::new();
    for name in &asked.scenario {
        for source in catalogue::select(name).map_err(Failure::usage)? {
            let scenario = source.scenario().map_err(Failure::usage)?;
            if let Some(phase) = &asked.phase
                && scenario.phase(phase).is_none()
            {
                let names: Vec<&str> = scenario.phases.iter().map(|phase| phase.name.as_str()).collect();
                let names = names.join(", ");
                return Err(Failure::usage(format!("{} has no phase `{phase}`; it has: {names}", source.id)));
            }
            let profiles = match asked.world.profile.as_deref() {
                None => vec![scenario.default_profile().to_owned()],
                Some("all") if scenario.profiles.is_empty() => vec![scenario.default_profile().to_owned()],
                Some("all") => scenario.profiles.clone(),
                Some(profile) => vec![profile.to_owned()],
            };
            for profile in profiles {
                let world = serve::with(Postfail::source(source.clone()), &asked.world)?.profile(&profile);
                world.check().map_err(super::start_failure)?;
                plans.push(Plan { source: source.clone(), scenario: scenario.clone(), profile });
            }
        }
    }
    Ok(plans)
}

impl Plan {
    fn file_stem(&self) -> String {
        format!("{}.{}", self.source.id.replace('/', "."), self.profile)
    }
}

/// One scenario from its first phase to its last. What was run so far stands in `runs`, also when this is dropped.
async fn tell(
    plan: &Plan,
    handle: &Handle,
    client: &Client,
    asked: &Run,
    runs: &mut Vec<PhaseRun>,
    (at, of): (usize, usize),
) -> Result<(), Failure> {
    let limit = Duration::from_secs(asked.timeout);
    let mut setup = postfail::scenario::Setup::default();
    let mut since = 0;
    for (number, phase) in plan.scenario.phases.iter().enumerate() {
        setup = phase.setup.over(setup);
        if asked.phase.as_ref().is_some_and(|only| *only != phase.name) {
            continue;
        }
        if number > 0 {
            since = handle.newest();
            handle.phase(&phase.name).await.map_err(Failure::ours)?;
        }
        let place = handle.place(setup.primary().unwrap_or(ListenerName::Imaps));
        eprintln!("[{at}/{of}] {} ({}): {}", plan.source.id, plan.profile, phase.name);
        let Ended { exit, took, output } =
            client.run(&plan.source.id, &phase.name, &place, handle, limit).await?;
        handle.quiet(PARTING).await;
        runs.push(PhaseRun { phase: phase.name.clone(), exit, since, until: handle.newest(), took });
        if let Some(folder) = &asked.journal_dir {
            keep(&folder.join(format!("{}.{}.client.txt", plan.file_stem(), phase.name)), &output)?;
        }
    }
    Ok(())
}

/// An empty file: a journal is appended to, and what an earlier run left is not this one's.
fn fresh(path: &Path) -> Result<std::path::PathBuf, Failure> {
    keep(path, "").map(|()| path.to_owned())
}

fn keep(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text)
        .map_err(|error| Failure::ours(format!("cannot write {}: {error}", path.display())))
}

/// All conversations, one after the other.
fn transcripts(handle: &Handle) -> String {
    let is_first = Filter { kind: Some("connect".to_owned()), ..Filter::default() };
    let connections = handle.entries(&is_first).into_iter().filter_map(|entry| entry.connection);
    let text = |(id, listener)| format!("== connection {id} to {listener}\n{}\n", handle.transcript(id));
    connections.map(text).collect()
}

fn colour(text: &str) -> String {
    text.replace("FAILED", &paint(Colour::Red, "FAILED")).replace(" passed", &paint(Colour::Green, " passed"))
}
