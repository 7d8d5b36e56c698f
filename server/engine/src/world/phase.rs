//! Phases of a scenario's world: entered in order, or told again from the first.
use jiff::Timestamp;
use postfail_store::account::Act;

use super::World;
use super::follow::Progress;
use crate::change::ChangeError;
use crate::journal::{By, What};
use crate::listener::{Listener, ListenerName};
use crate::words::UnknownWord;

/// Why a phase cannot begin.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PhaseError {
    #[error("this world has no scenario, so it has no phases; start it with one: `postfail serve SCENARIO`")]
    NoScenario,
    #[error("{0}")]
    Unknown(#[from] UnknownWord),
    #[error("phase `{phase}`: {cause}")]
    Change { phase: String, cause: ChangeError },
}

impl World {
    /// The phase that holds, once one was entered.
    pub fn phase(&self) -> Option<&str> {
        let phase = self.scenario.as_ref()?.phases.get(self.phase?)?;
        Some(&phase.name)
    }

    /// The phase behind the present one; the first when none was entered.
    pub fn next_phase(&self) -> Option<&str> {
        let next = self.phase.map_or(0, |at| at + 1);
        Some(&self.scenario.as_ref()?.phases.get(next)?.name)
    }

    /// Begin a phase. Those between the present one and it are gone through. To come back to an earlier one the
    /// story is told again from its first phase: listeners, faults and accounts as at the start, while mail stays
    /// and the clock only moves on.
    pub fn enter(&mut self, name: &str, real: Timestamp) -> Result<(), PhaseError> {
        let scenario = self.scenario.clone().ok_or(PhaseError::NoScenario)?;
        let (target, _) = scenario.phase(name).ok_or_else(|| {
            UnknownWord::new("phase", name, scenario.phases.iter().map(|phase| phase.name.as_str()))
        })?;
        let first = match self.phase {
            Some(present) if present < target => present + 1,
            None => 0,
            Some(_) => {
                self.rewind(real);
                0
            }
        };
        for (at, phase) in scenario.phases.iter().enumerate().take(target + 1).skip(first) {
            self.note(None, What::Phase { name: phase.name.clone() }, real);
            self.apply_by(By::Phase, &phase.changes, real)
                .map_err(|cause| PhaseError::Change { phase: phase.name.clone(), cause })?;
            self.phase = Some(at);
            self.progress = Progress::at(self.now(real));
        }
        Ok(())
    }

    fn rewind(&mut self, real: Timestamp) {
        for name in ListenerName::ALL {
            let port = self.listener(name).port;
            let mechanisms = self.profile.mechanisms.of(name.protocol()).clone();
            self.listeners[name as usize] = Listener { port, ..Listener::healthy(name, mechanisms) };
            self.refresh(name);
        }
        self.faults.clear();
        self.autoconfig = Default::default();
        self.refusals.clear();
        self.connection_limit = self.profile.limits.at_once();
        self.store.release();
        self.clock.freeze(real, false);
        // One always is a rate a clock takes.
        let _ = self.clock.set_rate(real, 1.0);
        self.lockout = self.scenario().and_then(|scenario| scenario.lockout).unwrap_or(self.profile.lockout);
        for (id, password) in self.passwords.clone() {
            let Some(account) = self.store.account_mut(id) else { continue };
            account.change_password(&password);
            for act in [Act::Restore, Act::MoveBack, Act::Enable, Act::Resume, Act::Unlock] {
                account.act(act);
            }
        }
        let now = self.now(real);
        self.lives.rewind(now);
        let scenario = self.scenario.clone();
        self.office.rewind(scenario.as_ref().and_then(|scenario| scenario.domain.as_ref()));
        self.reset_identity(now);
        self.phase = None;
    }
}
