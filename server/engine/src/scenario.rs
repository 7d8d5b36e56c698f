//! Scenarios: a failure as data. `file` is what was typed, `resolve` checks every name, `model` is what it means.
pub mod case;
pub mod causes;
pub mod diagnostic;
mod failures;
pub mod file;
pub mod model;
pub mod on_file;
mod read;
mod resolve;
pub mod trigger;

pub use case::Case;
pub use causes::Causes;
pub use diagnostic::{Diagnostic, Source};
pub use model::{
    AccountSpec, ByToken, Client, Diagnosis, Lesson, Oauth, OwnCertificate, Phase, Scenario, Setup,
};
pub use on_file::OnFile;
pub use trigger::Trigger;

/// What the names in a scenario are checked against.
#[derive(Clone, Copy, Debug)]
pub struct Library<'a> {
    pub causes: &'a Causes,
    /// Names of the profiles there are.
    pub profiles: &'a [&'a str],
    /// Each `id` of their responses, behind the name of its profile.
    pub responses: &'a [(&'a str, &'a str)],
    /// File names of the sample mail.
    pub mail: &'a [&'a str],
}

impl Scenario {
    /// Read a scenario. `id` is its path below `scenarios/` without `.toml`. All that is wrong is said at once,
    /// in the order of the file; syntax alone stops at its first error.
    pub fn parse(id: &str, source: &Source<'_>, library: &Library<'_>) -> Result<Self, Vec<Diagnostic>> {
        let read::Read { typed, holes, mut wrong } = read::read(source);
        let resolved = typed.map(|typed| resolve::resolve(id, typed, &holes, source, library));
        let (scenario, unknown) =
            resolved.map_or((None, Vec::new()), |(scenario, wrong)| (Some(scenario), wrong));
        wrong.extend(unknown);
        wrong.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
        scenario.filter(|_| wrong.is_empty()).ok_or(wrong)
    }
}

#[cfg(test)]
mod tests;
