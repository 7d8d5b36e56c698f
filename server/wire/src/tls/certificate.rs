//! What a log-in needs of a certificate (RFC 5280 section 4.1), read from its DER (X.690): whom it names, and by which
//! hash it is signed. A TLS library has verified it already; nothing here decides whether it is good.
//!
//! ```asn1
//! Certificate    ::= SEQUENCE { tbsCertificate, signatureAlgorithm AlgorithmIdentifier, signatureValue BIT STRING }
//! TBSCertificate ::= SEQUENCE { [0] version, serialNumber, signature, issuer, validity, subject, ..., [3] extensions }
//! ```

const SEQUENCE: u8 = 0x30;
const OID: u8 = 0x06;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
/// `rfc822Name [1] IA5String` of GeneralName (RFC 5280 section 4.2.1.6).
const RFC822_NAME: u8 = 0x81;

/// 2.5.4.3
const COMMON_NAME: &[u8] = &[0x55, 4, 3];
/// 2.5.29.17
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 29, 17];

/// The longest hash signatures are made with; `tls-server-end-point` uses SHA-256 for all below (RFC 5929 section 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureHash {
    Sha256,
    Sha384,
    Sha512,
}

/// One value: its tag and what it holds.
struct Value<'a> {
    tag: u8,
    inside: &'a [u8],
}

/// The values that follow each other; the rest after something that is no DER is passed over.
struct Values<'a>(&'a [u8]);

impl<'a> Iterator for Values<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x84 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
            }
            _ => return None,
        };
        let (inside, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(Value { tag, inside })
    }
}

fn within(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    Values(bytes).find(|value| value.tag == tag).map(|value| value.inside)
}

/// The mail addresses and then the common names that a certificate gives its owner.
#[must_use]
pub fn names(der: &[u8]) -> Vec<String> {
    read(der).unwrap_or_default()
}

fn read(der: &[u8]) -> Option<Vec<String>> {
    let tbs = within(within(der, SEQUENCE)?, SEQUENCE)?;
    let mut fields = Values(tbs).filter(|value| value.tag != VERSION);
    // serialNumber, signature, issuer and validity stand before it.
    let subject = fields.nth(4)?.inside;
    let mut names = Vec::new();
    let extensions = fields.find(|value| value.tag == EXTENSIONS).and_then(|it| within(it.inside, SEQUENCE));
    for extension in Values(extensions.unwrap_or_default()) {
        let mut parts = Values(extension.inside);
        if parts.next().is_some_and(|it| it.tag == OID && it.inside == SUBJECT_ALT_NAME) {
            // Behind a Boolean, perhaps, an OCTET STRING that holds the names.
            let held = parts.last().and_then(|value| within(value.inside, SEQUENCE)).unwrap_or_default();
            let addresses = Values(held).filter(|value| value.tag == RFC822_NAME);
            names.extend(addresses.filter_map(|value| text(value.inside)));
        }
    }
    for set in Values(subject) {
        for attribute in Values(set.inside) {
            let mut parts = Values(attribute.inside);
            if parts.next().is_some_and(|it| it.tag == OID && it.inside == COMMON_NAME) {
                names.extend(parts.next().and_then(|value| text(value.inside)));
            }
        }
    }
    Some(names)
}

fn text(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    (!text.is_empty() && !text.contains(char::is_control)).then(|| text.to_owned())
}

/// The hash of the algorithm a certificate is signed with.
#[must_use]
pub fn signature_hash(der: &[u8]) -> SignatureHash {
    let algorithm = || {
        let certificate = within(der, SEQUENCE)?;
        let algorithm = Values(certificate).filter(|value| value.tag == SEQUENCE).nth(1)?;
        within(algorithm.inside, OID)
    };
    match algorithm() {
        // ecdsa-with-SHA384 (RFC 5758 section 3.2), sha384WithRSAEncryption (RFC 8017 appendix C)
        Some([0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3] | [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12]) => {
            SignatureHash::Sha384
        }
        // their SHA-512, and Ed25519, which hashes by it (RFC 8410 section 3)
        Some(
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4]
            | [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13]
            | [0x2b, 0x65, 0x70],
        ) => SignatureHash::Sha512,
        _ => SignatureHash::Sha256,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(tag: u8, inside: &[u8]) -> Vec<u8> {
        [&[tag, 0x82, (inside.len() >> 8) as u8, inside.len() as u8][..], inside].concat()
    }

    fn certificate() -> Vec<u8> {
        let name = |oid: &[u8], text: &[u8]| {
            value(0x31, &value(SEQUENCE, &[value(OID, oid), value(12, text)].concat()))
        };
        let alt = [
            value(0x82, b"postfail.test"),
            value(RFC822_NAME, b"taro@postfail.test"),
            value(RFC822_NAME, b""),
        ];
        let alt = value(SEQUENCE, &alt.concat());
        let critical = [value(OID, SUBJECT_ALT_NAME), value(1, &[0xff]), value(4, &alt)].concat();
        let other = [value(OID, &[0x55, 29, 15]), value(4, b"xx")].concat();
        let extensions = [value(SEQUENCE, &other), value(SEQUENCE, &critical)].concat();
        let algorithm = value(SEQUENCE, &value(OID, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3]));
        let tbs = [
            value(VERSION, &value(2, &[2])),
            value(2, &[1]),
            algorithm.clone(),
            value(SEQUENCE, &name(COMMON_NAME, b"the issuer")),
            value(SEQUENCE, b""),
            value(SEQUENCE, &[name(&[0x55, 4, 10], b"a company"), name(COMMON_NAME, b"taro")].concat()),
            value(SEQUENCE, b"a key"),
            value(EXTENSIONS, &value(SEQUENCE, &extensions)),
        ];
        value(SEQUENCE, &[value(SEQUENCE, &tbs.concat()), algorithm, value(3, b"signed")].concat())
    }

    #[test]
    fn whom_it_names_and_how_it_is_signed() {
        assert_eq!(names(&certificate()), ["taro@postfail.test", "taro"]);
        assert_eq!(signature_hash(&certificate()), SignatureHash::Sha384);
        assert_eq!(signature_hash(b""), SignatureHash::Sha256);
    }

    #[test]
    fn cut_or_changed_anywhere_it_is_read_as_far_as_it_goes() {
        let whole = certificate();
        for at in 0..whole.len() {
            let _ = names(&whole[..at]);
            let mut changed = whole.clone();
            for byte in [0, 0x7f, 0x80, 0x84, 0xff] {
                changed[at] = byte;
                let _ = (names(&changed), signature_hash(&changed));
            }
        }
    }
}
