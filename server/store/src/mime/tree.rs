//! The tree of parts (RFC 2046 section 5.1 and 5.2.1), as offsets into the message. One pass over the bytes.
//!
//! ```text
//! multipart-body    := [preamble CRLF] dash-boundary transport-padding CRLF body-part *encapsulation
//!                      close-delimiter transport-padding [CRLF epilogue]
//! dash-boundary     := "--" boundary
//! delimiter         := CRLF dash-boundary
//! close-delimiter   := delimiter "--"
//! ```
//! A delimiter of an outer multipart ends all that is open inside it, so a missing end is no harm.
use std::collections::BTreeMap;
use std::ops::Range;

use super::header::{Structured, fields, line_at, without_line_end};

/// Deepest nesting of multiparts and messages; what lies deeper is text.
pub const DEEPEST: usize = 100;

/// Most parts of one message; what comes behind them is passed over.
pub const MOST_PARTS: usize = 1_000;

/// A message or body part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The header with its blank line.
    pub header: Range<usize>,
    pub body: Range<usize>,
    /// Content-Type; the default where it is missing, broken or of no use.
    pub media: Structured,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Single,
    Multipart(Vec<Part>),
    /// message/rfc822.
    Message(Box<Part>),
}

impl Part {
    /// Whether the media type is this one; names in lower case, `subtype` may be `*`.
    #[must_use]
    pub fn is(&self, media_type: &str, subtype: &str) -> bool {
        let (own_type, own_subtype) = self.names();
        own_type.eq_ignore_ascii_case(media_type.as_bytes())
            && (subtype == "*" || own_subtype.eq_ignore_ascii_case(subtype.as_bytes()))
    }

    /// `text` and `plain` of `text/plain`, as written.
    #[must_use]
    pub fn names(&self) -> (&[u8], &[u8]) {
        let slash = self.media.value.iter().position(|&byte| byte == b'/').unwrap_or(0);
        let (media_type, subtype) = self.media.value.split_at(slash);
        (media_type, subtype.get(1..).unwrap_or_default())
    }
}

/// The tree of a message. Every message has one.
#[must_use]
pub fn tree(message: &[u8]) -> Part {
    let mut split = Split { message, boundaries: BTreeMap::new(), level: 0, parts: 0, depth: 0 };
    split.part(0, false).0
}

/// The line that ended a part.
#[derive(Clone, Copy, Debug)]
struct Delimiter {
    /// Whose boundary, from the outermost; `usize::MAX` for the end of the message.
    level: usize,
    /// `--` at its end too.
    closes: bool,
    /// Where the text before it ends: the line end before a delimiter belongs to the delimiter.
    text_end: usize,
    /// Where the line behind it begins.
    next: usize,
}

struct Split<'m> {
    message: &'m [u8],
    /// Of the multiparts that are open, with their levels; of two that are equal the inner one.
    boundaries: BTreeMap<Vec<u8>, usize>,
    /// How many multiparts are open.
    level: usize,
    parts: usize,
    depth: usize,
}

