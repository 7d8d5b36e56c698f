//! Fault `flip`: one byte arrives as another.
use postfail_session::world::{InHandshake, Ruling};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub const PARAGRAPH: &str = "\
flip - one byte below TLS arrives with all its bits turned over, as from a broken router: `flip = 60`. Bytes are counted from \
the first one the server writes in the handshake, 0, to the end of the connection; a byte that encryption protects is found \
out by the client (alert bad_record_mac). At stage handshake only.";

/// Which byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Flip(pub u32);

impl Flip {
    pub fn ruling(self) -> Ruling {
        Ruling::Handshake(InHandshake::Flip { at: self.0 as usize })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_byte() {
        let flip: Flip = serde_json::from_str("60").unwrap();
        assert_eq!(flip.ruling(), Ruling::Handshake(InHandshake::Flip { at: 60 }));
    }
}
