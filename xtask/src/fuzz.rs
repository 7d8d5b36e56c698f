//! `cargo xtask fuzz`: runs the fuzz targets of `server/session/fuzz` for a time.
//!
//! libFuzzer needs compiler flags that stable hides; `RUSTC_BOOTSTRAP=1` shows them, so no nightly is asked for.
use std::path::Path;
use std::process::Command;

use crate::shell;

const TARGETS: &[&str] =
    &["framing", "command", "client_hello", "session_smtp", "session_pop3", "session_imap"];
/// Inputs up to here: past every limit a fuzzed session is given.
const LONGEST: usize = 16 * 1024;
const MEMORY_MB: usize = 1024;

pub fn run(root: &Path, arguments: &[&str]) -> Result<(), String> {
    let (targets, seconds) = parse(arguments)?;
    if shell::find("cargo-fuzz").is_none() {
        return Err("fuzz: cargo-fuzz is missing; cargo install --locked cargo-fuzz@0.13.2".into());
    }
    let directory = root.join("server/session/fuzz");
    for target in targets {
        println!("fuzz: {target} for {seconds} seconds");
        let corpus = directory.join("corpus").join(target);
        std::fs::create_dir_all(&corpus).map_err(|error| format!("{}: {error}", corpus.display()))?;
        shell::run(
            Command::new("cargo")
                .env("RUSTC_BOOTSTRAP", "1")
                .args(["fuzz", "run", "--fuzz-dir"])
                .arg(&directory)
                .arg(target)
                .arg(&corpus)
                .arg(directory.join("seeds").join(target))
                .arg("--")
                .arg(format!("-max_total_time={seconds}"))
                .arg(format!("-max_len={LONGEST}"))
                .arg(format!("-rss_limit_mb={MEMORY_MB}"))
                .args(["-timeout=10", "-malloc_limit_mb=128", "-print_final_stats=1"]),
        )?;
    }
    Ok(())
}

fn parse<'a>(arguments: &[&'a str]) -> Result<(Vec<&'a str>, u64), String> {
    let mut seconds = 60;
    let mut targets = Vec::new();
    let mut rest = arguments.iter();
    while let Some(&word) = rest.next() {
        if word == "--seconds" {
            seconds = rest
                .next()
                .and_then(|number| number.parse().ok())
                .ok_or("fuzz: --seconds wants a whole number, such as --seconds 600")?;
        } else if TARGETS.contains(&word) {
            targets.push(word);
        } else {
            return Err(format!("fuzz: no target {word}; there are {}", TARGETS.join(", ")));
        }
    }
    Ok((if targets.is_empty() { TARGETS.to_vec() } else { targets }, seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments() {
        assert_eq!(parse(&[]), Ok((TARGETS.to_vec(), 60)));
        assert_eq!(parse(&["framing", "--seconds", "600"]), Ok((vec!["framing"], 600)));
        assert!(parse(&["--seconds", "soon"]).is_err_and(|message| message.contains("whole number")));
        assert!(parse(&["farming"]).is_err_and(|message| message.contains("framing, command")));
    }
}
