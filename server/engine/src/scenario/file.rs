//! A scenario file as typed. Names are not checked yet; `Spanned` keeps where they stand.
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::case::CaseTyped;
use super::model::{Client, Lesson, Oauth, Setup};
use super::on_file::OnFile;
use super::trigger::Trigger;
use crate::change::{Change, DomainChange, Lockout};
use crate::expect::assertion::Expectation;
use crate::fault::Fault;
use crate::profile::Text;
use crate::words;

/// The whole file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    pub title: Text,
    pub lesson: Lesson,
    pub diagnosis: DiagnosisTyped,
    /// Providers it can be told with, the usual one first.
    #[schemars(with = "Vec<String>")]
    pub profiles: Spanned<Vec<Spanned<String>>>,
    /// A day: the world's clock starts at its noon, UTC.
    #[serde(default)]
    pub era: Option<Day>,
    #[serde(default)]
    pub lockout: Option<Lockout>,
    /// Who owns the domain, and the registrar.
    #[serde(default)]
    pub domain: Option<DomainChange>,
    #[serde(rename = "account")]
    pub accounts: Vec<AccountTyped>,
    #[serde(rename = "phase")]
    #[schemars(with = "Vec<PhaseTyped>")]
    pub phases: Spanned<Vec<PhaseTyped>>,
    /// Variants of the story, each an entry of its own.
    #[serde(default, rename = "case")]
    pub cases: Vec<CaseTyped>,
    #[serde(default, rename = "expect")]
    #[schemars(with = "Vec<Expectation>")]
    pub expectations: Vec<Spanned<Expectation>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DiagnosisTyped {
    #[schemars(with = "String")]
    pub layer: Spanned<String>,
    #[schemars(with = "String")]
    pub cause: Spanned<String>,
    #[schemars(with = "String")]
    pub remedy: Spanned<String>,
    #[schemars(with = "String")]
    pub retry: Spanned<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountTyped {
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub password: Option<Spanned<String>>,
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub mail: Option<Vec<Spanned<String>>>,
    /// How its client signs in.
    #[serde(default)]
    pub login: Option<LoginTyped>,
    /// What is on file of its owner, by which a lost account can be got back.
    #[serde(default)]
    pub on_file: OnFile,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginTyped {
    pub oauth: Oauth,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PhaseTyped {
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    pub client: Client,
    #[serde(default)]
    #[schemars(with = "Option<Setup>")]
    pub setup: Option<Spanned<Setup>>,
    #[serde(default)]
    pub until: Option<Trigger>,
    /// The changes of the case come here.
    #[serde(default)]
    pub case: bool,
    #[serde(default, rename = "change")]
    #[schemars(with = "Vec<Change>")]
    pub changes: Vec<Spanned<Change>>,
    #[serde(default, rename = "fault")]
    #[schemars(with = "Vec<Fault>")]
    pub faults: Vec<Spanned<Fault>>,
}

/// A day, in quotes or as TOML has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(pub Date);

/// Why a text is no day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no day; write it like \"2026-01-15\"")]
pub struct DayError(String);

impl std::str::FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        text.parse().map(Self).map_err(|_| DayError(text.to_owned()))
    }
}

words::deserialize_as_text!(Day, "a day such as \"2026-01-15\"");
