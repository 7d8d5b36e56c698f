//! From what was typed to what it means: every name is looked up, everything wrong is said at once.
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use jiff::tz::TimeZone;
use postfail_session::world::Protocol;
use toml::Spanned;

use super::Library;
use super::case::{Case, CaseTyped};
use super::causes::{LAYERS, RETRIES};
use super::diagnostic::{Diagnostic, Source};
use super::file::{AccountTyped, Day, DiagnosisTyped, PhaseTyped, ScenarioFile};
use super::model::{AccountSpec, Client, Diagnosis, Lesson, Phase, Scenario, Setup};
use super::read::Holes;
use crate::certificates;
use crate::change::Change;
use crate::conduct;
use crate::fault::{Effect, Fault, reply::Reply};
use crate::listener::ListenerName;
use crate::profile::{FAILURES, Text};

/// Our own profile, whose words answer where another has none.
const NEUTRAL: &str = "postfail";

struct Resolver<'a> {
    source: &'a Source<'a>,
    library: &'a Library<'a>,
    /// What was left out already: who refers to it is not told so once more.
    holes: &'a Holes,
    /// The providers named.
    profiles: Vec<String>,
    /// Numbers of the faults in force so far, and the last one given.
    faults: BTreeSet<u64>,
    last_fault: u64,
    wrong: Vec<Diagnostic>,
}

/// The case at hand, and what it does.
struct Chosen {
    title: Text,
    client: Option<Client>,
    diagnosis: Option<Diagnosis>,
    lesson: Option<Lesson>,
    changes: Vec<Change>,
    case: Case,
}

/// What it means, and what is wrong with it; `holes` says what could not be read.
pub fn resolve(
    id: &str,
    typed: ScenarioFile,
    holes: &Holes,
    source: &Source<'_>,
    library: &Library<'_>,
) -> (Scenario, Vec<Diagnostic>) {
    let (profiles, faults) = (Vec::new(), BTreeSet::new());
    let mut resolver =
        Resolver { source, library, holes, profiles, faults, last_fault: 0, wrong: Vec::new() };
    let scenario = resolver.scenario(id, typed);
    (scenario, resolver.wrong)
}

