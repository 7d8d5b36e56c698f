//! What ends a phase by itself: `until = { logins = 1 }`.
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::span::Span;
use crate::words::UnknownWord;

/// When the next phase begins, counted from the beginning of the phase it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// So many log-ins went well.
    Logins(NonZeroU32),
    /// So many log-ins were refused.
    FailedLogins(NonZeroU32),
    /// So many connections were accepted.
    Connections(NonZeroU32),
    /// So much virtual time has passed.
    After(Span),
}

/// The words a trigger begins with.
const WORDS: [&str; 4] = ["logins", "failed_logins", "connections", "after"];

/// Why a `WORD=VALUE` is no trigger.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TriggerError {
    #[error("`{0}` is no trigger; write it like `logins=1` or `after=10m`")]
    NoValue(String),
    #[error("{0}")]
    Unknown(#[from] UnknownWord),
    #[error("`{0}`: {1}")]
    Value(String, String),
}

impl FromStr for Trigger {
    type Err = TriggerError;

    fn from_str(text: &str) -> Result<Self, TriggerError> {
        let (word, value) = text.split_once('=').ok_or_else(|| TriggerError::NoValue(text.to_owned()))?;
        let wrong = |why: String| TriggerError::Value(text.to_owned(), why);
        let count = || -> Result<NonZeroU32, TriggerError> {
            value.trim().parse().map_err(|_| wrong("give a whole number from 1".to_owned()))
        };
        match word.trim() {
            "logins" => count().map(Self::Logins),
            "failed_logins" => count().map(Self::FailedLogins),
            "connections" => count().map(Self::Connections),
            "after" => value.trim().parse().map(Self::After).map_err(|error| wrong(format!("{error}"))),
            other => Err(UnknownWord::new("trigger", other, WORDS).into()),
        }
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Logins(count) => write!(f, "logins={count}"),
            Self::FailedLogins(count) => write!(f, "failed_logins={count}"),
            Self::Connections(count) => write!(f, "connections={count}"),
            Self::After(span) => write!(f, "after={span}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_as_read() {
        for text in ["logins=1", "failed_logins=20", "connections=3", "after=10m", "after=91d"] {
            assert_eq!(text.parse::<Trigger>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_what_would_be_right() {
        for (text, message) in [
            ("logins", "`logins` is no trigger; write it like `logins=1` or `after=10m`"),
            (
                "login=1",
                "unknown trigger `login`, did you mean `logins`? valid: logins, failed_logins, connections, after",
            ),
            ("logins=0", "`logins=0`: give a whole number from 1"),
            ("after=10", "`after=10`: `10` has no unit; write `10s`, `10m`, `10h` or `10d`"),
        ] {
            assert_eq!(text.parse::<Trigger>().unwrap_err().to_string(), message);
        }
    }
}
