//! Proof Key for Code Exchange (RFC 7636): who redeems a code is who asked for it.
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest;
use subtle::ConstantTimeEq;

use crate::denial::{Denial, Reason};
use crate::parameters::Parameters;

/// What the authorization request holds, until the code is redeemed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    text: String,
    hashed: bool,
}

impl Challenge {
    /// Read it; `None` where there is none. `plain` says whether that method is taken.
    ///
    /// # Errors
    /// When the method is unknown or refused, or the challenge is not of its form (RFC 7636 section 4.2).
    pub fn read(parameters: &Parameters, plain: bool) -> Result<Option<Self>, Denial> {
        let wrong = |detail: &str| Err(Denial::new(Reason::InvalidRequest, detail));
        let Some(text) = parameters.get("code_challenge") else {
            return match parameters.get("code_challenge_method") {
                Some(_) => wrong("there is a code_challenge_method without a code_challenge"),
                None => Ok(None),
            };
        };
        let hashed = match parameters.get("code_challenge_method").unwrap_or("plain") {
            "S256" => true,
            "plain" if plain => false,
            "plain" => return wrong("code_challenge_method must be S256"),
            _ => return wrong("the code_challenge_method is unknown; S256 is right"),
        };
        if !is_verifier(text) || (hashed && text.len() != 43) {
            return wrong("the code_challenge is not of the form of RFC 7636 section 4.2");
        }
        Ok(Some(Self { text: text.to_owned(), hashed }))
    }

    /// Does the verifier fit?
    #[must_use]
    pub fn fits(&self, verifier: &str) -> bool {
        let hash = || URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()));
        let shown = if self.hashed { hash() } else { verifier.to_owned() };
        is_verifier(verifier) && bool::from(shown.as_bytes().ct_eq(self.text.as_bytes()))
    }
}

/// ```abnf
/// code-verifier = 43*128unreserved
/// ```
fn is_verifier(text: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (43..=128).contains(&text.len()) && text.bytes().all(unreserved)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn read(text: &str, plain: bool) -> Result<Option<Challenge>, Denial> {
        Challenge::read(&Parameters::read(text.as_bytes()).unwrap(), plain)
    }

    #[test]
    fn the_example_of_the_rfc_fits() {
        let hashed = read(&format!("code_challenge={CHALLENGE}&code_challenge_method=S256"), false);
        let hashed = hashed.unwrap().unwrap();
        assert!(hashed.fits(VERIFIER));
        for wrong in ["", CHALLENGE, &VERIFIER[1..], &VERIFIER.to_uppercase()] {
            assert!(!hashed.fits(wrong), "{wrong}");
        }
        let plain = read(&format!("code_challenge={VERIFIER}"), true).unwrap().unwrap();
        assert!(plain.fits(VERIFIER) && !plain.fits(CHALLENGE));
        assert_eq!(read("", true).unwrap(), None);
    }

    #[test]
    fn what_is_no_challenge_is_refused() {
        for wrong in [
            format!("code_challenge={VERIFIER}"),
            format!("code_challenge={VERIFIER}&code_challenge_method=plain"),
            format!("code_challenge={CHALLENGE}&code_challenge_method=s256"),
            format!("code_challenge={CHALLENGE}x&code_challenge_method=S256"),
            "code_challenge=short&code_challenge_method=S256".to_owned(),
            "code_challenge_method=S256".to_owned(),
            format!("code_challenge={}&code_challenge_method=plain", "x".repeat(129)),
        ] {
            assert!(read(&wrong, false).is_err(), "{wrong}");
        }
    }
}
