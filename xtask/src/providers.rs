//! `cargo xtask providers`: writes `docs/providers.md`, every response of every profile by failure, from
//! `scenarios/profiles/*.toml`; tidy compares the page with them.
use std::fmt::Write as _;
use std::path::Path;

use toml::{Table, Value};

use crate::tidy::{Complaint, Tree};

const PAGE: &str = "docs/providers.md";
const PROFILES: &str = "scenarios/profiles";
/// The profile of our own words, which holds the meaning of each failure.
const OWN: &str = "postfail";

const HEAD: &str = "\
# What providers say

Made by `cargo xtask providers` from [`scenarios/profiles/`](../scenarios/profiles); change it there.
Our own words, which answer where a provider has none, stand in [`postfail.toml`](../scenarios/profiles/postfail.toml).
`postfail explain PROFILE` and `postfail explain FAILURE` show the notes too. Greetings and capability lists stand in the
profiles alone.

**Certainty**: *primary* is an official document or the program's own source; *log* is verbatim in somebody's log;
*secondary* is an article, or other software's matching code; **inferred** is what nobody has seen. A certain fact can
still have a line that is **partly inferred** or **inferred**, that is, completed or deduced by analogy.
**Period**: since and until when it was so, where that is known; `--era` chooses by it.
In braces stands what differs from reply to reply. `C:` is the client's line in a dialogue.
";

pub fn run(root: &Path) -> Result<(), String> {
    let page = page(&Tree::read(root)?)?;
    let path = root.join(PAGE);
    std::fs::write(&path, page).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("providers: written to {PAGE}");
    Ok(())
}

/// Is the page what would be written now?
pub fn check(tree: &Tree) -> Vec<Complaint> {
    match page(tree) {
        Ok(page) if tree.text(PAGE) == Some(page.as_str()) => Vec::new(),
        Ok(_) => vec![format!("{PAGE}: not what the profiles say; run `cargo xtask providers`")],
        Err(wrong) => vec![wrong],
    }
}

/// A row, and the failure under which it stands.
struct Row {
    failure: String,
    line: String,
    inferred: bool,
}

fn page(tree: &Tree) -> Result<String, String> {
    let mut rows = Vec::new();
    let mut meanings = Vec::new();
    let mut profiles = 0;
    for (path, text) in tree.below(PROFILES, ".toml") {
        let id = path.trim_start_matches(PROFILES).trim_matches('/').trim_end_matches(".toml");
        let profile: Table = text.parse().map_err(|_| format!("{path}: not TOML"))?;
        if id == OWN {
            for (failure, own) in tables(&profile, "own") {
                let said = own.get("means").and_then(|means| means.get("en")).and_then(Value::as_str);
                meanings.push((failure.to_owned(), said.unwrap_or_default().to_owned()));
            }
            continue;
        }
        profiles += 1;
        let mail = entries(&profile, "response").map(|it| row(id, it, text_of(it, "protocol"), &said(it)));
        rows.extend(mail);
        rows.extend(entries(&profile, "token_response").map(|it| row(id, it, "token", &token(it))));
    }
    meanings.sort();
    let inferred = rows.iter().filter(|row| row.inferred).count();
    let mut page = format!("{HEAD}\n{} responses of {profiles} providers and servers", rows.len());
    let _ = writeln!(page, ", {inferred} of them inferred in part or whole.");
    meanings.push((String::new(), "Nothing failed: the answer of a token endpoint that works.".to_owned()));
    for (failure, meaning) in meanings {
        let mut of = rows.iter().filter(|row| row.failure == failure).peekable();
        if of.peek().is_none() {
            continue;
        }
        let heading = if failure.is_empty() { "no failure" } else { &failure };
        let _ = write!(page, "\n## {heading}\n\n{meaning}\n\n");
        page.push_str(
            "| Provider | Protocol | What is said | Then | Delay | Period | Certainty | Source |\n",
        );
        page.push_str("|---|---|---|---|---|---|---|---|\n");
        of.for_each(|row| page.push_str(&row.line));
    }
    Ok(page)
}

fn row(profile: &str, entry: &Table, protocol: &str, said: &str) -> Row {
    let word = |key| text_of(entry, key);
    let period = match (word("since"), word("until")) {
        ("", "") => String::new(),
        (since, until) => format!("{since} – {until}").trim().to_owned(),
    };
    let wire = match word("wire") {
        "partial" => ", line **partly inferred**",
        "inferred" => ", line **inferred**",
        _ => "",
    };
    let certainty = match word("certainty") {
        "inferred" => format!("**inferred**{wire}"),
        certainty => format!("{certainty}{wire}"),
    };
    let source = match word("source") {
        url if url.starts_with("http") => format!("[source]({url})"),
        other => other.to_owned(),
    };
    let then = if word("then").is_empty() { "keep" } else { word("then") };
    let delay = word("delay");
    let line = format!(
        "| {profile} | {protocol} | {said} | {then} | {delay} | {period} | {certainty} | {source} |\n"
    );
    Row { failure: word("failure").to_owned(), line, inferred: certainty.contains("**") }
}

