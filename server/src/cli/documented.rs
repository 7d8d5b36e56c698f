//! The commands that the pages show are commands of this program: each is parsed, and what it names is there.
use std::path::{Path, PathBuf};

use clap::Parser;
use postfail::catalogue;
use postfail::change::Change;
use postfail::fault::from_lines;

use super::args::{Arguments, Command, FaultAct, Order};
use super::ctl;

/// The pages, from the root of the sources.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let docs = std::fs::read_dir(root.join("docs")).unwrap().map(|page| page.unwrap().path());
    docs.chain(["README.md", "scenarios/README.md"].map(|page| root.join(page))).collect()
}

/// Lines of code: in fences, or behind four blanks. A line that goes on is one with the next.
fn code(page: &str) -> Vec<String> {
    let page = page.replace("\\\n", " ");
    let mut fenced = false;
    let mut lines = Vec::new();
    for line in page.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if fenced || line.starts_with("    ") {
            let line = line.trim();
            lines.push(line.strip_prefix("$ ").unwrap_or(line).to_owned());
        }
    }
    lines
}

/// As sh(1) cuts a line, as far as the pages go: quotes, blanks, comments.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars() {
        match quote {
            Some(end) if c == end => quote = None,
            Some(_) => word.get_or_insert_default().push(c),
            None if c == '\'' || c == '"' => {
                word.get_or_insert_default();
                quote = Some(c);
            }
            None if c == '#' && word.is_none() => break,
            None if c.is_whitespace() => words.extend(word.take()),
            None => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// The arguments, where the line is a command of ours, also by way of cargo and behind settings of the environment.
fn ours(line: &str) -> Option<Vec<String>> {
    let words = words(line);
    let is_setting = |word: &&String| {
        word.split_once('=').is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_uppercase()))
    };
    let settings = words.iter().take_while(is_setting).count();
    let command: Vec<&str> = words[settings..].iter().map(String::as_str).collect();
    let rest = match command.as_slice() {
        ["cargo", "run", "-p", "postfail", "--", rest @ ..] => rest,
        // A row of a table begins with a name and a figure.
        ["postfail", figure, ..] if figure.starts_with(|c: char| c.is_ascii_digit()) => return None,
        ["postfail", rest @ ..] => rest,
        _ => return None,
    };
    Some(std::iter::once("postfail").chain(rest.iter().copied()).map(str::to_owned).collect())
}

/// What is wrong with what a command names; a file is the reader's own.
fn wrong(command: Command) -> Result<(), String> {
    let scenario = |name: &String| match name.ends_with(".toml") {
        true => Ok(()),
        false => catalogue::select(name).map(drop).map_err(|error| error.to_string()),
    };
    let set = |change: &String| change.parse::<Change>().map(drop).map_err(|error| error.to_string());
    match command {
        Command::Serve(asked) => {
            asked.scenario.iter().try_for_each(scenario)?;
            asked.world.changes.iter().try_for_each(set)
        }
        Command::Run(asked) => asked.scenario.iter().try_for_each(scenario),
        Command::Explain(asked) if asked.name.contains('/') => scenario(&asked.name),
        Command::Ctl(asked) => match asked.order {
            Order::Set { changes } => changes.iter().try_for_each(set),
            Order::Change { changes } => ctl::changes(&changes).map(drop).map_err(|failure| failure.message),
            Order::Fault { act: FaultAct::Add { lines } } => {
                from_lines(lines.iter().map(String::as_str)).map(drop).map_err(|error| error.to_string())
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

#[test]
fn pages_show_commands_that_there_are() {
    let mut seen = 0;
    for path in pages() {
        let page = std::fs::read_to_string(&path).unwrap();
        for line in code(&page) {
            let Some(arguments) = ours(&line) else { continue };
            seen += 1;
            let parsed = Arguments::try_parse_from(arguments).map_err(|error| error.to_string());
            let told = parsed.and_then(|parsed| wrong(parsed.command));
            assert_eq!(told, Ok(()), "{}: {line}", path.display());
        }
    }
    assert!(seen > 40, "only {seen} commands are seen");
}

#[test]
fn words_are_cut_as_a_shell_does() {
    assert_eq!(
        ours("KEPT=$(mktemp) postfail list --json # all"),
        Some(vec!["postfail".into(), "list".into(), "--json".into()])
    );
    assert_eq!(words("a 'b c'=d \"\" e#f #g"), ["a", "b c=d", "", "e#f"]);
    assert_eq!(ours("postfail: error: unknown profile"), None);
    assert_eq!(ours("curl postfail"), None);
}
