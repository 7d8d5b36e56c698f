//! What the server says, as values, and their writing (RFC 3501 section 7). Whatever is wrong on the wire was put
//! there as [`Response::Raw`].
pub mod envelope;
pub mod fetch;
pub mod list;
pub mod status;
pub mod structure;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{BufMut, Bytes, BytesMut};

use super::command::{Mailbox, StatusItem};
use super::encode;

pub use fetch::FetchData;
pub use list::{Listed, Namespace};
pub use status::{Code, Condition};

/// One response; [`Response::write`] puts it on the wire with its line end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// `OK`, `NO`, `BAD` under a tag or untagged; `PREAUTH` and `BYE`, which are always untagged.
    Status {
        /// The command answered; `None` writes `*`.
        tag: Option<Bytes>,
        condition: Condition,
        code: Option<Code>,
        /// For people. CR, LF and NUL are written as spaces; an empty text as the condition's own word.
        text: String,
    },
    Capability(Vec<String>),
    /// RFC 5161.
    Enabled(Vec<String>),
    /// The flags a mailbox knows.
    Flags(Vec<String>),
    List(Listed),
    Lsub(Listed),
    /// The answer to STATUS, in the order given.
    MailboxStatus {
        mailbox: Mailbox,
        items: Vec<(StatusItem, u64)>,
    },
    /// Message sequence numbers, or UIDs when the command was UID SEARCH.
    Search(Vec<u32>),
    Exists(u32),
    Recent(u32),
    Expunge(u32),
    Fetch {
        number: u32,
        items: Vec<FetchData>,
    },
    /// RFC 2342; an empty list is `NIL`.
    Namespace {
        personal: Vec<Namespace>,
        others: Vec<Namespace>,
        shared: Vec<Namespace>,
    },
    /// RFC 2971; `None` is `NIL`.
    Id(Option<Vec<(Bytes, Option<Bytes>)>>),
    /// `+` and a text: send the literal, or (IDLE) wait.
    Continuation(String),
    /// `+` and a SASL challenge, given before base64.
    Challenge(Bytes),
    /// These bytes as they are, line end included or missing: for faults, and for what has no variant.
    Raw(Bytes),
}

impl Response {
    /// A tagged status response.
    pub fn tagged(
        tag: &Bytes,
        condition: Condition,
        code: Option<Code>,
        text: impl Into<String>,
    ) -> Response {
        Response::Status { tag: Some(tag.clone()), condition, code, text: text.into() }
    }

    /// An untagged status response.
    pub fn untagged(condition: Condition, code: Option<Code>, text: impl Into<String>) -> Response {
        Response::Status { tag: None, condition, code, text: text.into() }
    }

    /// ```text
    /// response-data     = "*" SP (resp-cond-state / resp-cond-bye / mailbox-data / message-data /
    ///                     capability-data) CRLF
    /// response-tagged   = tag SP resp-cond-state CRLF
    /// continue-req      = "+" SP (resp-text / base64) CRLF
    /// ```
    pub fn write(&self, out: &mut BytesMut) {
        match self {
            Response::Raw(bytes) => return out.put_slice(bytes),
            Response::Continuation(text) => {
                out.put_slice(b"+ ");
                status::write_text(out, text, "OK");
            }
            Response::Challenge(challenge) => {
                out.put_slice(b"+ ");
                out.put_slice(STANDARD.encode(challenge).as_bytes());
            }
            Response::Status { tag, condition, code, text } => {
                out.put_slice(tag.as_deref().unwrap_or(b"*"));
                out.put_u8(b' ');
                status::write(out, *condition, code.as_ref(), text);
            }
            untagged => {
                out.put_slice(b"* ");
                untagged.write_data(out);
            }
        }
        out.put_slice(b"\r\n");
    }

    /// The response as bytes of its own.
    pub fn to_bytes(&self) -> Bytes {
        let mut out = BytesMut::new();
        self.write(&mut out);
        out.freeze()
    }

    fn write_data(&self, out: &mut BytesMut) {
        match self {
            Response::Capability(names) => words(out, "CAPABILITY", names),
            Response::Enabled(names) => words(out, "ENABLED", names),
            Response::Flags(flags) => {
                out.put_slice(b"FLAGS ");
                parenthesized(out, flags);
            }
            Response::List(listed) => listed.write(out, "LIST"),
            Response::Lsub(listed) => listed.write(out, "LSUB"),
            Response::MailboxStatus { mailbox, items } => {
                out.put_slice(b"STATUS ");
                encode::mailbox(out, &mailbox.0);
                for (place, (item, value)) in items.iter().enumerate() {
                    out.put_slice(if place == 0 { b" (" } else { b" " });
                    encode::number(out, format_args!("{} {value}", item.name()));
                }
                out.put_slice(if items.is_empty() { b" ()" } else { b")" });
            }
            Response::Search(numbers) => {
                out.put_slice(b"SEARCH");
                for number in numbers {
                    out.put_u8(b' ');
                    encode::number(out, number);
                }
            }
            Response::Exists(count) => encode::number(out, format_args!("{count} EXISTS")),
            Response::Recent(count) => encode::number(out, format_args!("{count} RECENT")),
            Response::Expunge(number) => encode::number(out, format_args!("{number} EXPUNGE")),
            Response::Fetch { number, items } => {
                encode::number(out, format_args!("{number} FETCH "));
                fetch::write(out, items);
            }
            Response::Namespace { personal, others, shared } => {
                out.put_slice(b"NAMESPACE");
                for list in [personal, others, shared] {
                    out.put_u8(b' ');
                    list::write_namespaces(out, list);
                }
            }
            Response::Id(fields) => {
                out.put_slice(b"ID ");
                write_id(out, fields.as_deref());
            }
            // Written by `write`, which calls this for the rest.
            Response::Status { .. }
            | Response::Continuation(_)
            | Response::Challenge(_)
            | Response::Raw(_) => {}
        }
    }
}

/// `"CAPABILITY" *(SP capability)`
pub(super) fn words(out: &mut BytesMut, first: &str, names: &[String]) {
    out.put_slice(first.as_bytes());
    for name in names {
        out.put_u8(b' ');
        out.put_slice(name.as_bytes());
    }
}

/// `"(" [flag *(SP flag)] ")"`
pub(super) fn parenthesized(out: &mut BytesMut, names: &[String]) {
    out.put_u8(b'(');
    for (place, name) in names.iter().enumerate() {
        if place > 0 {
            out.put_u8(b' ');
        }
        out.put_slice(name.as_bytes());
    }
    out.put_u8(b')');
}

/// `id-params-list = "(" [string SP nstring *(SP string SP nstring)] ")" / nil`
fn write_id(out: &mut BytesMut, fields: Option<&[(Bytes, Option<Bytes>)]>) {
    let Some(fields) = fields else {
        return out.put_slice(b"NIL");
    };
    out.put_u8(b'(');
    for (place, (name, value)) in fields.iter().enumerate() {
        if place > 0 {
            out.put_u8(b' ');
        }
        encode::string(out, name);
        out.put_u8(b' ');
        encode::nstring(out, value.as_deref());
    }
    out.put_u8(b')');
}
