//! Modified UTF-7, the spelling of mailbox names in IMAP4rev1 (RFC 3501 section 5.1.3).
use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

/// Base64 with `,` for `/` and without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::IMAP_MUTF7, NO_PAD);

/// Why a name is no modified UTF-7. `at` is the byte offset in the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Utf7Error {
    #[error("byte {at} is not printable ASCII; write it in base64 between \"&\" and \"-\"")]
    NotPrintable { at: usize },
    #[error("the \"&\" at byte {at} is never closed by \"-\"; a lone \"&\" is written \"&-\"")]
    Unclosed { at: usize },
    #[error("behind the \"&\" at byte {at} stands no modified base64 (A-Z a-z 0-9 + , without padding)")]
    NotBase64 { at: usize },
    #[error("the base64 behind the \"&\" at byte {at} holds no whole UTF-16 text")]
    NotUtf16 { at: usize },
    #[error("the base64 behind the \"&\" at byte {at} holds printable ASCII, which must stand for itself")]
    Needless { at: usize },
    #[error("the \"&\" at byte {at} follows another base64 run at once; the two must be one")]
    Split { at: usize },
}

/// Writes a name in modified UTF-7.
pub fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut shifted: Vec<u8> = Vec::new();
    for character in name.chars() {
        if matches!(character, ' '..='~') {
            flush(&mut out, &mut shifted);
            out.push(character);
            if character == '&' {
                out.push('-');
            }
        } else {
            let mut units = [0; 2];
            shifted.extend(character.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    flush(&mut out, &mut shifted);
    out
}

fn flush(out: &mut String, shifted: &mut Vec<u8>) {
    if !shifted.is_empty() {
        out.push('&');
        BASE64.encode_string(&*shifted, out);
        out.push('-');
        shifted.clear();
    }
}

/// Reads a name in modified UTF-7. Strict: every name has one spelling only, so `encode` gives back what was read.
pub fn decode(name: &[u8]) -> Result<String, Utf7Error> {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    // Where a base64 run would be one that should have been part of the run before it.
    let mut run_ended_at = None;
    while let Some((byte, behind)) = rest.split_first() {
        let at = name.len() - rest.len();
        match byte {
            b'&' => {
                let length =
                    behind.iter().position(|byte| *byte == b'-').ok_or(Utf7Error::Unclosed { at })?;
                let (base64, behind) = behind.split_at(length);
                rest = behind.get(1..).unwrap_or_default();
                if base64.is_empty() {
                    out.push('&');
                } else if run_ended_at == Some(at) {
                    return Err(Utf7Error::Split { at });
                } else {
                    out.push_str(&unshift(base64, at)?);
                    run_ended_at = Some(name.len() - rest.len());
                }
            }
            b' '..=b'~' => {
                out.push(char::from(*byte));
                rest = behind;
            }
            _ => return Err(Utf7Error::NotPrintable { at }),
        }
    }
    Ok(out)
}

fn unshift(base64: &[u8], at: usize) -> Result<String, Utf7Error> {
    let bytes = BASE64.decode(base64).map_err(|_| Utf7Error::NotBase64 { at })?;
    let (pairs, odd) = bytes.as_chunks::<2>();
    if !odd.is_empty() {
        return Err(Utf7Error::NotUtf16 { at });
    }
    let units = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
    let text: String =
        char::decode_utf16(units).collect::<Result<_, _>>().map_err(|_| Utf7Error::NotUtf16 { at })?;
    if text.chars().any(|character| matches!(character, ' '..='~')) {
        return Err(Utf7Error::Needless { at });
    }
    Ok(text)
}
