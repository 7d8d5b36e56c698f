//! `cargo xtask tidy`: the rules of this project that no compiler knows, each with its own file.
//!
//! A check reads a [`Tree`] (paths and texts, no disk), so that its test is a small bad tree.
mod corpus;
mod crates;
mod faults;
mod places;
mod sans_io;
mod scenarios;
mod sources;
mod spelling;

use std::path::Path;
use std::process::Command;

use crate::{schema, shell};

/// The project's files: path from the root with `/`, and text (empty where it is not UTF-8).
pub struct Tree(Vec<(String, String)>);

/// What is wrong: `path:line: sentence`.
pub type Complaint = String;

/// A rule: a name for the summary, and what it finds.
type Check = (&'static str, fn(&Tree) -> Vec<Complaint>);

const CHECKS: &[Check] = &[
    ("top-level entries", places::check),
    ("source files", sources::check),
    ("layers", crates::check),
    ("sans-IO crates", sans_io::check),
    ("faults", faults::check),
    ("scenarios", scenarios::check),
    ("spelling", spelling::check),
    ("sample mail", corpus::check),
    ("providers page", crate::providers::check),
];

pub fn run(root: &Path) -> Result<(), String> {
    let tree = Tree::read(root)?;
    let mut wrong = 0;
    for (name, check) in CHECKS {
        let complaints = check(&tree);
        println!("tidy: {name}: {}", if complaints.is_empty() { "ok" } else { "not tidy" });
        for complaint in &complaints {
            println!("  {complaint}");
        }
        wrong += complaints.len();
    }
    match schema::check(root) {
        Ok(()) => println!("tidy: schema: ok"),
        Err(complaint) => {
            println!("tidy: schema: not tidy\n  {complaint}");
            wrong += 1;
        }
    }
    if wrong == 0 { Ok(()) } else { Err(format!("tidy: {wrong} complaints in {} files", tree.0.len())) }
}

impl Tree {
    /// What git tracks or would track; a file that was deleted but not yet committed is left out.
    pub fn read(root: &Path) -> Result<Self, String> {
        let list = shell::output(Command::new("git").current_dir(root).args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]))?;
        let mut files = Vec::new();
        for path in list.split_terminator('\0') {
            if let Ok(bytes) = std::fs::read(root.join(path)) {
                files.push((path.to_owned(), String::from_utf8(bytes).unwrap_or_default()));
            }
        }
        Ok(Self(files))
    }

    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }

    fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    pub fn text(&self, path: &str) -> Option<&str> {
        self.files().find(|(at, _)| *at == path).map(|(_, text)| text)
    }

    /// Files below `folder` (no slash at the end) whose name ends in `ending`.
    pub fn below<'a>(&'a self, folder: &'a str, ending: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files().filter(move |(path, _)| {
            path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')) && path.ends_with(ending)
        })
    }
}
