//! The top level holds what the README's map names, and nothing else.
use super::{Complaint, Tree};

const ALLOWED: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "rustfmt.toml",
    "rust-toolchain.toml",
    "server",
    "scenarios",
    "client-tests",
    "certs",
    "xtask",
    "docs",
];

pub fn check(tree: &Tree) -> Vec<Complaint> {
    let mut tops: Vec<&str> =
        tree.files().map(|(path, _)| path.split_once('/').map_or(path, |(top, _)| top)).collect();
    tops.sort_unstable();
    tops.dedup();
    tops.into_iter()
        .filter(|top| !top.starts_with('.') && !ALLOWED.contains(top))
        .map(|top| {
            format!("{top}: not a place at the top level; move it below one of {}", ALLOWED.join(", "))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_are_named_once() {
        let tree = Tree::of(&[
            ("Cargo.toml", ""),
            (".ci/run", ""),
            ("tools/a", ""),
            ("tools/b", ""),
            ("deny.toml", ""),
        ]);
        let complaints = check(&tree);
        assert_eq!(complaints.len(), 2, "{complaints:?}");
        assert!(complaints[0].starts_with("deny.toml: ") && complaints[1].starts_with("tools: "));
    }
}
