//! Faults: stage x fault x when x who, as data.
//!
//! ```toml
//! stage = "auth"                       # or command = "FETCH"
//! reply = "{tag} NO [UNAVAILABLE] Later."   # or delay, close, reset, hide
//! when  = { first = 3 }                # always unless said; nth, first, after, every
//! who   = { account = "taro", listener = "imaps" }
//! ```
pub mod close;
pub mod count;
pub mod delay;
pub mod hide;
pub mod reply;
pub mod reset;
pub mod rule;

use postfail_session::world::Stage;
use serde::{Deserialize, Serialize};

use crate::listener::ListenerName;
use crate::words::{self, UnknownWord};
use count::When;

/// Each fault's word and its paragraph of the reference.
pub const REFERENCE: [(&str, &str); 5] = [
    ("reply", reply::PARAGRAPH),
    ("delay", delay::PARAGRAPH),
    ("close", close::PARAGRAPH),
    ("reset", reset::PARAGRAPH),
    ("hide", hide::PARAGRAPH),
];

/// The stages a rule can name: those the sessions ask at. A fault where nobody asks would never act.
pub const STAGES: [(&str, Stage); 9] = [
    ("greeting", Stage::Greeting),
    ("starttls", Stage::StartTls),
    ("capability", Stage::Capability),
    ("auth", Stage::Auth),
    ("mailbox", Stage::Mailbox),
    ("data", Stage::Data),
    ("idle", Stage::Idle),
    ("quit", Stage::Quit),
    ("command", Stage::Command),
];

/// The word for a stage.
pub fn stage_word(stage: Stage) -> &'static str {
    STAGES.iter().find(|(_, known)| *known == stage).map_or("", |(word, _)| word)
}

/// A rule as typed and as sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Typed", into = "Typed")]
pub struct Fault {
    pub place: Place,
    pub effect: Effect,
    pub when: When,
    pub who: Who,
}

/// Where in the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Stage(Stage),
    /// A verb, in capitals, at whatever stage it comes.
    Command(String),
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    Reply(reply::Reply),
    Delay(delay::Delay),
    Close,
    Reset,
    Hide,
}

impl Effect {
    pub fn word(&self) -> &'static str {
        match self {
            Self::Reply(_) => "reply",
            Self::Delay(_) => "delay",
            Self::Close => "close",
            Self::Reset => "reset",
            Self::Hide => "hide",
        }
    }
}

/// Whom it meets; everybody unless said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Who {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listener: Option<ListenerName>,
}

/// The flat shape in files and requests.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Typed {
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<StageWord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<reply::Reply>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay: Option<delay::Delay>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    close: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    reset: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    hide: bool,
    #[serde(skip_serializing_if = "When::is_always")]
    when: When,
    #[serde(skip_serializing_if = "is_everybody")]
    who: Who,
}

fn is_everybody(who: &Who) -> bool {
    *who == Who::default()
}

/// A stage that reads with our own message for a wrong word.
#[derive(Clone, Copy, Debug)]
struct StageWord(Stage);

impl std::str::FromStr for StageWord {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        words::find("stage", text, &STAGES).map(Self)
    }
}

impl std::fmt::Display for StageWord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(stage_word(self.0))
    }
}

words::serde_as_text!(StageWord, "a stage such as \"auth\"");

/// Why a rule is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    #[error("a fault needs a place: stage = \"auth\", or command = \"FETCH\"")]
    NoPlace,
    #[error("a fault sits at a stage or at a command, not at both; keep one")]
    TwoPlaces,
    #[error("a fault needs an effect: one of reply, delay, close, reset, hide")]
    NoEffect,
    #[error("a fault has one effect; `{0}` and `{1}` are two: write two faults")]
    TwoEffects(&'static str, &'static str),
}

impl TryFrom<Typed> for Fault {
    type Error = FaultError;

    fn try_from(typed: Typed) -> Result<Self, FaultError> {
        let place = match (typed.stage, typed.command) {
            (Some(StageWord(stage)), None) => Place::Stage(stage),
            (None, Some(command)) => Place::Command(command.to_ascii_uppercase()),
            (None, None) => return Err(FaultError::NoPlace),
            (Some(_), Some(_)) => return Err(FaultError::TwoPlaces),
        };
        let mut effects = [
            typed.reply.map(Effect::Reply),
            typed.delay.map(Effect::Delay),
            typed.close.then_some(Effect::Close),
            typed.reset.then_some(Effect::Reset),
            typed.hide.then_some(Effect::Hide),
        ]
        .into_iter()
        .flatten();
        let effect = effects.next().ok_or(FaultError::NoEffect)?;
        if let Some(second) = effects.next() {
            return Err(FaultError::TwoEffects(effect.word(), second.word()));
        }
        Ok(Self { place, effect, when: typed.when, who: typed.who })
    }
}

impl From<Fault> for Typed {
    fn from(fault: Fault) -> Self {
        let mut typed = Self { when: fault.when, who: fault.who, ..Self::default() };
        match fault.place {
            Place::Stage(stage) => typed.stage = Some(StageWord(stage)),
            Place::Command(command) => typed.command = Some(command),
        }
        match fault.effect {
            Effect::Reply(reply) => typed.reply = Some(reply),
            Effect::Delay(delay) => typed.delay = Some(delay),
            Effect::Close => typed.close = true,
            Effect::Reset => typed.reset = true,
            Effect::Hide => typed.hide = true,
        }
        typed
    }
}

#[cfg(test)]
mod tests;
