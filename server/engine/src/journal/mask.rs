//! Secrets out, before anything is written: the byte ranges a session marks, and every known secret wherever it
//! shows up, as it is or in base64. Judging reads the entries themselves, unmasked.
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// What stands in place of a secret.
pub const MASKED: &str = "****";
/// A shorter secret is masked only where a session marks it: it would blot out half of every text.
const LENGTH_MIN: usize = 4;

/// The known secrets of a world. It only grows: an old password is a secret still.
#[derive(Clone, Default)]
pub struct Mask {
    /// Longest first, so that a secret inside another does not leave the rest of the longer one readable.
    patterns: Vec<Vec<u8>>,
}

impl Mask {
    /// From now on this never shows.
    pub fn add(&mut self, secret: &str) {
        if secret.len() < LENGTH_MIN {
            return;
        }
        for pattern in forms(secret.as_bytes()) {
            if pattern.len() >= LENGTH_MIN && !self.patterns.contains(&pattern) {
                self.patterns.push(pattern);
            }
        }
        self.patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.len()));
    }

    /// The text without its secrets.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.bytes(text.as_bytes(), &[]) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        }
    }

    /// The bytes without the marked ranges and without known secrets. Ranges may overlap and reach past the end.
    pub fn bytes<'a>(&self, bytes: &'a [u8], marked: &[Range<usize>]) -> Cow<'a, [u8]> {
        let mut hidden: Vec<Range<usize>> = marked
            .iter()
            .map(|range| range.start..range.end.min(bytes.len()))
            .filter(|range| range.start < range.end)
            .collect();
        for pattern in &self.patterns {
            hidden.extend(occurrences(bytes, pattern).map(|at| at..at + pattern.len()));
        }
        if hidden.is_empty() {
            return Cow::Borrowed(bytes);
        }
        hidden.sort_by_key(|range| range.start);
        let mut shown = Vec::with_capacity(bytes.len());
        let mut at = 0;
        for range in hidden {
            if range.end <= at {
                continue;
            }
            if range.start > at || at == 0 {
                shown.extend_from_slice(bytes.get(at..range.start).unwrap_or_default());
                shown.extend_from_slice(MASKED.as_bytes());
            }
            at = range.end;
        }
        shown.extend_from_slice(bytes.get(at..).unwrap_or_default());
        Cow::Owned(shown)
    }

    /// Puts `*` over every byte of known secrets: the length stays.
    pub fn blot(&self, bytes: &mut [u8]) {
        let mut hidden: Vec<Range<usize>> = Vec::new();
        for pattern in &self.patterns {
            hidden.extend(occurrences(bytes, pattern).map(|at| at..at + pattern.len()));
        }
        for range in hidden {
            if let Some(secret) = bytes.get_mut(range) {
                secret.fill(b'*');
            }
        }
    }

    /// Every string of a JSON value without its secrets; keys are ours and stay.
    pub fn json(&self, value: &mut serde_json::Value) {
        match value {
            serde_json::Value::String(text) => {
                if let Cow::Owned(masked) = self.text(text) {
                    *text = masked;
                }
            }
            serde_json::Value::Array(items) => items.iter_mut().for_each(|item| self.json(item)),
            serde_json::Value::Object(fields) => fields.values_mut().for_each(|field| self.json(field)),
            _ => {}
        }
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mask({} hidden)", self.patterns.len())
    }
}

/// The secret itself, and the base64 letters that it alone decides, for each of the three places it can have
/// within groups of three bytes.
fn forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![secret.to_vec()];
    for before in 0..3 {
        let mut padded = vec![0; before];
        padded.extend_from_slice(secret);
        let letters = STANDARD_NO_PAD.encode(&padded).into_bytes();
        // The first letters mix in what stands before, the last what follows.
        let first = [0, 2, 3][before];
        let last = padded.len() * 8 / 6;
        forms.extend(letters.get(first..last).map(<[u8]>::to_vec));
    }
    forms
}

fn occurrences<'a>(bytes: &'a [u8], pattern: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let first = pattern.first().copied();
    bytes
        .iter()
        .enumerate()
        .filter(move |(_, byte)| Some(**byte) == first)
        .map(|(at, _)| at)
        .filter(move |at| bytes.get(*at..).is_some_and(|rest| rest.starts_with(pattern)))
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn mask() -> Mask {
        let mut mask = Mask::default();
        mask.add("sesame-seed");
        mask.add("abc");
        mask
    }

    #[test]
    fn known_secrets_go_wherever_they_are() {
        assert_eq!(mask().text("a1 LOGIN taro sesame-seed sesame-seeds"), "a1 LOGIN taro **** ****s");
        assert_eq!(
            mask().text("abc is too short to be hidden unmarked"),
            "abc is too short to be hidden unmarked"
        );
        assert!(matches!(mask().text("nothing"), Cow::Borrowed(_)));
    }

    #[test]
    fn base64_hides_nothing_at_any_alignment() {
        for before in ["", "x", "xy", "\0taro\0", "\0taro@postfail.test\0"] {
            for after in ["", "z", "zz"] {
                let line = STANDARD.encode(format!("{before}sesame-seed{after}"));
                let shown = mask().text(&line).into_owned();
                assert!(shown.contains(MASKED), "{line} -> {shown}");
                // What is left decodes to no four letters of the secret.
                for piece in shown.split(MASKED) {
                    assert!(!STANDARD.encode("same-s").contains(piece) || piece.len() < 6, "{shown}");
                }
            }
        }
    }

    #[test]
    fn marked_ranges_go_even_when_they_overlap_or_reach_too_far() {
        let mask = Mask::default();
        for (ranges, shown) in [
            (&[(0, 2)][..], "**** PASS x"),
            (&[(8, 9)], "a1 PASS ****"),
            (&[(8, 99)], "a1 PASS ****"),
            (&[(3, 7), (5, 9), (5, 6)], "a1 ****"),
            (&[(50, 60), (4, 4)], "a1 PASS x"),
        ] {
            let marked: Vec<Range<usize>> = ranges.iter().map(|(start, end)| *start..*end).collect();
            assert_eq!(String::from_utf8_lossy(&mask.bytes(b"a1 PASS x", &marked)), shown, "{ranges:?}");
        }
    }
}
