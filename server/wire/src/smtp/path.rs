//! Reverse-path and forward-path (RFC 5321 section 4.1.2, RFC 6531 section 3.3). Nothing sent is dropped.
use std::fmt;

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::{char, satisfy};
use nom::combinator::{consumed, opt, recognize, verify};
use nom::multi::{many0_count, many1_count, separated_list1};
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

use super::SyntaxError;

/// What stands between `<` and `>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    /// The domains of a source route, without `@`; to be ignored and, here, to be seen (RFC 5321 appendix C).
    pub route: Vec<String>,
    /// `None` for the null path.
    pub mailbox: Option<Mailbox>,
}

/// An address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// The local part as meant: of a quoted one the content, backslashes resolved.
    pub local: String,
    /// Was it quoted?
    pub quoted: bool,
    /// As sent; an address literal with its brackets. `None` only for `<Postmaster>`.
    pub domain: Option<String>,
}

impl Mailbox {
    /// True when SMTPUTF8 is needed to say it (RFC 6531 section 3.3).
    #[must_use]
    pub fn is_international(&self) -> bool {
        !(self.local.is_ascii() && self.domain.as_ref().is_none_or(|domain| domain.is_ascii()))
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.quoted {
            write!(f, "\"{}\"", self.local.replace('\\', "\\\\").replace('"', "\\\""))?;
        } else {
            f.write_str(&self.local)?;
        }
        self.domain.as_ref().map_or(Ok(()), |domain| write!(f, "@{domain}"))
    }
}

/// Without the angle brackets and the route; empty for the null path.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.mailbox.as_ref().map_or(Ok(()), |mailbox| mailbox.fmt(f))
    }
}

/// Read a path at the beginning of `text`; also how many bytes it took.
pub fn read(text: &str) -> Result<(Path, usize), SyntaxError> {
    match path(text) {
        Ok((rest, path)) => Ok((path, text.len() - rest.len())),
        Err(nom::Err::Error(error) | nom::Err::Failure(error)) => {
            Err(SyntaxError { at: text.len() - error.input.len(), expected: "<local-part@domain> or <>" })
        }
        Err(nom::Err::Incomplete(_)) => Err(SyntaxError { at: text.len(), expected: "the rest of the path" }),
    }
}

/// ```abnf
/// Path = "<" [ A-d-l ":" ] Mailbox ">" / "<>" / "<Postmaster>"
/// ```
fn path(input: &str) -> IResult<&str, Path> {
    let null = tag("<>").map(|_| Path::default());
    let full = (opt(terminated(route, char(':'))), mailbox)
        .map(|(route, mailbox)| Path { route: route.unwrap_or_default(), mailbox: Some(mailbox) });
    let postmaster =
        verify(dot_string, |word: &str| word.eq_ignore_ascii_case("postmaster")).map(|word: &str| Path {
            route: Vec::new(),
            mailbox: Some(Mailbox { local: word.to_owned(), quoted: false, domain: None }),
        });
    // The full form comes last, so that its error says how far the address was right.
    alt((null, delimited(char('<'), postmaster, char('>')), delimited(char('<'), full, char('>'))))
        .parse(input)
}

/// ```abnf
/// A-d-l     = At-domain *( "," At-domain )
/// At-domain = "@" Domain
/// ```
fn route(input: &str) -> IResult<&str, Vec<String>> {
    separated_list1(char(','), preceded(char('@'), domain).map(str::to_owned)).parse(input)
}

/// ```abnf
/// Mailbox    = Local-part "@" ( Domain / address-literal )
/// Local-part = Dot-string / Quoted-string
/// ```
fn mailbox(input: &str) -> IResult<&str, Mailbox> {
    let dotted = dot_string.map(|local: &str| (local.to_owned(), false));
    let quoted = quoted_string.map(|local| (local, true));
    let (input, (local, quoted)) = alt((quoted, dotted)).parse(input)?;
    let (input, domain) = preceded(char('@'), alt((literal, domain))).parse(input)?;
    Ok((input, Mailbox { local, quoted, domain: Some(domain.to_owned()) }))
}

