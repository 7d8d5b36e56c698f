//! When a rule acts: always, at the nth time, at the first n, after n, at every nth.
use serde::{Deserialize, Serialize};

/// Counted per rule, over everything the rule's place and people match; the first time is 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum When {
    #[default]
    Always,
    /// Only this time.
    Nth(u64),
    /// The first so many times.
    First(u64),
    /// Each time after so many.
    After(u64),
    /// Each so-manieth time; 0 is never.
    Every(u64),
}

impl When {
    /// Does it act at time number `time`?
    pub fn acts(self, time: u64) -> bool {
        match self {
            Self::Always => true,
            Self::Nth(n) => time == n,
            Self::First(n) => time <= n,
            Self::After(n) => time > n,
            Self::Every(n) => n != 0 && time.is_multiple_of(n),
        }
    }

    pub(crate) fn is_always(&self) -> bool {
        *self == Self::Always
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_at_the_times_it_names() {
        for (when, times) in [
            (When::Always, vec![1, 2, 3, 4, 5, 6]),
            (When::Nth(3), vec![3]),
            (When::First(2), vec![1, 2]),
            (When::After(4), vec![5, 6]),
            (When::Every(3), vec![3, 6]),
            (When::Every(0), vec![]),
        ] {
            let acted: Vec<u64> = (1..=6).filter(|time| when.acts(*time)).collect();
            assert_eq!(acted, times, "{when:?}");
        }
    }
}
