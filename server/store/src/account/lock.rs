//! Failures within a window, and the lock they lead to: of an account, of one protocol, of a client's address.
use std::collections::VecDeque;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// How many failed log-ins lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lockout {
    /// Failures within `window` that lock; 0 never locks.
    pub failures: u32,
    /// How far back failures count.
    pub window: Duration,
    /// How long the lock lasts; `None` until someone unlocks.
    pub duration: Option<Duration>,
}

/// Failure times kept for one lock, whatever the policy says.
pub(super) const MOST_FAILURES_KEPT: usize = 1_000;

impl Lockout {
    /// When a lock that begins at `now` ends by itself.
    pub(super) fn end(&self, now: Timestamp) -> Option<Timestamp> {
        self.duration.map(|length| now.saturating_add(signed(length)).unwrap_or(Timestamp::MAX))
    }
}

/// The failures that count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failures(VecDeque<Timestamp>);

impl Failures {
    /// One more at `now`; true when there are now as many as lock.
    pub fn note(&mut self, now: Timestamp, policy: &Lockout) -> bool {
        let start = now.saturating_sub(signed(policy.window)).unwrap_or(Timestamp::MIN);
        while self.0.front().is_some_and(|&at| at < start) || self.0.len() >= MOST_FAILURES_KEPT {
            self.0.pop_front();
        }
        self.0.push_back(now);
        policy.failures > 0 && self.0.len() >= policy.failures as usize
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A lock of its own, beside an account's state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    failures: Failures,
    held: Held,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Held {
    #[default]
    Open,
    Until(Timestamp),
    ForEver,
}

impl Lock {
    /// A failure at `now`; true when it locked.
    pub fn note_failure(&mut self, now: Timestamp, policy: &Lockout) -> bool {
        if self.is_locked(now) {
            return false;
        }
        let locks = self.failures.note(now, policy);
        if locks {
            self.lock(now, policy.duration);
        }
        locks
    }

    /// Lock from `now` for so long, or until somebody unlocks.
    pub fn lock(&mut self, now: Timestamp, duration: Option<Duration>) {
        self.failures.clear();
        let policy = Lockout { failures: 0, window: Duration::ZERO, duration };
        self.held = policy.end(now).map_or(Held::ForEver, Held::Until);
    }

    pub fn unlock(&mut self) {
        *self = Self::default();
    }

    /// Failures so far are forgotten; a lock stays.
    pub fn note_success(&mut self) {
        self.failures.clear();
    }

    #[must_use]
    pub fn is_locked(&self, now: Timestamp) -> bool {
        match self.held {
            Held::Open => false,
            Held::Until(until) => now < until,
            Held::ForEver => true,
        }
    }

    /// When the lock ends by itself.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        match self.held {
            Held::Until(until) => Some(until),
            Held::Open | Held::ForEver => None,
        }
    }
}

/// jiff wants signed durations; anything longer than they hold is "for ever" anyway.
fn signed(length: Duration) -> SignedDuration {
    SignedDuration::try_from(length).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    #[test]
    fn a_lock_comes_by_count_and_goes_by_time_or_by_hand() {
        let policy = Lockout {
            failures: 2,
            window: Duration::from_secs(60),
            duration: Some(Duration::from_secs(600)),
        };
        let mut lock = Lock::default();
        assert!(!lock.note_failure(at(0), &policy));
        assert!(!lock.note_failure(at(61), &policy), "the first has left the window");
        lock.note_success();
        assert!(!lock.note_failure(at(62), &policy), "the first was forgotten");
        assert!(lock.note_failure(at(63), &policy));
        assert!(!lock.note_failure(at(64), &policy), "locked already");
        assert_eq!(lock.until(), Some(at(663)));
        assert!(lock.is_locked(at(662)) && !lock.is_locked(at(663)));

        lock.lock(at(700), None);
        assert!(lock.is_locked(at(1_000_000)) && lock.until().is_none());
        lock.unlock();
        assert_eq!(lock, Lock::default());
    }
}
