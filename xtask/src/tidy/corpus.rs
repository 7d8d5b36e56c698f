//! The sample mail and its index name the same files.
use super::{Complaint, Tree};

const INDEX: &str = "scenarios/mail/INDEX.md";

pub fn check(tree: &Tree) -> Vec<Complaint> {
    let index = tree.text(INDEX).unwrap_or_default();
    let listed: Vec<&str> = index
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | ").map(|(file, _)| file))
        .collect();
    let there: Vec<&str> = tree
        .below("scenarios/mail", ".eml")
        .map(|(path, _)| path.trim_start_matches("scenarios/mail/"))
        .collect();
    let unlisted =
        there.iter().filter(|file| !listed.contains(file)).map(|file| format!("{INDEX}: no row for {file}"));
    let gone =
        listed.iter().filter(|file| !there.contains(file)).map(|file| format!("{INDEX}: there is no {file}"));
    unlisted.chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        let tree = Tree::of(&[("scenarios/mail/a.eml", ""), (INDEX, "| `b.eml` | odd |\n")]);
        assert_eq!(
            check(&tree),
            [format!("{INDEX}: no row for a.eml"), format!("{INDEX}: there is no b.eml")]
        );
    }
}
