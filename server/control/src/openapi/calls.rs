//! The control API's calls, path by path.
use serde_json::{Value, json};

use super::parts::{
    Operation, Paths, at, in_field, in_path, in_query, list, named, number, object, text, time,
};

const PROBLEM: &str = "application/problem+json";

pub(super) fn all(paths: &mut Paths) {
    world(paths);
    story(paths);
    faults(paths);
    evidence(paths);
    mail(paths);
}

/// A call, and how it is refused to strangers: 400 where `Host` or the query string is none.
fn call(id: &str, summary: &str) -> Operation {
    let refused = [
        (400, "No JSON, a query parameter that is none, not exactly one `Host`"),
        (401, "No token, or another's"),
        (403, "`Host` or `Origin` is not this server"),
    ];
    refused.into_iter().fold(Operation::new(id, summary), |call, (status, text)| refuses(call, status, text))
}

fn refuses(call: Operation, status: u16, text: &str) -> Operation {
    call.answer(status, text, &[(PROBLEM, named("Problem"))])
}

/// A call with a JSON body.
fn told(id: &str, summary: &str, schema: &Value) -> Operation {
    let call = refuses(call(id, summary), 413, "The body is too large");
    refuses(call, 422, "Not what was asked for, or not possible: nothing was changed")
        .body("application/json", schema)
}

fn missing(call: Operation, what: &str) -> Operation {
    refuses(call, 404, &format!("There is no such {what}"))
}

fn world(paths: &mut Paths) {
    let health = Operation::new("health", "Is it up?").security(&json!([]));
    let health = refuses(refuses(health, 400, "Not exactly one `Host`"), 403, "`Host` is not this server");
    at(paths, "/healthz", [("get", health.answer(200, "It is", &[("text/plain", text())]))]);
    let own = call("openApi", "This document").json(200, "OpenAPI 3.1", json!({ "type": "object" }));
    at(paths, "/api/openapi.json", [("get", own)]);
    let state = call("state", "The world as it is, without secrets").json(200, "The world", named("World"));
    at(paths, "/api/state", [("get", state)]);
    let accounts = call("accounts", "The accounts, without passwords");
    at(paths, "/api/accounts", [("get", accounts.json(200, "In order", list(&named("AccountEntry"))))]);
    let by = closed(object(&json!({ "by": named("Span") })));
    let advance = told("advanceClock", "Move virtual time on", &by);
    let advance =
        advance.json(200, "What had to happen by then has happened", object(&json!({ "time": time() })));
    at(paths, "/api/clock/advance", [("post", advance)]);
    let metrics = call("metrics", "The world in numbers, for Prometheus");
    at(paths, "/metrics", [("get", metrics.answer(200, "Text format 0.0.4", &[("text/plain", text())]))]);
    let changes = told("change", "Change the world, all or none", &list(&named("Change")))
        .text("64 KiB; 16 MiB where mail is delivered.")
        .json(200, "They hold for the next connection", object(&json!({ "applied": number() })));
    at(paths, "/api/changes", [("post", changes)]);
    let account = closed(object(&json!({ "account": text() })));
    let tokens = told("giveTokens", "A person signs in once more", &account);
    let tokens = tokens.json(200, "What the client is given", named("GivenTokens"));
    at(paths, "/api/tokens", [("post", tokens)]);
}

fn story(paths: &mut Paths) {
    let read = call("phase", "Where the scenario stands").json(200, "The phase", named("PhaseEntry"));
    let name = object(&json!({ "phase": { "type": "string", "description": "A phase's name, or `next`" } }));
    let enter = told("enterPhase", "Enter a phase", &closed(name));
    let enter = enter.json(200, "Its changes hold", named("PhaseEntry"));
    at(paths, "/api/phase", [("get", read), ("post", enter)]);
    let verdict = call("verdict", "What the scenario made of its client so far");
    at(paths, "/api/verdict", [("get", verdict.json(200, "By each time a phase held", named("Verdicts")))]);
    let scenarios = call("scenarios", "The built-in scenarios");
    at(paths, "/api/scenarios", [("get", scenarios.json(200, "In order", list(&named("ScenarioEntry"))))]);
}

/// Nothing but what is named.
fn closed(mut schema: Value) -> Value {
    schema["additionalProperties"] = false.into();
    schema
}

