//! `postfail explain`: what a scenario re-enacts, for the people it happened to; the words a provider uses, and how
//! well they are founded; what a fault does.
use std::fmt::Write as _;

use postfail::catalogue;
use postfail::conduct::{self, Rule};
use postfail::fault::REFERENCE;
use postfail::profile::{FAILURES, Profile, Response};
use postfail::scenario::{Client, Scenario};

use super::Failure;
use super::args::{Explain, Language};
use super::output::{Colour, paint, wrap};
use super::streams::print;

/// How wide prose is set.
const COLUMNS: usize = 96;

pub fn explain(asked: &Explain) -> Result<(), Failure> {
    let name = asked.name.as_str();
    let text = if let Some((_, paragraph)) = REFERENCE.iter().find(|(word, _)| *word == name) {
        format!("{}\n", wrap(paragraph, COLUMNS).join("\n"))
    } else if let Some(rule) = conduct::rule(name) {
        told(rule, asked.lang)
    } else if FAILURES.contains(&name) {
        failure(name)?
    } else if catalogue::profiles().iter().any(|profile| profile == name) {
        profile(&catalogue::profile(name).map_err(Failure::ours)?, asked.lang)
    } else {
        let mut all = catalogue::select(name).map_err(Failure::usage)?;
        if all.len() > 1 {
            let ids: Vec<&str> = all.iter().map(|source| source.id.as_str()).collect();
            return Err(Failure::usage(format!(
                "`{name}` is several scenarios; name one: {}",
                ids.join(" ")
            )));
        }
        let scenario = all.remove(0).scenario().map_err(Failure::usage)?;
        tell(&scenario, asked.lang)?
    };
    print(&text)
}

fn told(rule: &Rule, lang: Language) -> String {
    let Rule { id, area, severity, section, advice, .. } = rule;
    let advice = wrap(lang.of_words(*advice), COLUMNS).join("\n");
    format!("{}\n{area}, {severity}, {section}\n\n{advice}\n", paint(Colour::Bold, id))
}

fn tell(scenario: &Scenario, lang: Language) -> Result<String, Failure> {
    let [symptom, cause, remedy, diagnosis, phases, words, sources] = match lang {
        Language::En => {
            ["What people see", "Why", "What to do", "Diagnosis", "Phases", "What the server says", "Sources"]
        }
        Language::Ja => ["症状", "原因", "対処", "診断", "段階", "サーバーの応答", "出典"],
    };
    let lesson = &scenario.lesson;
    let mut text = format!("{}\n{}\n", paint(Colour::Bold, &scenario.id), lang.of(&scenario.title));
    if let Some(case) = &scenario.case {
        let careless = match lang {
            Language::En => "A careless client",
            Language::Ja => "不注意なソフトは",
        };
        let _ = writeln!(text, "{}\n\n{}", lang.of(&case.of), paint(Colour::Bold, careless));
        let told = format!("{} ({})", lang.of(&case.careless), case.breaks);
        for line in wrap(&told, COLUMNS) {
            let _ = writeln!(text, "  {line}");
        }
    }
    for (heading, body) in [(symptom, &lesson.symptom), (cause, &lesson.cause), (remedy, &lesson.remedy)] {
        let _ = writeln!(text, "\n{}", paint(Colour::Bold, heading));
        for line in wrap(lang.of(body).trim(), COLUMNS) {
            let _ = writeln!(text, "  {line}");
        }
    }
    let truth = &scenario.diagnosis;
    let _ = writeln!(text, "\n{}", paint(Colour::Bold, diagnosis));
    let _ = writeln!(
        text,
        "  layer {}, cause {}, remedy {}, retry {}",
        truth.layer, truth.cause, truth.remedy, truth.retry
    );
    let _ = writeln!(text, "\n{}", paint(Colour::Bold, phases));
    // As wide as the longest name.
    let name = scenario.phases.iter().map(|phase| phase.name.len() + 2).max().unwrap_or_default().max(10);
    for phase in &scenario.phases {
        let _ = writeln!(text, "  {:<name$}{}", phase.name, client_words(phase.client, lang));
        for change in &phase.changes {
            let _ = writeln!(text, "            {}", serde_json::to_string(change).map_err(Failure::ours)?);
        }
    }
    let failures = scenario.failures();
    let mut heading = format!("\n{}\n", paint(Colour::Bold, words));
    for name in &scenario.profiles {
        let profile = catalogue::profile(name).map_err(Failure::ours)?;
        for response in profile.responses.iter().filter(|response| {
            failures.contains(response.failure.as_str()) || failures.contains(response.id.as_str())
        }) {
            text.push_str(&std::mem::take(&mut heading));
            text.push_str(&wording(name, response));
        }
    }
    let _ = writeln!(text, "\n{}", paint(Colour::Bold, sources));
    for source in &lesson.sources {
        let _ = writeln!(text, "  {source}");
    }
    Ok(text)
}

fn client_words(client: Client, lang: Language) -> &'static str {
    let (en, ja) = match client {
        Client::Succeeds => ("a correct client succeeds", "正しいソフトは成功する"),
        Client::Fails => ("a correct client fails", "正しいソフトは失敗する"),
        Client::Either => ("a correct client may succeed or fail", "成功しても失敗してもよい"),
        Client::AsOffered => (
            "a client that offers a TLS version taken here succeeds, any other fails",
            "受け付けるTLSのバージョンを話せるソフトは成功し、ほかは失敗する",
        ),
    };
    match lang {
        Language::En => en,
        Language::Ja => ja,
    }
}

fn profile(profile: &Profile, lang: Language) -> String {
    let mut text = format!(
        "{}\n{}\n\n{}\n\n",
        paint(Colour::Bold, &profile.id),
        lang.of(&profile.title),
        profile.note.trim()
    );
    for response in &profile.responses {
        text.push_str(&wording(&profile.id, response));
    }
    text
}

fn failure(name: &str) -> Result<String, Failure> {
    let mut text = format!("{}\n\n", paint(Colour::Bold, name));
    for profile in catalogue::profiles() {
        let profile = catalogue::profile(&profile).map_err(Failure::ours)?;
        for response in profile.responses.iter().filter(|response| response.failure == name) {
            text.push_str(&wording(&profile.id, response));
        }
    }
    Ok(text)
}

/// A response with where it comes from; what nobody has seen is marked wherever it is shown.
fn wording(profile: &str, response: &Response) -> String {
    let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let certainty = word(serde_json::json!(response.certainty));
    let wire = word(serde_json::json!(response.wire));
    let protocol = word(serde_json::json!(response.protocol));
    let mark = if response.is_inferred() { paint(Colour::Yellow, " [inferred]") } else { String::new() };
    let mut text = format!("  {profile} {protocol} {}{mark}\n", response.failure);
    for line in response.text.lines() {
        let _ = writeln!(text, "    S: {line}");
    }
    let _ = writeln!(text, "    from {} (certainty: {certainty}, wording: {wire})", response.source);
    for line in response.note.iter().flat_map(|note| wrap(note.trim(), COLUMNS)) {
        let _ = writeln!(text, "    {line}");
    }
    text
}
