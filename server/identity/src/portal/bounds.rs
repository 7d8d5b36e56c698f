//! How often something may be tried: by a client's address, by an account. In virtual time, and bounded itself.
use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

/// Keys that are remembered; beyond, the first of the alphabet make room.
const KEYS_MAX: usize = 1_000;

/// One kind of try: how many in how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    pub(super) word: &'static str,
    pub(super) most: usize,
    pub(super) within: SignedDuration,
}

/// Refused input from one address.
pub(super) const FROM_ADDRESS: Bound =
    Bound { word: "address", most: 30, within: SignedDuration::from_mins(10) };
/// Codes sent for one account.
pub(super) const CODES: Bound = Bound { word: "code", most: 5, within: SignedDuration::from_hours(1) };
/// Recovery forms for one account.
pub(super) const FORMS: Bound = Bound { word: "form", most: 3, within: SignedDuration::from_hours(24) };

/// What was tried, and when.
#[derive(Clone, Debug, Default)]
pub(super) struct Tries(BTreeMap<(&'static str, String), VecDeque<Timestamp>>);

impl Tries {
    /// Would one more be too many?
    pub(super) fn is_over(&self, bound: Bound, key: &str, now: Timestamp) -> bool {
        let Some(tries) = self.0.get(&(bound.word, key.to_owned())) else { return false };
        tries.iter().filter(|at| counts(bound, **at, now)).count() >= bound.most
    }

    /// One more.
    pub(super) fn count(&mut self, bound: Bound, key: &str, now: Timestamp) {
        let key = (bound.word, key.chars().take(256).collect::<String>());
        if self.0.len() >= KEYS_MAX && !self.0.contains_key(&key) {
            self.0.pop_first();
        }
        let tries = self.0.entry(key).or_default();
        tries.retain(|at| counts(bound, *at, now));
        if tries.len() >= bound.most {
            tries.pop_front();
        }
        tries.push_back(now);
    }
}

fn counts(bound: Bound, at: Timestamp, now: Timestamp) -> bool {
    at.saturating_add(bound.within).is_ok_and(|end| now < end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_bounded_in_number_and_in_memory() {
        let at = |second: i64| Timestamp::from_second(1_700_000_000 + second).unwrap();
        let mut tries = Tries::default();
        for second in 0..5 {
            assert!(!tries.is_over(CODES, "taro", at(second)));
            tries.count(CODES, "taro", at(second));
        }
        assert!(tries.is_over(CODES, "taro", at(5)) && !tries.is_over(CODES, "hanako", at(5)));
        assert!(!tries.is_over(CODES, "taro", at(3600)), "the first has left the hour");
        for number in 0..2_000 {
            tries.count(FROM_ADDRESS, &number.to_string(), at(0));
        }
        assert_eq!(tries.0.len(), KEYS_MAX);
    }
}
