//! Fault `throttle`: a slow line.
use std::num::NonZeroU64;

use postfail_session::world::{Ruling, Shape};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub const PARAGRAPH: &str = "\
throttle - from here to the end of the connection the server writes at most so many bytes in a second of virtual time: \
`throttle = 300`. The bytes are those of the protocol, before TLS makes records of them.";

/// Bytes in a virtual second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Throttle(pub NonZeroU64);

impl Throttle {
    pub fn ruling(self) -> Ruling {
        Ruling::Shape(Shape::Throttle { rate: self.0.get() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_a_rate_above_nothing() {
        let throttle: Throttle = serde_json::from_str("300").unwrap();
        assert_eq!(throttle.ruling(), Ruling::Shape(Shape::Throttle { rate: 300 }));
        assert!(serde_json::from_str::<Throttle>("0").is_err());
    }
}
