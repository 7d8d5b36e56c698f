//! One entry: a world of its own, the client once per phase, and the verdict.
use std::cell::RefCell;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use postfail::scenario::{Run as PhaseRun, Verdict};
use postfail::{Handle, journal::Filter};
use tokio::sync::watch;

use super::super::Failure;
use super::super::args::Run;
use super::super::streams;
use super::client::{Client, Ended, Limits};
use super::plan::{self, Plan};
use super::progress::Progress;
use super::{keep, marks, process};

/// How long the connections of a client that has ended may take to end as well.
pub(super) const PARTING: Duration = Duration::from_secs(2);

/// What all entries share.
pub struct Session {
    pub asked: Run,
    pub client: Client,
    pub progress: RefCell<Progress>,
    /// How many entries there are.
    pub of: usize,
    /// Entries run one by one: what the client prints is shown at once.
    pub is_live: bool,
}

/// An entry while it is told.
pub struct Entry<'a> {
    pub(super) session: &'a Session,
    pub(super) plan: &'a Plan,
    at: usize,
    pub(super) runs: Vec<PhaseRun>,
    /// What is to be shown when it is over; empty where all is shown at once.
    said: String,
}

impl<'a> Entry<'a> {
    pub fn new(session: &'a Session, plan: &'a Plan, at: usize) -> Self {
        Self { session, plan, at, runs: Vec::new(), said: String::new() }
    }

    /// From its first phase to its last, or until `stopped`; phases that were not reached count as that.
    pub async fn tell(mut self, mut stopped: watch::Receiver<bool>) -> Result<Verdict, Failure> {
        let Session { asked, progress, .. } = self.session;
        let mut world = plan::world(self.plan, asked)?.threads(1);
        if let Some(folder) = &asked.journal_dir {
            world = world.journal_file(&fresh(&folder.join(format!("{}.jsonl", self.plan.file_stem())))?);
        }
        if let Some(folder) = &asked.world.capture_dir {
            // Worlds count their connections alike: each has a folder of its own.
            world = world.capture_dir(&folder.join(self.plan.file_stem()));
        }
        let handle = world.start().await.map_err(super::super::start_failure)?;
        tokio::select! {
            told = async {
                if asked.keep_running { self.keep_running(&handle).await } else { self.phases(&handle).await }
            } => told?,
            _ = stopped.wait_for(|stopped| *stopped) => {}
        }
        let only = asked.phase.as_deref();
        let verdict = handle.with_world(|world| {
            let Plan { scenario, profile, .. } = self.plan;
            Verdict::judge(scenario, profile, world.seed(), only, &self.runs, world.journal())
        });
        if let Some(folder) = &asked.journal_dir {
            keep(&folder.join(format!("{}.txt", self.plan.file_stem())), &transcripts(&handle))?;
        }
        handle.stop().await;
        progress.borrow_mut().over(self.at, self.said, verdict.passed());
        Ok(verdict)
    }

    async fn phases(&mut self, handle: &Handle) -> Result<(), Failure> {
        let Session { asked, client, .. } = self.session;
        let limit = Duration::from_secs(asked.timeout);
        let mut since = 0;
        for (number, phase) in self.plan.scenario.phases.iter().enumerate() {
            if asked.phase.as_ref().is_some_and(|only| *only != phase.name) {
                continue;
            }
            if number > 0 {
                since = handle.newest();
                handle.phase(&phase.name).await.map_err(Failure::ours)?;
            }
            let place = handle.place_of(&self.plan.scenario, phase);
            self.begin(&phase.name);
            let limits = Limits { time: limit, over: std::future::pending() };
            let show = if self.session.is_live { streams::pass_on } else { process::hold };
            let Ended { exit, took, output } =
                client.run(&self.plan.source.id, phase, &place, handle, limits, show).await?;
            handle.quiet(PARTING).await;
            marks::note(handle, since, &output, &asked.search);
            self.runs.push(PhaseRun { phase: phase.name.clone(), exit, since, until: handle.newest(), took });
            self.printed(&phase.name, &output)?;
        }
        Ok(())
    }

    /// Tell that the client runs now.
    pub(super) fn begin(&mut self, phase: &str) {
        let Session { progress, of, is_live, .. } = self.session;
        let what = format!("{}: {phase}", self.plan.title());
        let line = format!("[{}/{of}] {what}\n", self.at + 1);
        if *is_live {
            streams::tell(&line);
        } else {
            self.said.push_str(&line);
        }
        progress.borrow_mut().now(self.at, what);
    }

    /// What the client printed in a phase: shown, and kept where a folder was named.
    pub(super) fn printed(&mut self, phase: &str, output: &str) -> Result<(), Failure> {
        if !self.session.is_live {
            let newline = if output.is_empty() || output.ends_with('\n') { "" } else { "\n" };
            let _ = write!(self.said, "{output}{newline}");
        }
        match &self.session.asked.journal_dir {
            Some(folder) => {
                let name = format!("{}.{}.client.txt", self.plan.file_stem(), phase.replace(' ', "-"));
                keep(&folder.join(name), output)
            }
            None => Ok(()),
        }
    }
}

/// An empty file: a journal is appended to, and what an earlier run left is not this one's.
fn fresh(path: &Path) -> Result<PathBuf, Failure> {
    keep(path, "").map(|()| path.to_owned())
}

/// All conversations, one after the other.
fn transcripts(handle: &Handle) -> String {
    let is_first = Filter { kind: Some("connect".to_owned()), ..Filter::default() };
    let connections = handle.entries(&is_first).into_iter().filter_map(|entry| entry.connection);
    let text = |(id, listener)| format!("== connection {id} to {listener}\n{}\n", handle.transcript(id));
    connections.map(text).collect()
}
