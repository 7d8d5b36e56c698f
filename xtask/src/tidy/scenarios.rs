//! Every scenario has a title and a lesson in English and Japanese, and stands in the list of `scenarios/README.md`.
use toml::Table;

use super::{Complaint, Tree};

const LIST: &str = "scenarios/README.md";
/// Folders below `scenarios/` that hold something else.
const NOT_SCENARIOS: &[&str] = &["mail", "profiles"];

pub fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let list = tree.text(LIST).unwrap_or_default();
    for (path, text) in tree.below("scenarios", ".toml") {
        let name = path.trim_start_matches("scenarios/").trim_end_matches(".toml");
        let Some((folder, _)) = name.split_once('/') else { continue };
        if NOT_SCENARIOS.contains(&folder) {
            continue;
        }
        let Ok(scenario) = text.parse::<Table>() else {
            complaints.push(format!("{path}: not TOML; `postfail check {path}` shows where"));
            continue;
        };
        for part in [&["title"][..], &["lesson", "symptom"], &["lesson", "cause"], &["lesson", "remedy"]] {
            for language in ["en", "ja"] {
                if !said(&scenario, part, language) {
                    complaints.push(format!("{path}: no {} in `{language}`", part.join(".")));
                }
            }
        }
        if !list.contains(&format!("`{name}`")) {
            complaints.push(format!("{LIST}: does not list `{name}`"));
        }
    }
    complaints
}

fn said(scenario: &Table, part: &[&str], language: &str) -> bool {
    let (Some(first), rest) =
        (part.first().and_then(|key| scenario.get(*key)), part.get(1..).unwrap_or_default())
    else {
        return false;
    };
    let value = rest.iter().chain([&language]).try_fold(first, |value, key| value.get(*key));
    value.and_then(|words| words.as_str()).is_some_and(|words| !words.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
title = { en = "a", ja = "あ" }
[lesson]
symptom = { en = "a", ja = "あ" }
cause = { en = "a", ja = "あ" }
remedy = { en = "a", ja = "あ" }
"#;

    #[test]
    fn words_in_both_languages_and_a_place_in_the_list() {
        let good =
            [("scenarios/tls/old.toml", GOOD), (LIST, "| `tls/old` | ... |"), ("scenarios/causes.toml", "")];
        assert_eq!(check(&Tree::of(&good)), [""; 0]);

        let half = GOOD.replace("cause = { en = \"a\", ja = \"あ\" }", "cause = { en = \"a\", ja = \" \" }");
        let found = check(&Tree::of(&[("scenarios/tls/old.toml", &half), ("scenarios/profiles/p.toml", "")]));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found[0].ends_with("no lesson.cause in `ja`") && found[1].ends_with("does not list `tls/old`")
        );
    }
}
