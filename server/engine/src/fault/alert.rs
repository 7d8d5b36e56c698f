//! Fault `alert`: the TLS handshake ends, or goes on, with an alert that nothing called for.
use std::fmt;
use std::str::FromStr;

use postfail_session::world::{InHandshake, Ruling, Then};
use postfail_wire::tls::alert::AlertDescription;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::point::Point;
use crate::words;

pub const PARAGRAPH: &str = "\
alert - the server sends a TLS alert and closes: `alert = \"unrecognized_name\"` (RFC 8446 section 6; also its number, `alert = 112`) \
answers the ClientHello. `alert = { name = \"...\", after = 1200 }` lets the handshake begin and sends it between two records, \
behind the one with that byte; `after = \"server-hello\"` stands for the end of the ServerHello. `level = \"warning\"` with \
`then = \"keep\"` warns and goes on, as servers did that had no name for theirs. Behind the ServerHello of TLS 1.3 the \
alert is encrypted, as all is there, and the last thing said: that version knows no warnings (RFC 8446 section 6), so \
`keep` closes there too. At stage handshake only.";

/// An alert by its name in RFC 8446 or its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertName(pub AlertDescription);

impl FromStr for AlertName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = || text.parse().ok().map(AlertDescription);
        let known = AlertDescription::from_name(text).or_else(number).map(Self);
        known.ok_or_else(|| {
            let names = (0..=u8::MAX).filter_map(|number| AlertDescription(number).name());
            let help = match words::nearest(text, names) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => "write its name in RFC 8446, such as unrecognized_name, or its number".to_owned(),
            };
            format!("unknown alert `{text}`; {help}")
        })
    }
}

impl fmt::Display for AlertName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{}", self.0.0),
        }
    }
}

words::serde_as_text!(AlertName, "an alert such as \"unrecognized_name\", or its number");

/// Its first byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AlertLevel {
    Warning,
    #[default]
    Fatal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "an alert is its name, or { name = \"unrecognized_name\", after = 1200, level = \"warning\", then = \"keep\" }"
)]
pub enum Alert {
    Number(u8),
    Name(AlertName),
    Full(Full),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Full {
    pub name: AlertName,
    #[serde(default, skip_serializing_if = "Point::is_start")]
    pub after: Point,
    #[serde(default)]
    pub level: AlertLevel,
    #[serde(default = "close")]
    #[schemars(schema_with = "crate::schema::then")]
    pub then: Then,
}

fn close() -> Then {
    Then::Close
}

impl Alert {
    pub fn full(self) -> Full {
        match self {
            Self::Number(number) => Self::Name(AlertName(AlertDescription(number))).full(),
            Self::Name(name) => {
                Full { name, after: Point::default(), level: AlertLevel::Fatal, then: Then::Close }
            }
            Self::Full(full) => full,
        }
    }

    pub fn ruling(self) -> Ruling {
        let Full { name, after, level, then } = self.full();
        let fatal = level == AlertLevel::Fatal;
        Ruling::Handshake(InHandshake::Alert { description: name.0.0, fatal, after: after.byte(), then })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_fatal_at_once_unless_said() {
        for (json, description, fatal, after, then) in [
            ("\"unrecognized_name\"", 112, true, Some(0), Then::Close),
            ("\"255\"", 255, true, Some(0), Then::Close),
            ("80", 80, true, Some(0), Then::Close),
            (r#"{"name":"internal_error","after":"server-hello"}"#, 80, true, None, Then::Close),
            (r#"{"name":"112","level":"warning","then":"keep"}"#, 112, false, Some(0), Then::Keep),
        ] {
            let alert: Alert = serde_json::from_str(json).unwrap();
            let wanted = InHandshake::Alert { description, fatal, after, then };
            assert_eq!(alert.ruling(), Ruling::Handshake(wanted), "{json}");
        }
        let error = "unrecognised_name".parse::<AlertName>().unwrap_err();
        assert_eq!(error, "unknown alert `unrecognised_name`; did you mean `unrecognized_name`?");
    }
}
