//! APPEND (RFC 3501 6.3.11).
use bytes::Bytes;
use nom::Parser;
use nom::sequence::preceded;

use super::mailbox::mailbox;
use super::{Body, Mailbox, Whole};
use crate::imap::date::date_time;
use crate::imap::token::{Reading, begun, flag_list, literal, space};

/// RFC 3501 6.3.11, one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    pub mailbox: Mailbox,
    pub flags: Vec<String>,
    pub date: Option<jiff::Timestamp>,
    /// Shares the command's bytes.
    pub message: Bytes,
}

/// `append = "APPEND" SP mailbox [SP flag-list] [SP date-time] SP literal`
pub(super) fn append<'a>(whole: &Whole<'a>, input: &'a [u8]) -> Reading<'a, Body> {
    let (rest, (mailbox, flags, date)) = (
        preceded(space, mailbox),
        begun(" (", preceded(space, flag_list)),
        begun(" \"", preceded(space, date_time)),
    )
        .parse(input)?;
    let (rest, message) = preceded(space, literal).parse(rest)?;
    let message = whole.bytes.slice_ref(message);
    Ok((rest, Body::Append(Append { mailbox, flags: flags.unwrap_or_default(), date, message })))
}
