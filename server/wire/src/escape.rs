//! Bytes to printable text and back, for transcripts and scripts.
//!
//! Printable ASCII and printable UTF-8 stand for themselves; `\r`, `\n`, `\t`, `\\` and `\xNN` for the rest. Every
//! byte string has one text, and [`unescape`] gives exactly the bytes again.
use std::fmt::Write;

/// A backslash in a text that stands for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(r"byte {at}: behind a backslash only r, n, t, \ and x with two hexadecimal digits can stand")]
pub struct BadEscape {
    /// Byte offset of the backslash.
    pub at: usize,
}

/// Bytes as one line of printable text.
#[must_use]
pub fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\r' => text.push_str("\\r"),
                '\n' => text.push_str("\\n"),
                '\t' => text.push_str("\\t"),
                '\\' => text.push_str("\\\\"),
                c if c.is_control() || is_invisible(c) => {
                    c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| hex(&mut text, byte));
                }
                c => text.push(c),
            }
        }
        chunk.invalid().iter().for_each(|byte| hex(&mut text, *byte));
    }
    text
}

/// The bytes a text of [`escape`] stands for.
pub fn unescape(text: &str) -> Result<Vec<u8>, BadEscape> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    loop {
        let at = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
        bytes.extend_from_slice(&rest[..at]);
        let (byte, length) = match &rest[at..] {
            [] => return Ok(bytes),
            [_, b'r', ..] => (b'\r', 2),
            [_, b'n', ..] => (b'\n', 2),
            [_, b't', ..] => (b'\t', 2),
            [_, b'\\', ..] => (b'\\', 2),
            [_, b'x', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                (digit(*high) << 4 | digit(*low), 4)
            }
            _ => return Err(BadEscape { at: text.len() - rest.len() + at }),
        };
        bytes.push(byte);
        rest = &rest[at + length..];
    }
}

/// Characters that change how others are shown, or are not shown: a transcript must not be fooled by them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn hex(text: &mut String, byte: u8) {
    let _ = write!(text, "\\x{byte:02x}");
}

fn digit(hex: u8) -> u8 {
    match hex {
        b'0'..=b'9' => hex - b'0',
        _ => (hex | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts() {
        assert_eq!(escape(b"EHLO a\r\n\t\\"), r"EHLO a\r\n\t\\");
        assert_eq!(escape(b"\0\xff\x7f"), r"\x00\xff\x7f");
        assert_eq!(escape("件名 é".as_bytes()), "件名 é");
        assert_eq!(escape("a\u{202e}b".as_bytes()), r"a\xe2\x80\xaeb");
        assert_eq!(unescape(r"ab\q"), Err(BadEscape { at: 2 }));
        assert_eq!(unescape(r"\xf"), Err(BadEscape { at: 0 }));
        assert_eq!(unescape(r"\xFf\\x"), Ok(b"\xff\\x".to_vec()));
    }

    proptest! {
        #[test]
        fn bytes_come_back(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let text = escape(&bytes);
            prop_assert!(!text.chars().any(char::is_control));
            prop_assert_eq!(unescape(&text), Ok(bytes));
        }

        #[test]
        fn any_text_has_an_answer(text in r"(\\x?|[0-9a-f]|é|[ -~]){0,20}") {
            if let Ok(bytes) = unescape(&text) {
                prop_assert_eq!(unescape(&escape(&bytes)), Ok(bytes));
            }
        }
    }
}
