//! SEARCH (RFC 3501 6.4.4).
use bytes::Bytes;
use jiff::civil::Date;
use nom::Parser;
use nom::bytes::complete::tag_no_case;
use nom::combinator::map;
use nom::sequence::{delimited, preceded};

use super::Body;
use crate::imap::date::date;
use crate::imap::sequence::{SequenceSet, sequence_set};
use crate::imap::token::{Reading, astring, atom, begun, expect, lossy, name, number, owned, space, stop};

/// How deep NOT, OR and parentheses may stand in each other. What is deeper is malformed.
pub const NESTING_LIMIT: usize = 64;

/// RFC 3501 6.4.4. Strings are bytes in the command's charset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SearchKey {
    All,
    Answered,
    Deleted,
    Draft,
    Flagged,
    New,
    Old,
    Recent,
    Seen,
    Unanswered,
    Undeleted,
    Undraft,
    Unflagged,
    Unseen,
    Keyword(String),
    Unkeyword(String),
    /// `BCC`, `CC`, `FROM`, `SUBJECT`, `TO` and `HEADER name`: name in lower case, then the text.
    Header(String, Bytes),
    Body(Bytes),
    Text(Bytes),
    /// Days of the civil calendar: INTERNALDATE and Date header.
    Before(Date),
    On(Date),
    Since(Date),
    SentBefore(Date),
    SentOn(Date),
    SentSince(Date),
    Larger(u32),
    Smaller(u32),
    /// A sequence set of message sequence numbers, or of UIDs.
    Sequence(SequenceSet),
    Uid(SequenceSet),
    Not(Box<SearchKey>),
    Or(Box<SearchKey>, Box<SearchKey>),
    And(Vec<SearchKey>),
}

/// ```text
/// search  = "SEARCH" [SP "CHARSET" SP astring] 1*(SP search-key)
/// ```
pub(super) fn search(input: &[u8], uid: bool) -> Reading<'_, Body> {
    let charset = map(astring, |charset| lossy(&charset));
    let (rest, charset) =
        begun(" CHARSET", preceded((space, tag_no_case("CHARSET"), space), charset)).parse(input)?;
    let (rest, first) = preceded(space, |input| key(input, NESTING_LIMIT)).parse(rest)?;
    let (rest, key) = more(rest, first, NESTING_LIMIT)?;
    Ok((rest, Body::Search { uid, charset, key }))
}

/// `*(SP search-key)` behind a first key; a trailing space is left alone.
fn more(input: &[u8], first: SearchKey, depth: usize) -> Reading<'_, SearchKey> {
    let mut keys = vec![first];
    let mut rest = input;
    while let [b' ', behind @ ..] = rest
        && behind.iter().any(|byte| *byte != b' ')
    {
        let (behind, next) = key(behind, depth)?;
        keys.push(next);
        rest = behind;
    }
    let only = if keys.len() == 1 { keys.pop() } else { None };
    Ok((rest, only.unwrap_or(SearchKey::And(keys))))
}

/// ```text
/// search-key = "ALL" / "ANSWERED" / "BCC" SP astring / ... / "NOT" SP search-key /
///              "OR" SP search-key SP search-key / sequence-set / "(" search-key *(SP search-key) ")"
/// ```
fn key(input: &[u8], depth: usize) -> Reading<'_, SearchKey> {
    let Some(depth) = depth.checked_sub(1) else {
        return stop(input, "at most 64 levels of NOT, OR and parentheses");
    };
    match input {
        [b'(', behind @ ..] => {
            let (rest, first) = key(behind, depth)?;
            let (rest, keys) = more(rest, first, depth)?;
            match rest {
                [b')', rest @ ..] => Ok((rest, keys)),
                _ => stop(rest, "SP or \")\""),
            }
        }
        [b'0'..=b'9' | b'*', ..] => map(sequence_set, SearchKey::Sequence).parse(input),
        _ => {
            let (rest, word) = expect("search-key", name).parse(input)?;
            match word.as_str() {
                "NOT" => map(preceded(space, |input| key(input, depth)), |key| SearchKey::Not(Box::new(key)))
                    .parse(rest),
                "OR" => {
                    let (rest, first) = preceded(space, |input| key(input, depth)).parse(rest)?;
                    let (rest, second) = preceded(space, |input| key(input, depth)).parse(rest)?;
                    Ok((rest, SearchKey::Or(Box::new(first), Box::new(second))))
                }
                word => match plain(word) {
                    Some(key) => Ok((rest, key)),
                    None => with_argument(word, input, rest),
                },
            }
        }
    }
}

/// The keys without an argument.
fn plain(word: &str) -> Option<SearchKey> {
    Some(match word {
        "ALL" => SearchKey::All,
        "ANSWERED" => SearchKey::Answered,
        "DELETED" => SearchKey::Deleted,
        "DRAFT" => SearchKey::Draft,
        "FLAGGED" => SearchKey::Flagged,
        "NEW" => SearchKey::New,
        "OLD" => SearchKey::Old,
        "RECENT" => SearchKey::Recent,
        "SEEN" => SearchKey::Seen,
        "UNANSWERED" => SearchKey::Unanswered,
        "UNDELETED" => SearchKey::Undeleted,
        "UNDRAFT" => SearchKey::Undraft,
        "UNFLAGGED" => SearchKey::Unflagged,
        "UNSEEN" => SearchKey::Unseen,
        _ => return None,
    })
}

/// The keys with one, or for HEADER two; `start` is where the key itself began.
fn with_argument<'a>(word: &str, start: &'a [u8], input: &'a [u8]) -> Reading<'a, SearchKey> {
    let text = |input: &'a [u8]| map(preceded(space, astring), owned).parse(input);
    let day = |make: fn(Date) -> SearchKey| map(preceded(space, date), make).parse(input);
    match word {
        "BCC" | "CC" | "FROM" | "SUBJECT" | "TO" => {
            map(text, |text| SearchKey::Header(word.to_ascii_lowercase(), text)).parse(input)
        }
        "HEADER" => {
            let field = delimited(space, map(astring, |name| lossy(&name).to_ascii_lowercase()), space);
            map((field, map(astring, owned)), |(field, text)| SearchKey::Header(field, text)).parse(input)
        }
        "BODY" => map(text, SearchKey::Body).parse(input),
        "TEXT" => map(text, SearchKey::Text).parse(input),
        "KEYWORD" => map(preceded(space, atom), |flag| SearchKey::Keyword(flag.to_owned())).parse(input),
        "UNKEYWORD" => map(preceded(space, atom), |flag| SearchKey::Unkeyword(flag.to_owned())).parse(input),
        "BEFORE" => day(SearchKey::Before),
        "ON" => day(SearchKey::On),
        "SINCE" => day(SearchKey::Since),
        "SENTBEFORE" => day(SearchKey::SentBefore),
        "SENTON" => day(SearchKey::SentOn),
        "SENTSINCE" => day(SearchKey::SentSince),
        "LARGER" => map(preceded(space, number), SearchKey::Larger).parse(input),
        "SMALLER" => map(preceded(space, number), SearchKey::Smaller).parse(input),
        "UID" => map(preceded(space, sequence_set), SearchKey::Uid).parse(input),
        _ => stop(start, "search-key"),
    }
}
