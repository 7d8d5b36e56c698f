//! Keys: ECDSA P-256 by ring, RSA by OpenSSL, which ring can load but not make.
use std::fmt;
use std::sync::{Mutex, PoisonError};

use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData, SignatureAlgorithm};

use crate::{Error, Kind};

/// The kind of key in a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// ECDSA on P-256: made in well under a millisecond.
    Ecdsa,
    /// RSA with 2048 bits: takes a noticeable time, for clients without ECDSA.
    Rsa,
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ecdsa => "ECDSA P-256",
            Self::Rsa => "RSA 2048",
        })
    }
}

impl Algorithm {
    pub(crate) fn generate(self) -> Result<KeyPair, Error> {
        let refused = |e: rcgen::Error| Error::Key { algorithm: self, reason: e.to_string() };
        match self {
            Self::Ecdsa => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(refused),
            Self::Rsa => {
                let (pkcs8, _) = rsa(2048)?;
                KeyPair::try_from(pkcs8).map_err(refused)
            }
        }
    }
}

/// The key of a leaf.
pub(crate) enum LeafKey {
    Usual(Box<KeyPair>),
    /// PKCS #8, and the public key in PKCS #1: ring would refuse to load it, and need not.
    Weak {
        pkcs8: Vec<u8>,
        public: Vec<u8>,
    },
}

impl LeafKey {
    pub(crate) fn generate(kind: Kind, algorithm: Algorithm) -> Result<Self, Error> {
        if kind.is_weak_key() {
            let (pkcs8, public) = rsa(1024)?;
            return Ok(Self::Weak { pkcs8, public });
        }
        let key = match algorithm {
            Algorithm::Ecdsa => algorithm.generate()?,
            Algorithm::Rsa => rsa_key()?,
        };
        Ok(Self::Usual(Box::new(key)))
    }

    pub(crate) fn pkcs8(&self) -> &[u8] {
        match self {
            Self::Usual(key) => key.serialized_der(),
            Self::Weak { pkcs8, .. } => pkcs8,
        }
    }
}

impl PublicKeyData for LeafKey {
    fn der_bytes(&self) -> &[u8] {
        match self {
            Self::Usual(key) => key.der_bytes(),
            Self::Weak { public, .. } => public,
        }
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        match self {
            Self::Usual(key) => PublicKeyData::algorithm(&**key),
            Self::Weak { .. } => &rcgen::PKCS_RSA_SHA256,
        }
    }
}

/// The RSA key of every leaf, whatever the authority, for as long as the process lives: to make one takes too long to
/// have many. Whoever comes second waits for the first.
fn rsa_key() -> Result<KeyPair, Error> {
    static PKCS8: Mutex<Option<Vec<u8>>> = Mutex::new(None);
    let mut kept = PKCS8.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(pkcs8) = kept.as_deref() {
        let refused = |e: rcgen::Error| Error::Key { algorithm: Algorithm::Rsa, reason: e.to_string() };
        return KeyPair::try_from(pkcs8).map_err(refused);
    }
    let key = Algorithm::Rsa.generate()?;
    *kept = Some(key.serialized_der().to_vec());
    Ok(key)
}

/// PKCS #8, and the public key in PKCS #1.
#[cfg(feature = "legacy-tls")]
fn rsa(bits: u32) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let make = || {
        let key = openssl::rsa::Rsa::generate(bits)?;
        let public = key.public_key_to_der_pkcs1()?;
        Ok((openssl::pkey::PKey::from_rsa(key)?.private_key_to_pkcs8()?, public))
    };
    make().map_err(|e: openssl::error::ErrorStack| Error::Key {
        algorithm: Algorithm::Rsa,
        reason: e.to_string(),
    })
}

#[cfg(not(feature = "legacy-tls"))]
fn rsa(_: u32) -> Result<(Vec<u8>, Vec<u8>), Error> {
    Err(Error::NoRsa)
}
