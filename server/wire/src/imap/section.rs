//! `BODY[...]` sections (RFC 3501 6.4.5, `section` in the ABNF of section 9), read and written.
use std::fmt;

use bytes::{BufMut, BytesMut};
use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{tag, tag_no_case};
use nom::combinator::{map, opt, value};
use nom::multi::separated_list1;
use nom::sequence::{delimited, preceded};

use super::encode;
use super::token::{Reading, astring, begun, expect, list1, lossy, nz_number};

/// What of a message, or of one of its parts, is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// Part numbers, `1.2` as `[1, 2]`; empty is the message itself.
    pub part: Vec<u32>,
    pub text: SectionText,
}

/// The word behind the part numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SectionText {
    /// Nothing: the whole message or part body.
    #[default]
    Whole,
    Header,
    /// Field names as sent.
    HeaderFields(Vec<String>),
    HeaderFieldsNot(Vec<String>),
    Text,
    Mime,
}

/// ```text
/// section      = "[" [section-spec] "]"
/// section-spec = section-msgtext / (section-part ["." section-text])
/// section-part = nz-number *("." nz-number)
/// section-text = section-msgtext / "MIME"
/// ```
pub fn section(input: &[u8]) -> Reading<'_, Section> {
    let numbers = separated_list1(tag("."), nz_number);
    let under_part = preceded(tag("."), alt((value(SectionText::Mime, tag_no_case("MIME")), message_text)));
    let of_part = map((numbers, begun(".", under_part)), |(part, text)| Section {
        part,
        text: text.unwrap_or_default(),
    });
    let of_message =
        map(opt(message_text), |text| Section { part: Vec::new(), text: text.unwrap_or_default() });
    let closing = expect("\"]\" behind the section", tag("]"));
    delimited(expect("section", tag("[")), alt((of_part, of_message)), closing).parse(input)
}

/// ```text
/// section-msgtext = "HEADER" / "HEADER.FIELDS" [".NOT"] SP header-list / "TEXT"
/// header-list     = "(" astring *(SP astring) ")"
/// ```
fn message_text(input: &[u8]) -> Reading<'_, SectionText> {
    let names = || preceded(expect("SP", tag(" ")), list1(map(astring, |name| lossy(&name))));
    alt((
        map(preceded(tag_no_case("HEADER.FIELDS.NOT"), names()), SectionText::HeaderFieldsNot),
        map(preceded(tag_no_case("HEADER.FIELDS"), names()), SectionText::HeaderFields),
        value(SectionText::Header, tag_no_case("HEADER")),
        value(SectionText::Text, tag_no_case("TEXT")),
    ))
    .parse(input)
}

impl Section {
    /// Reads a whole `[...]`; `None` when it is no section.
    pub fn parse(text: &[u8]) -> Option<Section> {
        match section(text) {
            Ok((b"", section)) => Some(section),
            _ => None,
        }
    }

    /// Writes `[...]`, brackets included.
    pub fn write(&self, out: &mut BytesMut) {
        out.put_u8(b'[');
        for (place, number) in self.part.iter().enumerate() {
            if place > 0 {
                out.put_u8(b'.');
            }
            encode::number(out, number);
        }
        let word: &[u8] = match self.text {
            SectionText::Whole => b"",
            SectionText::Header => b"HEADER",
            SectionText::HeaderFields(_) => b"HEADER.FIELDS",
            SectionText::HeaderFieldsNot(_) => b"HEADER.FIELDS.NOT",
            SectionText::Text => b"TEXT",
            SectionText::Mime => b"MIME",
        };
        if !self.part.is_empty() && !word.is_empty() {
            out.put_u8(b'.');
        }
        out.put_slice(word);
        if let SectionText::HeaderFields(names) | SectionText::HeaderFieldsNot(names) = &self.text {
            for (place, name) in names.iter().enumerate() {
                out.put_slice(if place == 0 { b" (" } else { b" " });
                encode::astring(out, name.as_bytes());
            }
            out.put_u8(b')');
        }
        out.put_u8(b']');
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = BytesMut::new();
        self.write(&mut out);
        f.write_str(&String::from_utf8_lossy(&out))
    }
}
