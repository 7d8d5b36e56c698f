//! The ready file: one flat JSON object with everything a client, a script or `ctl` has to know; there once every
//! port answers, and whole or not at all.
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::Variable;
use crate::files;

/// Write it. Keys are those of the client's environment; ports are numbers, all else is text.
///
/// # Errors
/// When the folder is not there or not writable.
pub fn write(path: &Path, variables: &[Variable]) -> io::Result<()> {
    let entry = |variable: &Variable| {
        let number = variable.name.ends_with(".port").then(|| variable.value.parse::<u16>().ok()).flatten();
        (variable.key(), number.map_or_else(|| Value::from(variable.value.as_str()), Value::from))
    };
    let object: Map<String, Value> = variables.iter().map(entry).collect();
    let mut text = format!("{:#}", Value::Object(object));
    text.push('\n');
    files::write_whole(path, text.as_bytes())
}

/// Where `serve` leaves it and `ctl` looks for it when neither is told: `$XDG_RUNTIME_DIR/postfail.json`, else
/// `~/.local/state/postfail.json`; `None` where there is neither.
#[must_use]
pub fn usual_place() -> Option<PathBuf> {
    let folder =
        |variable: &str| std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    let runtime = folder("XDG_RUNTIME_DIR");
    let state = || folder("XDG_STATE_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/state")));
    runtime.or_else(state).map(|folder| folder.join("postfail.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_numbers_and_all_else_is_text() {
        let folder = files::Folder::new().unwrap();
        let path = folder.path().join("ready.json");
        let variables = [Variable::new("imaps.port", "40123"), Variable::new("password", "12345")];
        write(&path, &variables).unwrap();
        let ready: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(ready["POSTFAIL_IMAPS_PORT"], 40123);
        assert_eq!(ready["POSTFAIL_PASSWORD"], "12345");
    }
}
