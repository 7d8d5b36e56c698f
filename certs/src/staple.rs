//! A stapled OCSP response as a client without OpenSSL reads it: whose it is, what it says, and whether it is in time.
//!
//! It has to be signed by the issuer itself with ECDSA P-256 and SHA-256, as this authority does.
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use time::{Date, Month, PrimitiveDateTime, Time};

use crate::{der, ocsp, resign, revocation};

/// Why a staple does not vouch for a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the certificate demands a stapled OCSP response")]
    Demanded,
    #[error("the certificate was revoked (stapled OCSP response)")]
    Revoked,
    #[error("the stapled OCSP response does not vouch for the certificate")]
    NotGood,
    #[error("the stapled OCSP response is out of date")]
    OutOfDate,
    #[error("the stapled OCSP response is not signed by the certificate's issuer")]
    NotSigned,
}

/// Checks a staple, empty where none came, at `now`, in seconds from 1970.
///
/// # Errors
/// When it says that the certificate is revoked or says nothing that counts; when one is demanded and none came.
pub fn check_staple(leaf: &[u8], issuer: &[u8], staple: &[u8], now: u64) -> Result<(), Refused> {
    if staple.is_empty() {
        let demand = revocation::must_staple_der();
        let demanded = leaf.windows(demand.len()).any(|window| window == demand);
        return if demanded { Err(Refused::Demanded) } else { Ok(()) };
    }
    let basic = basic(staple).ok_or(Refused::NotGood)?;
    let (_, key) = resign::subject_and_key(issuer).ok_or(Refused::NotSigned)?;
    let signed = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key).verify(basic.data, basic.signature);
    signed.map_err(|_| Refused::NotSigned)?;
    let id = ocsp::id(leaf, issuer).ok_or(Refused::NotGood)?;
    let single = single(basic.data, &id).ok_or(Refused::NotGood)?;
    match single.status {
        0x80 => {}
        0xa1 => return Err(Refused::Revoked),
        _ => return Err(Refused::NotGood),
    }
    let in_time = single.this_update <= now && single.next_update.is_none_or(|next| now < next);
    if in_time { Ok(()) } else { Err(Refused::OutOfDate) }
}

struct Basic<'a> {
    /// ResponseData with its head: what is signed.
    data: &'a [u8],
    signature: &'a [u8],
}

fn basic(response: &[u8]) -> Option<Basic<'_>> {
    let (outer, _) = der::first(response)?;
    let bytes = match der::elements(outer.content)?.as_slice() {
        [status, bytes] if status.content == [0] => der::first(bytes.content)?.0,
        _ => return None,
    };
    let octets = *der::elements(bytes.content)?.get(1)?;
    match der::elements(der::first(octets.content)?.0.content)?.as_slice() {
        [data, _, signature, ..] => Some(Basic { data: data.whole, signature: signature.content.get(1..)? }),
        _ => None,
    }
}

struct Single {
    /// The tag of CertStatus.
    status: u8,
    this_update: u64,
    next_update: Option<u64>,
}

/// What ResponseData says of the certificate with this CertID.
fn single(data: &[u8], id: &[u8]) -> Option<Single> {
    let fields = der::elements(der::first(data)?.0.content)?;
    let responses = fields.into_iter().find(|field| field.tag == der::SEQUENCE)?;
    let of_id = |response: der::Element<'_>| match der::elements(response.content)?.as_slice() {
        [about, status, this_update, rest @ ..] if about.whole == id => {
            let next = rest.first().filter(|field| field.tag == der::explicit(0));
            let next_update = match next {
                Some(next) => Some(seconds(der::first(next.content)?.0.content)?),
                None => None,
            };
            Some(Single { status: status.tag, this_update: seconds(this_update.content)?, next_update })
        }
        _ => None,
    };
    der::elements(responses.content)?.into_iter().find_map(of_id)
}

/// GeneralizedTime as DER has it, `20260115120000Z`.
fn seconds(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z').filter(|text| text.len() == 14)?;
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<u8>().ok();
    let month = Month::try_from(part(4, 6)?).ok()?;
    let date = Date::from_calendar_date(text.get(..4)?.parse().ok()?, month, part(6, 8)?).ok()?;
    let time = Time::from_hms(part(8, 10)?, part(10, 12)?, part(12, 14)?).ok()?;
    u64::try_from(PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp()).ok()
}
