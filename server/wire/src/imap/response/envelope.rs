//! The ENVELOPE of a message (RFC 3501 section 7.4.2 and `envelope` in section 9), and its writing.
use bytes::{BufMut, Bytes, BytesMut};

use crate::imap::encode;

/// The header of a message as FETCH ENVELOPE tells it. Texts are the unfolded bytes of the message, RFC 2047 words
/// left as they are. A field the message lacks is `None` or an empty list; RFC 3501 wants `sender` and `reply_to`
/// filled from `from` by whoever builds this value when the message has no such field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    pub date: Option<Bytes>,
    pub subject: Option<Bytes>,
    pub from: Vec<Address>,
    pub sender: Vec<Address>,
    pub reply_to: Vec<Address>,
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    pub bcc: Vec<Address>,
    pub in_reply_to: Option<Bytes>,
    pub message_id: Option<Bytes>,
}

/// One address. A group of RFC 5322 is written as a row: its name (`mailbox` set, `host` `None`), its members, and
/// an end mark (all `None`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// The display name.
    pub name: Option<Bytes>,
    /// The source route (`@a,@b` of RFC 822), nearly always `None`.
    pub route: Option<Bytes>,
    /// The part before the `@`, or the name of a group.
    pub mailbox: Option<Bytes>,
    /// The part behind the `@`.
    pub host: Option<Bytes>,
}

impl Envelope {
    /// ```text
    /// envelope = "(" env-date SP env-subject SP env-from SP env-sender SP env-reply-to SP env-to SP env-cc SP
    ///            env-bcc SP env-in-reply-to SP env-message-id ")"
    /// ```
    pub fn write(&self, out: &mut BytesMut) {
        out.put_u8(b'(');
        encode::nstring(out, self.date.as_deref());
        out.put_u8(b' ');
        encode::nstring(out, self.subject.as_deref());
        for list in [&self.from, &self.sender, &self.reply_to, &self.to, &self.cc, &self.bcc] {
            out.put_u8(b' ');
            addresses(out, list);
        }
        for text in [&self.in_reply_to, &self.message_id] {
            out.put_u8(b' ');
            encode::nstring(out, text.as_deref());
        }
        out.put_u8(b')');
    }
}

/// `env-from = "(" 1*address ")" / nil`, and the five like it.
fn addresses(out: &mut BytesMut, list: &[Address]) {
    if list.is_empty() {
        return out.put_slice(b"NIL");
    }
    out.put_u8(b'(');
    for address in list {
        address.write(out);
    }
    out.put_u8(b')');
}

impl Address {
    /// `address = "(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")"`
    fn write(&self, out: &mut BytesMut) {
        out.put_u8(b'(');
        for (number, text) in [&self.name, &self.route, &self.mailbox, &self.host].into_iter().enumerate() {
            if number > 0 {
                out.put_u8(b' ');
            }
            encode::nstring(out, text.as_deref());
        }
        out.put_u8(b')');
    }
}
