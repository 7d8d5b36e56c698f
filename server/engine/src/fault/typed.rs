//! The flat shape of a fault in files, requests and arguments.
use postfail_session::world::Stage;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::when::When;
use super::{Effect, Fault, Place, STAGES, Who, stage_word};
use super::{alert, bye, delay, drip, flip, garbage, inject, preauth, raw, reply, throttle, truncate};
use crate::words::{self, UnknownWord};

#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Typed {
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<StageWord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    refuse: bool,
    #[serde(skip_serializing_if = "is_false")]
    blackhole: bool,
    #[serde(skip_serializing_if = "is_false")]
    hang: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay: Option<delay::Delay>,
    #[serde(skip_serializing_if = "Option::is_none")]
    throttle: Option<throttle::Throttle>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drip: Option<drip::Drip>,
    #[serde(skip_serializing_if = "Option::is_none")]
    truncate: Option<truncate::Truncate>,
    #[serde(skip_serializing_if = "is_false")]
    reset: bool,
    #[serde(skip_serializing_if = "is_false")]
    close: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    bye: Option<bye::Bye>,
    #[serde(skip_serializing_if = "Option::is_none")]
    garbage: Option<garbage::Garbage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<reply::Reply>,
    #[serde(skip_serializing_if = "is_false")]
    hide: bool,
    #[serde(skip_serializing_if = "is_false")]
    ignore: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    inject: Option<inject::Inject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<raw::Raw>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preauth: Option<preauth::Preauth>,
    #[serde(skip_serializing_if = "is_false")]
    keep: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    alert: Option<alert::Alert>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flip: Option<flip::Flip>,
    #[serde(skip_serializing_if = "is_false")]
    no_close_notify: bool,
    #[serde(skip_serializing_if = "When::is_always")]
    when: When,
    #[serde(skip_serializing_if = "Who::is_everybody")]
    who: Who,
}

fn is_false(flag: &bool) -> bool {
    !flag
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
    #[error(
        "a fault needs an effect: one of refuse, blackhole, hang, delay, throttle, drip, truncate, reset, close, bye, \
         garbage, reply, hide, ignore, inject, raw, preauth, keep, alert, flip, no_close_notify"
    )]
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
            typed.refuse.then_some(Effect::Refuse),
            typed.blackhole.then_some(Effect::Blackhole),
            typed.hang.then_some(Effect::Hang),
            typed.delay.map(Effect::Delay),
            typed.throttle.map(Effect::Throttle),
            typed.drip.map(Effect::Drip),
            typed.truncate.map(Effect::Truncate),
            typed.reset.then_some(Effect::Reset),
            typed.close.then_some(Effect::Close),
            typed.bye.filter(|bye| *bye != bye::Bye::Usual(false)).map(Effect::Bye),
            typed.garbage.map(Effect::Garbage),
            typed.reply.map(Effect::Reply),
            typed.hide.then_some(Effect::Hide),
            typed.ignore.then_some(Effect::Ignore),
            typed.inject.map(Effect::Inject),
            typed.raw.map(Effect::Raw),
            typed.preauth.map(Effect::Preauth),
            typed.keep.then_some(Effect::Keep),
            typed.alert.map(Effect::Alert),
            typed.flip.map(Effect::Flip),
            typed.no_close_notify.then_some(Effect::NoCloseNotify),
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
            Effect::Refuse => typed.refuse = true,
            Effect::Blackhole => typed.blackhole = true,
            Effect::Hang => typed.hang = true,
            Effect::Delay(delay) => typed.delay = Some(delay),
            Effect::Throttle(throttle) => typed.throttle = Some(throttle),
            Effect::Drip(drip) => typed.drip = Some(drip),
            Effect::Truncate(truncate) => typed.truncate = Some(truncate),
            Effect::Reset => typed.reset = true,
            Effect::Close => typed.close = true,
            Effect::Bye(bye) => typed.bye = Some(bye),
            Effect::Garbage(garbage) => typed.garbage = Some(garbage),
            Effect::Reply(reply) => typed.reply = Some(reply),
            Effect::Hide => typed.hide = true,
            Effect::Ignore => typed.ignore = true,
            Effect::Inject(inject) => typed.inject = Some(inject),
            Effect::Raw(raw) => typed.raw = Some(raw),
            Effect::Preauth(preauth) => typed.preauth = Some(preauth),
            Effect::Keep => typed.keep = true,
            Effect::Alert(alert) => typed.alert = Some(alert),
            Effect::Flip(flip) => typed.flip = Some(flip),
            Effect::NoCloseNotify => typed.no_close_notify = true,
        }
        typed
    }
}

/// A fault from the lines of its table, one by one: `["stage=auth", "reply=535 no", "when.first=3"]`. A value is read
/// as TOML where it is some, and taken for a text where it is not.
pub fn from_lines<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Fault, LineError> {
    let mut table = String::new();
    for line in lines {
        let (key, value) = line.split_once('=').ok_or_else(|| LineError::NoValue(line.to_owned()))?;
        let (key, value) = (key.trim(), value.trim());
        let is_toml = toml::from_str::<toml::Table>(&format!("value = {value}")).is_ok();
        let value = if is_toml { value.to_owned() } else { toml::Value::from(value).to_string() };
        table.push_str(&format!("{key} = {value}\n"));
    }
    toml::from_str(&table).map_err(|error| LineError::Fault(error.message().to_owned()))
}

/// Why the lines are no fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    #[error("`{0}` has no value; write it like stage=auth or when.first=3")]
    NoValue(String),
    #[error("{0}")]
    Fault(String),
}
