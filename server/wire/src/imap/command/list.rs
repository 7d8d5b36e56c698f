//! LIST with its extensions (RFC 3501 6.3.8, RFC 5258, 5819, 6154) and LSUB.
use bytes::Bytes;
use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::tag_no_case;
use nom::combinator::map;
use nom::sequence::preceded;

use super::mailbox::{mailbox, status_items};
use super::{Body, StatusItem};
use crate::imap::token::{Reading, begun, list_mailbox, list0, list1, name, owned, space};

/// LIST with the extensions of RFC 5258, 5819 and 6154. Options in capitals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// `SUBSCRIBED`, `REMOTE`, `RECURSIVEMATCH`, `SPECIAL-USE`.
    pub select: Vec<String>,
    pub reference: Bytes,
    pub patterns: Vec<Bytes>,
    /// `SUBSCRIBED`, `CHILDREN`, `SPECIAL-USE`, ... ; `None` when there was no RETURN at all.
    pub returns: Option<Vec<String>>,
    /// RFC 5819 `RETURN (STATUS (...))`.
    pub status: Vec<StatusItem>,
    /// True when the command used extended syntax.
    pub extended: bool,
}

/// ```text
/// list             = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]
/// list-select-opts = "(" [list-select-opt *(SP list-select-opt)] ")"
/// mbox-or-pat      = list-mailbox / "(" list-mailbox *(SP list-mailbox) ")"
/// list-return-opts = "RETURN" SP "(" [return-option *(SP return-option)] ")"
/// ```
pub(super) fn list(input: &[u8]) -> Reading<'_, Body> {
    let pattern = || map(list_mailbox, owned);
    let patterns =
        alt((map(list1(pattern()), |list| (list, true)), map(pattern(), |one| (vec![one], false))));
    let returns = preceded((space, tag_no_case("RETURN"), space), list0(return_option));
    let arguments = (
        begun(" (", preceded(space, list0(name))),
        preceded(space, mailbox),
        preceded(space, patterns),
        begun(" RETURN", returns),
    );
    map(arguments, |(select, reference, (patterns, several), options)| {
        let extended = select.is_some() || several || options.is_some();
        let mut list = List { reference: reference.0, patterns, extended, ..List::default() };
        list.select = select.unwrap_or_default();
        list.returns = options.map(|options| {
            let mut names = Vec::with_capacity(options.len());
            for (name, items) in options {
                names.push(name);
                list.status.extend(items);
            }
            names
        });
        Body::List(list)
    })
    .parse(input)
}

/// ```text
/// return-option = "SUBSCRIBED" / "CHILDREN" / "SPECIAL-USE" / status-option / atom
/// status-option = "STATUS" SP "(" status-att *(SP status-att) ")"
/// ```
fn return_option(input: &[u8]) -> Reading<'_, (String, Vec<StatusItem>)> {
    let (rest, word) = name(input)?;
    if word != "STATUS" {
        return Ok((rest, (word, Vec::new())));
    }
    map(preceded(space, status_items), |items| ("STATUS".to_owned(), items)).parse(rest)
}

/// `lsub = "LSUB" SP mailbox SP list-mailbox`
pub(super) fn lsub(input: &[u8]) -> Reading<'_, Body> {
    let pattern = map(list_mailbox, owned);
    map((preceded(space, mailbox), preceded(space, pattern)), |(reference, pattern)| Body::Lsub {
        reference,
        pattern,
    })
    .parse(input)
}