impl Split<'_> {
    /// Read the part that begins at `start`, up to the delimiter that ends it. `in_digest`: the default type is
    /// message/rfc822 (RFC 2046 section 5.1.5).
    fn part(&mut self, start: usize, in_digest: bool) -> (Part, Delimiter) {
        self.parts += 1;
        self.depth += 1;
        let body_start = self.body_start(start);
        let mut media = self.media(start..body_start, in_digest);
        let boundary = media.parameter("boundary").map(<[u8]>::trim_ascii_end);
        let boundary = boundary.filter(|boundary| !boundary.is_empty()).map(<[u8]>::to_vec);
        let may_nest = self.depth < DEEPEST && self.parts < MOST_PARTS;
        let is_multipart = media.value.to_ascii_lowercase().starts_with(b"multipart/");
        let is_message = media.value.eq_ignore_ascii_case(b"message/rfc822");
        let (kind, end) = match boundary {
            Some(boundary) if is_multipart && may_nest => {
                let in_digest = media.value.eq_ignore_ascii_case(b"multipart/digest");
                let (parts, end) = self.multipart(body_start, boundary, in_digest);
                (Kind::Multipart(parts), end)
            }
            _ if is_message && may_nest => {
                let (part, end) = self.part(body_start, false);
                (Kind::Message(Box::new(part)), end)
            }
            _ => {
                if is_multipart || is_message {
                    media = text_plain();
                }
                (Kind::Single, self.delimiter(body_start))
            }
        };
        self.depth -= 1;
        // The line end of a header that a delimiter cuts off belongs to both.
        let inner_end = match &kind {
            Kind::Single => body_start,
            Kind::Message(inner) => inner.body.end,
            Kind::Multipart(parts) => parts.last().map_or(body_start, |last| last.body.end),
        };
        let body_end = end.text_end.max(inner_end);
        (Part { header: start..body_start, body: body_start..body_end, media, kind }, end)
    }

    fn multipart(&mut self, body_start: usize, boundary: Vec<u8>, in_digest: bool) -> (Vec<Part>, Delimiter) {
        let level = self.level;
        let hidden = self.boundaries.insert(boundary.clone(), level);
        self.level += 1;
        let mut parts = Vec::new();
        let mut end = self.delimiter(body_start);
        while end.level == level && !end.closes && self.parts < MOST_PARTS {
            let (part, next) = self.part(end.next, in_digest);
            parts.push(part);
            end = next;
        }
        self.level = level;
        match hidden {
            Some(outer) => self.boundaries.insert(boundary, outer),
            None => self.boundaries.remove(&boundary),
        };
        if end.level == level {
            // The epilogue, and with too many parts the rest of them.
            end = self.delimiter(end.next);
        }
        (parts, end)
    }

    /// Behind the blank line; a delimiter ends the header too, even one that could be read as a field.
    fn body_start(&self, start: usize) -> usize {
        let length = self.message.len();
        let mut header = fields(self.message, start..length);
        for field in header.by_ref() {
            if self.level_of(line_at(self.message, field.raw.start, length)).is_some() {
                return field.raw.start;
            }
        }
        header.body_offset()
    }

    fn media(&self, header: Range<usize>, in_digest: bool) -> Structured {
        let Some(field) = fields(self.message, header).find(|field| field.is("Content-Type")) else {
            return if in_digest { Structured::read(b"message/rfc822") } else { text_plain() };
        };
        let media = Structured::read(&field.value());
        let mut names = media.value.split(|&byte| byte == b'/');
        let whole = names.next().is_some_and(|name| !name.is_empty())
            && names.next().is_some_and(|name| !name.is_empty())
            && names.next().is_none();
        // RFC 2045 section 5.2: what cannot be read is plain text.
        if whole { media } else { text_plain() }
    }

    /// The next delimiter line of any open multipart at or behind `from`, which begins a line. The text before it
    /// may end before `from`: the caller knows where its text begins.
    fn delimiter(&self, from: usize) -> Delimiter {
        let length = self.message.len();
        let mut at = if self.boundaries.is_empty() { length } else { from };
        while at < length {
            let line = line_at(self.message, at, length);
            if let Some((level, closes)) = self.level_of(line) {
                let text = self.message.get(..at).unwrap_or_default();
                return Delimiter {
                    level,
                    closes,
                    text_end: without_line_end(text).len(),
                    next: at + line.len(),
                };
            }
            at += line.len();
        }
        Delimiter { level: usize::MAX, closes: true, text_end: length, next: length }
    }

    /// Whose delimiter a line is, and whether it closes; only white space may stand behind it.
    fn level_of(&self, line: &[u8]) -> Option<(usize, bool)> {
        let line = line.strip_prefix(b"--")?.trim_ascii_end();
        let closing = || self.boundaries.get(line.strip_suffix(b"--")?);
        let open = self.boundaries.get(line).map(|&level| (level, false));
        open.or_else(|| closing().map(|&level| (level, true)))
    }
}

/// RFC 2045 section 5.2.
fn text_plain() -> Structured {
    Structured::read(b"text/plain; charset=us-ascii")
}

#[cfg(test)]
mod tests;
