//! Fault `drip`: a few bytes, a pause, a few bytes.
use std::num::NonZeroU32;

use postfail_session::world::{Ruling, Shape};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::span::Span;

pub const PARAGRAPH: &str = "\
drip - from here to the end of the connection the server writes one byte at a time and pauses behind each: \
`drip = \"500ms\"`, or `drip = { bytes = 10, every = \"1s\" }`. A client whose time-out begins anew with every byte waits \
for ever; one that bounds the whole answer does not.";

/// The pause, or pieces and pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "a drip is a pause such as \"500ms\", or { bytes = 10, every = \"500ms\" }")]
pub enum Drip {
    Every(Span),
    Full(Full),
}

/// So many bytes at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Full {
    pub bytes: NonZeroU32,
    pub every: Span,
}

impl Drip {
    pub fn ruling(self) -> Ruling {
        let (bytes, every) = match self {
            Self::Every(every) => (1, every),
            Self::Full(Full { bytes, every }) => (bytes.get() as usize, every),
        };
        Ruling::Shape(Shape::Drip { bytes, every: every.0 })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn is_one_byte_at_a_time_unless_said() {
        let every = Duration::from_millis(500);
        for (json, bytes) in [("\"500ms\"", 1), ("{\"bytes\":10,\"every\":\"500ms\"}", 10)] {
            let drip: Drip = serde_json::from_str(json).unwrap();
            assert_eq!(drip.ruling(), Ruling::Shape(Shape::Drip { bytes, every }));
            assert_eq!(serde_json::to_string(&drip).unwrap(), json);
        }
    }
}
