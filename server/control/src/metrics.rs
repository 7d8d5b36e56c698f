//! `/metrics`: the world in numbers, in Prometheus' text format 0.0.4.
use std::collections::BTreeMap;
use std::fmt::Write;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use serde_json::Value;

use crate::routes::Lab;

/// `GET /metrics`
pub(crate) async fn read(State(laboratory): Lab) -> impl IntoResponse {
    let text = text(&laboratory.state(), &laboratory.counts());
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

fn text(state: &Value, counts: &[(&'static str, u64)]) -> String {
    let mut page = Page(String::new());
    page.family("postfail_info", "gauge", "What is running; always 1");
    let labels =
        ["scenario", "phase", "profile"].map(|name| (name, state[name].as_str().unwrap_or_default()));
    page.sample("postfail_info", &[&labels[..], &[("version", env!("CARGO_PKG_VERSION"))]].concat(), 1);
    page.family("postfail_events_total", "counter", "Journal events by kind");
    for (kind, count) in counts {
        page.sample("postfail_events_total", &[("kind", kind)], *count);
    }
    page.family("postfail_connections", "gauge", "Clients connected now");
    page.sample("postfail_connections", &[], state["connections"].as_u64().unwrap_or_default());
    page.family("postfail_faults", "gauge", "Faults in force");
    let faults = state["faults"].as_array().map(Vec::as_slice).unwrap_or_default();
    page.sample("postfail_faults", &[], faults.len() as u64);
    page.family("postfail_accounts", "gauge", "Accounts by their state");
    let mut accounts: BTreeMap<&str, u64> = BTreeMap::new();
    for account in state["accounts"].as_array().into_iter().flatten() {
        *accounts.entry(account["state"].as_str().unwrap_or_default()).or_default() += 1;
    }
    for (state, count) in accounts {
        page.sample("postfail_accounts", &[("state", state)], count);
    }
    page.0
}

struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: u64) {
        let label = |(name, value): &(&str, &str)| format!("{name}=\"{}\"", escaped(value));
        let labels: Vec<String> = labels.iter().map(label).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }
}

/// Backslash, quote and line feed may not stand in a label's value.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn labels_are_escaped_and_accounts_counted() {
        let state = json!({
            "profile": "a\"b\\c\nd",
            "connections": 2,
            "faults": [{}],
            "accounts": [{ "state": "active" }, { "state": "locked" }, { "state": "active" }],
        });
        let text = text(&state, &[("connect", 7)]);
        for line in [
            r#"postfail_info{scenario="",phase="",profile="a\"b\\c\nd",version="0.1.0"} 1"#,
            r#"postfail_events_total{kind="connect"} 7"#,
            "postfail_connections 2",
            "postfail_faults 1",
            r#"postfail_accounts{state="active"} 2"#,
            r#"postfail_accounts{state="locked"} 1"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
