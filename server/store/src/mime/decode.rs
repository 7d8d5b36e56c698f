//! From bytes to readable text: transfer encodings (RFC 2045 section 6), charsets, encoded words (RFC 2047).
//!
//! For SEARCH, so nothing fails: what cannot be decoded is passed over or shown as it stands.
use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// base64: bytes outside the alphabet are passed over, as RFC 2045 section 6.8 says.
#[must_use]
pub fn base64(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len() / 4 * 3);
    let (mut buffer, mut bits) = (0u32, 0u32);
    for &byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            // Padding ends a unit; what follows begins a new one.
            b'=' => {
                (buffer, bits) = (0, 0);
                continue;
            }
            _ => continue,
        };
        buffer = buffer << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            decoded.push((buffer >> bits) as u8);
            buffer &= (1 << bits) - 1;
        }
    }
    decoded
}

/// quoted-printable: soft line breaks and white space at line ends go; a `=` that says nothing stays.
#[must_use]
pub fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        let bare = line.trim_ascii_end();
        let (bare, soft) = bare.strip_suffix(b"=").map_or((bare, false), |bare| (bare, true));
        unescape(bare, b'=', &mut decoded);
        if !soft && line.ends_with(b"\n") {
            decoded.extend_from_slice(b"\r\n");
        }
    }
    decoded
}

/// `=41` to `A`.
fn unescape(text: &[u8], sign: u8, decoded: &mut Vec<u8>) {
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let hex = |offset: usize| text.get(at + offset).and_then(|&digit| char::from(digit).to_digit(16));
        match (byte == sign, hex(1), hex(2)) {
            (true, Some(high), Some(low)) => {
                decoded.push((high << 4 | low) as u8);
                at += 3;
            }
            _ => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
}

/// Bytes in a charset as text. `None` when nobody knows the charset.
#[must_use]
pub fn charset<'t>(text: &'t [u8], label: &[u8]) -> Option<Cow<'t, str>> {
    let encoding = Encoding::for_label(label)?;
    Some(encoding.decode_without_bom_handling(text).0)
}

/// Bytes of no stated charset: UTF-8 if they are that, else Latin 1 in Windows' widening.
#[must_use]
pub fn unlabelled(text: &[u8]) -> Cow<'_, str> {
    UTF_8
        .decode_without_bom_handling_and_without_replacement(text)
        .unwrap_or_else(|| WINDOWS_1252.decode_without_bom_handling(text).0)
}

/// An unfolded header value with its encoded words read.
///
/// ```text
/// encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?="
/// ```
/// White space between two encoded words goes (RFC 2047 section 6.2). Their bytes are put together before the
/// charset is applied when they share one, because some writers cut characters in two.
#[must_use]
pub fn encoded_words(value: &[u8]) -> String {
    let mut text = String::with_capacity(value.len());
    let mut pending: Option<(Vec<u8>, Vec<u8>)> = None;
    let mut rest = value;
    loop {
        let start = rest.windows(2).position(|pair| pair == b"=?").unwrap_or(rest.len());
        let (before, from) = rest.split_at(start);
        let word = word(from);
        let only_space = before.iter().all(u8::is_ascii_whitespace);
        if (word.is_none() || !only_space)
            && let Some((label, bytes)) = pending.take()
        {
            text.push_str(&read(&label, &bytes));
            text.push_str(&unlabelled(before));
        } else if pending.is_none() {
            text.push_str(&unlabelled(before));
        }
        match word {
            Some((label, bytes, length)) => {
                match &mut pending {
                    Some((open, taken)) if open.eq_ignore_ascii_case(&label) => taken.extend(bytes),
                    _ => {
                        if let Some((label, bytes)) = pending.replace((label, bytes)) {
                            text.push_str(&read(&label, &bytes));
                        }
                    }
                }
                rest = from.get(length..).unwrap_or_default();
            }
            None if from.is_empty() => return text,
            None => {
                text.push_str("=?");
                rest = from.get(2..).unwrap_or_default();
            }
        }
    }
}

