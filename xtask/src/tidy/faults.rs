//! Every fault brings its paragraph for the reference and its test.
use super::{Complaint, Tree};

const FOLDER: &str = "server/engine/src/fault";
/// Files of the folder that are about rules or tests, not a fault of their own.
const NOT_A_FAULT: &[&str] =
    &["count", "fits", "marker", "moment", "point", "rule", "tests", "typed", "when", "who"];

pub fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, text) in tree.below(FOLDER, ".rs") {
        let name = path.trim_start_matches(FOLDER).trim_matches('/').trim_end_matches(".rs");
        if name.contains('/') || NOT_A_FAULT.contains(&name) {
            continue;
        }
        if !text.contains("const PARAGRAPH: &str") {
            complaints.push(format!("{path}: add `pub const PARAGRAPH: &str`, its words in the reference"));
        }
        let beside = tree.text(&format!("{FOLDER}/{name}/tests.rs")).unwrap_or_default();
        if !text.contains("#[test]") && !beside.contains("#[test]") {
            complaints.push(format!("{path}: a fault without a test"));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraph_and_test() {
        let tree = Tree::of(&[
            ("server/engine/src/fault/good.rs", "pub const PARAGRAPH: &str = \"\";\n#[test]\n"),
            ("server/engine/src/fault/beside.rs", "pub const PARAGRAPH: &str = \"\";\n"),
            ("server/engine/src/fault/beside/tests.rs", "#[test]\n"),
            ("server/engine/src/fault/rule.rs", ""),
            ("server/engine/src/fault/bare.rs", ""),
        ]);
        let found = check(&tree);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().all(|line| line.starts_with("server/engine/src/fault/bare.rs: ")), "{found:?}");
    }
}
