//! The keys tokens are signed with: ECDSA P-256 at once, RSA once somebody passes one in.
//!
//! OpenID Connect obliges providers to RS256 (Discovery section 3); ring signs with RSA but makes no RSA key, so that
//! one comes from outside, and ES256 signs what nobody but us reads.
use std::fmt;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use serde_json::{Value, json};

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Es256,
    Rs256,
}

impl Algorithm {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }

    /// The name of our key of this kind.
    #[must_use]
    pub fn kid(self) -> &'static str {
        match self {
            Self::Es256 => "postfail-ec",
            Self::Rs256 => "postfail-rsa",
        }
    }
}

/// The issuer's keys.
pub struct Keys {
    // ECDSA draws a number for each signature: ring takes it from the system, and from nowhere else.
    random: SystemRandom,
    /// Made when first needed; empty where the system gives no randomness: then nothing can be signed.
    ec: OnceLock<Option<EcdsaKeyPair>>,
    rsa: Option<RsaKeyPair>,
}

/// A key that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no RSA key of at least 2048 bits in PKCS #8: {0}")]
pub struct BadKey(String);

impl Keys {
    /// Without RSA.
    #[must_use]
    pub fn new() -> Self {
        Self { random: SystemRandom::new(), ec: OnceLock::new(), rsa: None }
    }

    fn ec(&self) -> Option<&EcdsaKeyPair> {
        let make = || {
            let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
            let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &self.random).ok()?;
            EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &self.random).ok()
        };
        self.ec.get_or_init(make).as_ref()
    }

    /// From now on ID tokens are signed with this RSA key (PKCS #8, DER).
    ///
    /// # Errors
    /// When it is none, or too short.
    pub fn set_rsa(&mut self, pkcs8: &[u8]) -> Result<(), BadKey> {
        self.rsa = Some(RsaKeyPair::from_pkcs8(pkcs8).map_err(|wrong| BadKey(wrong.to_string()))?);
        Ok(())
    }

    /// Is there an RSA key?
    #[must_use]
    pub fn has_rsa(&self) -> bool {
        self.rsa.is_some()
    }

    /// The algorithms there are keys for, the one ID tokens are signed with first.
    #[must_use]
    pub fn algorithms(&self) -> Vec<Algorithm> {
        let rsa = self.rsa.is_some().then_some(Algorithm::Rs256);
        rsa.into_iter().chain([Algorithm::Es256]).collect()
    }

    /// The signature over `input`; empty where there is no key.
    #[must_use]
    pub fn sign(&self, algorithm: Algorithm, input: &[u8]) -> Vec<u8> {
        match algorithm {
            Algorithm::Es256 => self
                .ec()
                .and_then(|key| key.sign(&self.random, input).ok())
                .map(|signature| signature.as_ref().to_vec())
                .unwrap_or_default(),
            Algorithm::Rs256 => {
                let Some(key) = &self.rsa else { return Vec::new() };
                let mut signature = vec![0; key.public().modulus_len()];
                let signed = key.sign(&RSA_PKCS1_SHA256, &self.random, input, &mut signature);
                if signed.is_ok() { signature } else { Vec::new() }
            }
        }
    }

    /// Is this signature ours?
    #[must_use]
    pub fn verify(&self, algorithm: Algorithm, input: &[u8], signature: &[u8]) -> bool {
        match algorithm {
            Algorithm::Es256 => self.ec().is_some_and(|key| {
                let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key());
                public.verify(input, signature).is_ok()
            }),
            Algorithm::Rs256 => self.rsa.as_ref().is_some_and(|key| {
                let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key());
                public.verify(input, signature).is_ok()
            }),
        }
    }

    /// The public halves (RFC 7517).
    #[must_use]
    pub fn jwks(&self) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut keys = Vec::new();
        if let Some(key) = &self.rsa {
            let public: PublicKeyComponents<Vec<u8>> = key.public().into();
            keys.push(json!({
                "kty": "RSA", "use": "sig", "alg": "RS256", "kid": Algorithm::Rs256.kid(),
                "n": text(&public.n),
                "e": text(&public.e),
            }));
        }
        if let Some(key) = self.ec() {
            // An uncompressed point: 4, x, y (SEC 1 section 2.3.3).
            let point = key.public_key().as_ref();
            if let (Some(x), Some(y)) = (point.get(1..33), point.get(33..65)) {
                keys.push(json!({
                    "kty": "EC", "use": "sig", "alg": "ES256", "kid": Algorithm::Es256.kid(),
                    "crv": "P-256", "x": text(x), "y": text(y),
                }));
            }
        }
        json!({ "keys": keys })
    }
}

impl Default for Keys {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("rsa", &self.rsa.is_some()).finish_non_exhaustive()
    }
}