fn faults(paths: &mut Paths) {
    let read = call("faults", "The faults in force").json(200, "In order", list(&named("FaultInForce")));
    let add = told("addFault", "Add a fault", &named("Fault"));
    let add = add.json(201, "It acts on the next connection", object(&json!({ "id": number() })));
    let removed = || object(&json!({ "removed": number() }));
    let clear = call("clearFaults", "Take all faults away").json(200, "How many", removed());
    at(paths, "/api/faults", [("get", read), ("post", add), ("delete", clear)]);
    let one =
        call("removeFault", "Take one fault away").parameters(vec![in_path("id", "Its number", &number())]);
    at(paths, "/api/faults/{id}", [("delete", missing(one, "fault").json(200, "How many", removed()))]);
}

/// By which events are chosen.
fn selection() -> Vec<Value> {
    vec![
        in_query("since", false, "Only events behind this number", &number()),
        in_query("connection", false, "Only those of this connection", &number()),
        in_query("kind", false, "Only those of this kind", &text()),
    ]
}

fn evidence(paths: &mut Paths) {
    let limit =
        in_query("limit", false, "How many at most; 1,000 unless said, never more than 10,000", &number());
    let events = object(&json!({ "events": list(&named("JournalEvent")), "newest": number() }));
    let journal = call("journal", "What happened, the oldest first")
        .parameters([selection(), vec![limit.clone()]].concat())
        .json(200, "Events, and the number of the newest there is", events);
    at(paths, "/api/journal", [("get", journal)]);
    let last = in_field("Last-Event-ID", "The last event that was read: goes on behind it", &number());
    let stream = call("journalStream", "What happened, and what happens, as server-sent events")
        .parameters([selection(), vec![limit, last]].concat())
        .answer(200, "`id` is the event's number, `data` the event", &[("text/event-stream", text())]);
    let stream = refuses(stream, 422, "Last-Event-ID is not a number");
    at(paths, "/api/journal/stream", [("get", stream)]);
    let name = json!({ "type": "string", "pattern": "^[0-9]{1,18}\\.(txt|pcapng)$" });
    let view = json!({ "enum": ["wire", "plain"] });
    let transcript = call("transcript", "What was said on a connection")
        .parameters(vec![
            in_path("connection", "Its number and `.txt` or `.pcapng`", &name),
            in_query(
                "view",
                false,
                "Of a `.pcapng`: `wire` has passwords and TLS secrets, `plain` neither",
                &view,
            ),
        ])
        .answer(
            200,
            "`C:` and `S:` lines, or a file for Wireshark",
            &[("text/plain", text()), ("application/x-pcapng", text())],
        );
    let transcript = refuses(missing(transcript, "connection"), 422, "`view` is for `.pcapng` alone");
    at(paths, "/api/transcripts/{connection}", [("get", transcript)]);
    let wanted = json!({
        "type": "object",
        "properties": {
            "kind": text(),
            "connection": number(),
            "since": { "type": "integer", "minimum": 0, "description": "Unless said, only events from now on" },
            "timeout": { "type": "number", "minimum": 0, "maximum": 600, "default": 30, "description": "Seconds" },
        },
    });
    let wait = told("wait", "Block until something happens", &closed(wanted)).json(
        200,
        "The first event that fits",
        named("JournalEvent"),
    );
    let wait = refuses(wait, 408, "None came in time");
    at(paths, "/api/wait", [("post", wait)]);
}

fn mail(paths: &mut Paths) {
    let account = "An account; `outbox` is mail for strangers, kept and never sent on";
    let mails = call("mail", "The messages of an account")
        .parameters(vec![in_query("account", true, account, &text())])
        .json(200, "Its INBOX", list(&named("MailEntry")));
    let drain = call("drainMail", "Take the messages of an account out, before anything else comes")
        .parameters(vec![in_query("account", true, account, &text())])
        .json(200, "What was there, each with its `message` in Base64", list(&named("MailEntry")));
    let drain = missing(drain, "account");
    at(paths, "/api/mail", [("get", missing(mails, "account")), ("delete", drain)]);
    let one = call("message", "One message as it was received")
        .parameters(vec![in_path("account", account, &text()), in_path("uid", "Its UID", &number())])
        .answer(200, "The message (RFC 5322)", &[("message/rfc822", text())]);
    at(paths, "/api/mail/{account}/{uid}", [("get", missing(one, "message"))]);
    let texts = call("texts", "Text messages that the account portal sent");
    at(paths, "/api/texts", [("get", texts.json(200, "The oldest first", list(&named("TextMessage"))))]);
}
