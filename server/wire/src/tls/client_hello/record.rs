//! From records to one handshake message (RFC 8446 5.1), and the SSL 2.0 form (RFC 5246 appendix E.2).
use nom::Parser;
use nom::bytes::complete::take;
use nom::number::complete::{be_u8, be_u16};

use super::{Bad, ClientHello, Format, MAX, NotTls, Progress, Random, body};

/// 2^14: the largest fragment of a record in the clear.
const MAX_FRAGMENT: usize = 16_384;

/// Join the fragments of handshake records until a whole ClientHello stands there.
pub(super) fn read(bytes: &[u8]) -> Progress {
    let record_version = match bytes {
        [_, major, minor, ..] => u16::from_be_bytes([*major, *minor]),
        _ => 0x0301,
    };
    let mut message = Vec::new();
    let mut rest = bytes;
    let mut wanted = None;
    loop {
        let fragment = match next_fragment(&mut rest) {
            Ok(fragment) => fragment,
            Err(bad) => return Progress::Bad(bad),
        };
        let Some(fragment) = fragment else {
            return if bytes.len() > MAX { Progress::Bad(Bad::TooLong) } else { Progress::NeedMore };
        };
        message.extend_from_slice(fragment.bytes);
        if let [kind, ..] = message[..]
            && kind != 1
        {
            return Progress::Bad(Bad::NotClientHello(kind));
        }
        if wanted.is_none()
            && let [_, high, middle, low, ..] = message[..]
        {
            let length = 4 + u32::from_be_bytes([0, high, middle, low]) as usize;
            if length > MAX {
                return Progress::Bad(Bad::TooLong);
            }
            wanted = Some(length);
        }
        if let Some(hello) = wanted.and_then(|length| message.get(4..length)) {
            return match body::read(hello, record_version) {
                Ok(hello) => Progress::Hello(Box::new(hello)),
                Err(bad) => Progress::Bad(bad),
            };
        }
        if !fragment.whole {
            return if bytes.len() > MAX { Progress::Bad(Bad::TooLong) } else { Progress::NeedMore };
        }
    }
}

/// What is there of one record's fragment.
struct Fragment<'a> {
    bytes: &'a [u8],
    whole: bool,
}

/// Take the next fragment; `None` when its header is not yet complete.
///
/// ```text
/// struct { ContentType type; ProtocolVersion version; uint16 length; opaque fragment[length]; }
/// ```
fn next_fragment<'a>(rest: &mut &'a [u8]) -> Result<Option<Fragment<'a>>, Bad> {
    // Every byte of the header is judged as soon as it is there: a peer that sends a wrong one must not wait.
    if let [kind, ..] = rest
        && *kind != 22
    {
        return Err(Bad::RecordType(*kind));
    }
    if let [_, major, after @ ..] = rest
        && *major != 3
    {
        return Err(Bad::RecordVersion(u16::from_be_bytes([*major, after.first().copied().unwrap_or(0)])));
    }
    let [_, _, _, high, low, after @ ..] = *rest else {
        return Ok(None);
    };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    if length == 0 || length > MAX_FRAGMENT {
        return Err(Bad::RecordLength(length));
    }
    let there = length.min(after.len());
    let (bytes, next) = after.split_at(there);
    *rest = next;
    Ok(Some(Fragment { bytes, whole: there == length }))
}

/// ```text
/// uint16 length with the highest bit set; uint8 type (1); Version version;
/// uint16 cipher_spec_length, session_id_length, challenge_length; then the three.
/// ```
pub(super) fn read_ssl2(bytes: &[u8]) -> Progress {
    // Two bytes of length, then the type and the major version decide whether this is a hello.
    let (kind, major) = (bytes.get(2), bytes.get(3));
    if kind.is_some_and(|kind| *kind != 1) || major.is_some_and(|major| *major != 3 && *major != 0) {
        return Progress::NotTls(NotTls::Bytes(bytes.first().copied().unwrap_or(0)));
    }
    let [high, low, after @ ..] = bytes else {
        return Progress::NeedMore;
    };
    let length = usize::from(u16::from_be_bytes([high & 0x7f, *low]));
    if length < 9 {
        return Progress::Bad(Bad::Malformed("the SSL 2.0 hello"));
    }
    match after.get(1..length) {
        None => Progress::NeedMore,
        Some(hello) => match ssl2_body(hello) {
            Ok((_, hello)) => Progress::Hello(Box::new(hello)),
            Err(_) => Progress::Bad(Bad::Malformed("the SSL 2.0 hello")),
        },
    }
}

fn ssl2_body(input: &[u8]) -> nom::IResult<&[u8], ClientHello> {
    let (input, (version, specs, session, challenge)) = (be_u16, be_u16, be_u16, be_u16).parse(input)?;
    let (input, mut specs) = take(specs).parse(input)?;
    let (input, _) = take(session).parse(input)?;
    let (input, challenge_bytes) = take(challenge).parse(input)?;
    let mut cipher_suites = Vec::new();
    while !specs.is_empty() {
        let (next, (kind, suite)) = (be_u8, be_u16).parse(specs)?;
        if kind == 0 {
            cipher_suites.push(suite);
        }
        specs = next;
    }
    // The challenge stands right-aligned in the random (RFC 5246 appendix E.2).
    let mut random = [0; 32];
    for (to, from) in random.iter_mut().rev().zip(challenge_bytes.iter().rev()) {
        *to = *from;
    }
    let hello = ClientHello {
        format: Format::Ssl2,
        record_version: 0x0002,
        legacy_version: version,
        supported_versions: None,
        random: Random(random),
        session_id: usize::from(session),
        cipher_suites,
        compression: Vec::new(),
        extensions: Vec::new(),
        server_name: None,
        alpn: Vec::new(),
        groups: Vec::new(),
        signature_schemes: Vec::new(),
        session_ticket: None,
        psk: false,
        early_data: false,
        status_request: false,
    };
    Ok((input, hello))
}
