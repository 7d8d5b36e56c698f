//! From text to what was typed. What cannot be read is said and left out, so that the rest can be looked at too.
use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue, ValueDeserializer};

use super::case::CaseTyped;
use super::diagnostic::{Diagnostic, Source};
use super::file::{AccountTyped, Day, DiagnosisTyped, PhaseTyped, ScenarioFile};
use super::model::Lesson;
use crate::change::{Change, Lockout};
use crate::expect::assertion::Expectation;
use crate::fault::Fault;
use crate::profile::Text;
use crate::words::nearest;

/// What stands in for a part that every scenario has, where it is missing or cannot be read.
const STAND_IN: &str = "\
title = { en = '', ja = '' }
lesson = { symptom = { en = '', ja = '' }, cause = { en = '', ja = '' }, remedy = { en = '', ja = '' }, sources = [] }
diagnosis = { layer = '', cause = '', remedy = '', retry = '' }
profiles = []
account = []
phase = []
";

/// The parts that every scenario has.
const NEEDED: [&str; 6] = ["title", "lesson", "diagnosis", "profiles", "account", "phase"];

/// The keys (`account`, `phase`, `fault`, ...) of which something was left out: what refers to it is not looked up.
pub type Holes = BTreeSet<&'static str>;

/// What could be read of a file.
pub struct Read {
    /// `None`: nothing of it.
    pub typed: Option<ScenarioFile>,
    pub holes: Holes,
    pub wrong: Vec<Diagnostic>,
}

/// Read as much as can be read.
pub fn read(source: &Source<'_>) -> Read {
    let mut reader = Reader { source, holes: Holes::new(), wrong: Vec::new() };
    let typed = match DeTable::parse(source.text) {
        Ok(table) => reader.file(table),
        Err(error) => {
            reader.say(&error);
            None
        }
    };
    Read { typed, holes: reader.holes, wrong: reader.wrong }
}

struct Reader<'a> {
    source: &'a Source<'a>,
    holes: Holes,
    wrong: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn file(&mut self, mut whole: Spanned<DeTable<'_>>) -> Option<ScenarioFile> {
        let table = whole.get_mut();
        for key in NEEDED {
            if table.contains_key(key) {
                continue;
            }
            self.holes.insert(key);
            // A slip of the pen is told as such, below.
            if !table.keys().any(|written| nearest(written.get_ref(), [key]).is_some()) {
                let help = Some(format!("add `{key}` here"));
                self.wrong.push(self.source.at(0..0, format!("missing field `{key}`"), help));
            }
        }
        self.part::<Text>(table, "title");
        self.part::<Lesson>(table, "lesson");
        self.part::<DiagnosisTyped>(table, "diagnosis");
        self.part::<Vec<String>>(table, "profiles");
        self.part::<Day>(table, "era");
        self.part::<Lockout>(table, "lockout");
        self.each::<AccountTyped>(table, "account");
        self.each::<Expectation>(table, "expect");
        if let Some(phases) = table.get_mut("phase").and_then(elements) {
            for phase in phases.iter_mut() {
                if let DeValue::Table(phase) = phase.get_mut() {
                    self.each::<Change>(phase, "change");
                    self.each::<Fault>(phase, "fault");
                }
            }
        }
        self.each::<PhaseTyped>(table, "phase");
        self.each::<CaseTyped>(table, "case");
        let stand_in = DeTable::parse(STAND_IN).ok()?.into_inner();
        for (key, value) in stand_in {
            table.entry(key).or_insert(value);
        }
        self.known_keys(whole)
    }

    /// One value; left out when it cannot be read.
    fn part<T: DeserializeOwned>(&mut self, table: &mut DeTable<'_>, key: &'static str) {
        if table.get(key).is_some_and(|value| !self.reads::<T>(value)) {
            self.holes.insert(key);
            table.remove(key);
        }
    }

    /// One element after the other; left out when it cannot be read.
    fn each<T: DeserializeOwned>(&mut self, table: &mut DeTable<'_>, key: &'static str) {
        match table.get_mut(key).map(|value| elements(value).ok_or(())) {
            None => {}
            Some(Err(())) => self.part::<Vec<T>>(table, key),
            Some(Ok(elements)) => {
                let all = std::mem::replace(elements, DeArray::new());
                let count = all.len();
                *elements = all.into_iter().filter(|element| self.reads::<T>(element)).collect();
                if elements.len() < count {
                    self.holes.insert(key);
                }
            }
        }
    }

    fn reads<T: DeserializeOwned>(&mut self, value: &Spanned<DeValue<'_>>) -> bool {
        let read = T::deserialize(ValueDeserializer::from(value.clone()));
        read.map_err(|error| self.say(&error)).is_ok()
    }

    /// What is left reads, but for keys that nobody knows.
    fn known_keys(&mut self, mut whole: Spanned<DeTable<'_>>) -> Option<ScenarioFile> {
        loop {
            let error = match ScenarioFile::deserialize(toml::Deserializer::from(whole.clone())) {
                Ok(typed) => return Some(typed),
                Err(error) => error,
            };
            self.say(&error);
            let table = whole.get_mut();
            let unknown = table.keys().find(|key| Some(key.span()) == error.span())?.clone();
            table.remove(&unknown);
        }
    }

    fn say(&mut self, error: &toml::de::Error) {
        self.wrong.push(self.source.syntax(error));
    }
}

fn elements<'v, 'i>(value: &'v mut Spanned<DeValue<'i>>) -> Option<&'v mut DeArray<'i>> {
    match value.get_mut() {
        DeValue::Array(elements) => Some(elements),
        _ => None,
    }
}
