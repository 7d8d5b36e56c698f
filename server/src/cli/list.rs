//! `postfail list`: the scenarios by layer, a line each; the profiles, or the names that choose a behaviour.
use std::fmt::Write as _;

use postfail::catalogue;
use postfail::certificates::CERTIFICATES;
use postfail::conduct::{self, Rule, Words};
use postfail::names::{self, ALIASES, Met, WINDOWS};
use postfail::profile;
use postfail::scenario::{LAYERS, Scenario, Text};
use serde_json::json;

use super::Failure;
use super::args::{Language, List};
use super::{output, streams};

impl Language {
    pub fn of_words(self, words: Words) -> &'static str {
        match self {
            Self::En => words.en,
            Self::Ja => words.ja,
        }
    }

    pub fn of(self, text: &Text) -> &str {
        match self {
            Self::En => &text.en,
            Self::Ja => &text.ja,
        }
    }
}

/// Most scenarios' names are no longer; one that is moves its line to the right.
const ID: usize = 46;

pub fn list(asked: &List) -> Result<(), Failure> {
    match asked {
        List { names: true, .. } => names(asked),
        List { profiles: true, .. } => profiles(asked),
        List { rules: true, .. } => rules(asked),
        _ => scenarios(asked),
    }
}

fn scenarios(asked: &List) -> Result<(), Failure> {
    if let Some(layer) = asked.layer.as_deref().filter(|layer| !LAYERS.contains(layer)) {
        return Err(Failure::usage(format!("there is no layer `{layer}`; valid: {}", LAYERS.join(", "))));
    }
    let mut all = catalogue::scenarios().map_err(Failure::ours)?;
    all.retain(|scenario| asked.layer.as_ref().is_none_or(|layer| scenario.diagnosis.layer == *layer));
    if asked.json {
        let entries = all.iter().map(catalogue::entry).collect::<serde_json::Value>();
        return streams::print(&format!("{entries:#}\n"));
    }
    let title = |scenario: &Scenario| asked.lang.of(&scenario.title).to_owned();
    let rows = all.iter().map(|scenario| {
        let Scenario { id, diagnosis, profiles, .. } = scenario;
        [id.clone(), diagnosis.layer.clone(), profiles.len().to_string(), title(scenario)]
    });
    let heading = ["scenario", "layer", "profiles", "title"].map(str::to_owned);
    let columns = output::columns();
    let mut table = String::new();
    for [id, layer, profiles, title] in std::iter::once(heading).chain(rows) {
        let line = format!("{id:<ID$}  {layer:<8}  {profiles:>8}  {title}");
        let _ = writeln!(table, "{}", output::cut(&line, columns));
    }
    let entries: usize = all.iter().map(|scenario| scenario.profiles.len()).sum();
    streams::print(&format!("{table}\n{} scenarios, {entries} entries (scenario x profile)\n", all.len()))
}

fn profiles(asked: &List) -> Result<(), Failure> {
    let all: Result<Vec<_>, _> = catalogue::profiles().iter().map(|name| catalogue::profile(name)).collect();
    let all = all.map_err(Failure::ours)?;
    if asked.json {
        let entries = all
            .iter()
            .map(|profile| json!({ "id": profile.id, "title": profile.title, "note": profile.note }));
        return streams::print(&format!("{:#}\n", entries.collect::<serde_json::Value>()));
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|profile| vec![profile.id.clone(), asked.lang.of(&profile.title).to_owned()])
        .collect();
    streams::print(&output::table(&["profile", "title"], &rows))
}

fn rules(asked: &List) -> Result<(), Failure> {
    if asked.json {
        let entry = |rule: &Rule| {
            let Rule { id, area, severity, section, advice, .. } = rule;
            json!({ "id": id, "area": area, "severity": severity, "section": section, "advice": advice })
        };
        return streams::print(&format!(
            "{:#}\n",
            conduct::rules().map(entry).collect::<serde_json::Value>()
        ));
    }
    let row = |rule: &Rule| {
        let advice = asked.lang.of_words(rule.advice);
        vec![rule.id.to_owned(), rule.area.to_string(), rule.severity.to_string(), advice.to_owned()]
    };
    let rows: Vec<Vec<String>> = conduct::rules().map(row).collect();
    streams::print(&output::table(&["rule", "area", "severity", "what to do"], &rows))
}

/// A name, what kind of name it is, and what it means.
fn names(asked: &List) -> Result<(), Failure> {
    let meaning = |failure: &str| profile::meaning(failure).map_or("", |text| asked.lang.of(text)).to_owned();
    let user = |word: &str, means: String| (format!("{word}+NAME"), "user name", means);
    let mut all: Vec<_> = names::failures()
        .map(|(failure, met)| user(failure, format!("{}{}", meaning(failure), asked.lang.of(&how(met)))))
        .collect();
    all.extend(ALIASES.iter().map(|(word, failure)| user(word, format!("{failure}: {}", meaning(failure)))));
    all.extend(WINDOWS.iter().map(|(name, version)| {
        let meaning = match asked.lang {
            Language::En => format!("TLS {version} only"),
            Language::Ja => format!("TLS {version}だけを受け付ける"),
        };
        ((*name).to_owned(), "server name", meaning)
    }));
    all.extend(CERTIFICATES.iter().map(|kind| {
        let meaning = match asked.lang {
            Language::En => format!("certificate: {}", kind.en),
            Language::Ja => format!("証明書: {}", kind.ja),
        };
        (format!("{}.postfail.test", kind.name), "server name", meaning)
    }));
    if asked.json {
        let entry = |(name, kind, means): &(String, &str, String)| json!({ "name": name, "kind": kind, "means": means });
        return streams::print(&format!("{:#}\n", all.iter().map(entry).collect::<serde_json::Value>()));
    }
    let rows: Vec<Vec<String>> =
        all.into_iter().map(|(name, kind, means)| vec![name, kind.to_owned(), means]).collect();
    streams::print(&output::table(&["name", "is a", "means"], &rows))
}

/// How a failure is met, where it is not simply the log-in that is refused.
fn how(met: Met) -> Text {
    let (en, ja) = match met {
        Met::LogIn => ("", ""),
        Met::InTheClear => {
            (" (with TLS the right password lets in)", "(TLSを使えば正しいパスワードで入れる)")
        }
        Met::Next => (
            " (the right password lets in; the next command meets it)",
            "(正しいパスワードでログインでき、次のコマンドで発生する)",
        ),
        Met::Sender => (
            " (the right password lets in; SMTP refuses the sender)",
            "(正しいパスワードでログインでき、SMTPの送信者アドレスが拒否される)",
        ),
        Met::Room => (
            " (the right password lets in; IMAP keeps nothing more, SMTP takes no mail for this name)",
            "(正しいパスワードでログインできるが、IMAPでは保存できず、SMTPではこの名前宛てのメールが拒否される)",
        ),
    };
    Text { en: en.to_owned(), ja: ja.to_owned() }
}
