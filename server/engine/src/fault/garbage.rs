//! Fault `garbage`: noise.
use bytes::Bytes;
use postfail_session::world::{Ruling, Then};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::seed::Seed;

pub const PARAGRAPH: &str = "\
garbage - the server sends so many random bytes in place of the answer, from the world's seed, and goes on: \
`garbage = 64`. At stages connect and handshake it then says nothing more; `garbage = { bytes = 64, record = true }` puts them \
into a TLS record that says it is part of the handshake.";

/// How many bytes, or those of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "garbage is a number of bytes, or { bytes = 64, record = true }")]
pub enum Garbage {
    Bytes(u32),
    Full(Full),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Full {
    pub bytes: u32,
    /// Behind the header of a handshake record.
    #[serde(default)]
    pub record: bool,
}

/// More noise would not be more wrong.
pub const GARBAGE_MAX: u32 = 1 << 20;
/// What a record holds (RFC 8446 section 5.1).
pub const RECORD_MAX: u32 = 1 << 14;

impl Garbage {
    pub fn full(self) -> Full {
        match self {
            Self::Bytes(bytes) => Full { bytes, record: false },
            Self::Full(full) => full,
        }
    }

    pub fn ruling(self, random: &mut Seed) -> Ruling {
        let Full { bytes, record } = self.full();
        let size = bytes.min(if record { RECORD_MAX } else { GARBAGE_MAX }) as usize;
        let [.., high, low] = size.to_be_bytes();
        let header = if record { &[22, 3, 3, high, low][..] } else { &[] };
        let words = std::iter::repeat_with(|| random.draw().to_le_bytes());
        let noise = words.take(size.div_ceil(8)).flatten().take(size);
        Ruling::Raw { bytes: header.iter().copied().chain(noise).collect::<Bytes>(), then: Then::Keep }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_as_long_as_it_says_and_the_same_for_a_seed() {
        for size in [0, 1, 8, 65] {
            let ruling = Garbage::Bytes(size).ruling(&mut Seed::new(7));
            let Ruling::Raw { bytes, .. } = &ruling else { panic!("bytes") };
            assert_eq!(bytes.len(), size as usize);
            assert_eq!(ruling, Garbage::Bytes(size).ruling(&mut Seed::new(7)));
        }
        assert_ne!(Garbage::Bytes(8).ruling(&mut Seed::new(7)), Garbage::Bytes(8).ruling(&mut Seed::new(8)));
    }

    #[test]
    fn a_record_has_its_header() {
        let record = Garbage::Full(Full { bytes: 300, record: true });
        let Ruling::Raw { bytes, .. } = record.ruling(&mut Seed::new(7)) else { panic!("bytes") };
        assert_eq!((bytes.len(), &bytes[..5]), (305, &[22, 3, 3, 1, 44][..]));
    }
}
