//! The control API's document.
use postfail_engine::schema;
use serde_json::{Value, json};

use super::parts::{self, Paths, list, number, object, or_null, text, time};
use super::{calls, parts::named};

const TEXT: &str = "One running Postfail, read and changed. Times are virtual: the world's own clock.";

/// All of it.
pub(crate) fn document() -> Value {
    let mut paths = Paths::new();
    calls::all(&mut paths);
    let mut schemas = schema::components();
    let own = [
        ("Problem", problem()),
        ("World", state()),
        ("AccountEntry", account()),
        ("JournalEvent", event()),
        ("Verdicts", verdicts()),
        ("ScenarioEntry", scenario()),
        ("PhaseEntry", phase()),
        ("MailEntry", mail()),
        ("TextMessage", object(&json!({ "sent": time(), "to": text(), "text": text() }))),
        ("GivenTokens", tokens()),
        ("FaultInForce", object(&json!({ "id": number(), "fault": named("Fault"), "met": number() }))),
    ];
    // Two things of one name would be one in the document.
    debug_assert!(own.iter().all(|(name, _)| !schemas.contains_key(*name)));
    schemas.extend(own.map(|(name, schema)| (name.to_owned(), schema)));
    let components = json!({
        "schemas": schemas,
        "securitySchemes": {
            "token": { "type": "http", "scheme": "bearer", "description": "POSTFAIL_CONTROL_TOKEN of the ready file" },
        },
    });
    let mut document = parts::document("Postfail control API", TEXT, paths, &components);
    document["security"] = json!([{ "token": [] }]);
    document
}

/// RFC 9457.
fn problem() -> Value {
    let mut problem = object(&json!({
        "type": text(),
        "title": text(),
        "status": { "type": "integer" },
        "detail": { "type": "string", "description": "What was wrong" },
    }));
    problem["properties"]["at"] = json!({ "type": "string", "description": "Where" });
    problem["properties"]["expected"] = json!({ "type": "string", "description": "What would be right" });
    problem
}

fn state() -> Value {
    object(&json!({
        "time": time(),
        "clock": object(&json!({
            "frozen": { "type": "boolean" },
            "rate": { "type": "number", "description": "Virtual seconds in a real second" },
            "pace": { "enum": ["real", "instant"] },
        })),
        "scenario": or_null(&text()),
        "phase": or_null(&text()),
        "profile": text(),
        "seed": number(),
        "connections": number(),
        "listeners": list(&json!({ "type": "object" })),
        "accounts": list(&named("AccountEntry")),
        "faults": list(&named("FaultInForce")),
        "refusals": list(&json!({ "type": "object" })),
        "connection_limit": { "type": "object" },
        "lockout": {},
        "aging": { "type": "object" },
        "banned": { "type": "array" },
        "journal": object(&json!({ "oldest": number(), "newest": number() })),
    }))
}

fn account() -> Value {
    object(&json!({
        "name": text(),
        "address": text(),
        "state": {},
        "switches": { "type": "object", "description": "What is switched off, and app passwords by their number" },
    }))
}

fn event() -> Value {
    let mut event = object(&json!({ "seq": number(), "kind": text() }));
    event["description"] = "One journal entry; docs/evidence.md tells what each kind has besides.".into();
    event
}

fn verdicts() -> Value {
    let finding =
        object(&json!({ "rule": text(), "expected": text(), "actual": text(), "proof": list(&text()) }));
    let severity = json!({ "enum": ["advice", "breach", "harm", "leak"] });
    let breach = object(&json!({
        "rule": text(),
        "severity": severity,
        "section": text(),
        "advice": text(),
        "proof": list(&text()),
    }));
    let phase = object(&json!({
        "name": text(),
        "outcome": { "enum": ["passed", "failed", "not-reached"] },
        "asked": text(),
        "ended": text(),
        "seconds": { "type": "number" },
        "findings": list(&finding),
        "conduct": list(&breach),
    }));
    let verdict =
        object(&json!({ "scenario": text(), "profile": text(), "seed": number(), "phases": list(&phase) }));
    object(
        &json!({ "scenario": or_null(&text()), "passed": { "type": "boolean" }, "verdicts": list(&verdict) }),
    )
}

fn scenario() -> Value {
    object(&json!({
        "id": text(),
        "title": object(&json!({ "en": text(), "ja": text() })),
        "diagnosis": { "type": "object" },
        "profiles": list(&text()),
        "phases": list(&text()),
    }))
}

fn phase() -> Value {
    object(&json!({ "phase": or_null(&text()), "phases": list(&text()) }))
}

fn mail() -> Value {
    let mut mail = object(&json!({ "uid": number(), "size": number(), "received": time() }));
    mail["properties"]["flags"] = list(&text());
    mail["properties"]["reverse_path"] = or_null(&text());
    mail["properties"]["recipients"] = list(&text());
    mail["properties"]["message"] = json!({ "type": "string", "contentEncoding": "base64" });
    mail["properties"]["dsn"] = or_null(&json!({ "type": "object" }));
    mail
}

fn tokens() -> Value {
    object(&json!({
        "account": text(),
        "issuer": text(),
        "access_token": text(),
        "refresh_token": text(),
        "expires_at": time(),
    }))
}
