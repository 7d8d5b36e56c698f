//! LOGIN and AUTHENTICATE (RFC 3501 6.2, RFC 4959), and where their secrets stand.
use std::ops::Range;

use nom::Parser;
use nom::bytes::complete::take_while1;
use nom::combinator::{map, opt};
use nom::sequence::preceded;

use super::{Body, Whole};
use crate::imap::token::{Reading, astring, expect, literal, name, owned, space};
use crate::sasl::first_word;

/// `login = "LOGIN" SP userid SP password`, both astring
pub(super) fn login<'a>(_: &Whole<'a>, input: &'a [u8]) -> Reading<'a, Body> {
    let (rest, (_, user, _, password)) = (space, astring, space, astring).parse(input)?;
    Ok((rest, Body::Login { user: owned(user), password: owned(password) }))
}

/// ```text
/// authenticate     = "AUTHENTICATE" SP auth-type [SP initial-resp]
/// initial-resp     = base64 / "="
/// ```
/// Whether the initial response is base64 is for the mechanism to find out.
pub(super) fn authenticate<'a>(whole: &Whole<'a>, input: &'a [u8]) -> Reading<'a, Body> {
    let response = take_while1(|byte: u8| byte.is_ascii_graphic());
    let initial = map(preceded(space, response), |response| whole.bytes.slice_ref(response));
    let mechanism = preceded(space, expect("auth-type", name));
    map((mechanism, opt(initial)), |(mechanism, initial)| Body::Authenticate { mechanism, initial })
        .parse(input)
}

/// The password of a LOGIN that could be read, without its quotes or its announcement.
pub(super) fn login_secrets(whole: &Whole<'_>, arguments: &[u8]) -> Vec<Range<usize>> {
    let Ok((password, _)) = (space, astring, space).parse(arguments) else {
        return Vec::new();
    };
    let Ok((rest, _)) = astring(password) else {
        return Vec::new();
    };
    let (start, end) = (whole.at(password), whole.at(rest));
    let range = match (password, literal(password)) {
        (_, Ok((_, text))) => end.saturating_sub(text.len())..end,
        ([b'"', ..], _) => start + 1..end.saturating_sub(1),
        _ => start..end,
    };
    if range.is_empty() { Vec::new() } else { vec![range] }
}

/// The initial response of an AUTHENTICATE that could be read. `=`, an empty one, is no secret.
pub(super) fn authenticate_secrets(whole: &Whole<'_>, arguments: &[u8]) -> Vec<Range<usize>> {
    let Ok((response, _)) = (space, name, space).parse(arguments) else {
        return Vec::new();
    };
    let length = response.iter().take_while(|byte| byte.is_ascii_graphic()).count();
    let start = whole.at(response);
    let range = start..start + length;
    if matches!(response.get(..length), Some(b"=" | b"")) { Vec::new() } else { vec![range] }
}

/// For a line that could not be read, or a verb nobody knows: when LOGIN or AUTHENTICATE is among its first three
/// words (the tag may be wrong or forgotten), all that stands behind the user name or the mechanism; where even that
/// is unclear, all behind the verb. A client of another protocol says PASS (RFC 1939 section 7) or AUTH (RFC 5034 section
/// 4, RFC 4954 section 4) where the tag should stand.
pub(super) fn guess_secrets(whole: &Whole<'_>) -> Vec<Range<usize>> {
    let mut rest = whole.text;
    for place in 0..3 {
        let blanks = rest.iter().take_while(|byte| **byte == b' ' || byte.is_ascii_control()).count();
        rest = rest.get(blanks..).unwrap_or_default();
        let (word, behind) = rest.split_at(first_word(rest));
        let public = if word.eq_ignore_ascii_case(b"LOGIN") {
            (space, astring, space).parse(behind).ok().map(|(rest, _)| rest)
        } else if place == 0 && word.eq_ignore_ascii_case(b"PASS") {
            None
        } else if word.eq_ignore_ascii_case(b"AUTHENTICATE")
            || place == 0 && word.eq_ignore_ascii_case(b"AUTH")
        {
            (space, name, space).parse(behind).ok().map(|(rest, _)| rest)
        } else {
            rest = behind;
            continue;
        };
        let range = whole.at(public.unwrap_or(behind))..whole.text.len();
        return if range.is_empty() { Vec::new() } else { vec![range] };
    }
    Vec::new()
}
