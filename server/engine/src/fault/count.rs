//! What a rule has met, and whether it acts: by how often, by virtual time, by a quota, by chance.
use jiff::Timestamp;

use super::moment::Moment;
use super::when::{When, Window};
use crate::seed::Seed;

/// What a rule has met.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    /// When the rule was added.
    added: Timestamp,
    met: u64,
    /// Where the quota's stretch began, and how often the rule was met in it.
    stretch: Option<(Timestamp, u64)>,
    random: Seed,
}

impl Tally {
    pub fn new(added: Timestamp, random: Seed) -> Self {
        Self { added, met: 0, stretch: None, random }
    }

    pub fn met(&self) -> u64 {
        self.met
    }

    /// For a fault's own random bytes.
    pub fn random(&mut self) -> &mut Seed {
        &mut self.random
    }

    /// The place and the people were met once more: does the rule act?
    pub fn meet(&mut self, when: When, now: Timestamp) -> bool {
        self.met += 1;
        let time = self.met;
        match when {
            When::Always => true,
            When::Nth(n) => time == n,
            When::First(n) => time <= n,
            When::After(n) => time > n,
            When::Every(n) => n != 0 && time.is_multiple_of(n),
            When::Between(first, last) => (first..=last).contains(&time),
            When::Until(end) => now < end.behind(self.added),
            When::Window(window) => self.within(window, now),
            When::Quota(quota) => {
                let begun = self.stretch.filter(|(begin, _)| now < Moment::In(quota.per).behind(*begin));
                let (begin, met) = begun.map_or((now, 1), |(begin, met)| (begin, met + 1));
                self.stretch = Some((begin, met));
                met > quota.count
            }
            When::Probability(chance) => {
                // 53 bits make a double in [0, 1).
                let drawn = (self.random.draw() >> 11) as f64 / (1_u64 << 53) as f64;
                drawn < chance.probability
            }
        }
    }

    /// Would it act now, if it were met? Only for what a port's fault can say: always, after, until, window.
    pub fn holds(&self, when: When, now: Timestamp) -> bool {
        match when {
            When::Always => true,
            When::After(n) => self.met >= n,
            When::Until(end) => now < end.behind(self.added),
            When::Window(window) => self.within(window, now),
            _ => false,
        }
    }

    /// The next moment at which `holds` answers otherwise because of the time.
    pub fn turns(&self, when: When, now: Timestamp) -> Option<Timestamp> {
        let moments = match when {
            When::Until(end) => [Some(end), None],
            When::Window(window) => [Some(window.from), Some(window.to)],
            _ => return None,
        };
        moments.into_iter().flatten().map(|moment| moment.behind(self.added)).filter(|at| *at > now).min()
    }

    fn within(&self, window: Window, now: Timestamp) -> bool {
        window.from.behind(self.added) <= now && now < window.to.behind(self.added)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    fn when(json: &str) -> When {
        let when = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&when).unwrap(), json);
        when
    }

    #[test]
    fn acts_at_the_times_it_names() {
        for (json, times) in [
            ("\"always\"", vec![1, 2, 3, 4, 5, 6]),
            ("{\"nth\":3}", vec![3]),
            ("{\"first\":2}", vec![1, 2]),
            ("{\"after\":4}", vec![5, 6]),
            ("{\"every\":3}", vec![3, 6]),
            ("{\"between\":[2,4]}", vec![2, 3, 4]),
            ("{\"probability\":1.0}", vec![1, 2, 3, 4, 5, 6]),
            ("{\"probability\":0.0}", vec![]),
        ] {
            let mut tally = Tally::new(at(0), Seed::new(7));
            let acted: Vec<u64> = (1..=6).filter(|_| tally.meet(when(json), at(0))).collect();
            assert_eq!(acted, times, "{json}");
            assert_eq!(tally.met(), 6);
        }
    }

    #[test]
    fn acts_in_its_time() {
        let window = format!("{{\"window\":{{\"from\":\"20s\",\"to\":\"{}\"}}}}", at(40));
        for (json, seconds) in [("{\"until\":\"20s\"}", vec![0, 10]), (&window, vec![20, 30])] {
            let mut tally = Tally::new(at(0), Seed::new(7));
            let acted: Vec<i64> = (0..6).map(|n| n * 10).filter(|s| tally.meet(when(json), at(*s))).collect();
            assert_eq!(acted, seconds, "{json}");
        }
    }

    #[test]
    fn a_quota_recovers() {
        let quota = when("{\"quota\":{\"count\":2,\"per\":\"1m\"}}");
        let mut tally = Tally::new(at(0), Seed::new(7));
        let acted: Vec<i64> =
            [5, 6, 7, 64, 65, 66, 67, 200].into_iter().filter(|s| tally.meet(quota, at(*s))).collect();
        assert_eq!(acted, [7, 64, 67]);
    }

    #[test]
    fn chance_follows_the_seed() {
        let half = when("{\"probability\":0.5}");
        let story = |seed| {
            let mut tally = Tally::new(at(0), Seed::new(seed));
            (0..1_000).map(|_| tally.meet(half, at(0))).collect::<Vec<_>>()
        };
        assert_eq!(story(7), story(7));
        assert_ne!(story(7), story(8));
        let acted = story(7).into_iter().filter(|acts| *acts).count();
        assert!((400..600).contains(&acted), "{acted} of 1000 at one half, seed 7");
    }

    #[test]
    fn a_port_turns_at_its_moments() {
        let window = When::Window(Window { from: "10s".parse().unwrap(), to: "20s".parse().unwrap() });
        let tally = Tally::new(at(0), Seed::new(7));
        for (now, holds, turns) in [(0, false, Some(10)), (10, true, Some(20)), (20, false, None)] {
            assert_eq!(tally.holds(window, at(now)), holds);
            assert_eq!(tally.turns(window, at(now)), turns.map(at));
        }
        assert!(!tally.holds(When::After(1), at(0)) && tally.holds(When::After(0), at(0)));
    }
}
