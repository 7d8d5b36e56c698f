//! A certificate taken apart and signed once more, by digests and in versions that rcgen does not make.
//!
//! RFC 5280 section 4.1; algorithm identifiers: RFC 3279 section 2.2.1, RFC 5758 section 3.2.
use rcgen::{KeyPair, SigningKey};
use rustls::pki_types::CertificateDer;

use crate::{Error, der};

/// `ecdsa-with-SHA256`, the identifier.
const ECDSA_WITH_SHA256: [u8; 8] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];

/// The parts of a TBSCertificate, in the order of RFC 5280 section 4.1.
struct Parts<'a> {
    /// serialNumber.
    serial: &'a [u8],
    /// issuer, validity, subject, subjectPublicKeyInfo: everything an X.509 v1 certificate goes on with.
    middle: Vec<u8>,
    /// The version in front and the extensions behind.
    version: &'a [u8],
    extensions: &'a [u8],
}

fn parts(certificate: &[u8]) -> Option<Parts<'_>> {
    let (outer, _) = der::first(certificate)?;
    let (tbs, _) = der::first(outer.content)?;
    match der::elements(tbs.content)?.as_slice() {
        [version, serial, _, issuer, validity, subject, key, extensions] => Some(Parts {
            serial: serial.whole,
            middle: [issuer.whole, validity.whole, subject.whole, key.whole].concat(),
            version: version.whole,
            extensions: extensions.whole,
        }),
        _ => None,
    }
}

/// The subject and the public key's bits of a certificate, for OCSP's CertID.
pub(crate) fn subject_and_key(certificate: &[u8]) -> Option<(&[u8], &[u8])> {
    let (outer, _) = der::first(certificate)?;
    let (tbs, _) = der::first(outer.content)?;
    let fields = der::elements(tbs.content)?;
    let (subject, key) = (fields.get(5)?, fields.get(6)?);
    let bits = der::elements(key.content)?.get(1)?.content;
    Some((subject.whole, bits.get(1..)?))
}

/// The algorithm identifier of an ECDSA key that signs with SHA-256.
pub(crate) fn ecdsa_with_sha256() -> Vec<u8> {
    der::sequence(&[&der::element(der::OID, &ECDSA_WITH_SHA256)])
}

/// The same certificate as X.509 v1: without version and extensions, signed by the issuer's ECDSA key.
pub(crate) fn as_v1(certificate: &[u8], key: &KeyPair) -> Result<CertificateDer<'static>, Error> {
    let parts = parts(certificate).ok_or(Error::Resign)?;
    let algorithm = ecdsa_with_sha256();
    let tbs = der::sequence(&[parts.serial, &algorithm, &parts.middle]);
    let signature = key.sign(&tbs).map_err(|source| Error::Mint { what: "an X.509 v1 signature", source })?;
    Ok(der::sequence(&[&tbs, &algorithm, &der::bits(&signature)]).into())
}

/// One bit of the signature turned round; the certificate still reads.
pub(crate) fn broken(certificate: &[u8]) -> CertificateDer<'static> {
    let mut bytes = certificate.to_vec();
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    bytes.into()
}

/// A digest that is no longer to be signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OldDigest {
    Sha1,
    Md5,
}

/// The same certificate signed by the issuer's RSA key with an old digest.
#[cfg(feature = "legacy-tls")]
pub(crate) fn with_old_digest(
    certificate: &[u8],
    key: &KeyPair,
    digest: OldDigest,
) -> Result<CertificateDer<'static>, Error> {
    use openssl::hash::MessageDigest;
    let (last, digest) = match digest {
        OldDigest::Md5 => (4, MessageDigest::md5()),
        OldDigest::Sha1 => (5, MessageDigest::sha1()),
    };
    // pkcs-1 (1.2.840.113549.1.1) 4 or 5, with NULL parameters.
    let oid = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, last];
    let algorithm = der::sequence(&[&der::element(der::OID, &oid), &[5, 0]]);
    let parts = parts(certificate).ok_or(Error::Resign)?;
    let tbs = der::sequence(&[parts.version, parts.serial, &algorithm, &parts.middle, parts.extensions]);
    let sign = || {
        let key = openssl::pkey::PKey::private_key_from_pkcs8(key.serialized_der())?;
        openssl::sign::Signer::new(digest, &key)?.sign_oneshot_to_vec(&tbs)
    };
    let signature = sign().map_err(|e| Error::OldDigest(e.to_string()))?;
    Ok(der::sequence(&[&tbs, &algorithm, &der::bits(&signature)]).into())
}

#[cfg(not(feature = "legacy-tls"))]
pub(crate) fn with_old_digest(
    certificate: &[u8],
    _: &KeyPair,
    _: OldDigest,
) -> Result<CertificateDer<'static>, Error> {
    let parts = parts(certificate).ok_or(Error::Resign)?;
    let _ = (parts.version, parts.extensions);
    Err(Error::NoRsa)
}
