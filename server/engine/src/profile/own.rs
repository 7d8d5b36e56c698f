//! Our own words for a failure: one line for each protocol, from which a whole [`Response`] follows.
use std::collections::BTreeMap;

use postfail_session::world::{Protocol, Stage, Then};
use serde::Deserialize;

use super::Text;
use super::response::{Certainty, Response, Wire, WireEvent};
use super::token::OwnToken;
use crate::span::Span;

/// What a failure means, and how we say it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Own {
    /// For people, in a sentence.
    pub means: Text,
    /// What happens where nothing is said.
    #[serde(default = "close")]
    pub event: WireEvent,
    /// Empty: nothing is said.
    pub smtp: String,
    pub pop3: String,
    pub imap: String,
    /// What a token endpoint says, where one can meet this failure.
    #[serde(default)]
    pub token: Option<OwnToken>,
}

fn close() -> WireEvent {
    WireEvent::Close
}

impl Own {
    pub fn responses(&self, failure: &str) -> [Response; 3] {
        [
            (Protocol::Smtp, "smtp", &self.smtp, "RFC 5321 section 4.2, RFC 4954 section 6, RFC 3463"),
            (Protocol::Pop3, "pop3", &self.pop3, "RFC 1939, RFC 2449 section 8, RFC 3206"),
            (Protocol::Imap, "imap", &self.imap, "RFC 9051 section 7.1, RFC 5530 section 3"),
        ]
        .map(|(protocol, word, text, source)| Response {
            id: format!("postfail-{word}-{failure}"),
            failure: failure.to_owned(),
            protocol,
            mechanisms: Vec::new(),
            stage: Stage::Auth,
            event: text.is_empty().then_some(self.event),
            text: text.clone(),
            fill: BTreeMap::new(),
            malformed: false,
            // RFC 5321 section 3.8 and RFC 9051 section 7.1.5: behind 421 and BYE the server closes.
            then: if text.is_empty() && self.event == WireEvent::Hang {
                Then::Hang
            } else if text.is_empty() || text.starts_with("421 ") || text.starts_with("* BYE ") {
                Then::Close
            } else {
                Then::Keep
            },
            delay: Span::default(),
            source: source.to_owned(),
            certainty: Certainty::Own,
            wire: if text.is_empty() { Wire::Event } else { Wire::Own },
            note: None,
            since: None,
            until: None,
        })
    }
}
