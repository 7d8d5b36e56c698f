//! The little of DER (X.690) that rcgen does not write: OCSP, and certificates signed once more.

pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const OCTETS: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
const BITS: u8 = 0x03;

/// `[n]`, constructed.
pub(crate) const fn explicit(n: u8) -> u8 {
    0xa0 | n
}

/// One element of this tag.
pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant = &length[length.iter().position(|b| *b != 0).unwrap_or(length.len() - 1)..];
    let mut out = vec![tag];
    match significant {
        [short] if *short < 0x80 => out.push(*short),
        long => {
            // At most eight bytes of length: 0x88.
            out.push(0x80 | u8::try_from(long.len()).unwrap_or(8));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
    out
}

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(SEQUENCE, &parts.concat())
}

/// A BIT STRING of whole bytes.
pub(crate) fn bits(content: &[u8]) -> Vec<u8> {
    element(BITS, &[&[0], content].concat())
}

/// An element as it was read: its tag, its content, and the whole of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    pub(crate) whole: &'a [u8],
}

/// Splits the first element off; `None` for what is not one (a tag of more than one byte, a length that lies).
pub(crate) fn first(bytes: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if bytes.is_empty() || bytes.len() > 4 {
            return None;
        }
        (bytes.iter().fold(0, |length, b| length << 8 | usize::from(*b)), rest)
    };
    if tag & 0x1f == 0x1f {
        return None;
    }
    let (content, rest) = rest.split_at_checked(length)?;
    let whole = &bytes[..bytes.len() - rest.len()];
    Some((Element { tag: *tag, content, whole }, rest))
}

/// All elements one after the other; `None` when the bytes are not that.
pub(crate) fn elements(mut bytes: &[u8]) -> Option<Vec<Element<'_>>> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let (element, rest) = first(bytes)?;
        found.push(element);
        bytes = rest;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_as_short_as_they_can_be_and_read_back() {
        for (length, head) in [
            (0, &[4, 0][..]),
            (127, &[4, 127]),
            (128, &[4, 0x81, 128]),
            (256, &[4, 0x82, 1, 0]),
            (70_000, &[4, 0x83, 1, 0x11, 0x70]),
        ] {
            let content = vec![7; length];
            let written = element(OCTETS, &content);
            assert!(written.starts_with(head), "{length}");
            let (read, rest) = first(&written).expect("an element");
            assert_eq!((read.tag, read.content.len(), rest), (OCTETS, length, &[][..]));
        }
    }

    #[test]
    fn what_lies_about_its_length_is_refused() {
        for bytes in
            [&[][..], &[0x30], &[0x30, 1], &[0x30, 0x80], &[0x30, 0x85, 0, 0, 0, 0, 0], &[0x1f, 0x80, 0]]
        {
            assert_eq!(first(bytes), None, "{bytes:?}");
        }
        assert_eq!(elements(&[5, 0, 5]), None);
    }
}
