//! The STARTTLS cases told to real clients: what each does, case by case, as `docs/clients.md` has it.
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::{Client, Home, client, program};

/// A client, and how it is run.
#[derive(Clone, Copy, Debug)]
pub struct Tried {
    pub name: &'static str,
    program: &'static str,
    script: &'static str,
    /// Parts of the catalogue (`imap`) it can be tried with.
    pub protocols: &'static [&'static str],
    /// It can be set to "STARTTLS, if there is one".
    pub opportunistic: bool,
}

/// In the order of the table's columns.
pub const TRIED: [Tried; 5] = [
    Tried {
        name: "curl",
        program: "curl",
        script: "curl.sh",
        protocols: &["imap", "pop3", "smtp"],
        opportunistic: true,
    },
    Tried {
        name: "fetchmail",
        program: "fetchmail",
        script: "fetchmail.sh",
        protocols: &["imap", "pop3"],
        opportunistic: true,
    },
    Tried {
        name: "mbsync",
        program: "mbsync",
        script: "mbsync.sh",
        protocols: &["imap"],
        opportunistic: false,
    },
    Tried { name: "msmtp", program: "msmtp", script: "msmtp.sh", protocols: &["smtp"], opportunistic: false },
    Tried {
        name: "Python",
        program: "python3",
        script: "python.py",
        protocols: &["imap", "pop3", "smtp"],
        opportunistic: true,
    },
];

/// For one file of cases, of which some last ten seconds each.
const LIMIT: Duration = Duration::from_secs(300);

/// By case and set-up (`strict`, `opportunistic`): `stops`, `goes on`, `hangs`, `crashes`, or the rules it breaks.
pub type Deeds = BTreeMap<(String, String), String>;

/// Tell it these cases; `None` when it is not installed.
///
/// # Panics
/// When `postfail run` writes no verdicts.
#[must_use]
pub fn deeds(tried: &Tried, cases: &[&str]) -> Option<Deeds> {
    let interpreter = if tried.script.ends_with(".py") { "python3" } else { "sh" };
    client(tried.program)?;
    let home = Home::new();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/starttls").join(tried.script);
    let kept = home.path().join("kept");
    std::fs::create_dir(&kept).expect("the home can be written to");
    let verdicts = home.path().join("verdicts.json");
    let mut run = Client::new(program::postfail(), &home).env("KEPT", &kept).args(["run"]).args(cases);
    run = run.args(["--pace", "instant", "--timeout", "10", "--jobs", "6"]);
    run = run.args(["--search"]).args([&kept]).args(["--json"]).args([&verdicts]);
    if !tried.opportunistic {
        run = run.args(["--phase", "strict"]);
    }
    let outcome = run.args(["--", interpreter]).args([&script]).within(LIMIT).run();
    let text =
        std::fs::read_to_string(&verdicts).unwrap_or_else(|error| panic!("{error}: {}", outcome.said()));
    let document: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let mut deeds = Deeds::new();
    for verdict in list(&document, "verdicts") {
        let case = word(verdict, "scenario").trim_start_matches("starttls/").to_owned();
        for phase in list(verdict, "phases").iter().filter(|phase| word(phase, "outcome") != "not-reached") {
            deeds.insert((case.clone(), word(phase, "name").to_owned()), deed(phase));
        }
    }
    Some(deeds)
}

fn deed(phase: &Value) -> String {
    let fails = |breach: &&Value| matches!(word(breach, "severity"), "leak" | "harm");
    let broken: Vec<String> = list(phase, "conduct")
        .iter()
        .filter(fails)
        .map(|breach| format!("**{}**", word(breach, "rule")))
        .collect();
    let ended = word(phase, "ended");
    match ended {
        // Whatever else it did.
        _ if is_crash(ended) => [vec!["**crashes**".to_owned()], broken].concat().join(", "),
        _ if !broken.is_empty() => broken.join(", "),
        "exit code 0" => "goes on".to_owned(),
        ended if ended.starts_with("still running") => "hangs".to_owned(),
        ended if ended.starts_with("exit code ") => "stops".to_owned(),
        _ => panic!("no word for `{ended}`: {phase}"),
    }
}

/// It was killed by a signal, which a shell around it tells as 128 and the signal.
fn is_crash(ended: &str) -> bool {
    let code = ended.strip_prefix("exit code ").and_then(|code| code.parse::<i32>().ok());
    ended.starts_with("signal ") || code.is_some_and(|code| code > 128)
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn word<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

impl Tried {
    /// `curl 7.88.1`; `None` when it is not installed.
    #[must_use]
    pub fn version(&self) -> Option<String> {
        let said = Client::new(&client(self.program)?, &Home::new()).args(["--version"]).run().stdout;
        let is_number = |word: &&str| word.starts_with(|letter: char| letter.is_ascii_digit());
        let number = said.split(|letter: char| letter.is_whitespace() || letter == '+').find(is_number);
        Some(format!("{} {}", self.name, number.unwrap_or("?")))
    }
}

/// The set-ups of a client.
#[must_use]
pub fn setups(tried: &Tried) -> &'static [&'static str] {
    if tried.opportunistic { &["strict", "opportunistic"] } else { &["strict"] }
}

/// The rows of one protocol: a case each, and what every client does with it.
#[must_use]
pub fn table(protocol: &str, titles: &[(String, String)], all: &[(Tried, Deeds)]) -> String {
    let columns: Vec<(&Tried, &Deeds, &str)> = all
        .iter()
        .filter(|(tried, _)| tried.protocols.contains(&protocol))
        .flat_map(|(tried, deeds)| setups(tried).iter().map(move |setup| (tried, deeds, *setup)))
        .collect();
    let mut text = "| Case |".to_owned();
    for (tried, _, setup) in &columns {
        let _ = write!(text, " {} {setup} |", tried.name);
    }
    let _ = writeln!(text, "\n|---|{}", "---|".repeat(columns.len()));
    for (case, title) in titles.iter().filter(|(case, _)| case.starts_with(protocol)) {
        let _ = write!(text, "| `{case}` {title} |");
        for (_, deeds, setup) in &columns {
            let deed = deeds.get(&(case.clone(), (*setup).to_owned()));
            let _ = write!(text, " {} |", deed.map_or("?", String::as_str));
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::deed;

    #[test]
    fn a_client_that_dies_is_not_taken_for_a_careful_one() {
        let leak = r#"{ "rule": "password-in-clear", "severity": "leak" }"#;
        for (ended, conduct, word) in [
            ("exit code 0", "", "goes on"),
            ("exit code 67", "", "stops"),
            ("still running after 10 s", "", "hangs"),
            ("signal 11", "", "**crashes**"),
            ("exit code 139", "", "**crashes**"),
            ("exit code 1", leak, "**password-in-clear**"),
            ("signal 6", leak, "**crashes**, **password-in-clear**"),
        ] {
            let phase = format!(r#"{{ "ended": "{ended}", "conduct": [{conduct}] }}"#);
            assert_eq!(deed(&serde_json::from_str(&phase).unwrap()), word, "{phase}");
        }
    }
}
