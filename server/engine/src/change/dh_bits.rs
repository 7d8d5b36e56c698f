//! What becomes of a listener's field of DHE: so many bits, or nothing asked for, in the word `none`.
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::listener::tls::{DH_BITS, DhBits};

/// `1024`, or `"none"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DhChange(pub Option<DhBits>);

const NONE: &str = "none";

impl FromStr for DhChange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == NONE { Ok(Self(None)) } else { text.parse().map(|bits| Self(Some(bits))) }
    }
}

impl Serialize for DhChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(bits) => bits.serialize(serializer),
            None => serializer.serialize_str(NONE),
        }
    }
}

impl<'de> Deserialize<'de> for DhChange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Either)
    }
}

struct Either;

impl Visitor<'_> for Either {
    type Value = DhChange;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of bits such as 1024, or \"none\"")
    }

    fn visit_u64<E: Error>(self, bits: u64) -> Result<DhChange, E> {
        let few = u16::try_from(bits).map_err(|_| E::invalid_value(Unexpected::Unsigned(bits), &self))?;
        DhBits::try_from(few).map(|bits| DhChange(Some(bits))).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, bits: i64) -> Result<DhChange, E> {
        let positive = u64::try_from(bits).map_err(|_| E::invalid_value(Unexpected::Signed(bits), &self))?;
        self.visit_u64(positive)
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<DhChange, E> {
        word.parse().map_err(E::custom)
    }
}

impl JsonSchema for DhChange {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "DhBits".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let values: Vec<serde_json::Value> =
            DH_BITS.into_iter().map(Into::into).chain([NONE.into()]).collect();
        schemars::json_schema!({ "enum": values })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_or_none_and_nothing_else() {
        for (json, bits) in [("1024", Some(1024)), ("4096", Some(4096)), ("\"none\"", None)] {
            let change: DhChange = serde_json::from_str(json).unwrap();
            assert_eq!(change.0.map(u16::from), bits);
            assert_eq!(serde_json::to_string(&change).unwrap(), json);
        }
        for (json, message) in [
            ("1000", "there are no parameters of 1000 bits; valid: 1024, 1536, 2048, 3072, 4096, none"),
            ("-1", "invalid value: integer `-1`, expected a number of bits such as 1024, or \"none\""),
            ("65536", "invalid value: integer `65536`, expected a number of bits"),
            ("\"nine\"", "`nine` is no number of bits; write 1024 or 2048, or none for what is usual"),
            ("true", "invalid type: boolean `true`, expected a number of bits such as 1024, or \"none\""),
        ] {
            let said = serde_json::from_str::<DhChange>(json).unwrap_err().to_string();
            assert!(said.starts_with(message), "{said}");
        }
    }
}
