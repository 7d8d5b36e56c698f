//! `BODY[...]` sections (RFC 3501 6.4.5, `section` in the ABNF of section 9), read and written.
use std::fmt;

use bytes::{BufMut, BytesMut};
use nom::Parser;
use nom::bytes::complete::{tag, take_while1};
use nom::combinator::map;
use nom::multi::separated_list1;
use nom::sequence::preceded;

use super::encode;
use super::token::{Reading, astring, begun, expect, list1, lossy, nz_number, space, stop};

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
/// ```
pub fn section(input: &[u8]) -> Reading<'_, Section> {
    let (rest, _) = expect("section", tag("[")).parse(input)?;
    let (rest, section) = match rest {
        [b']', ..] => (rest, Section::default()),
        [b'0'..=b'9', ..] => {
            let numbers = separated_list1(tag("."), nz_number);
            let under_part = preceded(tag("."), |input| section_text(input, true));
            map((numbers, begun(".", under_part)), |(part, text)| Section {
                part,
                text: text.unwrap_or_default(),
            })
            .parse(rest)?
        }
        _ => {
            map(|input| section_text(input, false), |text| Section { part: Vec::new(), text }).parse(rest)?
        }
    };
    let (rest, _) = expect("\"]\" behind the section", tag("]")).parse(rest)?;
    Ok((rest, section))
}

/// ```text
/// section-text    = section-msgtext / "MIME"
/// section-msgtext = "HEADER" / "HEADER.FIELDS" [".NOT"] SP header-list / "TEXT"
/// header-list     = "(" astring *(SP astring) ")"
/// ```
fn section_text(input: &[u8], of_part: bool) -> Reading<'_, SectionText> {
    let letters = take_while1(|byte: u8| byte.is_ascii_alphabetic() || byte == b'.');
    let (rest, word) = expect("section-text", letters).parse(input)?;
    let names = || preceded(space, list1(map(astring, |name| lossy(&name))));
    match word.to_ascii_uppercase().as_slice() {
        b"HEADER" => Ok((rest, SectionText::Header)),
        b"HEADER.FIELDS" => map(names(), SectionText::HeaderFields).parse(rest),
        b"HEADER.FIELDS.NOT" => map(names(), SectionText::HeaderFieldsNot).parse(rest),
        b"TEXT" => Ok((rest, SectionText::Text)),
        b"MIME" if of_part => Ok((rest, SectionText::Mime)),
        b"MIME" => stop(input, "part number before MIME"),
        _ => stop(input, "section-text"),
    }
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
