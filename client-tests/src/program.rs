//! The program `postfail` itself, for tests of its command line: built once, with the features of the tests.
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Where the program is. Cargo tells a package only of its own programs, so it is asked to build this one and to say
/// where it put it.
///
/// # Panics
/// When it does not build.
pub fn postfail() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let output = Command::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--package",
                "postfail",
                "--bin",
                "postfail",
                "--message-format",
                "json",
            ])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .output()
            .expect("cargo is there, or this test would not be");
        assert!(
            output.status.success(),
            "postfail does not build:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let messages = String::from_utf8_lossy(&output.stdout).into_owned();
        let executable = messages.lines().find_map(|line| {
            let message: serde_json::Value = serde_json::from_str(line).ok()?;
            Some(PathBuf::from(message.get("executable")?.as_str()?))
        });
        executable.expect("cargo names the executable it built")
    })
}
