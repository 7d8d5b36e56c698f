//! What the identity provider answers.
use postfail_identity::Issuer;
use serde_json::{Map, Value, json};

use super::parts::{Operation, list, named, number, object, text};

/// How an endpoint for programs refuses (RFC 6749 section 5.2), in the issuer's form.
pub(super) fn denied(operation: Operation, issuer: Issuer) -> Operation {
    let usual = [
        (400, "The RFC's `error`, in the issuer's words"),
        (401, "The client did not prove itself"),
        (429, "Too many requests, where a change says so"),
        (503, "Down, where a change says so"),
    ];
    let google = [(403, "A device polls too fast, or the person said no"), (428, "A device has to wait")];
    let more: &[(u16, &str)] = if issuer == Issuer::Google { &google } else { &[] };
    let refuse = |operation: Operation, &(status, text): &(u16, &str)| {
        operation.json(status, text, named(error(issuer)))
    };
    usual.iter().chain(more).fold(operation, refuse)
}

fn error(issuer: Issuer) -> &'static str {
    if issuer == Issuer::Microsoft { "MicrosoftError" } else { "Error" }
}

pub(super) fn tokens(issuer: Issuer) -> &'static str {
    if issuer == Issuer::Microsoft { "MicrosoftTokens" } else { "Tokens" }
}

pub(super) fn device(issuer: Issuer) -> &'static str {
    match issuer {
        Issuer::Microsoft => "MicrosoftDevice",
        Issuer::Google => "GoogleDevice",
        Issuer::Generic => "Device",
    }
}

pub(super) fn revocation(issuer: Issuer) -> &'static str {
    match issuer {
        Issuer::Google => {
            "Takes the token in the query string too, and asks for no client; a token that is not known is an error."
        }
        Issuer::Microsoft | Issuer::Generic => "A token that is not known is no error.",
    }
}

/// By name.
pub(super) fn schemas() -> Map<String, Value> {
    let all = [
        ("Error", error_of(&[])),
        ("MicrosoftError", microsoft_error()),
        ("Tokens", tokens_of(&json!({}))),
        ("MicrosoftTokens", tokens_of(&json!({ "ext_expires_in": number() }))),
        ("Device", device_of("verification_uri")),
        ("MicrosoftDevice", device_of("verification_uri")),
        ("GoogleDevice", device_of("verification_url")),
        ("Introspection", introspection()),
        ("UserInfo", user_info()),
        (
            "Keys",
            object(
                &json!({ "keys": list(&object(&json!({ "kty": text(), "kid": text(), "alg": text() }))) }),
            ),
        ),
        ("Metadata", metadata()),
    ];
    all.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

fn with(mut schema: Value, optional: &[(&str, Value)]) -> Value {
    for (name, property) in optional {
        schema["properties"][*name] = property.clone();
    }
    schema
}

/// RFC 6749 section 5.2: no quotes, no backslash in either.
fn error_of(more: &[(&str, Value)]) -> Value {
    let error = json!({ "type": "string", "pattern": "^[\\x20-\\x21\\x23-\\x5B\\x5D-\\x7E]+$" });
    let schema = object(&json!({ "error": error }));
    with(with(schema, &[("error_description", text()), ("error_uri", text())]), more)
}

/// With AADSTS numbers, and what a support person asks for.
fn microsoft_error() -> Value {
    let mut schema = error_of(&[
        ("error_codes", list(&json!({ "type": "integer" }))),
        ("timestamp", text()),
        ("trace_id", text()),
        ("correlation_id", text()),
        ("suberror", text()),
        ("claims", text()),
    ]);
    schema["required"] =
        json!(["error", "error_description", "error_codes", "timestamp", "trace_id", "correlation_id"]);
    schema
}

fn tokens_of(more: &Value) -> Value {
    let mut properties = json!({
        "token_type": { "const": "Bearer" },
        "scope": text(),
        "expires_in": { "type": "integer", "minimum": 0, "description": "Seconds" },
        "access_token": text(),
    });
    for (name, property) in more.as_object().into_iter().flatten() {
        properties[name] = property.clone();
    }
    let optional = [
        ("refresh_token", text()),
        ("id_token", text()),
        ("client_info", text()),
        ("refresh_token_expires_in", number()),
    ];
    with(object(&properties), &optional)
}

/// RFC 8628 section 3.2; Google has a name of its own for the address.
fn device_of(uri: &str) -> Value {
    let schema = object(&json!({
        "device_code": text(),
        "user_code": text(),
        uri: text(),
        "expires_in": { "type": "integer", "minimum": 0, "description": "Seconds" },
        "interval": { "type": "integer", "minimum": 0, "description": "Seconds between polls" },
    }));
    with(schema, &[("verification_uri_complete", text()), ("message", text())])
}

fn introspection() -> Value {
    let names = ["token_type", "scope", "client_id", "username", "sub", "aud"];
    let schema = object(&json!({ "active": { "type": "boolean" } }));
    let schema = names.into_iter().fold(schema, |schema, name| with(schema, &[(name, text())]));
    with(schema, &[("exp", number())])
}

fn user_info() -> Value {
    object(&json!({
        "sub": text(),
        "name": text(),
        "email": text(),
        "email_verified": { "type": "boolean" },
    }))
}

fn metadata() -> Value {
    let uri = || json!({ "type": "string", "format": "uri" });
    let schema = object(&json!({
        "issuer": uri(),
        "authorization_endpoint": uri(),
        "token_endpoint": uri(),
        "jwks_uri": uri(),
        "userinfo_endpoint": uri(),
        "response_types_supported": list(&text()),
        "subject_types_supported": list(&text()),
        "id_token_signing_alg_values_supported": list(&text()),
    }));
    let optional = [
        "device_authorization_endpoint",
        "end_session_endpoint",
        "revocation_endpoint",
        "introspection_endpoint",
    ];
    optional.into_iter().fold(schema, |schema, name| with(schema, &[(name, uri())]))
}
