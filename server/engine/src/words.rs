//! Closed lists of words: find one, or say which would have been right.
use std::fmt;

/// Most words that are listed behind the nearest one.
const LIST_MAX: usize = 16;

/// A word outside a closed list, with the nearest one inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWord {
    /// What kind of word was expected: `listener`.
    pub kind: &'static str,
    pub word: String,
    pub nearest: Option<String>,
    pub valid: Vec<String>,
}

impl UnknownWord {
    pub fn new<'a>(kind: &'static str, word: &str, valid: impl IntoIterator<Item = &'a str>) -> Self {
        let valid: Vec<String> = valid.into_iter().map(str::to_owned).collect();
        let nearest = nearest(word, valid.iter().map(String::as_str)).map(str::to_owned);
        Self { kind, word: word.to_owned(), nearest, valid }
    }

    /// The second half of the message: what would have been right.
    pub fn help(&self) -> String {
        match (&self.nearest, self.valid.is_empty()) {
            (_, true) => format!("there is no {} here", self.kind),
            // Who is told the right word need not read through a long list.
            (Some(nearest), false) if self.valid.len() > LIST_MAX => format!("did you mean `{nearest}`?"),
            (Some(nearest), false) => format!("did you mean `{nearest}`? valid: {}", self.valid.join(", ")),
            (None, false) => format!("valid: {}", self.valid.join(", ")),
        }
    }
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joint = if self.nearest.is_some() { "," } else { ";" };
        write!(f, "unknown {} `{}`{joint} {}", self.kind, self.word, self.help())
    }
}

impl std::error::Error for UnknownWord {}

/// The value behind `word` in a closed list.
pub fn find<T: Copy>(kind: &'static str, word: &str, list: &[(&str, T)]) -> Result<T, UnknownWord> {
    list.iter()
        .find(|(known, _)| *known == word)
        .map(|(_, value)| *value)
        .ok_or_else(|| UnknownWord::new(kind, word, list.iter().map(|(known, _)| *known)))
}

/// The word of the list that `word` most likely stands for: at most a third of its letters away.
pub fn nearest<'a>(word: &str, list: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Among numbers every other is near: 1.4 is no slip for 1.0.
    if !word.chars().any(char::is_alphabetic) {
        return None;
    }
    let bound = (word.chars().count() / 3).max(1);
    list.into_iter()
        .map(|known| (distance(word, known), known))
        .filter(|(distance, _)| *distance <= bound)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// How many letters to put in, leave out, change or swap with the next one (optimal string alignment), without regard
/// to case.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) =
        (a.to_lowercase().chars().collect(), b.to_lowercase().chars().collect());
    let (mut before, mut above) = (Vec::new(), (0..=b.len()).collect::<Vec<usize>>());
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut least = (row[j] + 1).min(above[j + 1] + 1).min(above[j] + usize::from(x != y));
            if i > 0 && j > 0 && (a[i - 1], x) == (*y, &b[j - 1]) {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or_default()
}

/// The last boundary between letters at or before a byte.
pub fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// `Deserialize` through `FromStr`, so that files, API and command line read a value alike.
macro_rules! deserialize_as_text {
    ($type:ty, $expected:literal) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl<'de> serde::de::Visitor<'de> for Text {
                    type Value = $type;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expected)
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$type, E> {
                        text.parse().map_err(E::custom)
                    }
                    // A day or a time without quotes, which TOML has a type for, comes as a map.
                    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<$type, A::Error> {
                        let map = serde::de::value::MapAccessDeserializer::new(map);
                        let bare = <toml::value::Datetime as serde::Deserialize>::deserialize(map);
                        let text = bare.map_err(|_: A::Error| {
                            serde::de::Error::invalid_type(serde::de::Unexpected::Map, &Text)
                        })?;
                        text.to_string().parse().map_err(serde::de::Error::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }

        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "description": $expected })
            }
        }
    };
}

/// Both ways: as above, and `Serialize` through `Display`.
macro_rules! serde_as_text {
    ($type:ty, $expected:literal) => {
        $crate::words::deserialize_as_text!($type, $expected);
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}

pub(crate) use {deserialize_as_text, serde_as_text};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found_within_reach_only() {
        for (word, expected) in [
            ("clsed", Some("closed")),
            ("CLOSED", Some("closed")),
            ("silnt", Some("silent")),
            ("shut", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, ["open", "closed", "silent"]), expected, "{word}");
        }
    }

    #[test]
    fn distance_counts_edits() {
        for (a, b, edits) in [
            ("", "", 0),
            ("abc", "", 3),
            ("imap", "imaps", 1),
            ("kitten", "sitting", 3),
            ("gmial", "gmail", 1),
        ] {
            assert_eq!(distance(a, b), edits, "{a} {b}");
            assert_eq!(distance(b, a), edits, "{b} {a}");
        }
    }
}
