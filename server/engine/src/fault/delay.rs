//! Fault `delay`: answer late.
use postfail_session::world::Ruling;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::span::Span;

pub const PARAGRAPH: &str = "\
delay - the server waits, in virtual time, before it does what it would have done: `delay = \"30s\"`. Clients have \
time-outs of their own; RFC 5321 section 4.5.3.2 asks an SMTP client to wait five minutes for most replies.";

/// How long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Delay(pub Span);

impl Delay {
    pub fn ruling(self) -> Ruling {
        Ruling::Delay(self.0.0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn waits_as_long_as_it_says() {
        let delay: Delay = serde_json::from_str("\"1m 30s\"").unwrap();
        assert_eq!(delay.ruling(), Ruling::Delay(Duration::from_secs(90)));
    }
}
