//! One run of the client over all phases: they move on by their triggers, and the journal says when.
use std::time::Duration;

use postfail::Handle;
use postfail::journal::{Entry as Happened, What};
use postfail::scenario::{Exit, Run as PhaseRun};

use super::super::{Failure, streams};
use super::client::{Ended, Limits};
use super::entry::{Entry, PARTING};
use super::{marks, process};

/// What the client's one run is called where a phase's name stands.
const WHOLE: &str = "all phases";

impl Entry<'_> {
    /// The client is started in the first phase, with its settings, and ended once the last is over.
    pub(super) async fn keep_running(&mut self, handle: &Handle) -> Result<(), Failure> {
        let scenario = &self.plan.scenario;
        let Some(first) = scenario.phases.first() else { return Ok(()) };
        let place = handle.place_of(scenario, first);
        let phases = u32::try_from(scenario.phases.len()).unwrap_or(u32::MAX);
        let time = Duration::from_secs(self.session.asked.timeout).saturating_mul(phases);
        self.begin(WHOLE);
        let show = if self.session.is_live { streams::pass_on } else { process::hold };
        let limits = Limits { time, over: handle.told() };
        let client = &self.session.client;
        let Ended { exit, output, .. } =
            client.run(&self.plan.source.id, first, &place, handle, limits, show).await?;
        handle.quiet(PARTING).await;
        marks::note(handle, 0, &output, &self.session.asked.search);
        self.runs = runs(&handle.journal(), exit);
        self.printed(WHOLE, &output)
    }
}

/// The phases that began, each up to the next. The client's end belongs to the last of them.
fn runs(journal: &[Happened], exit: Exit) -> Vec<PhaseRun> {
    let begins = |happened: &&Happened| matches!(happened.what, What::Phase { .. });
    let beginnings: Vec<&Happened> = journal.iter().filter(begins).collect();
    let run = |(at, begun): (usize, &&Happened)| {
        let What::Phase { name } = &begun.what else { return None };
        let next = beginnings.get(at + 1);
        let end = next.copied().or(journal.last())?;
        Some(PhaseRun {
            phase: name.clone(),
            exit: if next.is_some() { Exit::RanOn } else { exit },
            since: begun.seq - 1,
            until: if next.is_some() { end.seq - 1 } else { end.seq },
            took: Duration::try_from(end.real.duration_since(begun.real)).unwrap_or_default(),
        })
    };
    beginnings.iter().enumerate().filter_map(run).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_lasts_until_the_next_begins() {
        let happened = |seq: u64, what: What| {
            let real = jiff::Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(seq.cast_signed());
            Happened { seq, real, virtual_time: real, connection: None, what }
        };
        let phase = |name: &str| What::Phase { name: name.to_owned() };
        let event = || What::Limit { what: String::new() };
        let journal = [
            happened(1, event()),
            happened(2, phase("works")),
            happened(3, event()),
            happened(4, phase("breaks")),
            happened(9, event()),
        ];
        let runs = runs(&journal, Exit::Code(7));
        let seen: Vec<_> = runs
            .iter()
            .map(|run| (&*run.phase, run.exit, run.since, run.until, run.took.as_secs()))
            .collect();
        assert_eq!(seen, [("works", Exit::RanOn, 1, 3, 2), ("breaks", Exit::Code(7), 3, 9, 5)]);
    }
}
