//! `cargo xtask bench`.
use std::path::Path;

pub fn run(_: &Path, _: &[&str]) -> Result<(), String> {
    Ok(())
}
