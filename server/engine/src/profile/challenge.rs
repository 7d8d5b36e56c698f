//! Our own error challenges of the OAuth mechanisms (RFC 7628 section 3.2.2; XOAUTH2 as Google and Dovecot have it).
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

/// The challenge for a failure, in base64; `None` for mechanisms that have none.
pub fn error_challenge(mechanism: &str, failure: &str) -> Option<String> {
    let (status, error) = match failure {
        "oauth-malformed" => ("400", "invalid_request"),
        "consent-required" | "conditional-access" => ("403", "insufficient_scope"),
        name if name.starts_with("account-") => ("403", "invalid_token"),
        _ => ("401", "invalid_token"),
    };
    let json = match mechanism {
        "XOAUTH2" => json!({ "status": status, "schemes": "bearer", "scope": "mail" }),
        "OAUTHBEARER" => json!({ "status": error, "scope": "mail" }),
        _ => return None,
    };
    Some(STANDARD.encode(json.to_string()))
}
