//! Conduct: what a good client never does, whatever the scenario. Each rule reads a phase's part of the journal and
//! returns the entries that prove a breach; what the settings told the client to do is none.
//!
//! One file per area, each with its list `RULES`; `scene` and `talk` are the journal as rules read it. A rule needs
//! a trace in `tests/conduct/` that makes it fire and one that must not.
mod retry;
pub mod scene;
mod secrets;
mod starttls;
pub mod talk;
mod tls;
mod tokens;
mod tries;

use std::fmt;

use serde::Serialize;

use crate::journal::Entry;
pub use scene::Scene;

/// One rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// `password-in-clear`; it keeps its meaning for ever.
    pub id: &'static str,
    pub area: Area,
    pub severity: Severity,
    /// What it rests on: `RFC 9051 6.2.3`.
    pub section: &'static str,
    /// One sentence of what to do.
    pub advice: Words,
    /// The entries that prove a breach; none when there is none.
    pub proof: for<'a> fn(&Scene<'a>) -> Vec<&'a Entry>,
}

/// A sentence in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Words {
    pub en: &'static str,
    pub ja: &'static str,
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Area {
    Secrets,
    StartTls,
    Tls,
    Tokens,
    Retry,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It would be better otherwise.
    Advice,
    /// It is against the letter of a standard.
    Breach,
    /// Somebody may be harmed: the server, the account, the mail.
    Harm,
    /// A secret, or mail, gets into the wrong hands.
    Leak,
}

impl Severity {
    /// Does a breach of this fail the client?
    #[must_use]
    pub fn fails(self) -> bool {
        self >= Self::Harm
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Advice => "advice",
            Self::Breach => "breach",
            Self::Harm => "harm",
            Self::Leak => "leak",
        })
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Secrets => "secrets",
            Self::StartTls => "starttls",
            Self::Tls => "tls",
            Self::Tokens => "tokens",
            Self::Retry => "retry",
        })
    }
}

/// Every rule, by area.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [secrets::RULES, starttls::RULES, tls::RULES, tokens::RULES, retry::RULES].into_iter().flatten()
}

/// The rule of this name.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.id == id)
}

/// Every rule that was broken, with the entries that prove it.
#[must_use]
pub fn broken<'a>(scene: &Scene<'a>) -> Vec<(&'static Rule, Vec<&'a Entry>)> {
    let judged = rules().map(|rule| (rule, (rule.proof)(scene)));
    judged.filter(|(_, proof)| !proof.is_empty()).collect()
}