/// The longest encoded word read; RFC 2047 allows 75 bytes, some writers take more.
const LONGEST_WORD: usize = 1_000;

/// The encoded word `from` begins with: its charset, its bytes, its length.
fn word(from: &[u8]) -> Option<(Vec<u8>, Vec<u8>, usize)> {
    let from = from.get(..LONGEST_WORD.min(from.len()))?;
    let mut pieces = from.strip_prefix(b"=?")?.splitn(3, |&byte| byte == b'?');
    let (label, encoding, rest) = (pieces.next()?, pieces.next()?, pieces.next()?);
    let end = rest.windows(2).position(|pair| pair == b"?=")?;
    let (encoded, _) = rest.split_at(end);
    let bytes = match encoding {
        b"B" | b"b" => base64(encoded),
        b"Q" | b"q" => {
            let spaced: Vec<u8> =
                encoded.iter().map(|&byte| if byte == b'_' { b' ' } else { byte }).collect();
            let mut bytes = Vec::with_capacity(spaced.len());
            unescape(&spaced, b'=', &mut bytes);
            bytes
        }
        _ => return None,
    };
    let label = label.split(|&byte| byte == b'*').next()?.to_vec();
    let length = from.len() - rest.len() + end + 2;
    Some((label, bytes, length))
}

fn read(label: &[u8], bytes: &[u8]) -> String {
    charset(bytes, label).unwrap_or_else(|| unlabelled(bytes)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transfer_encodings() {
        for (encoded, plain) in
            [("aGVsbG8=", "hello"), ("aGVs\r\nbG8", "hello"), ("aGk=aGk=", "hihi"), ("!!", ""), ("", "")]
        {
            assert_eq!(base64(encoded.as_bytes()), plain.as_bytes(), "{encoded}");
        }
        for (encoded, plain) in [
            // RFC 2045 section 6.7's own example.
            (
                "Now's the time =\r\nfor all folk to come=\r\n to the aid of their country.",
                "Now's the time for all folk to come to the aid of their country.",
            ),
            ("a=3Db=3d \t\nc", "a=b=\r\nc"),
            ("=XY=4", "=XY=4"),
            ("100%=", "100%"),
        ] {
            assert_eq!(quoted_printable(encoded.as_bytes()), plain.as_bytes(), "{encoded}");
        }
    }

    #[test]
    fn encoded_words_as_in_rfc_2047_section_8() {
        for (encoded, plain) in [
            ("=?ISO-8859-1?Q?a?=", "a"),
            ("=?ISO-8859-1?Q?a?= b", "a b"),
            ("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"),
            ("=?ISO-8859-1?Q?a?=  =?UTF-8?Q?b?=", "ab"),
            ("=?ISO-8859-1?Q?a_b?=", "a b"),
            ("=?ISO-8859-1?Q?Patrik_F=E4ltstr=F6m?=", "Patrik Fältström"),
            (
                "=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
                "If you can read this you understand the example.",
            ),
            ("=?iso-2022-jp?B?GyRCJDMkcyRLJEEkTxsoQg==?=", "こんにちは"),
            ("=?Shift_JIS?B?grGC8YLJgr+CzQ==?=", "こんにちは"),
            ("=?EUC-JP?B?pLOk86TLpMGkzw==?=", "こんにちは"),
            // One character cut in two words.
            ("=?UTF-8?B?5pel5g==?= =?UTF-8?B?nKw=?=", "日本"),
            ("=?us-ascii*en?q?Keith?= Moore", "Keith Moore"),
            ("Grüße", "Grüße"),
            ("x =?nobody?Q?y?= z", "x y z"),
            ("=?a =?UTF-8?Q?b?= ?= =? =?x?Z?y?=", "=?a b ?= =? =?x?Z?y?="),
            ("", ""),
        ] {
            assert_eq!(encoded_words(encoded.as_bytes()), plain, "{encoded}");
        }
        assert_eq!(encoded_words(b"caf\xe9"), "café");
    }
}
