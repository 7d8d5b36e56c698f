//! A moment of virtual time: so long behind another, or a day and time.
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::span::{Span, SpanError};

/// `10m`, `2026-01-15` (its beginning, UTC) or `2026-01-15T09:00:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    In(Span),
    At(Timestamp),
}

impl Moment {
    /// The moment, where durations count from `since`.
    pub fn behind(self, since: Timestamp) -> Timestamp {
        match self {
            Self::At(moment) => moment,
            Self::In(span) => {
                let span = SignedDuration::try_from(span.0).unwrap_or(SignedDuration::MAX);
                since.saturating_add(span).unwrap_or(Timestamp::MAX)
            }
        }
    }
}

/// Why a text is no moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MomentError {
    #[error(transparent)]
    Span(#[from] SpanError),
    #[error("`{0}` is no day or time; write it like `2026-01-15` or `2026-01-15T09:00:00Z`")]
    Time(String),
}

impl FromStr for Moment {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, MomentError> {
        // No duration has a dash behind its first letter.
        if !text.get(1..).is_some_and(|rest| rest.contains('-')) {
            return Ok(Self::In(text.parse()?));
        }
        // A time without its zone is not the day's beginning.
        let day = || {
            let day = text.parse::<Date>().ok().filter(|_| text.len() == "2026-01-15".len())?;
            day.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp())
        };
        let time = text.parse().ok().or_else(day);
        time.map(Self::At).ok_or_else(|| MomentError::Time(text.to_owned()))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::In(span) => span.fmt(f),
            Self::At(moment) => moment.fmt(f),
        }
    }
}

crate::words::serde_as_text!(Moment, "a duration such as \"10m\" or a time such as \"2026-01-15T09:00:00Z\"");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_durations_days_and_times() {
        let since = Timestamp::from_second(0).unwrap();
        for (text, second) in [("10m", 600), ("1970-01-02", 86_400), ("1970-01-01T01:00:00Z", 3_600)] {
            let moment: Moment = text.parse().unwrap();
            assert_eq!(moment.behind(since).as_second(), second, "{text}");
            assert_eq!(moment.to_string().parse(), Ok(moment), "{text}");
        }
    }

    #[test]
    fn says_what_would_be_right() {
        for (text, message) in [
            (
                "2026-01-15T09:00:00",
                "`2026-01-15T09:00:00` is no day or time; write it like `2026-01-15` or `2026-01-15T09:00:00Z`",
            ),
            ("10", "`10` has no unit; write `10s`, `10m`, `10h` or `10d`"),
            (
                "2026-13-01",
                "`2026-13-01` is no day or time; write it like `2026-01-15` or `2026-01-15T09:00:00Z`",
            ),
        ] {
            assert_eq!(text.parse::<Moment>().unwrap_err().to_string(), message);
        }
    }
}
