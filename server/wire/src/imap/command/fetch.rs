//! FETCH (RFC 3501 6.4.5).
use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while1};
use nom::combinator::map;
use nom::sequence::{delimited, preceded, separated_pair};

use super::Body;
use crate::imap::section::{Section, section};
use crate::imap::sequence::sequence_set;
use crate::imap::token::{Reading, begun, expect, list1, lossy, number, nz_number, space, stop};

/// RFC 3501 6.4.5. Macros (`ALL`, `FAST`, `FULL`) are already expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchItem {
    Flags,
    InternalDate,
    Envelope,
    Uid,
    Rfc822,
    Rfc822Header,
    Rfc822Text,
    Rfc822Size,
    /// `BODY` (false) or `BODYSTRUCTURE` (true).
    BodyStructure {
        extended: bool,
    },
    /// `BODY[...]<partial>` and `BODY.PEEK[...]`.
    Body {
        peek: bool,
        section: Section,
        partial: Option<(u32, u32)>,
    },
}

/// ```text
/// fetch = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")")
/// ```
pub(super) fn fetch(input: &[u8], uid: bool) -> Reading<'_, Body> {
    // The list comes last: of errors at one place the first one's words are told.
    let items = alt((macros, map(item, |item| vec![item]), list1(item)));
    map((preceded(space, sequence_set), preceded(space, items)), |(set, items)| Body::Fetch {
        uid,
        set,
        items,
    })
    .parse(input)
}

/// `"ALL" / "FULL" / "FAST"`, each the items it stands for.
fn macros(input: &[u8]) -> Reading<'_, Vec<FetchItem>> {
    use FetchItem::{BodyStructure, Envelope, Flags, InternalDate, Rfc822Size};
    let (rest, word) = word(input)?;
    let items = match word.as_str() {
        "ALL" => vec![Flags, InternalDate, Rfc822Size, Envelope],
        "FAST" => vec![Flags, InternalDate, Rfc822Size],
        "FULL" => vec![Flags, InternalDate, Rfc822Size, Envelope, BodyStructure { extended: false }],
        _ => return stop(input, "fetch-att"),
    };
    Ok((rest, items))
}

/// ```text
/// fetch-att = "ENVELOPE" / "FLAGS" / "INTERNALDATE" / "RFC822" [".HEADER" / ".SIZE" / ".TEXT"] /
///             "BODY" ["STRUCTURE"] / "UID" / "BODY" [".PEEK"] section ["<" number "." nz-number ">"]
/// ```
fn item(input: &[u8]) -> Reading<'_, FetchItem> {
    let (rest, word) = word(input)?;
    let item = match word.as_str() {
        "FLAGS" => FetchItem::Flags,
        "INTERNALDATE" => FetchItem::InternalDate,
        "ENVELOPE" => FetchItem::Envelope,
        "UID" => FetchItem::Uid,
        "RFC822" => FetchItem::Rfc822,
        "RFC822.HEADER" => FetchItem::Rfc822Header,
        "RFC822.TEXT" => FetchItem::Rfc822Text,
        "RFC822.SIZE" => FetchItem::Rfc822Size,
        "BODYSTRUCTURE" => FetchItem::BodyStructure { extended: true },
        "BODY.PEEK" => return body(rest, true),
        "BODY" if rest.starts_with(b"[") => return body(rest, false),
        "BODY" => FetchItem::BodyStructure { extended: false },
        _ => return stop(input, "fetch-att"),
    };
    Ok((rest, item))
}

fn body(input: &[u8], peek: bool) -> Reading<'_, FetchItem> {
    let numbers = separated_pair(number, expect("\".\"", tag(".")), nz_number);
    let partial = delimited(tag("<"), numbers, expect("\">\"", tag(">")));
    map((section, begun("<", partial)), |(section, partial)| FetchItem::Body { peek, section, partial })
        .parse(input)
}

/// The letters of an item's name, in capitals.
fn word(input: &[u8]) -> Reading<'_, String> {
    let letters = take_while1(|byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    map(expect("fetch-att", letters), |word| lossy(word).to_ascii_uppercase()).parse(input)
}
