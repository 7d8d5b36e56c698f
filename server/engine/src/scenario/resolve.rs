//! From what was typed to what it means: every name is looked up, everything wrong is said at once.
use std::collections::BTreeMap;
use std::ops::Range;

use jiff::tz::TimeZone;
use postfail_session::world::Protocol;
use toml::Spanned;

use super::Library;
use super::causes::{LAYERS, RETRIES};
use super::diagnostic::{Diagnostic, Source};
use super::file::{AccountTyped, DiagnosisTyped, PhaseTyped, ScenarioFile};
use super::model::{AccountSpec, Diagnosis, Phase, Scenario, Setup};
use crate::change::Change;
use crate::fault::{Effect, reply::Reply};
use crate::listener::ListenerName;
use crate::profile::FAILURES;
use crate::world::change::CERTIFICATES;

struct Resolver<'a> {
    source: &'a Source<'a>,
    library: &'a Library<'a>,
    wrong: Vec<Diagnostic>,
}

pub fn resolve(
    id: &str,
    typed: ScenarioFile,
    source: &Source<'_>,
    library: &Library<'_>,
) -> Result<Scenario, Vec<Diagnostic>> {
    let mut resolver = Resolver { source, library, wrong: Vec::new() };
    let scenario = resolver.scenario(id, typed);
    resolver.wrong.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
    if resolver.wrong.is_empty() { Ok(scenario) } else { Err(resolver.wrong) }
}

