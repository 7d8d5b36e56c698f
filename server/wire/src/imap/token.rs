//! The words of the IMAP grammar (RFC 3501 section 9): atoms, strings, numbers, flags, dates.
//!
//! Parsers run on a whole command, so they never wait for more. Two things are read more widely than the ABNF
//! allows, because clients send them and an instrument should show it rather than refuse: 8-bit bytes in quoted
//! strings, and a bare LF behind a literal's announcement.
use std::borrow::Cow;

use bytes::Bytes;
use nom::branch::alt;
use nom::bytes::complete::{tag, take, take_while1};
use nom::character::complete::{char, digit1};
use nom::combinator::{map, opt, verify};
use nom::error::{ErrorKind, ParseError};
use nom::sequence::preceded;
use nom::{IResult, Parser};

/// What a parser of this grammar returns: the rest of the command and a value, or where it stopped.
pub type Reading<'a, T> = IResult<&'a [u8], T, Stop<'a>>;

/// Where reading stopped, and what the grammar wanted there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop<'a> {
    /// The command from the place that could not be read.
    pub rest: &'a [u8],
    /// In the ABNF's words; empty until [`expect`] names it.
    pub expected: &'static str,
}

impl<'a> ParseError<&'a [u8]> for Stop<'a> {
    fn from_error_kind(rest: &'a [u8], _: ErrorKind) -> Self {
        Stop { rest, expected: "" }
    }

    fn append(_: &'a [u8], _: ErrorKind, inner: Self) -> Self {
        inner
    }

    /// Of two alternatives the one that came further says more about what the client meant.
    fn or(self, other: Self) -> Self {
        let further = other.rest.len() < self.rest.len();
        if further || (self.expected.is_empty() && other.rest.len() == self.rest.len()) {
            other
        } else {
            self
        }
    }
}

/// A recoverable stop at `rest`.
pub fn stop<'a, T>(rest: &'a [u8], expected: &'static str) -> Reading<'a, T> {
    Err(nom::Err::Error(Stop { rest, expected }))
}

/// Names what `parser` reads, for the error message, unless it came some way and has a better word itself.
pub fn expect<'a, O>(
    expected: &'static str,
    mut parser: impl Parser<&'a [u8], Output = O, Error = Stop<'a>>,
) -> impl Parser<&'a [u8], Output = O, Error = Stop<'a>> {
    move |input: &'a [u8]| {
        parser.parse(input).map_err(|error| {
            error.map(|stop| {
                let unnamed = stop.expected.is_empty() || stop.rest.len() == input.len();
                if unnamed { Stop { rest: stop.rest, expected } } else { stop }
            })
        })
    }
}

/// An optional argument known by how it begins (in any case): once begun it must be right, so that the error tells
/// what is wrong within it.
pub fn begun<'a, O>(
    beginning: &'static str,
    mut parser: impl Parser<&'a [u8], Output = O, Error = Stop<'a>>,
) -> impl Parser<&'a [u8], Output = Option<O>, Error = Stop<'a>> {
    move |input: &'a [u8]| match input.get(..beginning.len()) {
        Some(head) if head.eq_ignore_ascii_case(beginning.as_bytes()) => {
            parser.parse(input).map(|(rest, value)| (rest, Some(value)))
        }
        _ => Ok((input, None)),
    }
}

/// `atom-specials = "(" / ")" / "{" / SP / CTL / list-wildcards / quoted-specials / resp-specials`
pub fn is_atom_char(byte: u8) -> bool {
    (0x21..0x7f).contains(&byte) && !matches!(byte, b'(' | b')' | b'{' | b'%' | b'*' | b'"' | b'\\' | b']')
}

/// `ASTRING-CHAR = ATOM-CHAR / resp-specials`
pub fn is_astring_char(byte: u8) -> bool {
    is_atom_char(byte) || byte == b']'
}

/// `list-char = ATOM-CHAR / list-wildcards / resp-specials`
pub fn is_list_char(byte: u8) -> bool {
    is_astring_char(byte) || matches!(byte, b'%' | b'*')
}

/// One space.
pub fn space(input: &[u8]) -> Reading<'_, ()> {
    expect("SP", map(tag(" "), |_| ())).parse(input)
}

/// `atom = 1*ATOM-CHAR`
pub fn atom(input: &[u8]) -> Reading<'_, &str> {
    let (rest, word) = expect("atom", take_while1(is_atom_char)).parse(input)?;
    match std::str::from_utf8(word) {
        Ok(word) => Ok((rest, word)),
        Err(_) => stop(input, "atom"), // cannot be: ATOM-CHAR is ASCII
    }
}

/// An atom in capitals: names of capabilities, options and data items, whose case does not count.
pub fn name(input: &[u8]) -> Reading<'_, String> {
    map(atom, str::to_ascii_uppercase).parse(input)
}

/// `number = 1*DIGIT`, less than 2^32.
pub fn number(input: &[u8]) -> Reading<'_, u32> {
    let (rest, digits) = expect("number", digit1).parse(input)?;
    match decimal(digits).and_then(|value| u32::try_from(value).ok()) {
        Some(value) => Ok((rest, value)),
        None => stop(input, "number below 4294967296"),
    }
}

/// `nz-number = digit-nz *DIGIT`
pub fn nz_number(input: &[u8]) -> Reading<'_, u32> {
    expect("nz-number", verify(number, |value| *value != 0)).parse(input)
}

/// The value of decimal digits; `None` when it does not fit or there is another byte (or nothing) there.
pub fn decimal(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits)
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?
        .parse()
        .ok()
}

