//! A length of time as people write it: `91d`, `2h 30m`, `500ms`. A day is 24 hours.
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::SpanRelativeTo;

/// A duration in a file, a request or an argument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub Duration);

/// Why a text is no duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpanError {
    #[error("`{0}` has no unit; write `{0}s`, `{0}m`, `{0}h` or `{0}d`")]
    NoUnit(String),
    #[error("`{0}` is no duration; write it like `91d`, `2h 30m` or `500ms`")]
    Unknown(String),
    #[error("`{0}` lies in the past; time only goes forward here")]
    Negative(String),
}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(SpanError::NoUnit(text.to_owned()));
        }
        let unknown = || SpanError::Unknown(text.to_owned());
        let span: jiff::Span = text.parse().map_err(|_| unknown())?;
        if span.is_negative() {
            return Err(SpanError::Negative(text.to_owned()));
        }
        let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| unknown())?;
        Duration::try_from(duration).map(Self).map_err(|_| unknown())
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, millis) = (self.0.as_secs(), self.0.subsec_millis());
        let mut space = "";
        for (size, unit) in [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")] {
            let count = match unit {
                "d" => seconds / 86_400,
                "h" => seconds % 86_400 / size,
                "m" => seconds % 3_600 / size,
                _ => seconds % 60,
            };
            if count > 0 {
                write!(f, "{space}{count}{unit}")?;
                space = " ";
            }
        }
        if millis > 0 || space.is_empty() { write!(f, "{space}{millis}ms") } else { Ok(()) }
    }
}

crate::words::serde_as_text!(Span, "a duration with its unit, such as \"91d\"");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_what_people_write() {
        for (text, seconds) in [("91d", 91 * 86_400), ("2h 30m", 9_000), ("1h30m", 5_400), ("30 s", 30)] {
            assert_eq!(text.parse::<Span>().unwrap().0.as_secs(), seconds, "{text}");
        }
        for text in ["91d", "2h 30m", "500ms", "1d 1s 5ms", "0ms"] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn says_what_would_be_right() {
        for (text, message) in [
            ("91", "`91` has no unit; write `91s`, `91m`, `91h` or `91d`"),
            ("soon", "`soon` is no duration; write it like `91d`, `2h 30m` or `500ms`"),
            ("-5s", "`-5s` lies in the past; time only goes forward here"),
        ] {
            assert_eq!(text.parse::<Span>().unwrap_err().to_string(), message);
        }
    }
}
