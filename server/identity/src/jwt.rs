//! JSON Web Tokens in the compact form (RFC 7515 section 7.1), written right or wrong on purpose.
//!
//! ```abnf
//! token = base64url "." base64url "." *( base64url )   ; header, claims, signature
//! ```
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::keys::{Algorithm, Keys};

/// Longer ones are not looked into.
const LENGTH_MAX: usize = 16 * 1024;

/// A signed token. `typ` is `JWT`, or `at+jwt` for an access token (RFC 9068 section 2.1).
#[must_use]
pub fn mint(keys: &Keys, algorithm: Algorithm, typ: &str, claims: &Value) -> String {
    let header = json!({ "typ": typ, "alg": algorithm.as_str(), "kid": algorithm.kid() });
    let input = format!("{}.{}", part(&header), part(claims));
    let signature = keys.sign(algorithm, input.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The same claims without a signature: what RFC 8725 section 2.1 warns of.
#[must_use]
pub fn unsigned(token: &str) -> String {
    let claims = token.split('.').nth(1).unwrap_or_default();
    format!("{}.{claims}.", part(&json!({ "typ": "JWT", "alg": "none" })))
}

/// The same token with one bit of its signature turned over.
#[must_use]
pub fn spoiled(token: &str) -> String {
    let Some((input, signature)) = token.rsplit_once('.') else { return token.to_owned() };
    let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
    if let Some(first) = bytes.first_mut() {
        *first ^= 1;
    }
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// What a token that nobody registered turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// No JWT at all.
    Opaque,
    AlgNone,
    BadSignature,
    /// Signed by us.
    Ours,
}

/// Look into a token.
#[must_use]
pub fn look(keys: &Keys, token: &str) -> Look {
    let Some((input, signature)) = token.rsplit_once('.') else { return Look::Opaque };
    let Some((header, claims)) = input.split_once('.') else { return Look::Opaque };
    if token.len() > LENGTH_MAX {
        return Look::Opaque;
    }
    let (Some(header), Some(_)) = (object(header), object(claims)) else { return Look::Opaque };
    let algorithm = header.get("alg").and_then(Value::as_str).unwrap_or_default();
    let known = [Algorithm::Es256, Algorithm::Rs256].into_iter().find(|known| known.as_str() == algorithm);
    match known {
        _ if algorithm.eq_ignore_ascii_case("none") => Look::AlgNone,
        Some(known) => match URL_SAFE_NO_PAD.decode(signature) {
            Ok(signature) if keys.verify(known, input.as_bytes(), &signature) => Look::Ours,
            _ => Look::BadSignature,
        },
        None => Look::BadSignature,
    }
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn object(part: &str) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&bytes).ok().filter(Value::is_object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_token_is_known_for_what_it_is() {
        let keys = Keys::new();
        let token = mint(&keys, Algorithm::Es256, "JWT", &json!({ "sub": "taro" }));
        let foreign = mint(&Keys::new(), Algorithm::Es256, "JWT", &json!({ "sub": "taro" }));
        let rsa = token.replacen(token.split('.').next().unwrap(), &part(&json!({ "alg": "RS256" })), 1);
        let hmac = token.replacen(token.split('.').next().unwrap(), &part(&json!({ "alg": "HS256" })), 1);
        for (token, look) in [
            (token.as_str(), Look::Ours),
            (&spoiled(&token), Look::BadSignature),
            (&unsigned(&token), Look::AlgNone),
            (&foreign, Look::BadSignature),
            (&rsa, Look::BadSignature),
            (&hmac, Look::BadSignature),
            ("", Look::Opaque),
            ("a.b.c", Look::Opaque),
            ("..", Look::Opaque),
            (&token[1..], Look::Opaque),
            (&format!("{token}.x"), Look::Opaque),
        ] {
            assert_eq!(super::look(&keys, token), look, "{token}");
        }
    }
}
