//! `postfail ctl`: reads and changes a running server through its control API.
pub mod account;
mod fault;
mod http;
pub mod server;

use std::io::{BufRead, BufReader};
use std::time::Duration;

use postfail::change::Change;
use serde_json::{Value, json};

use super::Failure;
use super::args::{Ctl, Order};
use super::output;
use super::streams::{print, print_on};
use server::Server;

/// The exit code of a wait that ended with its time.
const NOT_IN_TIME: u8 = 1;

pub fn ctl(asked: &Ctl) -> Result<u8, Failure> {
    let server = Server::find(&asked.server)?;
    match &asked.order {
        Order::State { json } => {
            let state = server.get("/api/state")?;
            print(&if *json { format!("{state:#}\n") } else { state_for_people(&state) })?;
        }
        Order::Set { changes } => {
            let changes: Result<Vec<Change>, _> = changes.iter().map(|change| change.parse()).collect();
            server.change(&changes.map_err(Failure::usage)?)?;
        }
        Order::Advance { span } => {
            server.change(&[Change::Advance(span.parse().map_err(Failure::usage)?)])?;
        }
        Order::Account { name, act } => server.change(&[act.change(name)])?,
        Order::Change { changes } => server.change(&self::changes(changes)?)?,
        Order::Fault { act } => fault::fault(&server, act)?,
        Order::Phase { name: None } => print_phase(&server.get("/api/phase")?)?,
        Order::Phase { name: Some(name) } => {
            print_phase(&server.post("/api/phase", &json!({ "phase": name }))?)?;
        }
        Order::Texts { json } => {
            let texts = server.get("/api/texts")?;
            print(&if *json { format!("{texts:#}\n") } else { texts_for_people(&texts) })?;
        }
        Order::Transcript { connection } => {
            print(&server.text(&format!("/api/transcripts/{connection}.txt"))?)?
        }
        Order::Journal { follow, kind, connection, since } => {
            let query = query(*since, kind.as_deref(), *connection);
            if *follow { self::follow(&server, &query)? } else { journal(&server, &query)? }
        }
        Order::Wait { kind, connection, since, timeout } => {
            let wanted =
                json!({ "kind": kind, "connection": connection, "since": since, "timeout": timeout });
            let patience = Duration::from_secs(timeout.saturating_add(10));
            return match server.wait(&wanted, patience)? {
                Some(event) => print(&format!("{event}\n")).map(|()| 0),
                None => Ok(NOT_IN_TIME),
            };
        }
    }
    Ok(0)
}

/// `{"advance": "91d"}`, or a list of such.
pub(super) fn changes(typed: &[String]) -> Result<Vec<Change>, Failure> {
    let mut all = Vec::new();
    for json in typed {
        if json.trim_start().starts_with('[') {
            all.extend(serde_json::from_str::<Vec<Change>>(json).map_err(Failure::usage)?);
        } else {
            all.push(serde_json::from_str(json).map_err(Failure::usage)?);
        }
    }
    Ok(all)
}

fn query(since: u64, kind: Option<&str>, connection: Option<u64>) -> String {
    let mut query = format!("since={since}");
    if let Some(kind) = kind {
        let is_plain = |c: &char| c.is_ascii_alphanumeric() || *c == '_' || *c == '-';
        query.push_str("&kind=");
        query.extend(kind.chars().filter(is_plain));
    }
    if let Some(connection) = connection {
        query.push_str(&format!("&connection={connection}"));
    }
    query
}

/// All entries that fit, page by page: an answer holds a bounded number of them.
fn journal(server: &Server, query: &str) -> Result<(), Failure> {
    let mut page = server.get(&format!("/api/journal?limit=10000&{query}"))?;
    while let Some(events) = page["events"].as_array().filter(|events| !events.is_empty()) {
        for event in events {
            if print_on(&format!("{event}\n"))?.is_break() {
                return Ok(());
            }
        }
        let Some(last) = events.last().and_then(|event| event["seq"].as_u64()) else { break };
        let rest = query.split_once('&').map_or(String::new(), |(_, rest)| format!("&{rest}"));
        page = server.get(&format!("/api/journal?limit=10000&since={last}{rest}"))?;
    }
    Ok(())
}

/// The stream's `data:` lines, until the server stops or nobody reads them.
fn follow(server: &Server, query: &str) -> Result<(), Failure> {
    let stream = server.stream(&format!("/api/journal/stream?{query}"))?;
    for line in BufReader::new(stream).lines() {
        // A server that stops cuts its stream: that is the end, not a failure.
        let Ok(line) = line else { break };
        if let Some(event) = line.strip_prefix("data: ")
            && print_on(&format!("{event}\n"))?.is_break()
        {
            break;
        }
    }
    Ok(())
}

fn print_phase(answer: &Value) -> Result<(), Failure> {
    let phases = answer["phases"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut text = String::new();
    for phase in phases {
        let mark = if *phase == answer["phase"] { "*" } else { " " };
        text.push_str(&format!("{mark} {}\n", phase.as_str().unwrap_or_default()));
    }
    print(if phases.is_empty() { "no scenario, so no phases\n" } else { &text })
}

fn texts_for_people(texts: &Value) -> String {
    let word = |text: &Value, key: &str| text[key].as_str().unwrap_or_default().to_owned();
    let texts = texts.as_array().map(Vec::as_slice).unwrap_or_default();
    if texts.is_empty() {
        return "no text message was sent\n".to_owned();
    }
    texts.iter().map(|text| format!("{}: {}\n", word(text, "to"), word(text, "text"))).collect()
}

fn state_for_people(state: &Value) -> String {
    let word = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(words) => words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
        Value::Null => "-".to_owned(),
        other => other.to_string(),
    };
    let rows = |list: &Value, columns: &[&str]| -> Vec<Vec<String>> {
        let row = |item: &Value| columns.iter().map(|column| word(&item[*column])).collect();
        list.as_array().map(|items| items.iter().map(row).collect()).unwrap_or_default()
    };
    let listeners = ["name", "state", "security", "tls", "port", "certificate", "auth", "require_tls"];
    let accounts = ["name", "address", "state"];
    let mut text = String::new();
    for key in ["time", "scenario", "phase", "profile", "seed", "connections"] {
        text.push_str(&format!("{key:<12}{}\n", word(&state[key])));
    }
    text.push('\n');
    text.push_str(&output::table(&listeners, &rows(&state["listeners"], &listeners)));
    text.push('\n');
    text.push_str(&output::table(&accounts, &rows(&state["accounts"], &accounts)));
    text
}
