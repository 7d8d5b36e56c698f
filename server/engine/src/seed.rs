//! The one source of randomness: a seed, printed at start, from which everything random in a world follows.
//!
//! SplitMix64 (Steele, Lea, Flood 2014): each output is a one-to-one image of a counter, so none comes twice.
//! It is for tests, not for secrets that must resist an attacker: those come in from outside.

/// A stream of numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seed {
    counter: u64,
}

impl Seed {
    pub fn new(seed: u64) -> Self {
        Self { counter: seed }
    }

    /// The next number; never one that was given before.
    pub fn draw(&mut self) -> u64 {
        self.counter = self.counter.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.counter;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// A password to read aloud and type: three groups of four from letters and digits that look unlike.
    pub fn password(&mut self) -> String {
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let mut bits = self.draw();
        let mut password = String::with_capacity(14);
        for i in 0..12 {
            if i % 4 == 0 && i > 0 {
                password.push('-');
            }
            password.push(LETTERS[(bits % 32) as usize] as char);
            bits /= 32;
        }
        password
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn same_seed_same_numbers_and_none_twice() {
        let (mut a, mut b) = (Seed::new(7), Seed::new(7));
        let numbers: HashSet<u64> = (0..10_000).map(|_| a.draw()).collect();
        assert_eq!(numbers.len(), 10_000);
        assert!((0..10_000).all(|_| numbers.contains(&b.draw())));
    }

    #[test]
    fn a_password_is_three_groups_of_four() {
        let password = Seed::new(1).password();
        assert!(password.split('-').all(|group| group.len() == 4), "{password}");
        assert_eq!(password.len(), 14);
        assert_ne!(password, Seed::new(2).password());
    }
}
