//! Status responses: condition, response code and text (RFC 3501 7.1, RFC 5530, RFC 4315).
use bytes::{BufMut, BytesMut};

use super::{parenthesized, words};
use crate::imap::encode;
use crate::imap::sequence::SequenceSet;

/// What a status response says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    Ok,
    No,
    Bad,
    Preauth,
    Bye,
}

impl Condition {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Condition::Ok => "OK",
            Condition::No => "NO",
            Condition::Bad => "BAD",
            Condition::Preauth => "PREAUTH",
            Condition::Bye => "BYE",
        }
    }
}

/// `[...]` in a status response: for programs, where the text is for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// The text must be shown to the user.
    Alert,
    /// Charsets that would have been understood; may be empty.
    BadCharset(Vec<String>),
    Capability(Vec<String>),
    Parse,
    PermanentFlags(Vec<String>),
    ReadOnly,
    ReadWrite,
    /// The mailbox of APPEND, COPY or MOVE does not exist but could be created.
    TryCreate,
    UidNext(u32),
    UidValidity(u32),
    /// Sequence number of the first message without `\Seen`.
    Unseen(u32),
    /// RFC 4315; `uids` must not be empty.
    AppendUid {
        uid_validity: u32,
        uids: SequenceSet,
    },
    /// RFC 4315; both sets name as many UIDs, in the same order, and are not empty.
    CopyUid {
        uid_validity: u32,
        from: SequenceSet,
        to: SequenceSet,
    },
    /// Any other, as it stands between the brackets: the words of RFC 5530 (`AUTHENTICATIONFAILED`), a vendor's.
    Other(String),
}

impl Code {
    /// `"[" resp-text-code "]"`
    pub fn write(&self, out: &mut BytesMut) {
        out.put_u8(b'[');
        match self {
            Code::Alert => out.put_slice(b"ALERT"),
            Code::BadCharset(charsets) => {
                out.put_slice(b"BADCHARSET");
                for (place, charset) in charsets.iter().enumerate() {
                    out.put_slice(if place == 0 { b" (" } else { b" " });
                    encode::astring(out, charset.as_bytes());
                }
                out.put_slice(if charsets.is_empty() { b"" } else { b")" });
            }
            Code::Capability(names) => words(out, "CAPABILITY", names),
            Code::Parse => out.put_slice(b"PARSE"),
            Code::PermanentFlags(flags) => {
                out.put_slice(b"PERMANENTFLAGS ");
                parenthesized(out, flags);
            }
            Code::ReadOnly => out.put_slice(b"READ-ONLY"),
            Code::ReadWrite => out.put_slice(b"READ-WRITE"),
            Code::TryCreate => out.put_slice(b"TRYCREATE"),
            Code::UidNext(uid) => encode::number(out, format_args!("UIDNEXT {uid}")),
            Code::UidValidity(value) => encode::number(out, format_args!("UIDVALIDITY {value}")),
            Code::Unseen(number) => encode::number(out, format_args!("UNSEEN {number}")),
            Code::AppendUid { uid_validity, uids } => {
                encode::number(out, format_args!("APPENDUID {uid_validity} {uids}"));
            }
            Code::CopyUid { uid_validity, from, to } => {
                encode::number(out, format_args!("COPYUID {uid_validity} {from} {to}"));
            }
            Code::Other(words) => write_text(out, words, "X"),
        }
        out.put_u8(b']');
    }
}

/// ```text
/// resp-cond-state = ("OK" / "NO" / "BAD") SP resp-text
/// resp-text       = ["[" resp-text-code "]" SP] text
/// ```
pub(super) fn write(out: &mut BytesMut, condition: Condition, code: Option<&Code>, text: &str) {
    out.put_slice(condition.word().as_bytes());
    out.put_u8(b' ');
    if let Some(code) = code {
        code.write(out);
        out.put_u8(b' ');
    }
    write_text(out, text, condition.word());
}

/// `text = 1*TEXT-CHAR`: one line whatever is in it, `empty` for nothing.
pub(super) fn write_text(out: &mut BytesMut, text: &str, empty: &str) {
    for byte in (if text.is_empty() { empty } else { text }).bytes() {
        out.put_u8(if matches!(byte, b'\r' | b'\n' | 0) { b' ' } else { byte });
    }
}