impl Resolver<'_> {
    fn scenario(&mut self, id: &str, typed: ScenarioFile) -> Scenario {
        let profiles = self.profiles(&typed.profiles);
        let diagnosis = self.diagnosis(&typed.diagnosis);
        let era = typed.era.as_ref().and_then(|era| {
            let noon = ScenarioFile::day(era.get_ref())
                .and_then(|day| day.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).ok())
                .map(|noon| noon.timestamp());
            if noon.is_none() {
                self.say(
                    era.span(),
                    format!("`{}` is no day", era.get_ref()),
                    "write it like \"2026-01-15\"",
                );
            }
            noon
        });
        let accounts = self.accounts(&typed.accounts);
        let phases = self.phases(&typed.phases, &accounts);
        for expectation in &typed.expectations {
            if let Some(wanted) = &expectation.get_ref().phase
                && !phases.iter().any(|phase| phase.name == *wanted)
            {
                let names = phases.iter().map(|phase| phase.name.as_str());
                // The span of a `[[...]]` table is its head only.
                let table = expectation.span().start..self.source.text.len();
                self.unknown("phase", wanted, names, table);
            }
        }
        Scenario {
            id: id.to_owned(),
            title: typed.title,
            lesson: typed.lesson,
            diagnosis,
            profiles,
            era,
            accounts,
            lockout: typed.lockout,
            phases,
            expectations: typed.expectations.into_iter().map(Spanned::into_inner).collect(),
        }
    }

    fn profiles(&mut self, typed: &Spanned<Vec<Spanned<String>>>) -> Vec<String> {
        if typed.get_ref().is_empty() {
            self.say(typed.span(), "a scenario needs a profile", "name at least one, such as \"postfail\"");
        }
        let known = self.library.profiles;
        for profile in typed.get_ref() {
            self.check("profile", profile, known.iter().copied());
        }
        typed.get_ref().iter().map(|profile| profile.get_ref().clone()).collect()
    }

    fn diagnosis(&mut self, typed: &DiagnosisTyped) -> Diagnosis {
        let causes = self.library.causes;
        self.check("layer", &typed.layer, LAYERS);
        self.check("cause", &typed.cause, causes.causes.keys().map(String::as_str));
        self.check("remedy", &typed.remedy, causes.remedies.keys().map(String::as_str));
        self.check("retry", &typed.retry, RETRIES);
        if let Some(cause) = causes.causes.get(typed.cause.get_ref())
            && cause.layer != *typed.layer.get_ref()
            && LAYERS.contains(&typed.layer.get_ref().as_str())
        {
            let what =
                format!("`{}` is not a cause of layer `{}`", typed.cause.get_ref(), typed.layer.get_ref());
            self.say(typed.layer.span(), what, format!("it belongs to `{}`", cause.layer));
        }
        Diagnosis {
            layer: typed.layer.get_ref().clone(),
            cause: typed.cause.get_ref().clone(),
            remedy: typed.remedy.get_ref().clone(),
            retry: typed.retry.get_ref().clone(),
        }
    }

    fn accounts(&mut self, typed: &[AccountTyped]) -> Vec<AccountSpec> {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for account in typed {
            let name = account.name.get_ref().as_str();
            let plain =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte);
            if name.is_empty() || !name.bytes().all(plain) {
                let what = format!("`{name}` is no account name");
                self.say(account.name.span(), what, "use small letters, digits, `.`, `-` and `_`");
            } else if seen.insert(name, account.name.span().start).is_some() {
                self.say(
                    account.name.span(),
                    format!("there are two accounts `{name}`"),
                    "give each its own name",
                );
            }
            if let Some(password) = &account.password
                && password.get_ref().is_empty()
            {
                self.say(
                    password.span(),
                    "an empty password lets nobody in",
                    "leave it out to have one made",
                );
            }
            let known = self.library.mail;
            for mail in account.mail.iter().flatten() {
                self.check("sample mail", mail, known.iter().copied());
            }
        }
        let own = |mail: &Vec<Spanned<String>>| mail.iter().map(|file| file.get_ref().clone()).collect();
        typed
            .iter()
            .map(|account| AccountSpec {
                name: account.name.get_ref().clone(),
                password: account.password.as_ref().map(|password| password.get_ref().clone()),
                mail: account.mail.as_ref().map(own),
            })
            .collect()
    }

    fn phases(&mut self, typed: &Spanned<Vec<PhaseTyped>>, accounts: &[AccountSpec]) -> Vec<Phase> {
        if typed.get_ref().is_empty() {
            self.say(typed.span(), "a scenario needs a phase", "write [[phase]] with name and client");
        }
        let mut phases: Vec<Phase> = Vec::new();
        for phase in typed.get_ref() {
            let name = phase.name.get_ref();
            if phases.iter().any(|other| other.name == *name) {
                let what = format!("there are two phases `{name}`: the second cannot be reached");
                self.say(phase.name.span(), what, "give each its own name");
            }
            let before = phases.last().map(|phase| phase.setup.clone()).unwrap_or_default();
            let setup =
                phase.setup.as_ref().map(|setup| setup.get_ref().clone()).unwrap_or_default().over(&before);
            if let Some(typed) = &phase.setup {
                self.setup(typed);
            }
            let mut changes = Vec::new();
            for change in &phase.changes {
                self.change(change.get_ref(), change.span(), accounts);
                changes.push(change.get_ref().clone());
            }
            for fault in &phase.faults {
                let change = Change::Fault(fault.get_ref().clone());
                self.change(&change, fault.span(), accounts);
                changes.push(change);
            }
            let until = phase.until;
            phases.push(Phase { name: name.clone(), changes, client: phase.client, setup, until });
        }
        phases
    }

    fn setup(&mut self, typed: &Spanned<Setup>) {
        for (word, protocol) in [("imap", Protocol::Imap), ("pop3", Protocol::Pop3), ("smtp", Protocol::Smtp)]
        {
            let Some(listener) = typed.get_ref().of(protocol) else { continue };
            if listener.protocol() != protocol {
                let valid: Vec<&str> = ListenerName::ALL
                    .into_iter()
                    .filter(|name| name.protocol() == protocol)
                    .map(ListenerName::as_str)
                    .collect();
                let at = self.source.find(listener.as_str(), Some(typed.span()));
                let what = format!("a client cannot speak {word} to the listener `{listener}`");
                self.say(at, what, format!("valid: {}", valid.join(", ")));
            }
        }
    }

    fn change(&mut self, change: &Change, span: Range<usize>, accounts: &[AccountSpec]) {
        if let Some(name) = change.account() {
            let names: Vec<&str> = accounts.iter().map(|account| account.name.as_str()).collect();
            if !names.contains(&name) {
                self.unknown("account", name, names, span.clone());
            }
        }
        if let Some(failure) = change.failure() {
            self.failure(failure, span.clone());
        }
        match change {
            Change::Listener(change) => {
                if let Some(kind) = &change.certificate
                    && !CERTIFICATES.contains(&kind.as_str())
                {
                    self.unknown("certificate", kind, CERTIFICATES, span);
                }
            }
            Change::Fault(fault) => {
                if let Err(misfit) = fault.fits() {
                    let at = self.source.find_key(misfit.key, span);
                    return self.say(at, misfit.message, misfit.help);
                }
                let Effect::Reply(Reply::Full(reply)) = &fault.effect else { return };
                if reply.text.is_none() && reply.failure.is_none() {
                    self.say(
                        span.clone(),
                        "a reply needs words",
                        "write text = \"...\" or failure = \"temp-failure\"",
                    );
                }
                if let Some(failure) = &reply.failure {
                    self.failure(failure, span);
                }
            }
            _ => {}
        }
    }

    /// A failure's name, or the `id` of a provider's response.
    fn failure(&mut self, name: &str, span: Range<usize>) {
        if !FAILURES.contains(&name) && !self.library.responses.contains(&name) {
            self.unknown("failure", name, FAILURES, span);
        }
    }

    fn check<'w>(
        &mut self,
        kind: &'static str,
        word: &Spanned<String>,
        valid: impl IntoIterator<Item = &'w str>,
    ) {
        let valid: Vec<&str> = valid.into_iter().collect();
        if !valid.contains(&word.get_ref().as_str()) {
            self.unknown(kind, word.get_ref(), valid, word.span());
        }
    }

    fn unknown<'w>(
        &mut self,
        kind: &'static str,
        word: &str,
        valid: impl IntoIterator<Item = &'w str>,
        near: Range<usize>,
    ) {
        self.wrong.push(self.source.unknown_word(kind, word, valid, Some(near)));
    }

    fn say(&mut self, span: Range<usize>, what: impl Into<String>, help: impl Into<String>) {
        self.wrong.push(self.source.at(span, what, Some(help.into())));
    }
}
