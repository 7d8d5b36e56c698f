//! Mailbox patterns (RFC 3501 section 6.3.8): `*` matches anything, `%` anything but the hierarchy delimiter.
use postfail_store::mailbox::name::{DELIMITER, LONGEST_NAME};

/// A pattern ready for use: reference and pattern put together.
#[derive(Debug)]
pub(super) struct Pattern(Vec<u8>);

impl Pattern {
    /// Runs of wildcards are made one, so that matching costs at most pattern times name.
    pub(super) fn new(reference: &[u8], pattern: &[u8]) -> Pattern {
        let mut kept: Vec<u8> = Vec::new();
        for &byte in reference.iter().chain(pattern) {
            match (kept.last(), byte) {
                (Some(b'*'), b'*' | b'%') | (Some(b'%'), b'%') => {}
                (Some(b'%'), b'*') => {
                    kept.pop();
                    kept.push(b'*');
                }
                _ => kept.push(byte),
            }
        }
        Pattern(kept)
    }

    /// Whether the whole of `name` matches. INBOX, alone or above others, matches in any case.
    pub(super) fn matches(&self, name: &str) -> bool {
        // As many characters as the longest name has, with a wildcard around each, is all that can match.
        if self.0.len() > 2 * LONGEST_NAME + 1 {
            return false;
        }
        let inbox = name.split(DELIMITER).next() == Some("INBOX");
        // `live[n]`: what was read so far matches the first n bytes of the pattern.
        let mut live = vec![false; self.0.len() + 1];
        if let Some(first) = live.first_mut() {
            *first = true;
        }
        self.pass_wildcards(&mut live);
        for (at, byte) in name.bytes().enumerate() {
            let mut next = vec![false; live.len()];
            for (place, &wanted) in
                self.0.iter().enumerate().filter(|(place, _)| live.get(*place) == Some(&true))
            {
                let (stays, goes) = match wanted {
                    b'*' => (true, false),
                    b'%' => (byte != DELIMITER as u8, false),
                    _ if inbox && at < 5 => (false, wanted.eq_ignore_ascii_case(&byte)),
                    _ => (false, wanted == byte),
                };
                set(&mut next, place, stays);
                set(&mut next, place + 1, goes);
            }
            live = next;
            self.pass_wildcards(&mut live);
        }
        live.last() == Some(&true)
    }

    /// A wildcard may stand for nothing.
    fn pass_wildcards(&self, live: &mut [bool]) {
        for (place, wanted) in self.0.iter().enumerate() {
            let passes = matches!(wanted, b'*' | b'%') && live.get(place) == Some(&true);
            set(live, place + 1, passes);
        }
    }
}

fn set(live: &mut [bool], place: usize, value: bool) {
    if value && let Some(cell) = live.get_mut(place) {
        *cell = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards() {
        for (reference, pattern, name, expected) in [
            ("", "*", "a/b/c", true),
            ("", "%", "a", true),
            ("", "%", "a/b", false),
            ("", "%/%", "a/b", true),
            ("", "%/%", "a/b/c", false),
            ("", "a*", "a", true),
            ("", "a*c", "a/b/c", true),
            ("", "a%c", "a/b/c", false),
            ("", "*b*", "a/b/c", true),
            ("", "%*", "a/b", true),
            ("", "*%*%", "a/b", true),
            ("a/", "%", "a/b", true),
            ("a/", "*", "ab", false),
            ("", "inbox", "INBOX", true),
            ("", "InBox/x", "INBOX/x", true),
            ("", "InBox/X", "INBOX/x", false),
            ("", "in%", "INBOX", true),
            ("", "inboxes", "INBOXES", false),
            ("", "", "a", false),
            ("", "a", "A", false),
        ] {
            assert_eq!(
                Pattern::new(reference.as_bytes(), pattern.as_bytes()).matches(name),
                expected,
                "{reference:?} {pattern:?} {name:?}"
            );
        }
    }

    #[test]
    fn a_hostile_pattern_costs_little() {
        let pattern = Pattern::new(b"", "*a%".repeat(30_000).as_bytes());
        assert!(!pattern.matches(&"a".repeat(LONGEST_NAME)));
        let pattern = Pattern::new(b"", "*a".repeat(500).as_bytes());
        assert!(!pattern.matches(&"b".repeat(LONGEST_NAME)));
    }
}
