//! Commands that name a mailbox: SELECT, EXAMINE, CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE, STATUS (RFC 3501 6.3,
//! select-params of RFC 4466, CREATE's USE of RFC 6154).
use bytes::Bytes;
use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::tag_no_case;
use nom::combinator::{map, opt};
use nom::sequence::{preceded, terminated};

use super::Body;
use crate::imap::sequence::sequence_set;
use crate::imap::token::{
    Reading, Stop, astring, begun, expect, flag, list0, list1, name, owned, space, stop,
};

/// A mailbox name as the client sent it: modified UTF-7 (RFC 3501 5.1.3), `INBOX` in any case made `INBOX`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mailbox(pub Bytes);

/// RFC 3501 6.3.10; unknown words are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusItem {
    Messages,
    Recent,
    UidNext,
    UidValidity,
    Unseen,
    Size,
    Other(String),
}

/// `mailbox = "INBOX" / astring`
pub(super) fn mailbox(input: &[u8]) -> Reading<'_, Mailbox> {
    let (rest, name) = expect("mailbox", astring).parse(input)?;
    let inbox = name.eq_ignore_ascii_case(b"INBOX");
    Ok((rest, Mailbox(if inbox { Bytes::from_static(b"INBOX") } else { owned(name) })))
}

/// ```text
/// select       = "SELECT" SP mailbox [select-params]
/// select-params = SP "(" select-param *(SP select-param) ")"
/// select-param = name [SP (number / sequence-set / "(" ... ")")]
/// ```
/// Values are read over: no extension of ours has any.
pub(super) fn select(input: &[u8], read_only: bool) -> Reading<'_, Body> {
    let given = alt((map(sequence_set, |_| ()), balanced));
    let parameter = terminated(name, opt(preceded(space, given)));
    let parameters = map(begun(" (", preceded(space, list1(parameter))), Option::unwrap_or_default);
    map((argument(), parameters), |(mailbox, parameters)| Body::Select { mailbox, read_only, parameters })
        .parse(input)
}

/// `"(" ... ")"` with parentheses in pairs and no strings.
fn balanced(input: &[u8]) -> Reading<'_, ()> {
    let mut depth = 0usize;
    for (place, byte) in input.iter().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b'"' | b'{' | b'\r' | b'\n' => {
                return stop(input.get(place..).unwrap_or_default(), "select-param value");
            }
            _ => {}
        }
        if depth == 0 {
            return if place == 0 {
                stop(input, "\"(\"")
            } else {
                Ok((input.get(place + 1..).unwrap_or_default(), ()))
            };
        }
    }
    stop(&[], "\")\"")
}

/// ```text
/// create       = "CREATE" SP mailbox [SP "(" create-param ")"]
/// create-param = "USE" SP "(" [use-attr *(SP use-attr)] ")"
/// ```
pub(super) fn create(input: &[u8]) -> Reading<'_, Body> {
    let uses = preceded((expect("\"USE\"", tag_no_case("USE")), space), list0(flag));
    let parameters =
        map(begun(" (", preceded(space, list1(uses))), |lists| lists.unwrap_or_default().concat());
    map((argument(), parameters), |(mailbox, uses)| Body::Create { mailbox, uses }).parse(input)
}

/// `delete = "DELETE" SP mailbox`
pub(super) fn delete(input: &[u8]) -> Reading<'_, Body> {
    map(argument(), |mailbox| Body::Delete { mailbox }).parse(input)
}

/// `rename = "RENAME" SP mailbox SP mailbox`
pub(super) fn rename(input: &[u8]) -> Reading<'_, Body> {
    map((argument(), argument()), |(from, to)| Body::Rename { from, to }).parse(input)
}

/// `subscribe = "SUBSCRIBE" SP mailbox`
pub(super) fn subscribe(input: &[u8]) -> Reading<'_, Body> {
    map(argument(), |mailbox| Body::Subscribe { mailbox }).parse(input)
}

/// `unsubscribe = "UNSUBSCRIBE" SP mailbox`
pub(super) fn unsubscribe(input: &[u8]) -> Reading<'_, Body> {
    map(argument(), |mailbox| Body::Unsubscribe { mailbox }).parse(input)
}

/// `status = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"`
pub(super) fn status(input: &[u8]) -> Reading<'_, Body> {
    map((argument(), preceded(space, status_items)), |(mailbox, items)| Body::Status { mailbox, items })
        .parse(input)
}

/// `"(" status-att *(SP status-att) ")"`
pub(super) fn status_items(input: &[u8]) -> Reading<'_, Vec<StatusItem>> {
    list1(map(expect("status-att", name), StatusItem::of)).parse(input)
}

fn argument<'a>() -> impl Parser<&'a [u8], Output = Mailbox, Error = Stop<'a>> {
    preceded(space, mailbox)
}

impl StatusItem {
    /// The item of a name in capitals.
    fn of(name: String) -> StatusItem {
        match name.as_str() {
            "MESSAGES" => StatusItem::Messages,
            "RECENT" => StatusItem::Recent,
            "UIDNEXT" => StatusItem::UidNext,
            "UIDVALIDITY" => StatusItem::UidValidity,
            "UNSEEN" => StatusItem::Unseen,
            "SIZE" => StatusItem::Size,
            _ => StatusItem::Other(name),
        }
    }

    /// The name, in capitals.
    pub fn name(&self) -> &str {
        match self {
            StatusItem::Messages => "MESSAGES",
            StatusItem::Recent => "RECENT",
            StatusItem::UidNext => "UIDNEXT",
            StatusItem::UidValidity => "UIDVALIDITY",
            StatusItem::Unseen => "UNSEEN",
            StatusItem::Size => "SIZE",
            StatusItem::Other(name) => name,
        }
    }
}
