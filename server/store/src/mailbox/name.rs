//! Mailbox names (RFC 3501 section 5.1): modified UTF-7, `/` between levels, INBOX in any case.
use crate::StoreError;

/// The hierarchy delimiter.
pub const DELIMITER: char = '/';

/// Longest name, in bytes.
pub const LONGEST_NAME: usize = 512;

/// Check a name as a client sends it and bring it into the one form it is kept in: INBOX in capitals, no
/// delimiter at the end (clients send one to say that inferiors will follow, RFC 3501 6.3.3).
pub fn normalise(name: &[u8]) -> Result<String, StoreError> {
    let bad = |why| StoreError::BadName { name: String::from_utf8_lossy(name).into_owned(), why };
    let text = str::from_utf8(name)
        .ok()
        .filter(|text| text.is_ascii())
        .ok_or_else(|| bad("has 8-bit bytes: encode it in modified UTF-7 (RFC 3501 5.1.3)"))?;
    let text = text.strip_suffix(DELIMITER).unwrap_or(text);
    if text.is_empty() {
        return Err(bad("is empty: give at least one character"));
    }
    if text.len() > LONGEST_NAME {
        return Err(bad("is too long: at most 512 bytes"));
    }
    if text.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(bad("has control characters: use printable ones"));
    }
    if text.contains(['*', '%']) {
        return Err(bad("has a LIST wildcard: leave out * and %"));
    }
    if text.split(DELIMITER).any(str::is_empty) {
        return Err(bad("has an empty level: one / between two names"));
    }
    if !is_modified_utf7(text) {
        return Err(bad("is not modified UTF-7: & begins a shift and &- is a plain & (RFC 3501 5.1.3)"));
    }
    let (first, rest) = text.split_at(text.find(DELIMITER).unwrap_or(text.len()));
    if first.eq_ignore_ascii_case("INBOX") { Ok(format!("INBOX{rest}")) } else { Ok(text.to_owned()) }
}

/// All names above this one, nearest last: `a/b/c` gives `a`, `a/b`.
pub fn superiors(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices(DELIMITER).map(|(at, _)| &name[..at])
}

/// Whether `name` lies somewhere below `above`.
#[must_use]
pub fn is_inferior(name: &str, above: &str) -> bool {
    name.strip_prefix(above).is_some_and(|rest| rest.starts_with(DELIMITER))
}

/// Each `&...-` is `&-` or the base64 (`,` for `/`, no padding) of whole UTF-16 units that need no shift
/// otherwise, with surrogates in pairs.
fn is_modified_utf7(text: &str) -> bool {
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        let Some(length) = rest[start + 1..].find('-') else { return false };
        let shifted = &rest[start + 1..start + 1 + length];
        if !shifted.is_empty() && !is_shifted(shifted) {
            return false;
        }
        rest = &rest[start + 1 + length + 1..];
        // "&AOk-&AOk-" must be one shift: a second one right behind is null shift superfluous.
        if !shifted.is_empty() && rest.starts_with('&') && !rest.starts_with("&-") {
            return false;
        }
    }
    true
}

fn is_shifted(base64: &str) -> bool {
    let mut units = Vec::new();
    let (mut buffer, mut bits) = (0u32, 0u32);
    for byte in base64.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b',' => 63,
            _ => return false,
        };
        buffer = buffer << 6 | u32::from(value);
        bits += 6;
        if bits >= 16 {
            bits -= 16;
            units.push((buffer >> bits) as u16);
            buffer &= (1 << bits) - 1;
        }
    }
    let whole = bits < 6 && buffer == 0 && !units.is_empty();
    whole && char::decode_utf16(units).all(|char| char.is_ok_and(|char| !(' '..='~').contains(&char)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_names_come_out_in_one_form() {
        for (name, expected) in [
            ("inbox", "INBOX"),
            ("iNbOx/work", "INBOX/work"),
            ("inboxes", "inboxes"),
            ("foo/bar/", "foo/bar"),
            ("~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
            ("R&-D", "R&-D"),
            ("Entw&APw-rfe", "Entw&APw-rfe"),
            ("&2D3eAA-", "&2D3eAA-"),
            ("with space", "with space"),
        ] {
            assert_eq!(normalise(name.as_bytes()).as_deref(), Ok(expected), "{name}");
        }
    }

    #[test]
    fn bad_names_are_refused() {
        let long = "x".repeat(LONGEST_NAME + 1);
        for name in [
            "",
            "/",
            "a//b",
            "/a",
            "a*",
            "a%b",
            "a\u{1}b",
            "a\0",
            "R&D",
            "R&D-",
            "&AGE-",
            "&2D0-",
            "&A-",
            "&U,BTFw",
            "&APx-",
            "&U,BTFw-&ZeVnLIqe-",
            "Entwürfe",
            &long,
        ] {
            assert!(matches!(normalise(name.as_bytes()), Err(StoreError::BadName { .. })), "{name}");
        }
        assert!(normalise(b"\xff\xfe").is_err());
    }

    #[test]
    fn superiors_and_inferiors() {
        assert_eq!(superiors("a/b/c").collect::<Vec<_>>(), ["a", "a/b"]);
        assert!(is_inferior("a/b", "a") && !is_inferior("ab", "a") && !is_inferior("a", "a"));
    }
}
