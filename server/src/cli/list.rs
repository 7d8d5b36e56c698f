//! `postfail list`: the scenarios by layer, or the profiles.
use postfail::catalogue;
use postfail::scenario::{LAYERS, Scenario, Text};
use serde_json::json;

use super::Failure;
use super::args::{Language, List};
use super::output;

impl Language {
    pub fn of(self, text: &Text) -> &str {
        match self {
            Self::En => &text.en,
            Self::Ja => &text.ja,
        }
    }
}

pub fn list(asked: &List) -> Result<(), Failure> {
    if asked.profiles { profiles(asked) } else { scenarios(asked) }
}

fn scenarios(asked: &List) -> Result<(), Failure> {
    if let Some(layer) = asked.layer.as_deref().filter(|layer| !LAYERS.contains(layer)) {
        return Err(Failure::usage(format!("there is no layer `{layer}`; valid: {}", LAYERS.join(", "))));
    }
    let sources = catalogue::select("all").map_err(Failure::ours)?;
    let all: Result<Vec<Scenario>, _> = sources.iter().map(catalogue::Source::scenario).collect();
    let mut all = all.map_err(Failure::ours)?;
    all.retain(|scenario| asked.layer.as_ref().is_none_or(|layer| scenario.diagnosis.layer == *layer));
    if asked.json {
        let entry = |scenario: &Scenario| {
            json!({
                "id": scenario.id,
                "title": scenario.title,
                "diagnosis": scenario.diagnosis,
                "profiles": scenario.profiles,
                "phases": scenario.phases.iter().map(|phase| &phase.name).collect::<Vec<_>>(),
            })
        };
        println!("{:#}", all.iter().map(entry).collect::<serde_json::Value>());
        return Ok(());
    }
    let row = |scenario: &Scenario| {
        vec![
            scenario.id.clone(),
            scenario.diagnosis.layer.clone(),
            scenario.profiles.join(","),
            asked.lang.of(&scenario.title).to_owned(),
        ]
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    print!("{}", output::table(&["scenario", "layer", "profiles", "title"], &rows));
    let entries: usize = all.iter().map(|scenario| scenario.profiles.len()).sum();
    println!("\n{} scenarios, {entries} entries (scenario x profile)", all.len());
    Ok(())
}

fn profiles(asked: &List) -> Result<(), Failure> {
    let all: Result<Vec<_>, _> = catalogue::profiles().iter().map(|name| catalogue::profile(name)).collect();
    let all = all.map_err(Failure::ours)?;
    if asked.json {
        let entries = all
            .iter()
            .map(|profile| json!({ "id": profile.id, "title": profile.title, "note": profile.note }));
        println!("{:#}", entries.collect::<serde_json::Value>());
        return Ok(());
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|profile| vec![profile.id.clone(), asked.lang.of(&profile.title).to_owned()])
        .collect();
    print!("{}", output::table(&["profile", "title"], &rows));
    Ok(())
}
