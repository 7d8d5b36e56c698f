//! BODY and BODYSTRUCTURE (RFC 3501 section 7.4.2).
use bytes::Bytes;
use postfail_wire::imap::BodyStructure;
use postfail_wire::imap::response::structure::{Content, Disposition, Multipart, Single};

use super::envelope::of_header;
use super::header::{Scan, Structured, fields};
use super::tree::{Kind, Part, tree};

/// The BODYSTRUCTURE of a message. Never fails.
#[must_use]
pub fn structure(message: &[u8]) -> BodyStructure {
    of_part(message, &tree(message))
}

fn of_part(message: &[u8], part: &Part) -> BodyStructure {
    let fields = Described::read(message, part);
    let (media_type, subtype) = part.names();
    let mut parameters = pairs(&part.media);
    if part.is("text", "*") && part.media.parameter("charset").is_none() {
        // RFC 2045 section 5.2; servers say it, and clients have come to expect it.
        parameters.push((Bytes::from_static(b"charset"), Bytes::from_static(b"us-ascii")));
    }
    let subtype = Bytes::copy_from_slice(subtype);
    let content = match &part.kind {
        Kind::Multipart(parts) => {
            return BodyStructure::Multipart(Multipart {
                parts: parts.iter().map(|part| of_part(message, part)).collect(),
                subtype,
                parameters,
                disposition: fields.disposition,
                language: fields.language,
                location: fields.location,
            });
        }
        Kind::Message(inner) => Content::Message {
            envelope: Box::new(of_header(message, inner.header.clone())),
            structure: Box::new(of_part(message, inner)),
            lines: lines(message, part),
        },
        Kind::Single if part.is("text", "*") => Content::Text { lines: lines(message, part) },
        Kind::Single => Content::Other,
    };
    BodyStructure::Single(Box::new(Single {
        media_type: Bytes::copy_from_slice(media_type),
        subtype,
        parameters,
        id: fields.id,
        description: fields.description,
        encoding: fields.encoding.unwrap_or_else(|| Bytes::from_static(b"7bit")),
        octets: number(part.body.len()),
        content,
        md5: fields.md5,
        disposition: fields.disposition,
        language: fields.language,
        location: fields.location,
    }))
}

/// The Content-* fields of a part, Content-Type aside. Of a field that stands there twice the first counts.
#[derive(Default)]
struct Described {
    id: Option<Bytes>,
    description: Option<Bytes>,
    encoding: Option<Bytes>,
    md5: Option<Bytes>,
    disposition: Option<Disposition>,
    language: Vec<Bytes>,
    location: Option<Bytes>,
}

impl Described {
    fn read(message: &[u8], part: &Part) -> Described {
        let mut read = Described::default();
        for field in fields(message, part.header.clone()) {
            let value = field.value();
            let text = || Some(Bytes::copy_from_slice(&value));
            match field.name.to_ascii_lowercase().as_slice() {
                b"content-id" => read.id = read.id.or_else(text),
                b"content-description" => read.description = read.description.or_else(text),
                b"content-md5" => read.md5 = read.md5.or_else(text),
                b"content-location" => read.location = read.location.or_else(text),
                b"content-transfer-encoding" if read.encoding.is_none() => {
                    read.encoding =
                        Some(Structured::read(&value).value).filter(|name| !name.is_empty()).map(Into::into);
                }
                b"content-disposition" if read.disposition.is_none() => {
                    let disposition = Structured::read(&value);
                    let parameters = pairs(&disposition);
                    read.disposition = Some(Disposition { kind: disposition.value.into(), parameters });
                }
                b"content-language" if read.language.is_empty() => read.language = languages(&value),
                _ => {}
            }
        }
        read
    }
}

/// Language tags of one field that are read; the rest is passed over.
const MOST_LANGUAGES: usize = 100;

/// `Content-Language = "Content-Language:" 1#Language-tag` (RFC 3282).
fn languages(value: &[u8]) -> Vec<Bytes> {
    let mut scan = Scan { text: value, at: 0 };
    let mut tags = Vec::new();
    while scan.peek().is_some() && tags.len() < MOST_LANGUAGES {
        let tag = scan.until(b",", false);
        if !tag.is_empty() {
            tags.push(tag.into());
        }
        scan.skip(b',');
    }
    tags
}

fn pairs(field: &Structured) -> Vec<(Bytes, Bytes)> {
    let parameters = field.parameters.iter();
    parameters.map(|(name, value)| (Bytes::copy_from_slice(name), Bytes::copy_from_slice(value))).collect()
}

/// Line ends in the body. A last line without one does not count, as in RFC 3501's example of 4554 octets in 73
/// lines of base64, and as Dovecot has it.
fn lines(message: &[u8], part: &Part) -> u32 {
    let body = message.get(part.body.clone()).unwrap_or_default();
    number(body.iter().filter(|&&byte| byte == b'\n').count())
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
