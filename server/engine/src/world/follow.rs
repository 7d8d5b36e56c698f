//! Phases that move on by themselves: what has happened since the phase began, and whether that ends it.
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::World;
use crate::journal::What;
use crate::scenario::trigger::Trigger;

/// What has happened since the phase began.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    /// Virtual time.
    began: Option<Timestamp>,
    logins: u32,
    failed_logins: u32,
    connections: u32,
}

/// What a trigger counts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Counted {
    LogIn { granted: bool },
    Connection,
}

impl Progress {
    pub(super) fn at(now: Timestamp) -> Self {
        Self { began: Some(now), ..Self::default() }
    }

    fn count(&mut self, counted: Counted) {
        let counter = match counted {
            Counted::LogIn { granted: true } => &mut self.logins,
            Counted::LogIn { granted: false } => &mut self.failed_logins,
            Counted::Connection => &mut self.connections,
        };
        *counter = counter.saturating_add(1);
    }

    fn fulfils(&self, trigger: Trigger, now: Timestamp) -> bool {
        match trigger {
            Trigger::Logins(count) => self.logins >= count.get(),
            Trigger::FailedLogins(count) => self.failed_logins >= count.get(),
            Trigger::Connections(count) => self.connections >= count.get(),
            Trigger::After(_) => self.due(trigger).is_some_and(|due| due <= now),
        }
    }

    /// The virtual moment a trigger waits for.
    fn due(&self, trigger: Trigger) -> Option<Timestamp> {
        let Trigger::After(span) = trigger else { return None };
        let span = SignedDuration::try_from(span.0).ok()?;
        self.began?.checked_add(span).ok()
    }
}

impl World {
    /// From now on phases end by their `until`. Whoever enters them by name leaves this alone.
    pub fn follow_triggers(&mut self) {
        self.follows = true;
    }

    /// Something that triggers count has happened; what it ends is over when this returns. A change that begins with
    /// it holds for new connections, as always, and faults hold at once.
    pub(super) fn count(&mut self, counted: Counted, real: Timestamp) {
        self.progress.count(counted);
        self.follow(real);
    }

    /// Go on to the next phase as often as triggers say so. Events do that by themselves; time needs somebody to
    /// look: call this when [`World::due`] says.
    pub fn follow(&mut self, real: Timestamp) {
        while self.is_fulfilled(real) {
            let Some(next) = self.next_phase().map(str::to_owned) else { return };
            if let Err(error) = self.enter(&next, real) {
                self.follows = false;
                self.note(None, What::Limit { what: error.to_string() }, real);
            }
        }
    }

    /// The last phase is over: its trigger has come.
    pub fn is_told(&self, real: Timestamp) -> bool {
        self.next_phase().is_none() && self.is_fulfilled(real)
    }

    /// How long until time may end the phase, real time; `None`: only events or changes can.
    pub fn due(&self, real: Timestamp) -> Option<Duration> {
        let due = self.progress.due(self.trigger()?)?;
        self.clock.real_until(due, real)
    }

    fn is_fulfilled(&self, real: Timestamp) -> bool {
        self.trigger().is_some_and(|trigger| self.progress.fulfils(trigger, self.now(real)))
    }

    fn trigger(&self) -> Option<Trigger> {
        if !self.follows {
            return None;
        }
        self.scenario.as_ref()?.phases.get(self.phase?)?.until
    }
}
