//! OAuth bearer tokens: XOAUTH2 (Google's document, without an RFC) and OAUTHBEARER (RFC 7628).
//!
//! ```abnf
//! xoauth2     = "user=" user %x01 "auth=Bearer " token %x01 %x01
//! client-resp = (gs2-header %x01 *( key "=" value %x01 ) %x01) / %x01     ; keys: auth, host, port
//! ```
//!
//! A server that refuses sends an error challenge first, and the client answers it: XOAUTH2 with an empty response,
//! OAUTHBEARER with one %x01 (RFC 7628 section 3.2.3).
use super::gs2::{self, Flag};
use super::mechanism::{Credentials, Failure, Step, user_name};

/// Separates fields.
const SEPARATOR: u8 = 1;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearer {
    Xoauth2,
    OauthBearer,
}

impl Bearer {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Xoauth2 => "XOAUTH2",
            Self::OauthBearer => "OAUTHBEARER",
        }
    }

    /// What the client must answer to an error challenge.
    #[must_use]
    pub fn acknowledgement(self) -> &'static [u8] {
        match self {
            Self::Xoauth2 => b"",
            Self::OauthBearer => &[SEPARATOR],
        }
    }

    pub(super) fn step(self, response: &[u8]) -> Step {
        let read = match self {
            Self::Xoauth2 => xoauth2(response),
            Self::OauthBearer => oauthbearer(response),
        };
        read.map_or_else(Step::Failed, Step::Done)
    }
}

fn xoauth2(response: &[u8]) -> Result<Credentials, Failure> {
    let fields = fields(response).ok_or(Failure::Xoauth2Form)?;
    let [(b"user", user), (b"auth", auth)] = fields[..] else { return Err(Failure::Xoauth2Form) };
    let token = token(auth).ok_or(Failure::TokenForm)?;
    Ok(Credentials::Bearer { user: user_name(user)?, token, host: None })
}

fn oauthbearer(response: &[u8]) -> Result<Credentials, Failure> {
    let (header, rest) = gs2::read(response)?;
    if matches!(header.flag, Flag::Bound(_)) {
        return Err(Failure::UnwantedBinding);
    }
    let rest = rest.strip_prefix(&[SEPARATOR]).ok_or(Failure::OauthBearerForm)?;
    let fields = fields(rest).ok_or(Failure::OauthBearerForm)?;
    let value = |wanted: &[u8]| fields.iter().find(|(key, _)| *key == wanted).map(|(_, value)| *value);
    let auth = value(b"auth").ok_or(Failure::OauthBearerForm)?;
    let host = value(b"host").map(|host| String::from_utf8_lossy(host).into_owned());
    let token = token(auth).ok_or(Failure::TokenForm)?;
    // Without an identity of its own the message leaves it to the token (RFC 7628 section 3.1).
    Ok(Credentials::Bearer { user: header.authorization, token, host })
}

/// Keys and values, each ended by a separator, and one more at the end.
fn fields(text: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let all = text.strip_suffix(&[SEPARATOR])?;
    let all = if all.is_empty() { return Some(Vec::new()) } else { all.strip_suffix(&[SEPARATOR])? };
    let pair = |field| {
        let at = memchr::memchr(b'=', field)?;
        let (key, value) = (&field[..at], &field[at + 1..]);
        (!key.is_empty() && key.iter().all(u8::is_ascii_alphabetic)).then_some((key, value))
    };
    all.split(|byte| *byte == SEPARATOR).map(pair).collect()
}

/// `b64token` behind the scheme, which has any case (RFC 6750 section 2.1, RFC 9110 section 11.1).
fn token(auth: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(auth).ok()?;
    let (scheme, token) = text.split_once(' ')?;
    let token = token.trim_matches(' ');
    let letters = token.trim_end_matches('=');
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    let right = scheme.eq_ignore_ascii_case("Bearer") && !letters.is_empty() && letters.bytes().all(allowed);
    right.then(|| token.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(user: &str, token: &str, host: Option<&str>) -> Step {
        Step::Done(Credentials::Bearer {
            user: user.into(),
            token: token.into(),
            host: host.map(str::to_owned),
        })
    }

    #[test]
    fn the_examples_of_the_documents() {
        let google =
            b"user=someuser@example.com\x01auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\x01\x01";
        let wanted = bearer("someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg", None);
        assert!(Bearer::Xoauth2.step(google) == wanted);
        // RFC 7628 section 4.1
        let rfc = b"n,a=user@example.com,\x01host=server.example.com\x01port=143\x01auth=Bearer \
            vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01";
        let token = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==";
        let wanted = bearer("user@example.com", token, Some("server.example.com"));
        assert!(Bearer::OauthBearer.step(rfc) == wanted);
        assert!(Bearer::OauthBearer.step(b"n,,\x01auth=bearer abc\x01\x01") == bearer("", "abc", None));
    }

    #[test]
    fn malformed_xoauth2() {
        for (bad, why) in [
            (&b""[..], Failure::Xoauth2Form),
            (b"\x01", Failure::Xoauth2Form),
            (b"user=a\x01auth=Bearer t\x01", Failure::Xoauth2Form),
            (b"user=a\x01auth=Bearer t", Failure::Xoauth2Form),
            (b"auth=Bearer t\x01user=a\x01\x01", Failure::Xoauth2Form),
            (b"user=a\x01auth=Bearer t\x01\x01\x01", Failure::Xoauth2Form),
            (b"user=a^Aauth=Bearer t^A^A", Failure::Xoauth2Form),
            (b"user=a\x01auth=Basic t\x01\x01", Failure::TokenForm),
            (b"user=a\x01auth=Bearer \x01\x01", Failure::TokenForm),
            (b"user=a\x01auth=Bearer a b\x01\x01", Failure::TokenForm),
            (b"user=\x01auth=Bearer t\x01\x01", Failure::NoUser),
            (b"user=\xff\x01auth=Bearer t\x01\x01", Failure::NotUtf8),
        ] {
            assert!(Bearer::Xoauth2.step(bad) == Step::Failed(why), "{bad:?}");
        }
    }

    #[test]
    fn malformed_oauthbearer() {
        for (bad, why) in [
            (&b"\x01"[..], Failure::Gs2Form),
            (b"user=a\x01auth=Bearer t\x01\x01", Failure::Gs2Form),
            (b"n,,auth=Bearer t\x01\x01", Failure::OauthBearerForm),
            (b"n,,\x01\x01", Failure::OauthBearerForm),
            (b"n,,\x01auth=Bearer t\x01", Failure::OauthBearerForm),
            (b"n,,\x01host\x01auth=Bearer t\x01\x01", Failure::OauthBearerForm),
            (b"p=tls-exporter,,\x01auth=Bearer t\x01\x01", Failure::UnwantedBinding),
            (b"n,,\x01auth=Bearer\x01\x01", Failure::TokenForm),
        ] {
            assert!(Bearer::OauthBearer.step(bad) == Step::Failed(why), "{bad:?}");
        }
    }
}
