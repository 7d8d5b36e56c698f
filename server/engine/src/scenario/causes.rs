//! The closed list of causes and remedies, read from `scenarios/causes.toml`: the words a diagnosis is made of.
use std::collections::BTreeMap;

use serde::Deserialize;

use super::diagnostic::{Diagnostic, Source};
use crate::profile::Text;

/// Where a failure lies; the layers of `diagnosis.layer`.
pub const LAYERS: [&str; 8] = ["network", "tls", "starttls", "auth", "token", "account", "mailbox", "setup"];

/// Whether trying again helps: never, after a while, or only once something was changed.
pub const RETRIES: [&str; 3] = ["never", "later", "after-change"];

/// Every cause and every remedy there is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Causes {
    #[serde(rename = "cause")]
    pub causes: BTreeMap<String, Cause>,
    #[serde(rename = "remedy")]
    pub remedies: BTreeMap<String, Text>,
}

/// A cause: the layer it belongs to, and a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    pub layer: String,
    pub en: String,
    pub ja: String,
}

impl Causes {
    pub fn parse(source: &Source<'_>) -> Result<Self, Diagnostic> {
        let causes: Self = toml::from_str(source.text).map_err(|error| source.syntax(&error))?;
        for cause in causes.causes.values() {
            if !LAYERS.contains(&cause.layer.as_str()) {
                return Err(source.unknown_word("layer", &cause.layer, LAYERS, None));
            }
        }
        Ok(causes)
    }
}
