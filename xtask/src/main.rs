//! `cargo xtask COMMAND`: what the project needs done beside `cargo build` and `cargo test`.
mod bench;
mod clients;
mod fuzz;
mod providers;
mod schema;
mod shell;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask tidy                          the project's own rules: file length, layers, documentation
cargo xtask clients [--bench]             install the real mail clients the tests drive (Debian packages)
cargo xtask fuzz [TARGET] [--seconds N]   fuzz one target, or each in turn (default 60 seconds each)
cargo xtask providers                     write docs/providers.md from the profiles
cargo xtask schema                        write scenarios/schema.json from the types that read scenarios
cargo xtask clients-table                 write docs/clients.md: real clients and the STARTTLS cases
cargo xtask bench [NAME] [--json FILE]    measure beside other servers; see docs/bench.md
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["tidy"] => tidy::run(root()),
        ["clients", rest @ ..] => clients::run(rest),
        ["fuzz", rest @ ..] => fuzz::run(root(), rest),
        ["providers"] => providers::run(root()),
        ["schema"] => schema::write(root()),
        ["clients-table"] => clients::table(root()),
        ["bench", rest @ ..] => bench::run(root(), rest),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        _ => Err(format!("no such command: {}\n{HELP}", words.join(" "))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{}", message.trim_end());
            ExitCode::FAILURE
        }
    }
}

/// The workspace's root: the parent of this package.
fn root() -> &'static Path {
    static ROOT: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    ROOT.get_or_init(|| {
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_owned)
    })
}
