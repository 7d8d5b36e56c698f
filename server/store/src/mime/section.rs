//! Cut a `BODY[...]` section out of a message (RFC 3501 section 6.4.5).
use std::ops::Range;

use bytes::{BufMut, Bytes, BytesMut};
use postfail_wire::imap::section::{Section, SectionText};

use super::header::fields;
use super::tree::{Kind, Part, tree};

/// The bytes of a section; `None` when the message has no such part (shown as NIL). A partial is cut by the caller.
#[must_use]
pub fn section(message: &Bytes, section: &Section) -> Option<Bytes> {
    if section.part.is_empty() {
        // The message itself needs no tree.
        let body = super::body_offset(message);
        return match &section.text {
            SectionText::Whole => Some(message.clone()),
            text => of_message(message, 0..body, body..message.len(), text),
        };
    }
    let root = tree(message);
    let part = find(&root, &section.part)?;
    match (&section.text, &part.kind) {
        (SectionText::Whole, _) => Some(message.slice(part.body.clone())),
        (SectionText::Mime, _) => Some(message.slice(part.header.clone())),
        (text, Kind::Message(inner)) => of_message(message, inner.header.clone(), inner.body.clone(), text),
        _ => None,
    }
}

/// HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT and TEXT of a message, the outer one or one inside.
fn of_message(
    message: &Bytes,
    header: Range<usize>,
    body: Range<usize>,
    text: &SectionText,
) -> Option<Bytes> {
    match text {
        SectionText::Header => Some(message.slice(header)),
        SectionText::Text => Some(message.slice(body)),
        SectionText::HeaderFields(names) => Some(pick(message, header, names, true)),
        SectionText::HeaderFieldsNot(names) => Some(pick(message, header, names, false)),
        SectionText::Whole | SectionText::Mime => None,
    }
}

/// The fields whose names are listed (or are not), as they stand, and always a blank line.
fn pick(message: &Bytes, header: Range<usize>, names: &[String], listed: bool) -> Bytes {
    let mut picked = BytesMut::new();
    for field in fields(message, header) {
        if names.iter().any(|name| field.is(name)) != listed {
            continue;
        }
        let raw = message.get(field.raw).unwrap_or_default();
        picked.put_slice(raw);
        if !raw.ends_with(b"\n") {
            picked.put_slice(b"\r\n");
        }
    }
    picked.put_slice(b"\r\n");
    picked.freeze()
}

/// Part numbers count the parts of a multipart; a message that is no multipart has its body as part 1; behind the
/// number of a message/rfc822 part come those of the message inside.
fn find<'t>(root: &'t Part, numbers: &[u32]) -> Option<&'t Part> {
    let (mut part, mut inside) = (root, root);
    for (place, &number) in numbers.iter().enumerate() {
        if place > 0 {
            inside = match &part.kind {
                Kind::Multipart(_) => part,
                Kind::Message(inner) => inner,
                Kind::Single => return None,
            };
        }
        part = match &inside.kind {
            Kind::Multipart(parts) => parts.get(usize::try_from(number.checked_sub(1)?).ok()?)?,
            _ if number == 1 => inside,
            _ => return None,
        };
    }
    Some(part)
}

#[cfg(test)]
mod tests;
