//! LIST and LSUB responses (RFC 3501 7.2.2, RFC 5258 CHILDINFO) and NAMESPACE's lists (RFC 2342).
use bytes::{BufMut, Bytes, BytesMut};

use super::parenthesized;
use crate::imap::command::Mailbox;
use crate::imap::encode;

/// One mailbox in a LIST or LSUB response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// `\Noselect`, `\HasChildren`, `\Sent`, ...
    pub attributes: Vec<String>,
    /// The hierarchy separator; `None` for a flat name.
    pub delimiter: Option<char>,
    pub mailbox: Mailbox,
    /// RFC 5258 section 4: why a mailbox that does not match itself is listed, `SUBSCRIBED`; empty for none.
    pub child_info: Vec<String>,
}

/// One namespace: the names it holds begin with `prefix`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace {
    /// In modified UTF-7; empty for the usual personal namespace.
    pub prefix: Bytes,
    pub delimiter: Option<char>,
}

impl Listed {
    /// ```text
    /// mailbox-list    = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox
    ///                   [SP mbox-list-extended]
    /// childinfo       = "(" DQUOTE "CHILDINFO" DQUOTE SP "(" DQUOTE option DQUOTE *(SP ...) ")" ")"
    /// ```
    pub(super) fn write(&self, out: &mut BytesMut, word: &str) {
        out.put_slice(word.as_bytes());
        out.put_u8(b' ');
        parenthesized(out, &self.attributes);
        out.put_u8(b' ');
        write_delimiter(out, self.delimiter);
        out.put_u8(b' ');
        encode::mailbox(out, &self.mailbox.0);
        for (place, option) in self.child_info.iter().enumerate() {
            out.put_slice(if place == 0 { b" (\"CHILDINFO\" (" } else { b" " });
            encode::string(out, option.as_bytes());
        }
        out.put_slice(if self.child_info.is_empty() { b"" } else { b"))" });
    }
}

fn write_delimiter(out: &mut BytesMut, delimiter: Option<char>) {
    match delimiter {
        Some(delimiter) => {
            encode::forced(out, delimiter.encode_utf8(&mut [0; 4]).as_bytes(), encode::Form::Quoted);
        }
        None => out.put_slice(b"NIL"),
    }
}

/// `namespace = nil / "(" 1*("(" string SP (DQUOTE QUOTED-CHAR DQUOTE / nil) ")") ")"`
pub(super) fn write_namespaces(out: &mut BytesMut, list: &[Namespace]) {
    if list.is_empty() {
        return out.put_slice(b"NIL");
    }
    out.put_u8(b'(');
    for namespace in list {
        out.put_u8(b'(');
        encode::string(out, &namespace.prefix);
        out.put_u8(b' ');
        write_delimiter(out, namespace.delimiter);
        out.put_u8(b')');
    }
    out.put_u8(b')');
}
