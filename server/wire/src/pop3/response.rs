//! POP3 responses (RFC 1939 section 3): status lines with response codes (RFC 2449 section 8), multi-line bodies.
use bytes::{BufMut, Bytes, BytesMut};
use memchr::memmem;

/// `+OK text`, without CRLF.
#[must_use]
pub fn ok(text: &str) -> String {
    if text.is_empty() { "+OK".to_owned() } else { format!("+OK {text}") }
}

/// `-ERR [CODE] text`, without CRLF; no brackets where `code` is empty.
#[must_use]
pub fn err(code: &str, text: &str) -> String {
    if code.is_empty() { format!("-ERR {text}") } else { format!("-ERR [{code}] {text}") }
}

/// The body of a multi-line response: lines that begin with the termination octet get another one in front.
/// Costs no copy when there is no such line. The end is [`end`].
#[must_use]
pub fn stuffed(message: &Bytes) -> Bytes {
    let first = message.first() == Some(&b'.');
    let mut dots = memmem::find_iter(message, b"\r\n.").peekable();
    if !first && dots.peek().is_none() {
        return message.clone();
    }
    let mut out = BytesMut::with_capacity(message.len() + 64);
    if first {
        out.put_u8(b'.');
    }
    let mut from = 0;
    for at in dots {
        out.extend_from_slice(&message[from..at + 2]);
        out.put_u8(b'.');
        from = at + 2;
    }
    out.extend_from_slice(&message[from..]);
    out.freeze()
}

/// What ends the multi-line response behind `body`: the line with the dot, on a line of its own.
#[must_use]
pub fn end(body: &[u8]) -> &'static [u8] {
    if body.is_empty() || body.ends_with(b"\r\n") { b".\r\n" } else { b"\r\n.\r\n" }
}

/// TOP: the header, the empty line, and the first `lines` lines of the body (RFC 1939 section 7).
#[must_use]
pub fn top(message: &Bytes, lines: usize) -> Bytes {
    // Lines end in LF here: header and body must part also in a message with bare LFs.
    let mut lines_left = None;
    let mut from = 0;
    for end in memchr::memchr_iter(b'\n', message) {
        let line = &message[from..end];
        from = end + 1;
        lines_left = match lines_left {
            None if line.is_empty() || line == b"\r" => Some(lines),
            None => None,
            Some(left) => Some(left - 1),
        };
        if lines_left == Some(0) {
            return message.slice(..from);
        }
    }
    message.clone()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn status_lines() {
        assert_eq!((ok("").as_str(), ok("2 320").as_str()), ("+OK", "+OK 2 320"));
        assert_eq!(err("AUTH", "no"), "-ERR [AUTH] no");
        assert_eq!(err("", "no"), "-ERR no");
    }

    #[test]
    fn stuffing_and_end() {
        let plain = Bytes::from_static(b"a\r\nb.c\r\n");
        assert_eq!(stuffed(&plain).as_ptr(), plain.as_ptr());
        assert_eq!(&stuffed(&Bytes::from_static(b".\r\n..a\r\n\r\n.b"))[..], b"..\r\n...a\r\n\r\n..b");
        assert_eq!(end(b"a\r\n"), b".\r\n");
        assert_eq!(end(b"a"), b"\r\n.\r\n");
        assert_eq!(end(b""), b".\r\n");
    }

    #[test]
    fn tops() {
        let message = Bytes::from_static(b"A: b\r\nC: d\r\n\r\n1\r\n2\r\n3");
        for (lines, wanted) in [
            (0, &b"A: b\r\nC: d\r\n\r\n"[..]),
            (1, b"A: b\r\nC: d\r\n\r\n1\r\n"),
            (2, b"A: b\r\nC: d\r\n\r\n1\r\n2\r\n"),
            (3, b"A: b\r\nC: d\r\n\r\n1\r\n2\r\n3"),
            (usize::MAX, b"A: b\r\nC: d\r\n\r\n1\r\n2\r\n3"),
        ] {
            assert_eq!(&top(&message, lines)[..], wanted, "{lines}");
        }
        assert_eq!(&top(&Bytes::from_static(b"A: b\n\n1\n2\n"), 1)[..], b"A: b\n\n1\n");
        assert_eq!(&top(&Bytes::from_static(b"no body"), 5)[..], b"no body");
    }

    proptest! {
        /// The client's half of RFC 1939 section 3 gives the message back.
        #[test]
        fn unstuffing_gives_the_message(message in "[.a\r\n]{0,40}") {
            let message = Bytes::from(message.into_bytes());
            let stuffed = stuffed(&message);
            let wire = [&stuffed[..], end(&stuffed)].concat();
            let mut lines = Vec::new();
            let mut rest = &wire[..];
            loop {
                let at = memmem::find(rest, b"\r\n").expect("a line");
                let (line, next) = rest.split_at(at + 2);
                rest = next;
                if line == b".\r\n" {
                    break;
                }
                lines.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
            }
            prop_assert!(rest.is_empty());
            prop_assert!(lines == message[..] || lines == [&message[..], b"\r\n"].concat());
        }
    }
}
