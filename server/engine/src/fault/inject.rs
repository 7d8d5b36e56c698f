//! Fault `inject`: foreign bytes around the answer.
use postfail_session::world::{Injection, Ruling, Then};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::raw::Escaped;
use crate::span::Span;

pub const PARAGRAPH: &str = "\
inject - the server answers, with bytes of somebody else's before the answer or behind it: \
`inject = { behind = \"* BYE gone\\r\\n\" }`, `inject = { before = \"...\" }`, or both; written as with `raw`. They come in \
one segment with the answer; with `delay = \"0ms\"` in a segment of their own, with a longer delay that much later. \
`then` may be close, reset or hang. Behind the answer to STARTTLS they come in the clear, before TLS: a client that keeps \
them takes them for the server's (CVE-2020-14954 in Mutt, CVE-2020-15685 in Thunderbird).";

/// Where, and what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Inject {
    #[serde(skip_serializing_if = "is_empty")]
    pub before: Escaped,
    #[serde(skip_serializing_if = "is_empty")]
    pub behind: Escaped,
    /// `None`: in one segment with the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<Span>,
    #[serde(skip_serializing_if = "keeps")]
    #[schemars(schema_with = "crate::schema::then")]
    pub then: Then,
}

fn is_empty(bytes: &Escaped) -> bool {
    bytes.0.is_empty()
}

fn keeps(then: &Then) -> bool {
    *then == Then::Keep
}

impl Inject {
    pub fn ruling(&self) -> Ruling {
        Ruling::Inject(Injection {
            before: self.before.0.clone(),
            behind: self.behind.0.clone(),
            delay: self.delay.map(|span| span.0),
            then: self.then,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn is_in_one_segment_unless_it_is_delayed() {
        let delayed = r#"{"behind":"x\\r\\n","delay":"0ms","then":"close"}"#;
        for (json, before, behind, delay, then) in [
            (r#"{"before":"a"}"#, "a", "", None, Then::Keep),
            (delayed, "", "x\r\n", Some(Duration::ZERO), Then::Close),
        ] {
            let inject: Inject = serde_json::from_str(json).unwrap();
            let injection = Injection { before: before.into(), behind: behind.into(), delay, then };
            assert_eq!(inject.ruling(), Ruling::Inject(injection));
            assert_eq!(serde_json::to_string(&inject).unwrap(), json);
        }
    }
}
