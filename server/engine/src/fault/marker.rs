//! What a fault writes in place of `{marker}` and its like: words that nobody else would say, by which the verdict
//! finds out whether a client believed them.
use bytes::Bytes;
use postfail_session::Event;
use postfail_session::world::{Injection, Ruling};

use crate::journal::{Entry, What};
use crate::listener::ListenerName;
use crate::seed::Seed;

/// A fault's own word and number, from the world's seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// Ten letters, `pf` first; for `{marker}`.
    pub word: String,
    /// Nine digits, for `{number}`: UIDs, sizes, counts.
    pub number: u32,
}

impl Marker {
    /// That of the fault with this number in a world of this seed.
    #[must_use]
    pub fn new(seed: u64, fault: u64) -> Self {
        let mut stream = Seed::new(seed ^ 0x6d61_726b_6572);
        let drawn = Seed::new(stream.draw().wrapping_add(fault)).draw();
        // Below 2^29: some clients take a count above for nonsense, so that what they do would go by the seed.
        let number = 100_000_000 + u32::try_from(drawn >> 32).unwrap_or_default() % 400_000_000;
        Self { word: format!("pf{:08x}", drawn & 0xffff_ffff), number }
    }

    /// Does the word or the number stand in these bytes, letters in any case?
    #[must_use]
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        let number = self.number.to_string();
        [self.word.as_bytes(), number.as_bytes()]
            .iter()
            .any(|wanted| bytes.windows(wanted.len()).any(|window| window.eq_ignore_ascii_case(wanted)))
    }
}

/// The markers of the faults that acted in these entries.
pub fn fired(entries: &[&Entry], seed: u64) -> Vec<Marker> {
    let mut ids: Vec<u64> = entries
        .iter()
        .filter_map(|entry| match &entry.what {
            What::Session(Event::Fault { id, .. }) => Some(*id),
            _ => None,
        })
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter().map(|id| Marker::new(seed, id)).collect()
}

/// What placeholders stand for where a fault speaks.
#[derive(Clone, Debug)]
pub(crate) struct Words<'a> {
    pub marker: Marker,
    /// The IMAP tag of the command at hand, empty elsewhere.
    pub tag: &'a str,
    /// Ports by listener: a referral leads to another listener of the same world, never elsewhere.
    pub ports: [u16; 7],
}

impl Words<'_> {
    /// The ruling with its placeholders filled in.
    pub(crate) fn fill(&self, ruling: Ruling) -> Ruling {
        match ruling {
            Ruling::Raw { bytes, then } => Ruling::Raw { bytes: self.bytes(bytes), then },
            Ruling::Inject(Injection { before, behind, delay, then }) => {
                let (before, behind) = (self.bytes(before), self.bytes(behind));
                Ruling::Inject(Injection { before, behind, delay, then })
            }
            Ruling::Reply(mut refusal) => {
                for line in &mut refusal.lines {
                    // `{tag}` is filled in by the session.
                    if let Some(filled) = self.filled(line.as_bytes(), false) {
                        *line = String::from_utf8_lossy(&filled).into_owned();
                    }
                }
                Ruling::Reply(refusal)
            }
            Ruling::Preauth { account, text } => {
                let filled = self.filled(text.as_bytes(), false);
                let text = filled.map_or(text, |bytes| String::from_utf8_lossy(&bytes).into_owned());
                Ruling::Preauth { account, text }
            }
            other => other,
        }
    }

    fn bytes(&self, bytes: Bytes) -> Bytes {
        self.filled(&bytes, true).map_or(bytes, Bytes::from)
    }

    /// `None`: nothing to fill in.
    fn filled(&self, template: &[u8], tag: bool) -> Option<Vec<u8>> {
        let open = template.iter().position(|byte| *byte == b'{')?;
        let (mut filled, mut rest) = (template.get(..open)?.to_vec(), template.get(open..)?);
        while let Some(byte) = rest.first() {
            let end = if *byte == b'{' { rest.iter().position(|byte| *byte == b'}') } else { None };
            let name = end.and_then(|end| std::str::from_utf8(rest.get(1..end)?).ok());
            match name.and_then(|name| Some((name, self.value(name, tag)?))) {
                Some((name, value)) => {
                    filled.extend_from_slice(value.as_bytes());
                    rest = rest.get(name.len() + 2..).unwrap_or_default();
                }
                None => {
                    filled.push(*byte);
                    rest = rest.get(1..).unwrap_or_default();
                }
            }
        }
        Some(filled)
    }

    fn value(&self, name: &str, tag: bool) -> Option<String> {
        match name {
            "marker" => Some(self.marker.word.clone()),
            "number" => Some(self.marker.number.to_string()),
            "tag" if tag => Some(plain(self.tag)),
            "next_tag" => Some(next(self.tag)),
            _ => {
                let listener: ListenerName = name.strip_suffix(".port")?.parse().ok()?;
                Some(self.ports[listener as usize].to_string())
            }
        }
    }
}

/// A tag is the peer's bytes: it must not end a line.
fn plain(tag: &str) -> String {
    tag.chars().filter(|letter| !letter.is_control()).collect()
}

/// The tag a client that counts will use next: `A001` makes `A002`, `z` stays.
fn next(tag: &str) -> String {
    let tag = plain(tag);
    let digits = tag.len() - tag.trim_end_matches(|letter: char| letter.is_ascii_digit()).len();
    let (letters, number) = tag.split_at(tag.len() - digits);
    match number.parse::<u64>().ok().and_then(|number| number.checked_add(1)) {
        Some(next) => format!("{letters}{next:0digits$}"),
        None => tag,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_every_seed_has_its_own() {
        let marker = Marker::new(7, 1);
        assert_eq!(marker, Marker::new(7, 1));
        assert_eq!((marker.word.len(), marker.number.to_string().len()), (10, 9));
        for other in [Marker::new(7, 2), Marker::new(8, 1)] {
            assert!(other.word != marker.word && other.number != marker.number);
        }
        let shown = format!("* {} FETCH", marker.number);
        assert!(marker.is_in(marker.word.to_uppercase().as_bytes()) && marker.is_in(shown.as_bytes()));
        assert!(!marker.is_in(b"* 1 FETCH"));
    }

    #[test]
    fn placeholders_are_filled_and_other_braces_left() {
        let words = Words { marker: Marker::new(7, 1), tag: "a09", ports: [1, 2, 3, 4, 5, 6, 7] };
        let told = |text: &'static str| {
            let ruling = Ruling::Raw { bytes: Bytes::from_static(text.as_bytes()), then: Default::default() };
            let Ruling::Raw { bytes, .. } = words.fill(ruling) else { panic!("raw stays raw") };
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let word = &words.marker.word;
        assert_eq!(told("{tag} OK {marker}"), format!("a09 OK {word}"));
        assert_eq!(told("{next_tag} OK"), "a10 OK");
        assert_eq!(told("imap://localhost:{imaps.port}/ {5} {{x} {"), "imap://localhost:7/ {5} {{x} {");
    }
}
