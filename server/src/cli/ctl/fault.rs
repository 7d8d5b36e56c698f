//! `postfail ctl fault`: the faults of a running server.
use postfail::fault::from_lines;
use serde_json::Value;

use super::server::Server;
use super::{output, print};
use crate::cli::Failure;
use crate::cli::args::FaultAct;

pub fn fault(server: &Server, act: &FaultAct) -> Result<(), Failure> {
    match act {
        FaultAct::Add { lines } => {
            let fault = from_lines(lines.iter().map(String::as_str)).map_err(Failure::usage)?;
            let fault = serde_json::to_value(fault).map_err(Failure::ours)?;
            print(&format!("{}\n", server.post("/api/faults", &fault)?["id"]))
        }
        FaultAct::List { json } => {
            let faults = server.get("/api/faults")?;
            print(&if *json { format!("{faults:#}\n") } else { table(&faults) })
        }
        FaultAct::Remove { id } if id == "all" => server.delete("/api/faults").map(drop),
        FaultAct::Remove { id } => {
            let id: u64 = id.parse().map_err(|_| {
                Failure::usage(format!(
                    "`{id}` is no number of a fault; `postfail ctl fault list` shows them"
                ))
            })?;
            server.delete(&format!("/api/faults/{id}")).map(drop)
        }
    }
}

/// Number, how often it was met, and the fault as `fault add` takes it.
fn table(faults: &Value) -> String {
    let faults = faults.as_array().map(Vec::as_slice).unwrap_or_default();
    if faults.is_empty() {
        return "no fault is in force\n".to_owned();
    }
    let row = |rule: &Value| {
        let lines = rule["fault"].as_object().into_iter().flatten();
        let lines: Vec<String> = lines.map(|(key, value)| format!("{key}={}", toml(value))).collect();
        vec![rule["id"].to_string(), rule["met"].to_string(), lines.join(" ")]
    };
    output::table(&["id", "met", "fault"], &faults.iter().map(row).collect::<Vec<_>>())
}

/// A JSON value as TOML writes it inline.
fn toml(value: &Value) -> String {
    match value {
        Value::Object(table) => {
            let entries: Vec<String> =
                table.iter().map(|(key, value)| format!("{key} = {}", toml(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        // Strings, numbers, booleans and arrays of them are alike in both.
        other => other.to_string(),
    }
}
