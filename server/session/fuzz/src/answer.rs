//! The form of what a server says, whatever it was asked: lines that end in CRLF, with nothing in them that a client
//! could take for the end of a line.

/// SMTP (RFC 5321 section 4.2): each line is a code of three digits, a space or a hyphen, and text.
pub fn smtp(answered: &[u8]) {
    for line in lines(answered) {
        let coded =
            matches!(line, [b'2'..=b'5', b'0'..=b'9', b'0'..=b'9', b' ' | b'-', ..] | [b'2'..=b'5', _, _]);
        assert!(coded, "not a reply: {:?}", String::from_utf8_lossy(line));
    }
}

/// POP3 (RFC 1939 section 3): a response, or a line of a multi-line one; messages may hold any byte but a bare LF, as
/// ours have none.
pub fn pop3(answered: &[u8]) {
    let first = lines(answered).next();
    assert!(
        first.is_none_or(|line| line.starts_with(b"+OK") || line.starts_with(b"-ERR")),
        "no greeting: {first:?}"
    );
}

/// IMAP (RFC 3501 section 7): lines, and between them literals of exactly the announced length.
pub fn imap(answered: &[u8]) {
    let mut rest = answered;
    let mut begins = true;
    while !rest.is_empty() {
        let end = rest.windows(2).position(|pair| pair == b"\r\n").expect("the last line ends in CRLF");
        let (line, behind) = rest.split_at(end);
        rest = behind.get(2..).unwrap_or_default();
        assert!(
            !line.iter().any(|byte| b"\r\n\0".contains(byte)),
            "CR, LF or NUL in {:?}",
            String::from_utf8_lossy(line)
        );
        assert!(
            !begins || line.contains(&b' ') || line == b"+",
            "no response: {:?}",
            String::from_utf8_lossy(line)
        );
        match literal(line) {
            Some(size) => {
                assert!(size <= rest.len(), "a literal of {size} bytes has {}", rest.len());
                rest = rest.get(size..).unwrap_or_default();
                begins = false;
            }
            None => begins = true,
        }
    }
}

fn literal(line: &[u8]) -> Option<usize> {
    let inner = line.strip_suffix(b"}")?;
    let open = inner.iter().rposition(|byte| *byte == b'{')?;
    std::str::from_utf8(inner.get(open + 1..)?).ok()?.parse().ok()
}

/// Lines without their ends; all of them must end in CRLF, and a bare LF is not one.
fn lines(answered: &[u8]) -> impl Iterator<Item = &[u8]> {
    assert!(answered.is_empty() || answered.ends_with(b"\r\n"), "the last line has no end");
    answered.split_inclusive(|byte| *byte == b'\n').map(|line| {
        let text = line.strip_suffix(b"\r\n").expect("a bare LF");
        assert!(!text.contains(&b'\0'), "NUL in an answer");
        text
    })
}
