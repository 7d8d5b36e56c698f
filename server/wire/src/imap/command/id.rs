//! ID (RFC 2971 section 3.1).
use bytes::Bytes;
use nom::Parser;
use nom::branch::alt;
use nom::combinator::{map, value};
use nom::sequence::{preceded, separated_pair};

use super::Body;
use crate::imap::token::{Reading, Stop, list0, nil, nstring, owned, space, string};

/// ```text
/// id             = "ID" SP id-params-list
/// id-params-list = "(" [string SP nstring *(SP string SP nstring)] ")" / nil
/// ```
pub(super) fn id(input: &[u8]) -> Reading<'_, Body> {
    let fields = alt((value(None, nil), map(list0(field()), Some)));
    map(preceded(space, fields), |fields| Body::Id { fields }).parse(input)
}

fn field<'a>() -> impl Parser<&'a [u8], Output = (Bytes, Option<Bytes>), Error = Stop<'a>> {
    map(separated_pair(string, space, nstring), |(name, value)| (owned(name), value.map(owned)))
}