/// ```abnf
/// Dot-string = Atom *("." Atom)
/// ```
/// Real addresses break the dots' rule (`a..b@docomo.ne.jp`, `a.@docomo.ne.jp`) and servers take them; so do we.
fn dot_string(input: &str) -> IResult<&str, &str> {
    take_while1(|c: char| is_atext(c) || c == '.').parse(input)
}

/// ```abnf
/// Quoted-string = DQUOTE *( qtextSMTP / ( "\" %d32-126 ) ) DQUOTE
/// ```
fn quoted_string(input: &str) -> IResult<&str, String> {
    let plain = satisfy(|c| !c.is_control() && c != '"' && c != '\\');
    let pair = preceded(char('\\'), satisfy(|c| !c.is_control()));
    let (input, (shown, _)) =
        delimited(char('"'), consumed(many0_count(alt((pair, plain)))), char('"')).parse(input)?;
    let mut meant = String::with_capacity(shown.len());
    let mut characters = shown.chars();
    while let Some(c) = characters.next() {
        meant.extend(if c == '\\' { characters.next() } else { Some(c) });
    }
    Ok((input, meant))
}

/// ```abnf
/// Domain     = sub-domain *("." sub-domain)
/// sub-domain = Let-dig [Ldh-str]
/// ```
/// Underscores occur, and U-labels under SMTPUTF8.
fn domain(input: &str) -> IResult<&str, &str> {
    let label = many1_count(satisfy(|c| c.is_alphanumeric() || c == '-' || c == '_'));
    recognize(separated_list1(char('.'), label)).parse(input)
}

/// ```abnf
/// address-literal = "[" ( IPv4-address-literal / IPv6-address-literal / General-address-literal ) "]"
/// ```
fn literal(input: &str) -> IResult<&str, &str> {
    let content = take_while1(|c: char| c.is_ascii_graphic() && !matches!(c, '[' | ']' | '\\'));
    recognize(delimited(char('['), content, char(']'))).parse(input)
}

/// RFC 5322 3.2.3, and everything beyond ASCII (RFC 6531 section 3.3).
fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || (!c.is_ascii() && !c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> (Path, usize) {
        read(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn paths() {
        for (text, shown, local, quoted) in [
            ("<alice@postfail.test>", "alice@postfail.test", "alice", false),
            ("<\"a b\"@c>", "\"a b\"@c", "a b", true),
            (r#"<"a\"\\b"@c>"#, r#""a\"\\b"@c"#, r#"a"\b"#, true),
            ("<\"\"@c>", "\"\"@c", "", true),
            ("<a@[127.0.0.1]>", "a@[127.0.0.1]", "a", false),
            ("<a@[IPv6:::1]>", "a@[IPv6:::1]", "a", false),
            ("<Postmaster>", "Postmaster", "Postmaster", false),
            ("<da.me..@docomo.ne.jp>", "da.me..@docomo.ne.jp", "da.me..", false),
            ("<用户@例子.广告>", "用户@例子.广告", "用户", false),
            ("<a+b=c@d-e.f_g>", "a+b=c@d-e.f_g", "a+b=c", false),
        ] {
            let (path, length) = one(text);
            let mailbox = path.mailbox.clone().expect(text);
            assert_eq!((path.to_string().as_str(), length), (shown, text.len()));
            assert_eq!((mailbox.local.as_str(), mailbox.quoted), (local, quoted), "{text}");
            assert_eq!(mailbox.is_international(), !text.is_ascii());
        }
    }

    #[test]
    fn the_null_path_and_a_route() {
        assert_eq!(one("<> SIZE=1"), (Path::default(), 2));
        let (path, length) = one("<@x.org,@y.org:a@b> NOTIFY=NEVER");
        assert_eq!((path.route, length), (vec!["x.org".to_owned(), "y.org".to_owned()], 19));
    }

    #[test]
    fn what_is_not_a_path() {
        for (text, at) in [
            ("", 0),
            ("alice@b", 0),
            ("<alice>", 6),
            ("<a@b", 4),
            ("<a b@c>", 2),
            ("<a@>", 3),
            ("<@x:>", 4),
            ("<a@[]>", 3),
        ] {
            assert_eq!(read(text).map_err(|error| error.at), Err(at), "{text}");
        }
    }
}
