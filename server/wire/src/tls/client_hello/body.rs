//! The ClientHello's fields and the extensions we read; all others are kept by number.
use nom::bytes::complete::take;
use nom::combinator::all_consuming;
use nom::multi::{length_data, many0};
use nom::number::complete::{be_u8, be_u16};
use nom::{IResult, Parser};

use super::{Bad, ClientHello, Format, Random};

/// ```text
/// struct {
///     ProtocolVersion legacy_version;
///     Random random;
///     opaque legacy_session_id<0..32>;
///     CipherSuite cipher_suites<2..2^16-2>;
///     opaque legacy_compression_methods<1..2^8-1>;
///     Extension extensions<0..2^16-1>;       ; may be absent below TLS 1.3
/// } ClientHello;
/// ```
pub(super) fn read(input: &[u8], record_version: u16) -> Result<ClientHello, Bad> {
    let (rest, (legacy_version, random, session_id)) = (be_u16, take(32_usize), vector8)
        .parse(input)
        .map_err(|_: Error<'_>| Bad::Malformed("the ClientHello"))?;
    let (rest, cipher_suites) = vector16(rest).map_err(|_| Bad::Malformed("cipher_suites"))?;
    let (rest, compression) = vector8(rest).map_err(|_| Bad::Malformed("compression_methods"))?;
    let mut hello = ClientHello {
        format: Format::Tls,
        record_version,
        legacy_version,
        supported_versions: None,
        random: Random(random.try_into().unwrap_or_default()),
        session_id: session_id.len(),
        cipher_suites: numbers(cipher_suites).ok_or(Bad::Malformed("cipher_suites"))?,
        compression: compression.to_vec(),
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
    if rest.is_empty() {
        return Ok(hello);
    }
    let (_, mut extensions) =
        all_consuming(vector16).parse(rest).map_err(|_| Bad::Malformed("extensions"))?;
    while !extensions.is_empty() {
        let (next, (kind, data)) =
            (be_u16, vector16).parse(extensions).map_err(|_: Error<'_>| Bad::Malformed("extensions"))?;
        hello.extensions.push(kind);
        extension(&mut hello, kind, data)?;
        extensions = next;
    }
    Ok(hello)
}

type Error<'a> = nom::Err<nom::error::Error<&'a [u8]>>;

/// One extension's data into the field it fills.
fn extension(hello: &mut ClientHello, kind: u16, data: &[u8]) -> Result<(), Bad> {
    match kind {
        0 => hello.server_name = server_name(data).map_err(|_| Bad::Malformed("server_name"))?,
        5 => hello.status_request = data.first() == Some(&1),
        10 => hello.groups = list16(data).ok_or(Bad::Malformed("supported_groups"))?,
        13 => hello.signature_schemes = list16(data).ok_or(Bad::Malformed("signature_algorithms"))?,
        16 => hello.alpn = alpn(data).ok_or(Bad::Malformed("application_layer_protocol_negotiation"))?,
        35 => hello.session_ticket = Some(data.len()),
        41 => hello.psk = true,
        42 => hello.early_data = true,
        43 => {
            let versions = all_consuming(vector8).parse(data).ok().and_then(|(_, list)| numbers(list));
            hello.supported_versions = Some(versions.ok_or(Bad::Malformed("supported_versions"))?);
        }
        _ => {}
    }
    Ok(())
}

/// ```text
/// struct { ServerName server_name_list<1..2^16-1>; }  ServerName: uint8 type (0); opaque HostName<1..2^16-1>;
/// ```
fn server_name(data: &[u8]) -> Result<Option<String>, Error<'_>> {
    let (_, list) = all_consuming(vector16).parse(data)?;
    let (_, names) = all_consuming(many0((be_u8, vector16))).parse(list)?;
    let name = names.into_iter().find(|(kind, _)| *kind == 0);
    Ok(name.map(|(_, name)| printable(name)))
}

fn alpn(data: &[u8]) -> Option<Vec<String>> {
    let (_, list) = all_consuming(vector16).parse(data).ok()?;
    let (_, names) = all_consuming(many0(vector8)).parse(list).ok()?;
    Some(names.into_iter().map(printable).collect())
}

fn printable(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

fn vector8(input: &[u8]) -> IResult<&[u8], &[u8]> {
    length_data(be_u8).parse(input)
}

fn vector16(input: &[u8]) -> IResult<&[u8], &[u8]> {
    length_data(be_u16).parse(input)
}

fn list16(data: &[u8]) -> Option<Vec<u16>> {
    let (_, list) = all_consuming(vector16).parse(data).ok()?;
    numbers(list)
}

/// A whole number of 16-bit numbers.
fn numbers(list: &[u8]) -> Option<Vec<u16>> {
    let (pairs, odd) = list.as_chunks::<2>();
    odd.is_empty().then(|| pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect())
}
