//! What a server has chosen: as much of the ServerHello (RFC 8446 section 4.1.3) as tells how TLS 1.3 encrypts what follows.
use nom::bytes::complete::{tag, take};
use nom::multi::length_data;
use nom::number::complete::{be_u8, be_u16, be_u24};
use nom::{IResult, Parser};

const SERVER_HELLO: [u8; 1] = [2];
const SUPPORTED_VERSIONS: u16 = 43;
const TLS13: [u8; 2] = [3, 4];

/// The random of a HelloRetryRequest, behind which nothing is encrypted yet: SHA-256 of that word (RFC 8446
/// section 4.1.3).
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2,
    0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// The suite of TLS 1.3 that this handshake message chooses; `None` for any other message, a HelloRetryRequest, and a
/// ServerHello of older versions.
#[must_use]
pub fn tls13_suite(message: &[u8]) -> Option<u16> {
    let (_, (random, suite, mut extensions)) = chosen(message).ok()?;
    if random == RETRY {
        return None;
    }
    loop {
        let (rest, (kind, data)) = extension(extensions).ok()?;
        if kind == SUPPORTED_VERSIONS {
            return (data == TLS13).then_some(suite);
        }
        extensions = rest;
    }
}

fn extension(input: &[u8]) -> IResult<&[u8], (u16, &[u8])> {
    (be_u16, length_data(be_u16)).parse(input)
}

/// Random, suite and extensions.
type Chosen<'a> = (&'a [u8], u16, &'a [u8]);

fn chosen(message: &[u8]) -> IResult<&[u8], Chosen<'_>> {
    let (rest, body) =
        tag(&SERVER_HELLO[..]).and(length_data(be_u24)).map(|(_, body)| body).parse(message)?;
    let legacy_version = take(2_usize);
    let session_id = length_data(be_u8);
    let compression = be_u8;
    let (_, (_, random, _, suite, _, extensions)) =
        (legacy_version, take(32_usize), session_id, be_u16, compression, length_data(be_u16)).parse(body)?;
    Ok((rest, (random, suite, extensions)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(random: [u8; 32], version: [u8; 2]) -> Vec<u8> {
        let extensions = [&[0, 51, 0, 3, 0, 29, 7][..], &[0, 43, 0, 2], &version].concat();
        let body = [&[3, 3][..], &random, &[1, 9, 0x13, 0x02, 0, 0, 13], &extensions].concat();
        [&[2, 0, 0, u8::try_from(body.len()).unwrap()][..], &body].concat()
    }

    #[test]
    fn the_suite_of_tls_1_3_is_told_and_nothing_else() {
        let whole = hello([5; 32], TLS13);
        assert_eq!(tls13_suite(&whole), Some(0x1302));
        assert_eq!(tls13_suite(&[&whole[..], b"more"].concat()), Some(0x1302));
        assert_eq!(tls13_suite(&hello(RETRY, TLS13)), None);
        assert_eq!(tls13_suite(&hello([5; 32], [3, 3])), None);
        assert_eq!(tls13_suite(&[&[1], &whole[1..]].concat()), None);
        for cut in 0..whole.len() {
            assert_eq!(tls13_suite(&whole[..cut]), None, "{cut}");
        }
    }
}
