//! BODY and BODYSTRUCTURE (RFC 3501 section 7.4.2 and `body` in section 9), and their writing.
use bytes::{BufMut, Bytes, BytesMut};

use super::envelope::Envelope;
use crate::imap::encode;

/// The MIME shape of a message. Whoever builds it bounds the nesting: writing and dropping recurse as deep as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyStructure {
    Single(Box<Single>),
    Multipart(Multipart),
}

/// A part that is not a multipart (`body-type-1part`). Names as in the message; writers do not change their case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Single {
    /// `text` of `text/plain`.
    pub media_type: Bytes,
    /// `plain` of `text/plain`.
    pub subtype: Bytes,
    /// Parameters of Content-Type, RFC 2231 pieces left as they are.
    pub parameters: Vec<(Bytes, Bytes)>,
    /// Content-ID with its angle brackets.
    pub id: Option<Bytes>,
    /// Content-Description.
    pub description: Option<Bytes>,
    /// Content-Transfer-Encoding; `7bit` where the part has none.
    pub encoding: Bytes,
    /// Size of the body in its transfer encoding.
    pub octets: u32,
    pub content: Content,
    /// Content-MD5.
    pub md5: Option<Bytes>,
    pub disposition: Option<Disposition>,
    /// Content-Language, one tag each.
    pub language: Vec<Bytes>,
    /// Content-Location.
    pub location: Option<Bytes>,
}

/// What three kinds of single part tell beside the fields all have. It must fit the media type: `Text` for `text/*`,
/// `Message` for `message/rfc822`, `Other` for the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Content {
    #[default]
    Other,
    Text {
        lines: u32,
    },
    Message {
        envelope: Box<Envelope>,
        structure: Box<BodyStructure>,
        lines: u32,
    },
}

/// A multipart (`body-type-mpart`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Multipart {
    pub parts: Vec<BodyStructure>,
    /// `mixed` of `multipart/mixed`.
    pub subtype: Bytes,
    pub parameters: Vec<(Bytes, Bytes)>,
    pub disposition: Option<Disposition>,
    pub language: Vec<Bytes>,
    pub location: Option<Bytes>,
}

/// Content-Disposition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disposition {
    /// `attachment`, `inline`, ...
    pub kind: Bytes,
    pub parameters: Vec<(Bytes, Bytes)>,
}

impl BodyStructure {
    /// `body = "(" (body-type-1part / body-type-mpart) ")"`; `extended` adds `body-ext-1part` / `body-ext-mpart`,
    /// which belong to BODYSTRUCTURE and never to BODY.
    pub fn write(&self, out: &mut BytesMut, extended: bool) {
        out.put_u8(b'(');
        match self {
            BodyStructure::Single(part) => part.write(out, extended),
            BodyStructure::Multipart(multipart) => multipart.write(out, extended),
        }
        out.put_u8(b')');
    }
}

impl Single {
    /// ```text
    /// body-type-1part = (body-type-basic / body-type-msg / body-type-text) [SP body-ext-1part]
    /// body-type-basic = media-basic SP body-fields
    /// body-type-msg   = media-message SP body-fields SP envelope SP body SP body-fld-lines
    /// body-type-text  = media-text SP body-fields SP body-fld-lines
    /// body-fields     = body-fld-param SP body-fld-id SP body-fld-desc SP body-fld-enc SP body-fld-octets
    /// body-ext-1part  = body-fld-md5 [SP body-fld-dsp [SP body-fld-lang [SP body-fld-loc ...]]]
    /// ```
    fn write(&self, out: &mut BytesMut, extended: bool) {
        encode::string(out, &self.media_type);
        out.put_u8(b' ');
        encode::string(out, &self.subtype);
        out.put_u8(b' ');
        parameters(out, &self.parameters);
        for text in [&self.id, &self.description] {
            out.put_u8(b' ');
            encode::nstring(out, text.as_deref());
        }
        out.put_u8(b' ');
        encode::string(out, &self.encoding);
        out.put_u8(b' ');
        encode::number(out, self.octets);
        match &self.content {
            Content::Other => {}
            Content::Text { lines } => {
                out.put_u8(b' ');
                encode::number(out, *lines);
            }
            Content::Message { envelope, structure, lines } => {
                out.put_u8(b' ');
                envelope.write(out);
                out.put_u8(b' ');
                structure.write(out, extended);
                out.put_u8(b' ');
                encode::number(out, *lines);
            }
        }
        if extended {
            out.put_u8(b' ');
            encode::nstring(out, self.md5.as_deref());
            tail(out, self.disposition.as_ref(), &self.language, self.location.as_deref());
        }
    }
}

impl Multipart {
    /// ```text
    /// body-type-mpart = 1*body SP media-subtype [SP body-ext-mpart]
    /// body-ext-mpart  = body-fld-param [SP body-fld-dsp [SP body-fld-lang [SP body-fld-loc ...]]]
    /// ```
    /// A multipart without parts cannot be said in that grammar; like Dovecot we then show one empty text part.
    fn write(&self, out: &mut BytesMut, extended: bool) {
        for part in &self.parts {
            part.write(out, extended);
        }
        if self.parts.is_empty() {
            let empty = Single {
                media_type: Bytes::from_static(b"text"),
                subtype: Bytes::from_static(b"plain"),
                encoding: Bytes::from_static(b"7bit"),
                content: Content::Text { lines: 0 },
                ..Single::default()
            };
            BodyStructure::Single(Box::new(empty)).write(out, extended);
        }
        out.put_u8(b' ');
        encode::string(out, &self.subtype);
        if extended {
            out.put_u8(b' ');
            parameters(out, &self.parameters);
            tail(out, self.disposition.as_ref(), &self.language, self.location.as_deref());
        }
    }
}

/// `body-fld-param = "(" string SP string *(SP string SP string) ")" / nil`
fn parameters(out: &mut BytesMut, list: &[(Bytes, Bytes)]) {
    if list.is_empty() {
        return out.put_slice(b"NIL");
    }
    out.put_u8(b'(');
    for (number, (name, value)) in list.iter().enumerate() {
        if number > 0 {
            out.put_u8(b' ');
        }
        encode::string(out, name);
        out.put_u8(b' ');
        encode::string(out, value);
    }
    out.put_u8(b')');
}

/// ```text
/// SP body-fld-dsp SP body-fld-lang SP body-fld-loc
/// body-fld-dsp  = "(" string SP body-fld-param ")" / nil
/// body-fld-lang = nstring / "(" string *(SP string) ")"
/// ```
/// One language is written as a list too, as other servers do.
fn tail(out: &mut BytesMut, disposition: Option<&Disposition>, language: &[Bytes], location: Option<&[u8]>) {
    match disposition {
        None => out.put_slice(b" NIL"),
        Some(disposition) => {
            out.put_slice(b" (");
            encode::string(out, &disposition.kind);
            out.put_u8(b' ');
            parameters(out, &disposition.parameters);
            out.put_u8(b')');
        }
    }
    match language {
        [] => out.put_slice(b" NIL"),
        many => {
            for (number, tag) in many.iter().enumerate() {
                out.put_slice(if number == 0 { b" (" } else { b" " });
                encode::string(out, tag);
            }
            out.put_u8(b')');
        }
    }
    out.put_u8(b' ');
    encode::nstring(out, location);
}
