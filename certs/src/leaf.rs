//! Leaf certificates: whom they name, how long, with which key.
//!
//! A [`Plan`] holds as data everything that can be right or wrong about a leaf; a [`Kind`] is a name for a plan.
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, SystemTime};

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, SanType,
};

use crate::Error;
use crate::authority::{SHORT, certificate_time};

/// The domains the authority may sign for, subdomains included.
pub const DNS_NAMES: [&str; 2] = ["localhost", "postfail.test"];

/// What a leaf is like. Every kind but `Good` is a flaw a client ought to notice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Nothing is wrong with it.
    #[default]
    Good,
}

impl Kind {
    /// Every kind, with its name in listener settings.
    pub const ALL: [(&'static str, Self); 1] = [("good", Self::Good)];

    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, kind)| kind)
    }
}

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
        match self {
            Self::Ecdsa => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)
                .map_err(|e| Error::Key { algorithm: self, reason: e.to_string() }),
            Self::Rsa => rsa_2048(),
        }
    }
}

#[cfg(feature = "legacy-tls")]
fn rsa_2048() -> Result<KeyPair, Error> {
    let refused = |reason: String| Error::Key { algorithm: Algorithm::Rsa, reason };
    let pkcs8 = openssl::rsa::Rsa::generate(2048)
        .and_then(openssl::pkey::PKey::from_rsa)
        .and_then(|key| key.private_key_to_pkcs8())
        .map_err(|e| refused(e.to_string()))?;
    KeyPair::try_from(pkcs8).map_err(|e| refused(e.to_string()))
}

#[cfg(not(feature = "legacy-tls"))]
fn rsa_2048() -> Result<KeyPair, Error> {
    Err(Error::NoRsa)
}

/// Everything about a leaf but its key.
#[derive(Clone, Debug)]
pub struct Plan {
    pub common_name: &'static str,
    pub names: Vec<SanType>,
    /// Counted from the day before now.
    pub life: Duration,
    pub usages: Vec<ExtendedKeyUsagePurpose>,
}

impl Plan {
    /// The plan a kind stands for.
    #[must_use]
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Good => Self {
                common_name: "localhost",
                names: good_names(),
                life: SHORT,
                usages: vec![ExtendedKeyUsagePurpose::ServerAuth],
            },
        }
    }

    /// As certificate parameters; no leaf outlives `limit`, its root's end.
    pub(crate) fn params(&self, now: SystemTime, limit: SystemTime) -> Result<CertificateParams, Error> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, self.common_name);
        params.subject_alt_names.clone_from(&self.names);
        params.extended_key_usages.clone_from(&self.usages);
        // keyEncipherment is what RSA key exchange of TLS 1.2 and below asks for (RFC 5246 section 7.4.2).
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
        params.not_before = certificate_time(now - Duration::from_secs(24 * 60 * 60))?;
        params.not_after = certificate_time(limit.min(now + self.life))?;
        Ok(params)
    }
}

fn good_names() -> Vec<SanType> {
    let wildcard = "*.postfail.test";
    let dns =
        DNS_NAMES.into_iter().chain([wildcard]).filter_map(|name| name.try_into().ok()).map(SanType::DnsName);
    let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    dns.chain(loopback.map(SanType::IpAddress)).collect()
}
