//! Fault `garbage`: noise.
use bytes::Bytes;
use postfail_session::world::{Ruling, Then};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::seed::Seed;

pub const PARAGRAPH: &str = "\
garbage - the server sends so many random bytes in place of the answer, from the world's seed, and goes on: \
`garbage = 64`. At stages connect and handshake it then says nothing more.";

/// How many bytes; at most `GARBAGE_MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Garbage(pub u32);

/// More noise would not be more wrong.
pub const GARBAGE_MAX: u32 = 1 << 20;

impl Garbage {
    pub fn ruling(self, random: &mut Seed) -> Ruling {
        let size = self.0.min(GARBAGE_MAX) as usize;
        let words = std::iter::repeat_with(|| random.draw().to_le_bytes());
        let bytes: Bytes = words.take(size.div_ceil(8)).flatten().take(size).collect();
        Ruling::Raw { bytes, then: Then::Keep }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_as_long_as_it_says_and_the_same_for_a_seed() {
        for size in [0, 1, 8, 65] {
            let ruling = Garbage(size).ruling(&mut Seed::new(7));
            let Ruling::Raw { bytes, .. } = &ruling else { panic!("bytes") };
            assert_eq!(bytes.len(), size as usize);
            assert_eq!(ruling, Garbage(size).ruling(&mut Seed::new(7)));
        }
        assert_ne!(Garbage(8).ruling(&mut Seed::new(7)), Garbage(8).ruling(&mut Seed::new(8)));
    }
}
