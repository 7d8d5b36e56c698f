//! What is sent to the identity provider, as `application/x-www-form-urlencoded`; each parameter at most once.
use postfail_identity::Issuer;
use serde_json::{Value, json};

fn form(properties: &Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required })
}

fn said(text: &str) -> Value {
    json!({ "type": "string", "description": text })
}

/// RFC 6749 section 4.1.1, RFC 7636 section 4.3, OpenID Connect Core section 3.1.2.1.
pub(super) fn authorization(issuer: Issuer) -> Value {
    let mut properties = json!({
        "client_id": { "type": "string", "description": "The program", "examples": ["postfail-client"] },
        "redirect_uri": {
            "type": "string",
            "description": "Where the answer goes: loopback at any port, a scheme of its own, or as registered",
            "examples": ["http://127.0.0.1:8080/"],
        },
        "response_type": { "type": "string", "enum": ["code"], "description": "A code" },
        "response_mode": { "type": "string", "enum": ["query", "fragment"], "description": "How the answer goes back" },
        "scope": { "type": "string", "description": "What it asks for", "examples": [issuer.mail_scopes()] },
        "state": { "type": "string", "maxLength": 4096, "description": "Comes back as it is" },
        "nonce": { "type": "string", "maxLength": 4096, "description": "Comes back in the ID token" },
        "code_challenge": { "type": "string", "pattern": "^[A-Za-z0-9._~-]{43,128}$", "description": "PKCE" },
        "code_challenge_method": { "type": "string", "enum": ["S256", "plain"], "description": "PKCE; `generic` takes S256 only" },
        "prompt": said("`login`, `select_account`: sign in anew; `none`: ask nobody"),
        "login_hint": said("Who will sign in"),
    });
    if issuer == Issuer::Google {
        properties["access_type"] = json!({
            "type": "string",
            "enum": ["online", "offline"],
            "description": "`offline`: with a refresh token",
        });
    }
    form(&properties, &["client_id", "redirect_uri", "response_type", "scope"])
}

/// A person's answer; only the session's own page can say it.
pub(super) fn decision(about: &str) -> Value {
    let properties = json!({
        about: said("What is decided on, as the page has it"),
        "csrf": said("The session's token, as the page has it"),
        "decision": { "type": "string", "enum": ["allow", "deny"], "description": "The button" },
    });
    form(&properties, &[about, "csrf", "decision"])
}

/// RFC 6749 sections 4.1.3, 4.3.2, 4.4.2 and 6, RFC 8628 section 3.4: one of these.
pub(super) fn token(issuer: Issuer) -> Value {
    let code = [
        ("code", said("As it came back from the authorization endpoint")),
        ("redirect_uri", said("As it was there")),
        ("code_verifier", said("PKCE, where there was a challenge")),
    ];
    let refresh = [("refresh_token", said("The token")), ("scope", said("Less than was granted"))];
    let device = [("device_code", said("As the device authorization endpoint gave it"))];
    let mut kinds = vec![
        grant("authorization_code", &code, &["client_id", "code", "redirect_uri"]),
        grant("refresh_token", &refresh, &["client_id", "refresh_token"]),
        grant("urn:ietf:params:oauth:grant-type:device_code", &device, &["client_id", "device_code"]),
    ];
    if issuer != Issuer::Google {
        let scope = [("scope", said("What it asks for; with `microsoft` RESOURCE/.default"))];
        kinds.push(grant("client_credentials", &scope, &["scope"]));
    }
    if issuer == Issuer::Microsoft {
        let password = [
            ("username", said("The person")),
            ("password", said("Theirs")),
            ("scope", said("What it asks for")),
        ];
        kinds.push(grant("password", &password, &["client_id", "username", "password", "scope"]));
    }
    json!({ "oneOf": kinds })
}

fn grant(kind: &str, parameters: &[(&str, Value)], required: &[&str]) -> Value {
    let mut properties = json!({
        "grant_type": { "type": "string", "const": kind },
        "client_id": said("The program; not where it is named by HTTP Basic"),
        "client_secret": said("Of a client that keeps one, where it is not sent by HTTP Basic"),
    });
    for (name, schema) in parameters {
        properties[*name] = schema.clone();
    }
    let mut grant = form(&properties, &[&["grant_type"], required].concat());
    grant["title"] = kind.into();
    grant
}

pub(super) fn device(issuer: Issuer) -> Value {
    let properties = json!({
        "client_id": { "type": "string", "description": "The program", "examples": ["postfail-client"] },
        "scope": { "type": "string", "description": "What it asks for", "examples": [issuer.mail_scopes()] },
    });
    form(&properties, &["client_id", "scope"])
}

pub(super) fn revocation(issuer: Issuer) -> Value {
    let token = said("An access or a refresh token");
    if issuer == Issuer::Google {
        return form(&json!({ "token": token }), &["token"]);
    }
    form(&of_client(token), &["token", "client_id"])
}

pub(super) fn introspection() -> Value {
    form(&of_client(said("An access or a refresh token")), &["token"])
}

fn of_client(token: Value) -> Value {
    json!({
        "token": token,
        "token_type_hint": said("Not needed, and not looked at"),
        "client_id": said("The program"),
        "client_secret": said("Of a client that keeps one"),
    })
}
