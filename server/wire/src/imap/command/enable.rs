//! ENABLE (RFC 5161 section 3.1).
use nom::Parser;
use nom::combinator::map;
use nom::multi::many1;
use nom::sequence::preceded;

use super::Body;
use crate::imap::token::{Reading, expect, name, space};

/// `enable = "ENABLE" 1*(SP capability)`
pub(super) fn enable(input: &[u8]) -> Reading<'_, Body> {
    map(many1(preceded(space, expect("capability", name))), |names| Body::Enable { names }).parse(input)
}