impl Resolver<'_> {
    fn scenario(&mut self, id: &str, typed: ScenarioFile) -> Scenario {
        let profiles = self.profiles(&typed.profiles);
        self.profiles.clone_from(&profiles);
        let diagnosis = self.diagnosis(&typed.diagnosis);
        let noon = |day: Day| day.0.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).ok();
        let era = typed.era.and_then(noon).map(|noon| noon.timestamp());
        let accounts = self.accounts(&typed.accounts);
        let chosen = self.cases(id, &typed.cases, &accounts);
        let phases = self.phases(&typed.phases, chosen.as_ref(), &accounts);
        let of = typed.title;
        let (title, case, diagnosis, lesson) = match chosen {
            Some(Chosen { title, diagnosis: own, lesson, case, .. }) => {
                (title, Some(Case { of, ..case }), own.unwrap_or(diagnosis), lesson.unwrap_or(typed.lesson))
            }
            None => (of, None, diagnosis, typed.lesson),
        };
        for expectation in &typed.expectations {
            for rule in &expectation.get_ref().obeys {
                if conduct::rule(rule).is_none() {
                    let rules = conduct::rules().map(|rule| rule.id);
                    self.unknown("rule", rule, rules, expectation.span());
                }
            }
            if let Some(wanted) = &expectation.get_ref().phase
                && !phases.iter().any(|phase| phase.name == *wanted)
                && !self.holes.contains("phase")
            {
                let names = phases.iter().map(|phase| phase.name.as_str());
                self.unknown("phase", wanted, names, expectation.span());
            }
        }
        Scenario {
            id: id.to_owned(),
            title,
            lesson,
            diagnosis,
            profiles,
            era,
            accounts,
            lockout: typed.lockout,
            domain: typed.domain,
            phases,
            expectations: typed.expectations.into_iter().map(Spanned::into_inner).collect(),
            case,
        }
    }

    fn profiles(&mut self, typed: &Spanned<Vec<Spanned<String>>>) -> Vec<String> {
        if typed.get_ref().is_empty() && !self.holes.contains("profiles") {
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
        if !self.holes.contains("diagnosis") {
            self.check("layer", &typed.layer, LAYERS);
            self.check("cause", &typed.cause, causes.causes.keys().map(String::as_str));
            self.check("remedy", &typed.remedy, causes.remedies.keys().map(String::as_str));
            self.check("retry", &typed.retry, RETRIES);
        }
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
                oauth: account.login.as_ref().map(|login| login.oauth),
                on_file: account.on_file.clone(),
            })
            .collect()
    }

    /// Every case is looked at; the one that the identifier names is chosen.
    fn cases(&mut self, id: &str, typed: &[CaseTyped], accounts: &[AccountSpec]) -> Option<Chosen> {
        let wanted = id.split_once('#').map(|(_, name)| name);
        let mut chosen = None;
        let mut seen = BTreeSet::new();
        for case in typed {
            let name = case.name.get_ref();
            if !seen.insert(name.as_str()) {
                let what = format!("there are two cases `{name}`");
                self.say(case.name.span(), what, "give each its own name");
            }
            self.check("rule", &case.breaks, conduct::rules().map(|rule| rule.id));
            let changes = self.changes(&case.changes, &case.faults, accounts);
            let diagnosis = case.diagnosis.as_ref().map(|typed| self.diagnosis(typed));
            if wanted.is_none_or(|wanted| wanted == name) && chosen.is_none() {
                let (name, breaks) = (name.clone(), case.breaks.get_ref().clone());
                let (title, careless) = (case.title.clone(), case.careless.clone());
                let case_of = Case { name, of: title.clone(), careless, breaks };
                let (client, lesson) = (case.client, case.lesson.clone());
                chosen = Some(Chosen { title, client, diagnosis, lesson, changes, case: case_of });
            }
        }
        chosen
    }

    fn changes(
        &mut self,
        changes: &[Spanned<Change>],
        faults: &[Spanned<Fault>],
        accounts: &[AccountSpec],
    ) -> Vec<Change> {
        let mut all = Vec::new();
        for change in changes {
            self.change(change.get_ref(), change.span(), accounts);
            all.push(change.get_ref().clone());
        }
        for fault in faults {
            let change = Change::Fault(fault.get_ref().clone());
            self.change(&change, fault.span(), accounts);
            all.push(change);
        }
        all
    }

    fn phases(
        &mut self,
        typed: &Spanned<Vec<PhaseTyped>>,
        case: Option<&Chosen>,
        accounts: &[AccountSpec],
    ) -> Vec<Phase> {
        let mut case = case;
        if typed.get_ref().is_empty() && !self.holes.contains("phase") {
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
            let mut changes = self.changes(&phase.changes, &phase.faults, accounts);
            let (until, mut client) = (phase.until, phase.client);
            if phase.case
                && let Some(case) = case.take()
            {
                changes.splice(0..0, case.changes.iter().cloned());
                client = case.client.unwrap_or(client);
            }
            phases.push(Phase { name: name.clone(), changes, client, setup, until });
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
            if !names.contains(&name) && !self.holes.contains("account") {
                self.unknown("account", name, names, span.clone());
            }
        }
        if let Some(failure) = change.failure() {
            self.failure(failure, span.clone());
        }
        match change {
            Change::Listener(change) => {
                if let Some(kind) = &change.certificate
                    && !certificates::is_kind(kind)
                {
                    self.unknown("certificate", kind, certificates::names(), span);
                }
            }
            Change::Fault(fault) => {
                self.last_fault += 1;
                self.faults.insert(self.last_fault);
                self.fault(fault, span);
            }
            Change::RemoveFault(number) => self.removed(*number, span),
            _ => {}
        }
    }

    fn fault(&mut self, fault: &Fault, span: Range<usize>) {
        if let Err(misfit) = fault.fits() {
            let at = self.source.find_key(misfit.key, span);
            return self.say(at, misfit.message, misfit.help);
        }
        let Effect::Reply(Reply::Full(reply)) = &fault.effect else { return };
        if reply.text.is_none() && reply.failure.is_none() {
            let at = self.source.find_key("reply", span.clone());
            self.say(at, "a reply needs words", "write text = \"...\" or failure = \"temp-failure\"");
        }
        if let Some(failure) = &reply.failure {
            self.failure(failure, span);
        }
    }

    /// Faults are numbered from 1 in the order in which the phases add them.
    fn removed(&mut self, number: u64, span: Range<usize>) {
        let is_known = self.faults.remove(&number);
        if is_known || ["change", "fault", "phase"].iter().any(|key| self.holes.contains(key)) {
            return;
        }
        let numbers: Vec<String> = self.faults.iter().map(u64::to_string).collect();
        let help = if numbers.is_empty() {
            "no phase up to here adds one that is still in force".to_owned()
        } else {
            format!("in force here: {}; the first fault added is number 1", numbers.join(", "))
        };
        self.say(span, format!("there is no fault {number}"), help);
    }

    /// A failure's name, or the `id` of a response that every provider of this scenario has, or ourselves.
    fn failure(&mut self, name: &str, span: Range<usize>) {
        let responses = self.library.responses;
        let owners: Vec<&str> =
            responses.iter().filter(|(_, id)| *id == name).map(|(owner, _)| *owner).collect();
        if FAILURES.contains(&name) || owners.contains(&NEUTRAL) {
            return;
        }
        if owners.is_empty() {
            return self.unknown("failure", name, FAILURES, span);
        }
        if let Some(without) = self.profiles.iter().find(|profile| !owners.contains(&profile.as_str())) {
            let what = format!("profile `{without}` has no response `{name}`");
            let help =
                format!("it is one of `{}`; name a failure, for which each has words", owners.join("`, `"));
            let at = self.source.find(name, Some(self.source.table(span)));
            self.say(at, what, help);
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
        let near = self.source.table(near);
        self.wrong.push(self.source.unknown_word(kind, word, valid, Some(near)));
    }

    fn say(&mut self, span: Range<usize>, what: impl Into<String>, help: impl Into<String>) {
        self.wrong.push(self.source.at(span, what, Some(help.into())));
    }
}