/// `quoted = DQUOTE *QUOTED-CHAR DQUOTE`, 8-bit bytes allowed. A backslash before any byte is dropped.
pub fn quoted(input: &[u8]) -> Reading<'_, Cow<'_, [u8]>> {
    let Some((b'"', body)) = input.split_first() else {
        return stop(input, "quoted");
    };
    let mut unescaped: Option<Vec<u8>> = None;
    let mut place = 0;
    loop {
        let here = body.get(place..).unwrap_or_default();
        match here {
            [b'"', rest @ ..] => {
                let plain = body.get(..place).unwrap_or_default();
                return Ok((rest, unescaped.map_or(Cow::Borrowed(plain), Cow::Owned)));
            }
            [b'\\', byte, ..] if !matches!(byte, b'\r' | b'\n' | 0) => {
                unescaped.get_or_insert_with(|| body.get(..place).unwrap_or_default().to_vec()).push(*byte);
                place += 2;
            }
            [byte, ..] if !matches!(byte, b'\r' | b'\n' | b'\\' | 0) => {
                if let Some(text) = &mut unescaped {
                    text.push(*byte);
                }
                place += 1;
            }
            _ => return stop(here, "QUOTED-CHAR or DQUOTE"),
        }
    }
}

/// `literal = ["~"] "{" number ["+" / "-"] "}" CRLF *CHAR8` (RFC 3501, RFC 7888, `literal8` of RFC 3516).
pub fn literal(input: &[u8]) -> Reading<'_, &[u8]> {
    let mark = opt(alt((char('+'), char('-'))));
    let announcement = (opt(char('~')), char('{'), digit1, mark, char('}'), alt((tag("\r\n"), tag("\n"))));
    let (rest, (_, _, digits, ..)) = expect("literal", announcement).parse(input)?;
    match decimal(digits).and_then(|size| usize::try_from(size).ok()) {
        Some(size) => expect("as many bytes as the literal announced", take(size)).parse(rest),
        None => stop(rest, "literal of a size that fits"),
    }
}

/// `string = quoted / literal`
pub fn string(input: &[u8]) -> Reading<'_, Cow<'_, [u8]>> {
    expect("string", alt((quoted, map(literal, Cow::Borrowed)))).parse(input)
}

/// `nil = "NIL"`, as a whole word.
pub fn nil(input: &[u8]) -> Reading<'_, ()> {
    expect("NIL", map(verify(atom, |word: &str| word.eq_ignore_ascii_case("NIL")), |_| ())).parse(input)
}

/// `nstring = string / nil`
pub fn nstring(input: &[u8]) -> Reading<'_, Option<Cow<'_, [u8]>>> {
    expect("nstring", alt((map(string, Some), map(nil, |()| None)))).parse(input)
}

/// `astring = 1*ASTRING-CHAR / string`
pub fn astring(input: &[u8]) -> Reading<'_, Cow<'_, [u8]>> {
    expect("astring", alt((map(take_while1(is_astring_char), Cow::Borrowed), string))).parse(input)
}

/// `list-mailbox = 1*list-char / string`
pub fn list_mailbox(input: &[u8]) -> Reading<'_, Cow<'_, [u8]>> {
    expect("list-mailbox", alt((map(take_while1(is_list_char), Cow::Borrowed), string))).parse(input)
}

/// `"(" item *(SP item) ")"`
pub fn list1<'a, O>(
    mut item: impl Parser<&'a [u8], Output = O, Error = Stop<'a>>,
) -> impl Parser<&'a [u8], Output = Vec<O>, Error = Stop<'a>> {
    move |input: &'a [u8]| {
        let (mut rest, _) = expect("\"(\"", tag("(")).parse(input)?;
        let mut items = Vec::new();
        loop {
            let (behind, value) = item.parse(rest)?;
            items.push(value);
            match behind {
                [b' ', behind @ ..] => rest = behind,
                [b')', behind @ ..] => return Ok((behind, items)),
                _ => return stop(behind, "SP or \")\""),
            }
        }
    }
}

/// `"(" [item *(SP item)] ")"`
pub fn list0<'a, O>(
    item: impl Parser<&'a [u8], Output = O, Error = Stop<'a>>,
) -> impl Parser<&'a [u8], Output = Vec<O>, Error = Stop<'a>> {
    alt((map(tag("()"), |_| Vec::new()), list1(item)))
}

/// `flag = "\Answered" / ... / flag-keyword / flag-extension`, in the case it was sent.
pub fn flag(input: &[u8]) -> Reading<'_, String> {
    let system = map(preceded(tag("\\"), atom), |word| format!("\\{word}"));
    expect("flag", alt((system, map(atom, str::to_owned)))).parse(input)
}

/// `flag-list = "(" [flag *(SP flag)] ")"`
pub fn flag_list(input: &[u8]) -> Reading<'_, Vec<String>> {
    expect("flag-list", list0(flag)).parse(input)
}

/// Nothing but spaces up to the end: some clients leave one behind the last argument.
pub fn end(input: &[u8]) -> Reading<'_, ()> {
    if input.iter().all(|byte| *byte == b' ') { Ok((&[], ())) } else { stop(input, "end of the command") }
}

/// Bytes as text; what is no UTF-8 becomes U+FFFD. For names only, never for data that is kept.
pub fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A string out of the command it came in.
pub fn owned(text: Cow<'_, [u8]>) -> Bytes {
    Bytes::from(text.into_owned())
}
