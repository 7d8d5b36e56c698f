//! Each Rust file: at most 400 lines, a `//!` head, no `mod.rs`, no ignored test; no left-over notes in any text.
use super::{Complaint, Tree};

const LONGEST: usize = 400;
/// Spelt in halves, or this file would find itself.
const NOTES: &[(&str, &str)] = &[("TO", "DO"), ("FIX", "ME"), ("XX", "X")];
const IGNORED: (&str, &str) = ("#[ig", "nore");

pub fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, text) in tree.files() {
        if path.ends_with(".eml") || path.ends_with(".lock") {
            continue;
        }
        notes(path, text, &mut complaints);
        if path.ends_with(".rs") {
            rust(path, text, &mut complaints);
        }
    }
    complaints
}

fn rust(path: &str, text: &str, complaints: &mut Vec<Complaint>) {
    let lines = text.lines().count();
    if lines > LONGEST {
        complaints.push(format!("{path}: {lines} lines; split it so that each part has {LONGEST} at most"));
    }
    // `foo/tests.rs` answers for the tests of `foo`; its name says so.
    if !text.starts_with("//! ") && !path.ends_with("/tests.rs") {
        complaints
            .push(format!("{path}:1: begin with `//! `: what the file answers for, and the RFC section"));
    }
    if path.ends_with("/mod.rs") {
        complaints.push(format!("{path}: name it after its folder, one level up (`foo.rs` beside `foo/`)"));
    }
    let ignored = format!("{}{}", IGNORED.0, IGNORED.1);
    for (number, _) in text.lines().enumerate().filter(|(_, line)| line.contains(&ignored)) {
        complaints.push(format!("{path}:{}: a test that does not run; run it or remove it", number + 1));
    }
}

fn notes(path: &str, text: &str, complaints: &mut Vec<Complaint>) {
    for (number, line) in text.lines().enumerate() {
        let words = || line.split(|letter: char| !letter.is_ascii_alphanumeric());
        for (one, two) in NOTES {
            if words().any(|word| word.strip_prefix(one) == Some(two)) {
                complaints.push(format!("{path}:{}: {one}{two} left; do it or file it", number + 1));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_and_bad() {
        let long = format!("//! Long.\n{}", "\n".repeat(LONGEST));
        let note = format!("//! Note.\n// {}{}: later\n", NOTES[0].0, NOTES[0].1);
        let skipped = format!("//! Skipped.\n{}{}]\n", IGNORED.0, IGNORED.1);
        let tree = Tree::of(&[
            ("a/good.rs", "//! Good.\nfn main() {}\n"),
            ("a/long.rs", &long),
            ("a/headless.rs", "fn main() {}\n"),
            ("a/good/tests.rs", "use super::*;\n"),
            ("a/mod.rs", "//! Old style.\n"),
            ("a/note.rs", &note),
            ("a/skipped.rs", &skipped),
        ]);
        let complaints = check(&tree).join("\n");
        assert_eq!(complaints.lines().count(), 5, "{complaints}");
        for start in ["a/long.rs: 401", "a/headless.rs:1", "a/mod.rs:", "a/note.rs:2", "a/skipped.rs:2"] {
            assert!(complaints.lines().any(|line| line.starts_with(start)), "{start} in {complaints}");
        }
    }
}
