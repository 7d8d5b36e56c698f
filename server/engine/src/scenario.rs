//! Scenarios: a failure as data. `file` is what was typed, `resolve` checks every name, `model` is what it means.
pub mod causes;
pub mod diagnostic;
mod failures;
pub mod file;
pub mod model;
mod resolve;
pub mod trigger;

pub use causes::Causes;
pub use diagnostic::{Diagnostic, Source};
pub use model::{AccountSpec, Client, Diagnosis, Lesson, Phase, Scenario, Setup};
pub use trigger::Trigger;

/// What the names in a scenario are checked against.
#[derive(Clone, Copy, Debug)]
pub struct Library<'a> {
    pub causes: &'a Causes,
    /// Names of the profiles there are.
    pub profiles: &'a [&'a str],
    /// Each `id` of their responses.
    pub responses: &'a [&'a str],
    /// File names of the sample mail.
    pub mail: &'a [&'a str],
}

impl Scenario {
    /// Read a scenario. `id` is its path below `scenarios/` without `.toml`. All that is wrong is said at once,
    /// in the order of the file; syntax alone stops at its first error.
    pub fn parse(id: &str, source: &Source<'_>, library: &Library<'_>) -> Result<Self, Vec<Diagnostic>> {
        let typed: file::ScenarioFile =
            toml::from_str(source.text).map_err(|error| vec![source.syntax(&error)])?;
        resolve::resolve(id, typed, source, library)
    }
}

#[cfg(test)]
mod tests;
