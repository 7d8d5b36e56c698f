//! The keys a SCRAM server stores in place of a password, and what they prove (RFC 5802 section 3, RFC 7677).
use std::fmt;
use std::num::NonZeroU32;

use ring::{digest, hmac, pbkdf2};
use subtle::ConstantTimeEq;

/// How often the password is hashed: the least of RFC 7677 section 4, and the usual of RFC 5802.
pub const ITERATIONS: NonZeroU32 = NonZeroU32::new(4096).unwrap();

/// Bytes of a salt.
pub const SALT: usize = 16;

/// The hash a mechanism is named after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hash {
    Sha1,
    Sha256,
}

impl Hash {
    fn digest(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
        }
    }

    fn hmac(self) -> hmac::Algorithm {
        match self {
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => hmac::HMAC_SHA256,
        }
    }

    fn pbkdf2(self) -> pbkdf2::Algorithm {
        match self {
            Self::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Self::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
        }
    }

    fn sign(self, key: &[u8], message: &[u8]) -> Vec<u8> {
        hmac::sign(&hmac::Key::new(self.hmac(), key), message).as_ref().to_vec()
    }
}

/// StoredKey and ServerKey. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    hash: Hash,
    stored: Vec<u8>,
    server: Vec<u8>,
}

impl Keys {
    /// The keys of a password, prepared by SASLprep (RFC 4013) where it can be.
    #[must_use]
    pub fn derive(hash: Hash, password: &str, salt: &[u8], iterations: NonZeroU32) -> Self {
        let prepared = stringprep::saslprep(password).unwrap_or(password.into());
        let mut salted = vec![0; hash.digest().output_len()];
        pbkdf2::derive(hash.pbkdf2(), iterations, salt, prepared.as_bytes(), &mut salted);
        let client = hash.sign(&salted, b"Client Key");
        let stored = digest::digest(hash.digest(), &client).as_ref().to_vec();
        Self { hash, stored, server: hash.sign(&salted, b"Server Key") }
    }

    /// Did somebody who knows the password make `proof` for this exchange? In constant time.
    #[must_use]
    pub fn fit(&self, exchange: &[u8], proof: &[u8]) -> bool {
        let signature = self.hash.sign(&self.stored, exchange);
        if proof.len() != signature.len() {
            return false;
        }
        let client: Vec<u8> = proof.iter().zip(&signature).map(|(proof, signed)| proof ^ signed).collect();
        let shown = digest::digest(self.hash.digest(), &client);
        shown.as_ref().ct_eq(&self.stored).into()
    }

    /// By what the client sees that we know the password too.
    #[must_use]
    pub fn signature(&self, exchange: &[u8]) -> Vec<u8> {
        self.hash.sign(&self.server, exchange)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({:?}, hidden)", self.hash)
    }
}

/// A salt for a name, the same at each log-in, whether there is such an account or not: a stranger learns nothing of
/// who exists (RFC 5802 section 9). `key` is the server's own.
#[must_use]
pub fn salt(hash: Hash, key: &[u8], user: &str) -> Vec<u8> {
    let which: &[u8] = match hash {
        Hash::Sha1 => b"SCRAM-SHA-1\0",
        Hash::Sha256 => b"SCRAM-SHA-256\0",
    };
    let text = [which, user.to_lowercase().as_bytes()].concat();
    let mut salt = Hash::Sha256.sign(key, &text);
    salt.truncate(SALT);
    salt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn salts_differ_by_name_and_hash_and_stay() {
        let salts = [
            salt(Hash::Sha1, b"k", "taro"),
            salt(Hash::Sha256, b"k", "taro"),
            salt(Hash::Sha1, b"k", "hanako"),
            salt(Hash::Sha1, b"l", "taro"),
        ];
        for (at, one) in salts.iter().enumerate() {
            assert_eq!(one.len(), SALT);
            assert!(salts.iter().skip(at + 1).all(|other| other != one));
        }
        assert_eq!(salt(Hash::Sha1, b"k", "Taro"), salts[0]);
    }

    #[test]
    fn passwords_are_prepared() {
        let keys = |password| Keys::derive(Hash::Sha256, password, b"salt", ITERATIONS);
        // RFC 4013 section 3: a soft hyphen is mapped to nothing, U+2168 is IX.
        assert!(keys("I\u{ad}X") == keys("IX") && keys("\u{2168}") == keys("IX") && keys("ix") != keys("IX"));
        assert_eq!(format!("{:?}", keys("IX")), "Keys(Sha256, hidden)");
    }
}
