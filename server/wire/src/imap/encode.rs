//! Strings on the wire: atom, quoted or literal, chosen by what the bytes allow (RFC 3501 section 4), or forced.
use bytes::{BufMut, BytesMut};

use super::token::{is_astring_char, is_atom_char};

/// The ways to write a string. A fault may force one; ours is otherwise the shortest that is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Atom,
    Quoted,
    Literal,
}

/// Longest text written as a quoted string; RFC 2683 section 3.4.1 advises literals for long ones.
const QUOTED_LIMIT: usize = 1000;

/// `string = quoted / literal`. A literal where CR, LF, NUL, an 8-bit byte or sheer length forbid a quoted string.
pub fn string(out: &mut BytesMut, text: &[u8]) {
    let quotable = text.len() <= QUOTED_LIMIT
        && text.iter().all(|byte| (0x01..0x7f).contains(byte) && !matches!(byte, b'\r' | b'\n'));
    forced(out, text, if quotable { Form::Quoted } else { Form::Literal });
}

/// `nstring = string / nil`
pub fn nstring(out: &mut BytesMut, text: Option<&[u8]>) {
    match text {
        Some(text) => string(out, text),
        None => out.put_slice(b"NIL"),
    }
}

/// `astring = 1*ASTRING-CHAR / string`. `NIL` is quoted: some clients read the bare word as nothing.
pub fn astring(out: &mut BytesMut, text: &[u8]) {
    let bare = !text.is_empty()
        && text.iter().all(|byte| is_astring_char(*byte))
        && !text.eq_ignore_ascii_case(b"NIL");
    if bare { forced(out, text, Form::Atom) } else { string(out, text) }
}

/// `mailbox = "INBOX" / astring`, for a name already in modified UTF-7. Quoted unless it is a plain atom.
pub fn mailbox(out: &mut BytesMut, name: &[u8]) {
    let bare =
        !name.is_empty() && name.iter().all(|byte| is_atom_char(*byte)) && !name.eq_ignore_ascii_case(b"NIL");
    if bare { forced(out, name, Form::Atom) } else { string(out, name) }
}

/// Writes `text` in this form whether or not its bytes allow it: what is wrong then is wrong on purpose.
pub fn forced(out: &mut BytesMut, text: &[u8], form: Form) {
    match form {
        Form::Atom => out.put_slice(text),
        Form::Quoted => {
            out.reserve(text.len() + 2);
            out.put_u8(b'"');
            for byte in text {
                if matches!(byte, b'"' | b'\\') {
                    out.put_u8(b'\\');
                }
                out.put_u8(*byte);
            }
            out.put_u8(b'"');
        }
        Form::Literal => {
            out.reserve(text.len() + 16);
            out.put_u8(b'{');
            number(out, text.len());
            out.put_slice(b"}\r\n");
            out.put_slice(text);
        }
    }
}

/// A decimal number.
pub fn number(out: &mut BytesMut, value: impl std::fmt::Display) {
    use std::fmt::Write;
    // Writing to a BytesMut fails only when 2^64 bytes are full.
    let _ = write!(out, "{value}");
}
