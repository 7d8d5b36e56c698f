//! `cargo xtask bench`: Postfail beside servers people know, by one generator of our own; `docs/bench.md` says how to
//! read it.
mod change;
mod figures;
mod idle;
mod imap;
mod line;
mod rival;
mod smtp;
mod start;
mod tls;
mod token;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell;
use figures::Figure;

/// Each figure is the median of this many runs, the servers taking turns, each run with a server just started.
const ROUNDS: usize = 5;

type Measure = fn(&Bench) -> Result<Vec<Figure>, String>;

const MEASURES: &[(&str, Measure)] = &[
    ("start", start::measure),
    ("smtp", smtp::measure),
    ("imap", imap::measure),
    ("idle", idle::measure),
    ("change", change::measure),
    ("token", token::measure),
    ("tls", tls::measure),
];

/// What every measurement needs.
pub struct Bench {
    /// The release build of the program.
    program: PathBuf,
    /// A folder for configurations, mail and the Python environment, below the build's own.
    folder: PathBuf,
    rounds: usize,
}

pub fn run(root: &Path, arguments: &[&str]) -> Result<(), String> {
    let (names, json) = parse(arguments)?;
    if more_files()? {
        return Ok(());
    }
    println!("bench: building postfail (release)");
    shell::run(Command::new("cargo").current_dir(root).args([
        "build",
        "--quiet",
        "--release",
        "-p",
        "postfail",
        "-p",
        "postfail-net",
        "--bins",
        "--examples",
    ]))?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder));
    let bench =
        Bench { program: target.join("release/postfail"), folder: target.join("bench"), rounds: ROUNDS };
    std::fs::create_dir_all(&bench.folder).map_err(|error| format!("{}: {error}", bench.folder.display()))?;
    let mut all = Vec::new();
    for (name, measure) in MEASURES.iter().filter(|(name, _)| names.contains(name)) {
        println!("bench: {name}, {ROUNDS} rounds");
        let figures = measure(&bench)?;
        print!("{}", figures::table(&figures));
        all.extend(figures);
    }
    if let Some(file) = json {
        std::fs::write(&file, figures::json(&all)).map_err(|error| format!("{}: {error}", file.display()))?;
        println!("bench: written to {}", file.display());
    }
    Ok(())
}

fn parse<'a>(arguments: &[&'a str]) -> Result<(Vec<&'a str>, Option<PathBuf>), String> {
    let known: Vec<&str> = MEASURES.iter().map(|(name, _)| *name).collect();
    let mut names = Vec::new();
    let mut json = None;
    let mut rest = arguments.iter();
    while let Some(&word) = rest.next() {
        if word == "--json" {
            json = Some(PathBuf::from(rest.next().ok_or("bench: --json wants a file name")?));
        } else if known.contains(&word) {
            names.push(word);
        } else {
            return Err(format!("bench: no measurement {word}; there are {}", known.join(", ")));
        }
    }
    Ok((if names.is_empty() { known } else { names }, json))
}

/// Thousands of sockets need the hard limit of open files: starts this program again under it, once.
fn more_files() -> Result<bool, String> {
    const MARK: &str = "XTASK_BENCH_FILES_RAISED";
    if std::env::var_os(MARK).is_some() {
        return Ok(false);
    }
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let script = "ulimit -n \"$(ulimit -Hn)\" && exec \"$0\" \"$@\"";
    let mut again = Command::new("sh");
    again.args(["-c", script]).arg(program).args(std::env::args_os().skip(1)).env(MARK, "1");
    shell::run(&mut again).map(|()| true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments() {
        assert_eq!(parse(&[]), Ok((vec!["start", "smtp", "imap", "idle", "change", "token", "tls"], None)));
        assert_eq!(parse(&["idle", "--json", "f"]), Ok((vec!["idle"], Some(PathBuf::from("f")))));
        assert!(
            parse(&["smpt"]).is_err_and(|message| message.contains("start, smtp, imap, idle, change, token"))
        );
        assert!(parse(&["--json"]).is_err_and(|message| message.contains("file name")));
    }
}
