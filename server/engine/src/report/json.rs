//! Verdicts as one JSON document: `{"passed": false, "verdicts": [...]}`.
use serde::Serialize;

use crate::expect::Verdict;

#[derive(Serialize)]
struct Document<'a> {
    passed: bool,
    verdicts: &'a [Verdict],
}

/// Indented, ended by LF.
pub fn write(verdicts: &[Verdict]) -> String {
    let passed = verdicts.iter().all(Verdict::passed);
    // Strings, numbers and lists only: there is nothing in it that JSON cannot hold.
    let mut text = serde_json::to_string_pretty(&Document { passed, verdicts }).unwrap_or_default();
    text.push('\n');
    text
}
