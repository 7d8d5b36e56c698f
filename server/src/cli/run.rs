//! `postfail run`: the client once per phase of each scenario, judged by what it did and how it ended.
mod client;
mod entry;
mod kept;
mod marks;
mod plan;
mod process;
mod progress;

use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use postfail::report;
use postfail::scenario::Verdict;
use tokio::sync::watch;
use tokio::task::{JoinSet, LocalSet};

use super::Failure;
use super::args::Run;
use super::output::{Colour, paint};
use super::stop::Stop;
use super::streams;
use client::Client;
use entry::{Entry, Session};
use plan::Plan;
pub use plan::Shard;
use progress::Progress;

/// How many of the built-in client a core bears: it mostly waits.
const BUILT_IN: usize = 3;
/// How often the progress line counts.
const TICK: Duration = Duration::from_millis(500);

/// The exit code: 0 when the client passed everything, 1 when it did not.
pub fn run(asked: Run) -> Result<u8, Failure> {
    let plans = plan::all(&asked)?;
    let client = Client::of(&asked)?;
    if let Some(folder) = &asked.journal_dir {
        let cannot = |error| Failure::usage(format!("cannot make the folder {}: {error}", folder.display()));
        std::fs::create_dir_all(folder).map_err(cannot)?;
    }
    for (path, _) in reports(&asked) {
        // Hours of verdicts must not be lost to a slip in a path; and a report of an earlier run is not this one's.
        std::fs::write(path, "").map_err(|error| Failure::usage(cannot_write(path, &error)))?;
    }
    let usual = if asked.client.is_empty() { cores() * BUILT_IN } else { cores() };
    let jobs = asked.jobs.map_or(usual, NonZeroUsize::get).min(plans.len()).max(1);
    let (of, is_live) = (plans.len(), jobs == 1);
    let progress = RefCell::new(Progress::new(of, jobs));
    let session = Rc::new(Session { asked, client, progress, of, is_live });
    let started = Instant::now();
    let Told { verdicts, failure } =
        LocalSet::new().block_on(&super::runtime()?, tell(&session, plans, jobs))?;
    if of > 1 {
        let (told, seconds) = (verdicts.len(), started.elapsed().as_secs_f64());
        streams::tell(&format!("postfail: {told} of {of} entries in {seconds:.1} s\n"));
    }
    let printed = match verdicts.as_slice() {
        [] => Ok(()),
        told => streams::print(&colour(&report::text::write(told))),
    };
    for (path, write) in reports(&session.asked) {
        keep(path, &write(&verdicts))?;
    }
    if let Some(failure) = failure {
        return Err(failure);
    }
    printed?;
    let all_told = verdicts.len() == of && verdicts.iter().all(Verdict::passed);
    Ok(if all_told { 0 } else { 1 })
}

/// The files asked for, and how each is written.
fn reports(asked: &Run) -> impl Iterator<Item = (&Path, fn(&[Verdict]) -> String)> {
    let Run { junit, json, markdown, .. } = asked;
    let all = [
        (junit, report::junit::write as fn(&[Verdict]) -> String),
        (json, report::json::write),
        (markdown, report::markdown::write),
    ];
    all.into_iter().filter_map(|(path, write)| Some((path.as_deref()?, write)))
}

/// What came of the entries, in their order; those that were not begun are left out.
struct Told {
    verdicts: Vec<Verdict>,
    /// What ended the run before its end.
    failure: Option<Failure>,
}

/// All entries, `jobs` of them side by side. Ctrl-C and a failure of ours stop those that run, and begin no more.
async fn tell(session: &Rc<Session>, plans: Vec<Plan>, jobs: usize) -> Result<Told, Failure> {
    let mut stop = Stop::listen()?;
    let (stopping, stopped) = watch::channel(false);
    let mut waiting = plans.into_iter().enumerate();
    let mut running = JoinSet::new();
    let mut verdicts = Vec::new();
    let mut failure = None;
    let mut tick = tokio::time::interval(TICK);
    loop {
        while running.len() < jobs && !*stopping.borrow() {
            let Some((at, plan)) = waiting.next() else { break };
            let (session, stopped) = (Rc::clone(session), stopped.clone());
            running.spawn_local(async move { (at, Entry::new(&session, &plan, at).tell(stopped).await) });
        }
        tokio::select! {
            over = running.join_next() => match over {
                None => break,
                Some(Ok((at, Ok(verdict)))) => verdicts.push((at, verdict)),
                Some(Ok((_, Err(error)))) => {
                    failure.get_or_insert(error);
                    stopping.send_replace(true);
                }
                Some(Err(panicked)) => std::panic::resume_unwind(panicked.into_panic()),
            },
            () = stop.asked(), if !*stopping.borrow() => {
                stopping.send_replace(true);
                session.progress.borrow_mut().end();
                streams::tell("postfail: interrupted\n");
            }
            _ = tick.tick() => session.progress.borrow().draw(),
        }
    }
    session.progress.borrow_mut().end();
    verdicts.sort_by_key(|(at, _)| *at);
    Ok(Told { verdicts: verdicts.into_iter().map(|(_, verdict)| verdict).collect(), failure })
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn keep(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| Failure::ours(cannot_write(path, &error)))
}

fn cannot_write(path: &Path, error: &std::io::Error) -> String {
    format!("cannot write {}: {error}", path.display())
}

fn colour(text: &str) -> String {
    text.replace("FAILED", &paint(Colour::Red, "FAILED")).replace(" passed", &paint(Colour::Green, " passed"))
}
