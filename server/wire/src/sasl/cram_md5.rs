//! CRAM-MD5 (RFC 2195): the client proves the password by an HMAC over our challenge.
//!
//! ```abnf
//! response = user SP digest
//! digest   = 32(HEXDIG)        ; HMAC-MD5 (RFC 2104) of the challenge, keyed with the password
//! ```
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;

use super::mechanism::{Credentials, Failure, Step, user_name};

/// The exchange: the challenge that was sent.
#[derive(Clone, Debug)]
pub struct CramMd5 {
    challenge: String,
}

impl CramMd5 {
    pub(super) fn new(challenge: String) -> Self {
        Self { challenge }
    }

    pub(super) fn challenge(&self) -> &str {
        &self.challenge
    }

    pub(super) fn step(&mut self, response: &[u8]) -> Step {
        // User names may hold spaces: the digest is what stands behind the last one.
        let Some(space) = response.iter().rposition(|&byte| byte == b' ') else {
            return Step::Failed(Failure::CramForm);
        };
        let (user, digest) = (&response[..space], &response[space + 1..]);
        if digest.len() != 32 || !digest.iter().all(u8::is_ascii_hexdigit) {
            return Step::Failed(Failure::CramForm);
        }
        let digest = String::from_utf8_lossy(digest).to_ascii_lowercase();
        match user_name(user) {
            Ok(user) => Step::Done(Credentials::CramMd5 { user, challenge: self.challenge.clone(), digest }),
            Err(failure) => Step::Failed(failure),
        }
    }
}

/// The digest a client that knows `password` sends, in lower-case hex.
///
/// # Panics
/// Never: HMAC takes keys of any length.
#[must_use]
pub fn digest(password: &[u8], challenge: &[u8]) -> String {
    let mut mac = Hmac::<Md5>::new_from_slice(password).expect("HMAC takes keys of any length");
    mac.update(challenge);
    hex(&mac.finalize().into_bytes())
}

/// Bytes in lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc() {
        let challenge = "<1896.697170952@postoffice.reston.mci.net>";
        let wanted = "b913a602c7eda7a495b4e6e7334d3890";
        assert_eq!(digest(b"tanstaaftanstaaf", challenge.as_bytes()), wanted);
        let mut cram = CramMd5::new(challenge.into());
        let step = cram.step(format!("tim {}", wanted.to_uppercase()).as_bytes());
        let done =
            Credentials::CramMd5 { user: "tim".into(), challenge: challenge.into(), digest: wanted.into() };
        assert!(step == Step::Done(done));
    }

    #[test]
    fn malformed_responses() {
        for (bad, why) in [
            (&b"tim"[..], Failure::CramForm),
            (b"tim b913", Failure::CramForm),
            (b"tim zzzza602c7eda7a495b4e6e7334d3890", Failure::CramForm),
            (b" b913a602c7eda7a495b4e6e7334d3890", Failure::NoUser),
            (b"\xff b913a602c7eda7a495b4e6e7334d3890", Failure::NotUtf8),
        ] {
            assert!(CramMd5::new(String::new()).step(bad) == Step::Failed(why), "{bad:?}");
        }
    }
}
