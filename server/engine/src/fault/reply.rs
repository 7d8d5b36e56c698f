//! Fault `reply`: say something else.
use postfail_session::world::{Refusal, Ruling, Then};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::span::Span;

pub const PARAGRAPH: &str = "\
reply - the server says this instead of what the protocol asks for. `reply = \"{tag} NO [UNAVAILABLE] Later.\"` gives the \
line (several lines with a line break between them; `{tag}`, `{host}` and `{user}` are filled in); \
`reply = { failure = \"temp-failure\" }` takes the words of the world's profile. With `then = \"close\"`, `\"reset\"` or \
`\"hang\"` the connection does not go on, with `delay = \"2s\"` the server thinks first. The command is not carried out.";

/// What to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "a reply is a text, { text = \"...\" } or { failure = \"...\" }, with delay and then if wanted"
)]
pub enum Reply {
    /// Lines, without the last line end.
    Text(String),
    Full(Full),
}

/// A reply with its circumstances: `text` or `failure`, one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Full {
    /// Own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The profile's words for this failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    pub delay: Span,
    #[schemars(schema_with = "crate::schema::then")]
    pub then: Then,
}

impl Reply {
    /// The answer to a cue; `wording` gives the profile's words.
    pub fn ruling(&self, wording: impl FnOnce(&str) -> Refusal) -> Ruling {
        let own = |text: &str| Refusal {
            failure: "fault".to_owned(),
            lines: text.lines().map(str::to_owned).collect(),
            ..Refusal::default()
        };
        Ruling::Reply(match self {
            Self::Text(text) => own(text),
            Self::Full(full) => {
                let mut refusal = match (&full.text, &full.failure) {
                    (Some(text), _) => own(text),
                    (None, Some(failure)) => wording(failure),
                    (None, None) => own(""),
                };
                if full.delay != Span::default() {
                    refusal.delay = full.delay.0;
                }
                if full.then != Then::Keep {
                    refusal.then = full.then;
                }
                refusal
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ruled(toml: &str) -> Refusal {
        #[derive(Deserialize)]
        struct Holder {
            reply: Reply,
        }
        let holder: Holder = toml::from_str(toml).unwrap();
        let words = |failure: &str| Refusal {
            failure: failure.to_owned(),
            lines: vec!["profile".to_owned()],
            then: Then::Close,
            ..Refusal::default()
        };
        let Ruling::Reply(refusal) = holder.reply.ruling(words) else { panic!("a reply rules a reply") };
        refusal
    }

    #[test]
    fn says_its_own_lines() {
        let refusal = ruled("reply = \"* one\\n{tag} NO two\"");
        assert_eq!(refusal.lines, ["* one", "{tag} NO two"]);
        assert_eq!(refusal.then, Then::Keep);
    }

    #[test]
    fn takes_the_profiles_words_and_keeps_its_then() {
        let refusal = ruled("reply = { failure = \"temp-failure\", delay = \"2s\" }");
        assert_eq!((refusal.failure.as_str(), refusal.then), ("temp-failure", Then::Close));
        assert_eq!(refusal.delay.as_secs(), 2);
    }

    #[test]
    fn own_words_with_an_end() {
        assert_eq!(ruled("reply = { text = \"421 bye\", then = \"reset\" }").then, Then::Reset);
    }
}
