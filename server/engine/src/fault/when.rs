//! When a rule acts, as data: `"always"`, or one of the ten words below with its value.
use std::fmt;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::moment::Moment;
use crate::span::Span;
use crate::words::UnknownWord;

/// Counted per rule, over everything the rule's place and people match; the first time is 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum When {
    #[default]
    Always,
    /// Only this time.
    Nth(u64),
    /// The first so many times.
    First(u64),
    /// Each time after so many.
    After(u64),
    /// Each so-manieth time.
    Every(u64),
    /// From one time to another, both included.
    Between(u64, u64),
    /// Before this moment of virtual time.
    Until(Moment),
    /// In this stretch of virtual time.
    Window(Window),
    /// Beyond so many times in a stretch of virtual time; behind it the count begins anew.
    Quota(Quota),
    Probability(Chance),
}

/// The first moment in it, and the first behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    pub from: Moment,
    pub to: Moment,
}

/// So many times are free in each stretch; a stretch begins with the first time behind the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    pub count: u64,
    pub per: Span,
}

/// With this probability each time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chance {
    /// 0 to 1.
    pub probability: f64,
    /// Where the choices come from; the world's seed and the rule's number, unless said.
    pub seed: Option<u64>,
}

/// Each word, how it is written, and when it acts.
pub const REFERENCE: [(&str, &str); 11] = [
    ("\"always\"", "each time; also where nothing is said"),
    ("{ nth = 3 }", "the third time only"),
    ("{ first = 3 }", "the first three times"),
    ("{ after = 3 }", "from the fourth time on"),
    ("{ every = 3 }", "the third, sixth, ninth time"),
    ("{ between = [2, 4] }", "the second to the fourth time"),
    (
        "{ until = \"10m\" }",
        "until ten minutes of virtual time behind the moment the fault was added, or until a day or a time",
    ),
    (
        "{ window = { from = \"2026-01-15T09:00:00Z\", to = \"2026-01-15T10:00:00Z\" } }",
        "in this stretch of virtual time; a duration counts from the moment the fault was added",
    ),
    (
        "{ quota = { count = 5, per = \"1m\" } }",
        "from the sixth time in a minute of virtual time on; when the minute is over, five are free again",
    ),
    (
        "{ probability = 0.2 }",
        "one time in five, from the world's seed: the same seed makes the same choices",
    ),
    ("{ probability = 0.2, seed = 7 }", "the same, from a seed of its own: the same choices in every world"),
];

impl When {
    pub(crate) fn is_always(&self) -> bool {
        *self == Self::Always
    }

    /// The seed that it names for itself.
    pub(super) fn seed(&self) -> Option<u64> {
        match self {
            Self::Probability(chance) => chance.seed,
            _ => None,
        }
    }
}

/// The table as written: one word, and `seed` beside `probability`.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Table {
    #[serde(skip_serializing_if = "Option::is_none")]
    nth: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    every: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    between: Option<(u64, u64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<Window>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quota: Option<Quota>,
    #[serde(skip_serializing_if = "Option::is_none")]
    probability: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
}

/// Why a table is no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum TableError {
    #[error(
        "a fault acts at some time; write one of nth, first, after, every, between, until, window, quota, probability"
    )]
    NoWord,
    #[error("a fault has one time; `{0}` and `{1}` are two: keep one, or write two faults")]
    TwoWords(&'static str, &'static str),
    #[error("`seed` is for what chance decides; write it beside `probability`")]
    SeedAlone,
}

impl TryFrom<Table> for When {
    type Error = TableError;

