//! `[[case]]`: many scenarios that differ in a few lines, in one file. Each is an entry of its own, `FILE#NAME`; it
//! has the file's accounts and phases, its lesson and diagnosis unless it has its own, and its changes come at the
//! beginning of the first phase that says `case = true`, before those of the phase.
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::file::DiagnosisTyped;
use super::model::{Client, Lesson};
use crate::change::Change;
use crate::fault::Fault;
use crate::profile::Text;

/// One block `[[case]]` as typed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseTyped {
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// What the server does; it is the title of the entry.
    pub title: Text,
    /// What a careless client does then.
    pub careless: Text,
    /// The rule of conduct it breaks by that.
    #[schemars(with = "String")]
    pub breaks: Spanned<String>,
    /// What a correct client does, where it is not what the phase says.
    #[serde(default)]
    pub client: Option<Client>,
    /// What is the matter, where it is not what the file says.
    #[serde(default)]
    pub diagnosis: Option<DiagnosisTyped>,
    /// What people see, why and what to do, where it is not what the file says.
    #[serde(default)]
    pub lesson: Option<Lesson>,
    #[serde(default, rename = "change")]
    #[schemars(with = "Vec<Change>")]
    pub changes: Vec<Spanned<Change>>,
    #[serde(default, rename = "fault")]
    #[schemars(with = "Vec<Fault>")]
    pub faults: Vec<Spanned<Fault>>,
}

/// Which of a file's cases a scenario is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    pub name: String,
    /// The file's title.
    pub of: Text,
    pub careless: Text,
    /// The rule that a careless client breaks.
    pub breaks: String,
}

/// The names of the cases in a file's text, in order; none where there are none, or where nothing can be read.
#[must_use]
pub fn names(text: &str) -> Vec<String> {
    #[derive(Deserialize)]
    struct File {
        #[serde(default)]
        case: Vec<Named>,
    }
    #[derive(Deserialize)]
    struct Named {
        name: String,
    }
    if !text.contains("[[case]]") && !text.contains("case = [") {
        return Vec::new();
    }
    let file = toml::from_str::<File>(text);
    file.map(|file| file.case.into_iter().map(|case| case.name).collect()).unwrap_or_default()
}