/// The lines as code; in words what happens where nothing is said.
fn said(entry: &Table) -> String {
    match text_of(entry, "event") {
        "" if text_of(entry, "text").is_empty() => "*not published*".to_owned(),
        "" => text_of(entry, "text").lines().map(code).collect::<Vec<_>>().join("<br>"),
        "refuse" => "*connection refused (RST)*".to_owned(),
        "blackhole" => "*no answer to SYN*".to_owned(),
        "hang" => "*connected, then silence*".to_owned(),
        "close" => "*closed without a reply*".to_owned(),
        "tls-alert" => "*TLS alert protocol_version*".to_owned(),
        other => format!("*{other}*"),
    }
}

/// Status, error and the first line of its description.
fn token(entry: &Table) -> String {
    let status = entry.get("status").and_then(Value::as_integer).unwrap_or_default();
    let body: serde_json::Value = serde_json::from_str(text_of(entry, "body")).unwrap_or_default();
    let word = |key: &str| body.get(key).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
    let description = word("error_description");
    match (word("error"), description.lines().next()) {
        (error, Some(first)) => format!("{status} {}<br>{}", code(&error), code(first)),
        _ => format!("{status} {}", code(text_of(entry, "body").trim())),
    }
}

/// A code span in a table: a bar would end the cell.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}

fn text_of<'a>(entry: &'a Table, key: &str) -> &'a str {
    entry.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn entries<'a>(profile: &'a Table, key: &str) -> impl Iterator<Item = &'a Table> {
    profile.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table)
}

fn tables<'a>(profile: &'a Table, key: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let table = profile.get(key).and_then(Value::as_table);
    table.into_iter().flat_map(|table| table.iter().map(|(key, value)| (key.as_str(), value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN_WORDS: (&str, &str) = (
        "scenarios/profiles/postfail.toml",
        "[own]\nhang = { means = { en = \"Silence.\" } }\nthrottled = { means = { en = \"Slowly.\" } }\n",
    );
    const PROVIDER: &str = r#"
[[response]]
failure = "throttled"
protocol = "imap"
text = """* NO a|b
{tag} BAD c"""
then = "close"
delay = "2s"
since = "2024-08"
source = "https://a.test/"
certainty = "log"
wire = "partial"

[[response]]
failure = "hang"
protocol = "smtp"
event = "hang"
then = "hang"
source = "a diary"
certainty = "inferred"
wire = "event"

[[token_response]]
failure = "throttled"
status = 400
body = '{"error":"slow_down","error_description":"Slower.\r\nTrace: x"}'
source = "https://a.test/"
certainty = "primary"
wire = "verbatim"
"#;

    #[test]
    fn a_table_for_each_failure() {
        let page = page(&Tree::of(&[OWN_WORDS, ("scenarios/profiles/p.toml", PROVIDER)])).unwrap();
        assert!(page.contains("\n3 responses of 1 providers and servers, 2 of them inferred"), "{page}");
        let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| p ")).collect();
        assert_eq!(
            rows,
            [
                "| p | smtp | *connected, then silence* | hang |  |  | **inferred** | a diary |",
                "| p | imap | `* NO a\\|b`<br>`{tag} BAD c` | close | 2s | 2024-08 – | log, line **partly inferred** \
                 | [source](https://a.test/) |",
                "| p | token | 400 `slow_down`<br>`Slower.` | keep |  |  | primary | [source](https://a.test/) |",
            ]
        );
        assert!(page.contains("\n## hang\n\nSilence.\n"), "{page}");
    }

    #[test]
    fn drift_is_found() {
        let profile = ("scenarios/profiles/p.toml", PROVIDER);
        let now = page(&Tree::of(&[OWN_WORDS, profile])).unwrap();
        assert_eq!(check(&Tree::of(&[OWN_WORDS, profile, (PAGE, &now)])), [""; 0]);
        let older = PROVIDER.replace("2s", "3s");
        let found = check(&Tree::of(&[OWN_WORDS, ("scenarios/profiles/p.toml", &older), (PAGE, &now)]));
        assert!(found.len() == 1 && found[0].ends_with("run `cargo xtask providers`"), "{found:?}");
        assert_eq!(check(&Tree::of(&[OWN_WORDS, profile])).len(), 1, "no page at all");
    }
}
