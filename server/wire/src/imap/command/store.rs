//! What is done to a set of messages: STORE, COPY (RFC 3501 6.4.6, 6.4.7), MOVE (RFC 6851), UID EXPUNGE (RFC 4315).
use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::tag_no_case;
use nom::combinator::{map, opt, value};
use nom::multi::separated_list1;
use nom::sequence::preceded;

use super::mailbox::mailbox;
use super::{Body, Mailbox};
use crate::imap::sequence::{SequenceSet, sequence_set};
use crate::imap::token::{Reading, expect, flag, flag_list, space};

/// RFC 3501 6.4.6: `FLAGS`, `+FLAGS`, `-FLAGS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreAction {
    Replace,
    Add,
    Remove,
}

/// ```text
/// store           = "STORE" SP sequence-set SP store-att-flags
/// store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))
/// ```
pub(super) fn store(input: &[u8], uid: bool) -> Reading<'_, Body> {
    let action = alt((
        value(StoreAction::Add, tag_no_case("+FLAGS")),
        value(StoreAction::Remove, tag_no_case("-FLAGS")),
        value(StoreAction::Replace, tag_no_case("FLAGS")),
    ));
    let silent = map(opt(tag_no_case(".SILENT")), |word| word.is_some());
    let flags = alt((flag_list, separated_list1(space, flag)));
    let attributes = (expect("store-att-flags", action), silent, preceded(space, flags));
    map((preceded(space, sequence_set), preceded(space, attributes)), |(set, (action, silent, flags))| {
        Body::Store { uid, set, action, silent, flags }
    })
    .parse(input)
}

/// `copy = "COPY" SP sequence-set SP mailbox`
pub(super) fn copy(input: &[u8], uid: bool) -> Reading<'_, Body> {
    map(set_and_mailbox, |(set, mailbox)| Body::Copy { uid, set, mailbox }).parse(input)
}

/// `move = "MOVE" SP sequence-set SP mailbox`
pub(super) fn r#move(input: &[u8], uid: bool) -> Reading<'_, Body> {
    map(set_and_mailbox, |(set, mailbox)| Body::Move { uid, set, mailbox }).parse(input)
}

fn set_and_mailbox(input: &[u8]) -> Reading<'_, (SequenceSet, Mailbox)> {
    (preceded(space, sequence_set), preceded(space, mailbox)).parse(input)
}

/// `uid-expunge = "UID" SP "EXPUNGE" SP sequence-set`
pub(super) fn uid_expunge(input: &[u8]) -> Reading<'_, Body> {
    map(preceded(space, sequence_set), |uids| Body::Expunge { uids: Some(uids) }).parse(input)
}
