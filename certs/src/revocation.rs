//! Revocation: the CRL (RFC 5280 section 5), and OCSP responses (RFC 6960), stapled or asked for.
//!
//! Which certificates are revoked follows from their serial numbers alone, so nothing need be remembered.
use std::time::{Duration, SystemTime};

use rcgen::{
    CertificateRevocationListParams, CustomExtension, KeyIdMethod, RevocationReason, RevokedCertParams,
    SerialNumber,
};

use crate::authority::{DAY, certificate_time, unix_seconds};
use crate::ocsp::{self, Status};
use crate::signer::Role;
pub use crate::staple::{Refused, check_staple};
use crate::{Algorithm, Authority, Error, Kind, der};

/// The CRL's name below the revocation URL.
pub const CRL: &str = "intermediate.crl";
/// The OCSP responder's name below the revocation URL.
pub const OCSP: &str = "ocsp";
/// The new root's name below the revocation URL.
pub const NEW_ROOT: &str = "new-root.pem";

pub(crate) fn crl_url(base: &str) -> String {
    format!("{base}/{CRL}")
}

/// Where to ask by OCSP (RFC 5280 section 4.2.2.1).
pub(crate) fn authority_information_access(base: &str) -> CustomExtension {
    let ocsp = der::element(der::OID, &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01]);
    let location = der::element(0x86, format!("{base}/{OCSP}").as_bytes());
    let content = der::sequence(&[&der::sequence(&[&ocsp, &location])]);
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], content)
}

/// The TLS feature `status_request` (RFC 7633): SEQUENCE OF INTEGER 5.
pub(crate) fn must_staple() -> CustomExtension {
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 24], der::sequence(&[&[2, 1, 5]]))
}

/// The extension as it stands in a certificate, from its identifier on.
pub(crate) fn must_staple_der() -> Vec<u8> {
    let oid = der::element(der::OID, &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x18]);
    [oid, der::element(der::OCTETS, must_staple().content())].concat()
}

/// The serial number of a certificate that is revoked; the others have random ones of 20 bytes.
pub(crate) fn serial(kind: Kind, algorithm: Algorithm) -> Option<Vec<u8>> {
    let last = match algorithm {
        Algorithm::Ecdsa => 1,
        Algorithm::Rsa => 2,
    };
    match kind {
        Kind::Revoked => Some(vec![0x66, 1, last]),
        Kind::StapledRevoked => Some(vec![0x66, 2, last]),
        _ => None,
    }
}

fn revoked_serials() -> impl Iterator<Item = Vec<u8>> {
    let kinds = Kind::ALL.into_iter().map(|(_, kind)| kind).filter(|kind| kind.is_revoked());
    kinds
        .flat_map(|kind| [Algorithm::Ecdsa, Algorithm::Rsa].map(|algorithm| serial(kind, algorithm)))
        .flatten()
}

impl Authority {
    /// The intermediate's CRL, valid from a day before `now` until a day after it, in DER.
    ///
    /// # Errors
    /// When `now` does not fit into a CRL.
    pub fn crl(&self, now: SystemTime) -> Result<Vec<u8>, Error> {
        let revocation_time = certificate_time(self.now - DAY / 2)?;
        let revoked = |serial: Vec<u8>| RevokedCertParams {
            serial_number: SerialNumber::from_slice(&serial),
            revocation_time,
            reason_code: Some(RevocationReason::KeyCompromise),
            invalidity_date: None,
        };
        let number = u64::try_from(unix_seconds(now)).unwrap_or_default();
        let params = CertificateRevocationListParams {
            this_update: certificate_time(now - DAY)?,
            next_update: certificate_time(now + DAY)?,
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs: revoked_serials().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let intermediate = self.signer(Role::Intermediate)?;
        let crl = params
            .signed_by(&intermediate.issuer)
            .map_err(|source| Error::Mint { what: "the revocation list", source })?;
        Ok(crl.der().to_vec())
    }

    /// The answer to an OCSP request (RFC 6960 section 4.1), valid for a day around `now`, in DER: what is asked for
    /// is revoked, good or, when another authority issued it, unknown. `malformedRequest` for what is no request.
    ///
    /// # Errors
    /// When `now` does not fit into a response.
    pub fn ocsp(&self, request: &[u8], now: SystemTime) -> Result<Vec<u8>, Error> {
        let intermediate = self.signer(Role::Intermediate)?;
        let Some(asked) = ocsp::asked(request) else { return Ok(ocsp::malformed_request()) };
        let mut answers = Vec::new();
        for id in asked {
            let revoked = revoked_serials().any(|serial| serial == ocsp::serial(id).unwrap_or_default());
            let status = match (ocsp::is_from(id, &intermediate.certificate), revoked) {
                (false, _) => Status::Unknown,
                (true, true) => Status::Revoked(certificate_time(self.now - DAY / 2)?),
                (true, false) => Status::Good,
            };
            answers.push((id.to_vec(), status));
        }
        ocsp::response(&intermediate, &answers, certificate_time(now - HOUR)?, certificate_time(now + DAY)?)
    }
}

const HOUR: Duration = Duration::from_secs(60 * 60);

/// What is stapled to a leaf of this kind.
pub(crate) fn staple(authority: &Authority, kind: Kind, leaf: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    let now = authority.now;
    let (status, from, until) = match kind {
        Kind::StapledGood => (Status::Good, now - HOUR, now + 7 * DAY),
        Kind::StapledExpired => (Status::Good, now - 9 * DAY, now - 2 * DAY),
        Kind::StapledRevoked => {
            (Status::Revoked(certificate_time(now - DAY / 2)?), now - HOUR, now + 7 * DAY)
        }
        _ => return Ok(None),
    };
    let intermediate = authority.signer(Role::Intermediate)?;
    let id = ocsp::id(leaf, &intermediate.certificate).ok_or(Error::Resign)?;
    let (from, until) = (certificate_time(from)?, certificate_time(until)?);
    ocsp::response(&intermediate, &[(id, status)], from, until).map(Some)
}
