//! Our own error challenges of the OAuth mechanisms (RFC 7628 section 3.2.2; XOAUTH2 as Google and Dovecot have it).
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The challenge for a failure, in base64; `None` for mechanisms that have none.
pub fn error_challenge(mechanism: &str, failure: &str) -> Option<String> {
    let (status, error) = match failure {
        "oauth-malformed" => ("400", "invalid_request"),
        "consent-required" | "conditional-access" => ("403", "insufficient_scope"),
        name if name.starts_with("account-") => ("403", "invalid_token"),
        _ => ("401", "invalid_token"),
    };
    // Written out: the members stand in Dovecot's order.
    let json = match mechanism {
        "XOAUTH2" => format!(r#"{{"status":"{status}","schemes":"bearer","scope":"mail"}}"#),
        "OAUTHBEARER" => format!(r#"{{"status":"{error}","scope":"mail"}}"#),
        _ => return None,
    };
    Some(STANDARD.encode(json))
}

#[cfg(test)]
mod tests {
    use super::error_challenge;

    #[test]
    fn the_challenges_are_those_of_dovecot_to_the_byte() {
        // The profile `dovecot` has both from its source.
        let expired = |mechanism| error_challenge(mechanism, "oauth-token-expired");
        let xoauth2 = "eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIiwic2NvcGUiOiJtYWlsIn0=";
        assert_eq!(expired("XOAUTH2").as_deref(), Some(xoauth2));
        let oauthbearer = "eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIiwic2NvcGUiOiJtYWlsIn0=";
        assert_eq!(expired("OAUTHBEARER").as_deref(), Some(oauthbearer));
        assert_eq!(expired("PLAIN"), None);
    }
}
