//! Virtual time: real time that can be moved forward, stopped, and run faster. Arithmetic only; the real time
//! is passed in by whoever has a clock.
use std::str::FromStr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::words::{self, UnknownWord};

/// The world's clock. It never goes back.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Clock {
    /// The real moment at which `anchor` was the virtual time.
    #[serde(skip)]
    real: Timestamp,
    #[serde(skip)]
    anchor: Timestamp,
    /// Virtual seconds in one real second.
    rate: f64,
    frozen: bool,
    pace: Pace,
}

/// Whether servers take the time that a profile or a fault says they do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Pace {
    /// Delays pass at once, without moving the clock.
    Instant,
    #[default]
    Real,
}

impl FromStr for Pace {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        words::find("pace", text, &[("instant", Self::Instant), ("real", Self::Real)])
    }
}

/// Why the clock cannot do that.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    #[error("the clock cannot run at rate {0}; give a number above 0 and at most 1000000, or freeze it")]
    Rate(String),
    #[error("the clock cannot go that far: the calendar ends with the year 9999")]
    Range,
}

/// The fastest the clock runs.
const RATE_MAX: f64 = 1_000_000.0;

impl Clock {
    /// Virtual time starts at `start` and runs with real time.
    pub fn new(real: Timestamp, start: Timestamp) -> Self {
        Self { real, anchor: start, rate: 1.0, frozen: false, pace: Pace::Real }
    }

    /// The virtual time at a real moment.
    pub fn now(&self, real: Timestamp) -> Timestamp {
        if self.frozen {
            return self.anchor;
        }
        // A real clock set back must not set ours back.
        let elapsed = real.duration_since(self.real).max(SignedDuration::ZERO);
        self.anchor.checked_add(scale(elapsed, self.rate)).unwrap_or(Timestamp::MAX)
    }

    /// Jump forward.
    pub fn advance(&mut self, real: Timestamp, by: Duration) -> Result<(), ClockError> {
        let by = SignedDuration::try_from(by).map_err(|_| ClockError::Range)?;
        let anchor = self.now(real).checked_add(by).map_err(|_| ClockError::Range)?;
        self.rebase(real, anchor);
        Ok(())
    }

    /// Stop, or go on from where it stopped.
    pub fn freeze(&mut self, real: Timestamp, frozen: bool) {
        self.rebase(real, self.now(real));
        self.frozen = frozen;
    }

    pub fn set_rate(&mut self, real: Timestamp, rate: f64) -> Result<(), ClockError> {
        if !(rate > 0.0 && rate <= RATE_MAX) {
            return Err(ClockError::Rate(rate.to_string()));
        }
        self.rebase(real, self.now(real));
        self.rate = rate;
        Ok(())
    }

    /// How long to wait, in real time, for a virtual moment; `None` while the clock stands before it.
    pub fn real_until(&self, deadline: Timestamp, real: Timestamp) -> Option<Duration> {
        let ahead = deadline.duration_since(self.now(real));
        if !ahead.is_positive() {
            return Some(Duration::ZERO);
        }
        if self.frozen { None } else { Duration::try_from(scale(ahead, 1.0 / self.rate)).ok() }
    }

    pub fn frozen(&self) -> bool {
        self.frozen
    }

    pub fn set_pace(&mut self, pace: Pace) {
        self.pace = pace;
    }

    pub fn pace(&self) -> Pace {
        self.pace
    }

    pub fn rate(&self) -> f64 {
        self.rate
    }

    fn rebase(&mut self, real: Timestamp, anchor: Timestamp) {
        self.real = real;
        self.anchor = anchor;
    }
}

fn scale(duration: SignedDuration, by: f64) -> SignedDuration {
    // Exact where nothing is scaled: a double holds only 104 days of nanoseconds.
    if by == 1.0 {
        return duration;
    }
    SignedDuration::try_from_secs_f64(duration.as_secs_f64() * by).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    #[test]
    fn runs_with_real_time_then_jumps() {
        let mut clock = Clock::new(at(0), at(1000));
        assert_eq!(clock.now(at(5)), at(1005));
        clock.advance(at(5), Duration::from_secs(91 * 86_400)).unwrap();
        assert_eq!(clock.now(at(6)), at(1006 + 91 * 86_400));
    }

    #[test]
    fn stands_and_goes_on() {
        let mut clock = Clock::new(at(0), at(0));
        clock.freeze(at(10), true);
        assert_eq!(clock.now(at(50)), at(10));
        assert_eq!(clock.real_until(at(11), at(50)), None);
        clock.freeze(at(60), false);
        assert_eq!(clock.now(at(61)), at(11));
    }

    #[test]
    fn runs_faster_and_says_how_long_to_wait() {
        let mut clock = Clock::new(at(0), at(0));
        clock.set_rate(at(0), 60.0).unwrap();
        assert_eq!(clock.now(at(10)), at(600));
        assert_eq!(clock.real_until(at(1200), at(10)), Some(Duration::from_secs(10)));
        assert_eq!(clock.real_until(at(0), at(10)), Some(Duration::ZERO));
    }

    #[test]
    fn never_goes_back() {
        let clock = Clock::new(at(10), at(10));
        assert_eq!(clock.now(at(3)), at(10));
    }

    #[test]
    fn refuses_rates_that_stand_or_run_away() {
        let mut clock = Clock::new(at(0), at(0));
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY, 2e6] {
            assert!(clock.set_rate(at(0), rate).is_err(), "{rate}");
        }
        assert_eq!(clock.advance(at(0), Duration::MAX), Err(ClockError::Range));
        assert_eq!(clock, Clock::new(at(0), at(0)));
    }
}
