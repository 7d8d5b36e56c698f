//! Opaque bearer tokens (RFC 6750): issued from randomness given by the caller, good for a while, revocable,
//! compared in constant time.
use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use subtle::{Choice, ConstantTimeEq};

/// Most tokens kept at once; when full, what has expired or was revoked makes room.
const TOKENS_MAX: usize = 10_000;

/// A bearer token: 64 hexadecimal letters, 256 bits. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// The token made of these random bytes. They must come from the operating system, not from a seed that is
    /// printed.
    #[must_use]
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The text that goes into `Authorization: Bearer`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

/// Why a token is not taken; the descriptions of `invalid_token` (RFC 6750 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("this token was never issued here; take the one of the ready file")]
    Unknown,
    #[error("this token has expired; ask for a new one")]
    Expired,
    #[error("this token was revoked; ask for a new one")]
    Revoked,
}

#[derive(Debug)]
struct Issued {
    token: Token,
    /// The first moment it is no longer good; `None` for ever.
    expires: Option<Timestamp>,
    revoked: bool,
}

/// All tokens of one issuer.
#[derive(Debug, Default)]
pub struct Tokens {
    issued: Vec<Issued>,
}

impl Tokens {
    /// Issue a token from random bytes; `lifetime` is how long it is good from `now`, for ever without one.
    pub fn issue(&mut self, random: [u8; 32], lifetime: Option<Duration>, now: Timestamp) -> Token {
        if self.issued.len() >= TOKENS_MAX {
            self.issued.retain(|issued| issued.state(now).is_ok());
            // All of them good: the oldest goes, so that an issuer in a loop stays bounded.
            if self.issued.len() >= TOKENS_MAX {
                self.issued.remove(0);
            }
        }
        let token = Token::from_random(random);
        let expires = lifetime.map(|lifetime| {
            let lifetime = SignedDuration::try_from(lifetime).unwrap_or(SignedDuration::MAX);
            now.saturating_add(lifetime).unwrap_or(Timestamp::MAX)
        });
        self.issued.push(Issued { token: token.clone(), expires, revoked: false });
        token
    }

    /// Is this token good at `now`?
    pub fn check(&self, shown: &str, now: Timestamp) -> Result<(), Refused> {
        self.find(shown).ok_or(Refused::Unknown)?.state(now)
    }

    /// From now on the token is refused. False when it was never issued here.
    pub fn revoke(&mut self, shown: &str) -> bool {
        let Some(at) = self.position(shown) else { return false };
        self.issued[at].revoked = true;
        true
    }

    fn find(&self, shown: &str) -> Option<&Issued> {
        self.position(shown).map(|at| &self.issued[at])
    }

    /// Every token is looked at to its end, so that time tells nothing of how much was right.
    fn position(&self, shown: &str) -> Option<usize> {
        let mut found = None;
        for (at, issued) in self.issued.iter().enumerate() {
            let same: Choice = issued.token.0.as_bytes().ct_eq(shown.as_bytes());
            if bool::from(same) {
                found = Some(at);
            }
        }
        found
    }
}

impl Issued {
    fn state(&self, now: Timestamp) -> Result<(), Refused> {
        if self.revoked {
            Err(Refused::Revoked)
        } else if self.expires.is_some_and(|expires| now >= expires) {
            Err(Refused::Expired)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    fn random(number: u32) -> [u8; 32] {
        let mut bytes = [0xab; 32];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        bytes
    }

    #[test]
    fn is_good_until_its_time_is_over() {
        let mut tokens = Tokens::default();
        let hour = tokens.issue(random(1), Some(Duration::from_secs(3600)), at(0));
        let ever = tokens.issue(random(2), None, at(0));
        for (seconds, result) in [(0, Ok(())), (3599, Ok(())), (3600, Err(Refused::Expired))] {
            assert_eq!(tokens.check(hour.as_str(), at(seconds)), result, "{seconds}");
            assert_eq!(tokens.check(ever.as_str(), at(seconds)), Ok(()));
        }
    }

    #[test]
    fn revoked_stays_revoked_and_leaves_others_alone() {
        let mut tokens = Tokens::default();
        let (one, two) = (tokens.issue(random(1), None, at(0)), tokens.issue(random(2), None, at(0)));
        assert!(tokens.revoke(one.as_str()));
        assert!(!tokens.revoke("nobody's"));
        assert_eq!(tokens.check(one.as_str(), at(0)), Err(Refused::Revoked));
        assert_eq!(tokens.check(two.as_str(), at(0)), Ok(()));
    }

    #[test]
    fn nearly_right_is_unknown() {
        let mut tokens = Tokens::default();
        let token = tokens.issue(random(1), None, at(0));
        let text = token.as_str();
        for wrong in ["", &text[1..], &text.to_uppercase(), &format!("{text} "), &format!("{text}{text}")] {
            assert_eq!(tokens.check(wrong, at(0)), Err(Refused::Unknown), "{wrong}");
        }
        assert_eq!(text.len(), 64);
        assert_eq!(format!("{token:?}"), "Token(hidden)");
    }

    #[test]
    fn an_issuer_in_a_loop_stays_bounded() {
        let mut tokens = Tokens::default();
        let first = tokens.issue(random(0), None, at(0));
        for number in 1..=10_000 {
            tokens.issue(random(number), None, at(0));
        }
        assert_eq!(tokens.issued.len(), TOKENS_MAX);
        assert_eq!(tokens.check(first.as_str(), at(0)), Err(Refused::Unknown));
    }
}
