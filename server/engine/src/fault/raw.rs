//! Fault `raw`: any bytes.
use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use postfail_session::world::{Ruling, Then};
use postfail_wire::escape::{BadEscape, escape, unescape};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub const PARAGRAPH: &str = "\
raw - the server sends these bytes in place of the answer, as they are: `raw = \"* OK {5}\\r\\n\"`. No line end is added; \
`\\x00` and its like stand for any byte. In `raw`, `inject` and `reply` alike `{marker}` is a word and `{number}` a number \
of nine digits that only this fault says: the verdict looks for them in what the client does, shows and keeps. `{tag}` is \
the command's tag, `{next_tag}` the one a client that counts will use next, `{imaps.port}` and its like a port of this world. `raw = { bytes = \"...\", then = \"close\" }` ends the \
connection behind them (keep, close, reset or hang). At stages connect and handshake nothing follows them.";

/// Bytes as one writes them: text, `\r`, `\n`, `\t`, `\\` and `\xNN`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Escaped(pub Bytes);

impl FromStr for Escaped {
    type Err = BadEscape;

    fn from_str(text: &str) -> Result<Self, BadEscape> {
        unescape(text).map(|bytes| Self(bytes.into()))
    }
}

impl fmt::Display for Escaped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escape(&self.0))
    }
}

crate::words::serde_as_text!(Escaped, "bytes such as \"* OK\\\\r\\\\n\"");

/// The bytes, or bytes and what then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "raw is a text with \\r, \\n, \\t, \\\\ and \\xNN, or { bytes = \"...\", then = \"close\" }"
)]
pub enum Raw {
    Bytes(Escaped),
    Full(Full),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Full {
    pub bytes: Escaped,
    #[serde(default)]
    #[schemars(schema_with = "crate::schema::then")]
    pub then: Then,
}

impl Raw {
    pub fn ruling(&self) -> Ruling {
        let (bytes, then) = match self {
            Self::Bytes(bytes) => (bytes, Then::Keep),
            Self::Full(Full { bytes, then }) => (bytes, *then),
        };
        Ruling::Raw { bytes: bytes.0.clone(), then }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_byte_can_be_written() {
        let raw: Raw = serde_json::from_str(r#""+OK\\x00\\xff\\r\\n""#).unwrap();
        let bytes = Bytes::from_static(b"+OK\0\xff\r\n");
        assert_eq!(raw.ruling(), Ruling::Raw { bytes, then: Then::Keep });
        assert_eq!(serde_json::to_string(&raw).unwrap(), r#""+OK\\x00\\xff\\r\\n""#);
        let raw: Raw = serde_json::from_str(r#"{"bytes":"x","then":"reset"}"#).unwrap();
        assert_eq!(raw.ruling(), Ruling::Raw { bytes: Bytes::from_static(b"x"), then: Then::Reset });
        assert!(serde_json::from_str::<Raw>(r#""\\q""#).is_err());
    }
}