    fn try_from(table: Table) -> Result<Self, TableError> {
        let Table { nth, first, after, every, between, until, window, quota, probability, seed } = table;
        let chance = probability.map(|probability| Chance { probability, seed });
        let mut words = [
            nth.map(|n| ("nth", Self::Nth(n))),
            first.map(|n| ("first", Self::First(n))),
            after.map(|n| ("after", Self::After(n))),
            every.map(|n| ("every", Self::Every(n))),
            between.map(|(first, last)| ("between", Self::Between(first, last))),
            until.map(|end| ("until", Self::Until(end))),
            window.map(|window| ("window", Self::Window(window))),
            quota.map(|quota| ("quota", Self::Quota(quota))),
            chance.map(|chance| ("probability", Self::Probability(chance))),
        ]
        .into_iter()
        .flatten();
        let Some((word, when)) = words.next() else {
            return Err(if seed.is_some() { TableError::SeedAlone } else { TableError::NoWord });
        };
        match words.next() {
            Some((second, _)) => Err(TableError::TwoWords(word, second)),
            None if seed.is_some() && probability.is_none() => Err(TableError::SeedAlone),
            None => Ok(when),
        }
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = When;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"always\" or a time such as { first = 3 }")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<When, E> {
                match text {
                    "always" => Ok(When::Always),
                    _ => Err(E::custom(UnknownWord::new("time", text, ["always", "{ first = 3 }"]))),
                }
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<When, A::Error> {
                let table = Table::deserialize(MapAccessDeserializer::new(map))?;
                When::try_from(table).map_err(de::Error::custom)
            }
        }
        deserializer.deserialize_any(Written)
    }
}

impl Serialize for When {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut table = Table::default();
        match *self {
            Self::Always => return serializer.serialize_str("always"),
            Self::Nth(n) => table.nth = Some(n),
            Self::First(n) => table.first = Some(n),
            Self::After(n) => table.after = Some(n),
            Self::Every(n) => table.every = Some(n),
            Self::Between(first, last) => table.between = Some((first, last)),
            Self::Until(end) => table.until = Some(end),
            Self::Window(window) => table.window = Some(window),
            Self::Quota(quota) => table.quota = Some(quota),
            Self::Probability(Chance { probability, seed }) => {
                (table.probability, table.seed) = (Some(probability), seed);
            }
        }
        table.serialize(serializer)
    }
}

impl JsonSchema for When {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "When".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let mut table = Table::json_schema(generator);
        // One word; `seed` may stand beside `probability`.
        table.insert("minProperties".to_owned(), 1.into());
        table.insert("maxProperties".to_owned(), 2.into());
        schemars::json_schema!({ "anyOf": [{ "const": "always" }, table] })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Fault;
    use super::*;

    fn fault(when: &str) -> Result<Fault, toml::de::Error> {
        toml::from_str(&format!("stage = \"auth\"\nclose = true\nwhen = {when}"))
    }

    #[test]
    fn every_word_of_the_reference_is_read() {
        for (written, _) in REFERENCE {
            fault(written).unwrap_or_else(|error| panic!("{written}: {error}"));
        }
    }

    #[test]
    fn days_and_times_need_no_quotes() {
        for (bare, quoted) in [
            ("{ until = 2026-01-15 }", "{ until = \"2026-01-15\" }"),
            (
                "{ window = { from = 2026-01-15T09:00:00Z, to = 2026-01-16 } }",
                "{ window = { from = \"2026-01-15T09:00:00Z\", to = \"2026-01-16\" } }",
            ),
        ] {
            assert_eq!(fault(bare).unwrap(), fault(quoted).unwrap(), "{bare}");
        }
    }

    #[test]
    fn says_what_would_be_right() {
        for (written, message) in [
            (
                "{ nth = 1, first = 2 }",
                "a fault has one time; `nth` and `first` are two: keep one, or write two faults",
            ),
            ("{ nth = 1, seed = 2 }", "`seed` is for what chance decides; write it beside `probability`"),
            ("{ seed = 2 }", "`seed` is for what chance decides; write it beside `probability`"),
            ("{ until = 2026-01-15T09:00:00 }", "`2026-01-15T09:00:00` is no day or time; write it like"),
            ("{ until = {} }", "invalid type: map, expected a duration such as"),
            ("{}", "a fault acts at some time; write one of nth, first"),
            ("\"allways\"", "unknown time `allways`, did you mean `always`?"),
            ("3", "invalid type: integer `3`, expected \"always\" or a time such as { first = 3 }"),
        ] {
            let error = fault(written).expect_err(written);
            assert!(error.message().starts_with(message), "{written}: {}", error.message());
        }
    }
}
