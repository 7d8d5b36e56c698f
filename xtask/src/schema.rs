//! `scenarios/schema.json`, made from the types that read scenario files.
use std::path::Path;
use std::process::Command;

use crate::shell;

const FILE: &str = "scenarios/schema.json";

/// Write it.
pub fn write(root: &Path) -> Result<(), String> {
    let made = made(root)?;
    std::fs::write(root.join(FILE), made).map_err(|error| format!("cannot write {FILE}: {error}"))
}

/// The complaint where the file is not what the types say.
pub fn check(root: &Path) -> Result<(), String> {
    let kept = std::fs::read_to_string(root.join(FILE)).unwrap_or_default();
    if kept == made(root)? { Ok(()) } else { Err(format!("{FILE}: old; run `cargo xtask schema`")) }
}

/// `xtask` is below every layer, so the engine is run rather than linked.
fn made(root: &Path) -> Result<String, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["run", "--quiet", "--package", "postfail-engine", "--example", "schema"];
    shell::output(Command::new(cargo).current_dir(root).args(arguments))
}
