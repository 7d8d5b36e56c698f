//! What can be wrong with a certificate, its chain or its revocation (RFC 5280, RFC 6960), as one list of names.
use std::fmt;

/// What a server shows. Every kind a client ought to refuse is a flaw; a few are unusual and still right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Nothing is wrong with it.
    #[default]
    Good,
    /// Ended two days ago.
    Expired,
    /// Begins in two days.
    NotYetValid,
    /// Made out to another name.
    WrongHost,
    /// Signed with its own key; no authority stands behind it.
    SelfSigned,
    /// Signed by an authority nobody trusts, whose root is sent along.
    UntrustedRoot,
    /// The leaf alone.
    MissingIntermediate,
    /// Leaf, root, intermediate: right, in an order TLS 1.2 forbids (RFC 5246 section 7.4.2).
    ReversedChainWithRoot,
    /// The leaf lives, its issuer has ended.
    ExpiredIntermediate,
    /// Signed by another server's certificate.
    IssuerNotACa,
    /// One intermediate more than the first one's `pathLenConstraint` allows.
    PathLengthExceeded,
    /// Signed by an intermediate that may sign only for `intranet.postfail.test`.
    NameConstraintViolation,
    /// The name stands in the subject's common name alone (RFC 9525 section 2).
    NoSan,
    /// For clients (`clientAuth`), not for servers.
    WrongExtendedKeyUsage,
    /// For signing documents (`contentCommitment`) only.
    WrongKeyUsage,
    /// RSA with 1024 bits.
    WeakKey,
    /// Signed with SHA-1 (RFC 9155).
    Sha1Signed,
    /// Signed with MD5 (RFC 6151).
    Md5Signed,
    /// One bit of the signature is wrong.
    BrokenSignature,
    /// Has a critical extension that nobody knows.
    UnknownCriticalExtension,
    /// X.509 version 1: no extensions.
    X509V1,
    /// The right chain, and behind it a whole bundle of authorities: over 100 kilobytes.
    HugeChain,
    /// Two thousand names.
    ManySans,
    /// Revoked; only the CRL and the OCSP responder it names tell.
    Revoked,
    /// Revoked, and the stapled OCSP response says so.
    StapledRevoked,
    /// A stapled OCSP response says that it is good.
    StapledGood,
    /// The stapled OCSP response is out of date.
    StapledExpired,
    /// Demands a stapled response (RFC 7633), and none is stapled.
    MustStapleIgnored,
    /// Signed by the authority's new root, which clients do not trust yet.
    RootReplaced,
    /// The same leaf issuer, with the certificate by which the old root vouches for the new one.
    RootCrossSigned,
}

impl Kind {
    /// Every kind, with its name in listener settings and, before `.postfail.test`, as a server name.
    pub const ALL: [(&'static str, Self); 30] = [
        ("good", Self::Good),
        ("expired", Self::Expired),
        ("not-yet-valid", Self::NotYetValid),
        ("wrong-host", Self::WrongHost),
        ("self-signed", Self::SelfSigned),
        ("untrusted-root", Self::UntrustedRoot),
        ("missing-intermediate", Self::MissingIntermediate),
        ("reversed-chain-with-root", Self::ReversedChainWithRoot),
        ("expired-intermediate", Self::ExpiredIntermediate),
        ("issuer-not-a-ca", Self::IssuerNotACa),
        ("path-length-exceeded", Self::PathLengthExceeded),
        ("name-constraint-violation", Self::NameConstraintViolation),
        ("no-san", Self::NoSan),
        ("wrong-extended-key-usage", Self::WrongExtendedKeyUsage),
        ("wrong-key-usage", Self::WrongKeyUsage),
        ("weak-key", Self::WeakKey),
        ("sha1-signed", Self::Sha1Signed),
        ("md5-signed", Self::Md5Signed),
        ("broken-signature", Self::BrokenSignature),
        ("unknown-critical-extension", Self::UnknownCriticalExtension),
        ("x509-v1", Self::X509V1),
        ("huge-chain", Self::HugeChain),
        ("many-sans", Self::ManySans),
        ("revoked", Self::Revoked),
        ("stapled-revoked", Self::StapledRevoked),
        ("stapled-good", Self::StapledGood),
        ("stapled-expired", Self::StapledExpired),
        ("must-staple-ignored", Self::MustStapleIgnored),
        ("root-replaced", Self::RootReplaced),
        ("root-cross-signed", Self::RootCrossSigned),
    ];

    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, kind)| kind)
    }

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }

    /// Should a client that looks at everything it is shown refuse it? (`revoked` shows only where one may ask.)
    #[must_use]
    pub fn is_flaw(self) -> bool {
        !matches!(
            self,
            Self::Good
                | Self::ReversedChainWithRoot
                | Self::ManySans
                | Self::StapledGood
                | Self::RootCrossSigned
        )
    }

    /// Made only with OpenSSL: it needs an RSA key, or a digest that nobody else signs with any more.
    #[must_use]
    pub fn needs_legacy(self) -> bool {
        matches!(self, Self::WeakKey | Self::Sha1Signed | Self::Md5Signed)
    }

    /// Its key is one that rustls refuses to load: serve it with OpenSSL.
    #[must_use]
    pub fn is_weak_key(self) -> bool {
        self == Self::WeakKey
    }

    /// Does the authority's CRL list it, and its OCSP responder?
    #[must_use]
    pub fn is_revoked(self) -> bool {
        matches!(self, Self::Revoked | Self::StapledRevoked)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        for (name, kind) in Kind::ALL {
            assert_eq!(Kind::named(name), Some(kind));
            assert_eq!(kind.as_str(), name);
            assert!(
                name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{name}"
            );
        }
        let mut kinds = Kind::ALL.map(|(_, kind)| kind).to_vec();
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds.len(), Kind::ALL.len());
    }
}
