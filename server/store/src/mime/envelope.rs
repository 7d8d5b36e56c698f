//! ENVELOPE (RFC 3501 section 7.4.2): the header as a client's list of messages wants it.
use std::ops::Range;

use bytes::Bytes;
use postfail_wire::imap::{Address, Envelope};

use super::address::addresses;
use super::header::{Field, fields};

/// The ENVELOPE of a message. Never fails: what cannot be read is NIL. Of a field that stands there twice the
/// first counts.
#[must_use]
pub fn envelope(message: &[u8]) -> Envelope {
    of_header(message, 0..message.len())
}

/// The ENVELOPE of the header in this part of the message.
pub(crate) fn of_header(message: &[u8], header: Range<usize>) -> Envelope {
    let mut envelope = Envelope::default();
    let Envelope { date, subject, from, sender, reply_to, to, cc, bcc, in_reply_to, message_id } =
        &mut envelope;
    for field in fields(message, header) {
        match field.name.to_ascii_lowercase().as_slice() {
            b"date" => text(date, &field),
            b"subject" => text(subject, &field),
            b"in-reply-to" => text(in_reply_to, &field),
            b"message-id" => text(message_id, &field),
            b"from" => list(from, &field),
            b"sender" => list(sender, &field),
            b"reply-to" => list(reply_to, &field),
            b"to" => list(to, &field),
            b"cc" => list(cc, &field),
            b"bcc" => list(bcc, &field),
            _ => {}
        }
    }
    // RFC 3501: absent or empty, they are what From is.
    for list in [sender, reply_to] {
        if list.is_empty() {
            list.clone_from(from);
        }
    }
    envelope
}

fn text(slot: &mut Option<Bytes>, field: &Field<'_>) {
    slot.get_or_insert_with(|| Bytes::copy_from_slice(&field.value()));
}

fn list(slot: &mut Vec<Address>, field: &Field<'_>) {
    if slot.is_empty() {
        *slot = addresses(&field.value());
    }
}

#[cfg(test)]
mod tests;
