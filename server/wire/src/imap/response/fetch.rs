//! What a FETCH response tells of a message (RFC 3501 7.4.2).
use bytes::{BufMut, Bytes, BytesMut};
use jiff::Timestamp;

use super::envelope::Envelope;
use super::parenthesized;
use super::structure::BodyStructure;
use crate::imap::section::Section;
use crate::imap::{date, encode};

/// One item of a FETCH response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchData {
    Flags(Vec<String>),
    Uid(u32),
    /// Written in UTC, to the second.
    InternalDate(Timestamp),
    /// RFC822.SIZE.
    Size(u32),
    Envelope(Envelope),
    /// `BODY`, without extension data.
    Body(BodyStructure),
    /// `BODYSTRUCTURE`, with it.
    BodyStructure(BodyStructure),
    /// `BODY[section]<origin>`; `None` is `NIL`, for a part that does not exist.
    Section {
        section: Section,
        origin: Option<u32>,
        data: Option<Bytes>,
    },
    Rfc822(Option<Bytes>),
    Rfc822Header(Option<Bytes>),
    Rfc822Text(Option<Bytes>),
}

/// `msg-att = "(" (msg-att-dynamic / msg-att-static) *(SP ...) ")"`
pub(super) fn write(out: &mut BytesMut, items: &[FetchData]) {
    out.put_u8(b'(');
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            out.put_u8(b' ');
        }
        item.write(out);
    }
    out.put_u8(b')');
}

impl FetchData {
    /// Message text is always a literal: what was sent can then be read without unescaping, by clients too.
    fn write(&self, out: &mut BytesMut) {
        match self {
            FetchData::Flags(flags) => {
                out.put_slice(b"FLAGS ");
                parenthesized(out, flags);
            }
            FetchData::Uid(uid) => encode::number(out, format_args!("UID {uid}")),
            FetchData::InternalDate(at) => {
                out.put_slice(b"INTERNALDATE ");
                date::write_date_time(out, *at);
            }
            FetchData::Size(size) => encode::number(out, format_args!("RFC822.SIZE {size}")),
            FetchData::Envelope(envelope) => {
                out.put_slice(b"ENVELOPE ");
                envelope.write(out);
            }
            FetchData::Body(structure) => {
                out.put_slice(b"BODY ");
                structure.write(out, false);
            }
            FetchData::BodyStructure(structure) => {
                out.put_slice(b"BODYSTRUCTURE ");
                structure.write(out, true);
            }
            FetchData::Section { section, origin, data } => {
                out.put_slice(b"BODY");
                section.write(out);
                if let Some(origin) = origin {
                    encode::number(out, format_args!("<{origin}>"));
                }
                write_message(out, "", data.as_deref());
            }
            FetchData::Rfc822(data) => write_message(out, "RFC822", data.as_deref()),
            FetchData::Rfc822Header(data) => write_message(out, "RFC822.HEADER", data.as_deref()),
            FetchData::Rfc822Text(data) => write_message(out, "RFC822.TEXT", data.as_deref()),
        }
    }
}

fn write_message(out: &mut BytesMut, name: &str, data: Option<&[u8]>) {
    out.put_slice(name.as_bytes());
    out.put_u8(b' ');
    match data {
        Some(data) => encode::forced(out, data, encode::Form::Literal),
        None => out.put_slice(b"NIL"),
    }
}
