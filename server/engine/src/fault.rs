//! Faults: stage x fault x when x who, as data.
//!
//! ```toml
//! stage = "auth"                       # or command = "FETCH"
//! reply = "{tag} NO [UNAVAILABLE] Later."   # or another of those below
//! when  = { first = 3 }                # always unless said
//! who   = { account = "taro", listener = "imaps" }
//! ```
//! `typed` reads that shape, `fits` says what of it could never act, `rule` asks it; `docs/faults.md` is the reference.
pub mod alert;
pub mod blackhole;
pub mod bye;
pub mod close;
pub mod count;
pub mod delay;
pub mod drip;
pub mod fits;
pub mod flip;
pub mod garbage;
pub mod hang;
pub mod hide;
pub mod ignore;
pub mod inject;
pub mod keep;
pub mod marker;
pub mod moment;
pub mod no_close_notify;
pub mod point;
pub mod preauth;
pub mod raw;
pub mod refuse;
pub mod reply;
pub mod reset;
pub mod rule;
pub mod throttle;
pub mod truncate;
mod typed;
pub mod when;
pub mod who;

use postfail_session::world::{Protocol, Refusal, Ruling, Stage};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::seed::Seed;
pub use typed::{FaultError, LineError, from_lines};
use when::When;
pub use who::Who;

/// Each fault's word and its paragraph of the reference.
pub const REFERENCE: [(&str, &str); 21] = [
    ("refuse", refuse::PARAGRAPH),
    ("blackhole", blackhole::PARAGRAPH),
    ("hang", hang::PARAGRAPH),
    ("delay", delay::PARAGRAPH),
    ("throttle", throttle::PARAGRAPH),
    ("drip", drip::PARAGRAPH),
    ("truncate", truncate::PARAGRAPH),
    ("reset", reset::PARAGRAPH),
    ("close", close::PARAGRAPH),
    ("bye", bye::PARAGRAPH),
    ("garbage", garbage::PARAGRAPH),
    ("reply", reply::PARAGRAPH),
    ("hide", hide::PARAGRAPH),
    ("ignore", ignore::PARAGRAPH),
    ("inject", inject::PARAGRAPH),
    ("raw", raw::PARAGRAPH),
    ("preauth", preauth::PARAGRAPH),
    ("keep", keep::PARAGRAPH),
    ("alert", alert::PARAGRAPH),
    ("flip", flip::PARAGRAPH),
    ("no_close_notify", no_close_notify::PARAGRAPH),
];

/// The stages a rule can name: the driver asks at `connect` and `handshake`, the sessions at the others.
pub const STAGES: [(&str, Stage); 11] = [
    ("connect", Stage::Connect),
    ("greeting", Stage::Greeting),
    ("starttls", Stage::StartTls),
    ("handshake", Stage::Handshake),
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "typed::Typed", into = "typed::Typed")]
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
    /// A verb, in capitals, at whatever stage it comes; `.` is the end of a mail's data.
    Command(String),
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    Refuse,
    Blackhole,
    Hang,
    Delay(delay::Delay),
    Throttle(throttle::Throttle),
    Drip(drip::Drip),
    Truncate(truncate::Truncate),
    Reset,
    Close,
    Bye(bye::Bye),
    Garbage(garbage::Garbage),
    Reply(reply::Reply),
    Hide,
    Ignore,
    Inject(inject::Inject),
    Raw(raw::Raw),
    Preauth(preauth::Preauth),
    Keep,
    Alert(alert::Alert),
    Flip(flip::Flip),
    NoCloseNotify,
}

impl Effect {
    pub fn word(&self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Blackhole => "blackhole",
            Self::Hang => "hang",
            Self::Delay(_) => "delay",
            Self::Throttle(_) => "throttle",
            Self::Drip(_) => "drip",
            Self::Truncate(_) => "truncate",
            Self::Reset => "reset",
            Self::Close => "close",
            Self::Bye(_) => "bye",
            Self::Garbage(_) => "garbage",
            Self::Reply(_) => "reply",
            Self::Hide => "hide",
            Self::Ignore => "ignore",
            Self::Inject(_) => "inject",
            Self::Raw(_) => "raw",
            Self::Preauth(_) => "preauth",
            Self::Keep => "keep",
            Self::Alert(_) => "alert",
            Self::Flip(_) => "flip",
            Self::NoCloseNotify => "no_close_notify",
        }
    }

    /// Does it act on the port itself, before there is a connection?
    pub fn is_of_port(&self) -> bool {
        matches!(self, Self::Refuse | Self::Blackhole)
    }

    /// Does it act on the bytes of a TLS handshake, and nowhere else?
    pub fn is_of_handshake(&self) -> bool {
        match self {
            Self::Alert(_) | Self::Flip(_) | Self::NoCloseNotify => true,
            Self::Truncate(truncate) => truncate.after().is_none(),
            _ => false,
        }
    }

    /// The answer to a cue; `wording` gives the profile's words, `random` the bytes of noise.
    pub fn ruling(
        &self,
        protocol: Protocol,
        wording: impl FnOnce(&str) -> Refusal,
        random: &mut Seed,
    ) -> Ruling {
        match self {
            Self::Refuse => refuse::ruling(),
            Self::Blackhole => blackhole::ruling(),
            Self::Hang => hang::ruling(),
            Self::Delay(delay) => delay.ruling(),
            Self::Throttle(throttle) => throttle.ruling(),
            Self::Drip(drip) => drip.ruling(),
            Self::Truncate(truncate) => truncate.ruling(),
            Self::Reset => reset::ruling(),
            Self::Close => close::ruling(),
            Self::Bye(bye) => bye.ruling(protocol),
            Self::Garbage(garbage) => garbage.ruling(random),
            Self::Reply(reply) => reply.ruling(wording),
            Self::Hide => hide::ruling(),
            Self::Ignore => ignore::ruling(),
            Self::Inject(inject) => inject.ruling(),
            Self::Raw(raw) => raw.ruling(),
            Self::Preauth(preauth) => preauth.ruling(),
            Self::Keep => keep::ruling(),
            Self::Alert(alert) => alert.ruling(),
            Self::Flip(flip) => flip.ruling(),
            Self::NoCloseNotify => no_close_notify::ruling(),
        }
    }
}

#[cfg(test)]
mod tests;
