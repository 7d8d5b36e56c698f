//! OCSP (RFC 6960): requests read, responses written and signed by the issuer itself.
use rcgen::SigningKey;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use time::OffsetDateTime;

use crate::signer::Signer;
use crate::{Error, der, resign};

/// What a response says of one certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Good,
    Revoked(OffsetDateTime),
    Unknown,
}

/// At most this many certificates are asked about in one request.
const ASKED_MAX: usize = 16;

/// `id-sha1` (1.3.14.3.2.26) with NULL parameters, as every responder takes it in a CertID.
const SHA1: [u8; 11] = [0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00];

/// `id-pkix-ocsp-basic` (1.3.6.1.5.5.7.48.1.1).
const BASIC: [u8; 9] = [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];

/// The CertID of a leaf below an issuer.
pub(crate) fn id(leaf: &[u8], issuer: &[u8]) -> Option<Vec<u8>> {
    let (outer, _) = der::first(leaf)?;
    let (tbs, _) = der::first(outer.content)?;
    let serial = *der::elements(tbs.content)?.get(1)?;
    let (name, key) = hashes(issuer)?;
    let hashes = [der::element(der::OCTETS, &name), der::element(der::OCTETS, &key)];
    Some(der::sequence(&[&SHA1, &hashes[0], &hashes[1], serial.whole]))
}

fn hashes(issuer: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (subject, key) = resign::subject_and_key(issuer)?;
    let sha1 = |bytes| digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec();
    Some((sha1(subject), sha1(key)))
}

/// Is the CertID about a certificate of this issuer? Only SHA-1 is understood, which RFC 5019 section 2.1.1 demands.
pub(crate) fn is_from(id: &[u8], issuer: &[u8]) -> bool {
    let (Some(fields), Some((name, key))) = (fields(id), hashes(issuer)) else { return false };
    matches!(&fields[..], [_, n, k, _] if n.content == name && k.content == key)
}

/// The serial number of a CertID.
pub(crate) fn serial(id: &[u8]) -> Option<&[u8]> {
    Some(fields(id)?.get(3)?.content)
}

fn fields(id: &[u8]) -> Option<Vec<der::Element<'_>>> {
    der::elements(der::first(id)?.0.content)
}

/// The CertIDs of a request; `None` for what is no request, or asks about too many.
pub(crate) fn asked(request: &[u8]) -> Option<Vec<&[u8]>> {
    let (outer, rest) = der::first(request)?;
    let (tbs, _) = der::first(outer.content)?;
    let list = der::elements(tbs.content)?.into_iter().find(|field| field.tag == der::SEQUENCE)?;
    let requests = der::elements(list.content)?;
    let id = |request: der::Element<'_>| {
        let (id, _) = der::first(request.content)?;
        (fields(id.whole)?.len() == 4).then_some(())
    };
    if !rest.is_empty() || requests.is_empty() || requests.len() > ASKED_MAX {
        return None;
    }
    requests
        .into_iter()
        .map(|request| id(request).and_then(|()| Some(der::first(request.content)?.0.whole)))
        .collect()
}

/// OCSPResponse with the status `malformedRequest` (1).
pub(crate) fn malformed_request() -> Vec<u8> {
    der::sequence(&[&der::element(der::ENUMERATED, &[1])])
}

/// OCSPResponse with a signed BasicOCSPResponse.
pub(crate) fn response(
    issuer: &Signer,
    answers: &[(Vec<u8>, Status)],
    this_update: OffsetDateTime,
    next_update: OffsetDateTime,
) -> Result<Vec<u8>, Error> {
    let next = der::element(der::explicit(0), &generalized(next_update));
    let single = |(id, status): &(Vec<u8>, Status)| {
        der::sequence(&[id, &certificate_status(*status), &generalized(this_update), &next])
    };
    let responses = der::element(der::SEQUENCE, &answers.iter().flat_map(single).collect::<Vec<u8>>());
    let (_, key) = hashes(&issuer.certificate).ok_or(Error::Resign)?;
    let responder = der::element(der::explicit(2), &der::element(der::OCTETS, &key));
    let data = der::sequence(&[&responder, &generalized(this_update), &responses]);
    let signature = issuer.issuer.key().sign(&data);
    let signature = signature.map_err(|source| Error::Mint { what: "an OCSP response", source })?;
    let basic = der::sequence(&[&data, &resign::ecdsa_with_sha256(), &der::bits(&signature)]);
    let bytes = der::sequence(&[&der::element(der::OID, &BASIC), &der::element(der::OCTETS, &basic)]);
    Ok(der::sequence(&[&der::element(der::ENUMERATED, &[0]), &der::element(der::explicit(0), &bytes)]))
}

/// Revoked carries the reason keyCompromise (1).
fn certificate_status(status: Status) -> Vec<u8> {
    match status {
        Status::Good => der::element(0x80, &[]),
        Status::Unknown => der::element(0x82, &[]),
        Status::Revoked(at) => {
            let reason = der::element(der::explicit(0), &der::element(der::ENUMERATED, &[1]));
            der::element(der::explicit(1), &[generalized(at), reason].concat())
        }
    }
}

fn generalized(at: OffsetDateTime) -> Vec<u8> {
    let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
    let (hour, minute, second) = at.to_hms();
    let text = format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z");
    der::element(der::GENERALIZED_TIME, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_request_is_refused() {
        for bytes in
            [&[][..], &[0x30, 0], &[0x30, 2, 0x30, 0], b"GET / HTTP/1.1", &[0x30, 0x84, 255, 255, 255, 255]]
        {
            assert_eq!(asked(bytes), None, "{bytes:?}");
        }
    }
}
