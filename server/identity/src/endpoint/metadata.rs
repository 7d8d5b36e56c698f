//! The metadata document (RFC 8414 section 2, OpenID Connect Discovery section 3): one for both.
use serde_json::{Value, json};

use super::token::DEVICE;
use crate::Issuer;
use crate::keys::Algorithm;
use crate::provider::Provider;
use crate::request::{Endpoint, Request};

impl Provider {
    pub(super) fn metadata(&self, request: &Request<'_>) -> Value {
        let place = &request.place;
        let policy = self.policy(place.issuer);
        let mut grants = vec!["authorization_code", "refresh_token", DEVICE];
        match place.issuer {
            Issuer::Microsoft => grants.extend(["client_credentials", "password"]),
            Issuer::Generic => grants.push("client_credentials"),
            Issuer::Google => {}
        }
        let mut scopes = vec!["openid", "profile", "email"];
        let mail = place.issuer.mail_scopes();
        scopes.extend(mail.split(' '));
        let methods = if policy.plain_pkce { vec!["plain", "S256"] } else { vec!["S256"] };
        let auth = ["client_secret_post", "client_secret_basic", "none"];
        let algorithms: Vec<&str> = self.keys.algorithms().into_iter().map(Algorithm::as_str).collect();
        let mut document = json!({
            "issuer": place.name(request.base),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "fragment"],
            "grant_types_supported": grants,
            "scopes_supported": scopes,
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": algorithms,
            "token_endpoint_auth_methods_supported": auth,
            "code_challenge_methods_supported": methods,
            "claims_supported": ["aud", "email", "email_verified", "exp", "iat", "iss", "name", "nonce", "sub"],
        });
        for (key, endpoint) in [
            ("authorization_endpoint", Endpoint::Authorize),
            ("token_endpoint", Endpoint::Token),
            ("device_authorization_endpoint", Endpoint::DeviceAuthorization),
            ("end_session_endpoint", Endpoint::Logout),
            ("revocation_endpoint", Endpoint::Revoke),
            ("introspection_endpoint", Endpoint::Introspect),
            ("userinfo_endpoint", Endpoint::UserInfo),
            ("jwks_uri", Endpoint::Jwks),
        ] {
            if let Some(path) = place.path(endpoint) {
                document[key] = json!(format!("{}{path}", request.base));
            }
        }
        document
    }
}
