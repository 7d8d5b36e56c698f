//! Message flags (RFC 3501 section 2.3.2): five system flags as bits, keywords by name, `\Recent` by session.
use std::ops::{BitAnd, BitOr, Not};

/// System flags as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct System(u8);

impl System {
    pub const NONE: System = System(0);
    pub const SEEN: System = System(1);
    pub const ANSWERED: System = System(1 << 1);
    pub const FLAGGED: System = System(1 << 2);
    pub const DELETED: System = System(1 << 3);
    pub const DRAFT: System = System(1 << 4);

    const NAMES: [(System, &'static str); 5] = [
        (System::ANSWERED, "\\Answered"),
        (System::FLAGGED, "\\Flagged"),
        (System::DELETED, "\\Deleted"),
        (System::SEEN, "\\Seen"),
        (System::DRAFT, "\\Draft"),
    ];

    #[must_use]
    pub fn contains(self, other: System) -> bool {
        self.0 & other.0 == other.0
    }

    /// The names set, `\Answered` first as in RFC 3501's FLAGS example.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(flag, _)| self.contains(*flag)).map(|(_, name)| name)
    }

    fn named(name: &str) -> Option<System> {
        Self::NAMES.into_iter().find(|(_, known)| known.eq_ignore_ascii_case(name)).map(|(flag, _)| flag)
    }
}

impl BitOr for System {
    type Output = System;
    fn bitor(self, other: System) -> System {
        System(self.0 | other.0)
    }
}

impl BitAnd for System {
    type Output = System;
    fn bitand(self, other: System) -> System {
        System(self.0 & other.0)
    }
}

impl Not for System {
    type Output = System;
    fn not(self) -> System {
        System(!self.0 & 0b1_1111)
    }
}

/// A set of flags by name: what a client sends with APPEND and STORE, and what FETCH FLAGS shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    pub system: System,
    /// Keywords as first written; compared without case.
    pub keywords: Vec<String>,
    /// Shown, never stored: a client cannot set it.
    pub recent: bool,
}

impl Flags {
    #[must_use]
    pub fn system(system: System) -> Flags {
        Flags { system, ..Flags::default() }
    }

    /// Read names as a client sends them. `\Recent` and system flags nobody knows are left out, because a
    /// client cannot set them (RFC 3501 `flag-permanent`).
    pub fn parse<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Flags {
        let mut flags = Flags::default();
        for name in names {
            let name = name.as_ref();
            if let Some(flag) = System::named(name) {
                flags.system = flags.system | flag;
            } else if !name.starts_with('\\') && !name.is_empty() && !flags.has_keyword(name) {
                flags.keywords.push(name.to_owned());
            }
        }
        flags
    }

    #[must_use]
    pub fn has_keyword(&self, name: &str) -> bool {
        self.keywords.iter().any(|keyword| keyword.eq_ignore_ascii_case(name))
    }

    /// All names: system flags, keywords, then `\Recent`.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let system = self.system.names().map(|name| -> &str { name });
        system.chain(self.keywords.iter().map(String::as_str)).chain(self.recent.then_some("\\Recent"))
    }
}

/// Most different keywords of one mailbox: each message holds them as the bits of a `u64`.
pub const MOST_KEYWORDS: usize = 64;

/// Longest keyword, in bytes.
pub const LONGEST_KEYWORD: usize = 64;

/// The keywords of one mailbox; a message's keywords are bits, in this order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keywords(Vec<String>);

impl Keywords {
    pub(crate) fn names(&self) -> &[String] {
        &self.0
    }

    /// Bits of those `names` that are known here.
    pub(crate) fn known(&self, names: &[String]) -> u64 {
        names.iter().filter_map(|name| self.position(name)).fold(0, |bits, at| bits | 1 << at)
    }

    /// Whether `names` could all be added.
    pub(crate) fn have_room_for(&self, names: &[String]) -> bool {
        let new = names.iter().filter(|name| self.position(name).is_none()).count();
        self.0.len() + new <= MOST_KEYWORDS && names.iter().all(|name| name.len() <= LONGEST_KEYWORD)
    }

    /// Bits of `names`, which are added where they are new. The caller asked `have_room_for` before.
    pub(crate) fn add(&mut self, names: &[String]) -> u64 {
        for name in names {
            if self.position(name).is_none() && self.0.len() < MOST_KEYWORDS {
                self.0.push(name.clone());
            }
        }
        self.known(names)
    }

    pub(crate) fn of(&self, bits: u64) -> Vec<String> {
        if bits == 0 {
            return Vec::new();
        }
        self.0
            .iter()
            .enumerate()
            .filter(|(at, _)| bits >> at & 1 == 1)
            .map(|(_, name)| name.clone())
            .collect()
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|keyword| keyword.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_without_case_and_shown_in_order() {
        let flags =
            Flags::parse(["\\sEEN", "$Forwarded", "\\answered", "$FORWARDED", "\\Recent", "\\Foo", "a"]);
        assert_eq!(flags.names().collect::<Vec<_>>(), ["\\Answered", "\\Seen", "$Forwarded", "a"]);
        assert!(!flags.recent);
    }

    #[test]
    fn recent_is_shown_when_the_session_says_so() {
        let flags = Flags { recent: true, ..Flags::system(System::DELETED) };
        assert_eq!(flags.names().collect::<Vec<_>>(), ["\\Deleted", "\\Recent"]);
    }

    #[test]
    fn bits_take_away_what_not_names() {
        let both = System::SEEN | System::DRAFT;
        assert_eq!(both & !System::SEEN, System::DRAFT);
        assert!(both.contains(System::SEEN) && !System::SEEN.contains(both));
    }

    #[test]
    fn the_sixty_fifth_keyword_has_no_room() {
        let names: Vec<String> = (0..=MOST_KEYWORDS).map(|n| format!("k{n}")).collect();
        let mut keywords = Keywords::default();
        assert_eq!(keywords.add(&names[..MOST_KEYWORDS]), u64::MAX);
        assert!(keywords.have_room_for(&["K0".into()]), "known in another case");
        assert!(!keywords.have_room_for(&names[MOST_KEYWORDS..]));
        assert!(!Keywords::default().have_room_for(&["x".repeat(LONGEST_KEYWORD + 1)]));
        assert_eq!(keywords.of(0b101), ["k0", "k2"]);
    }
}
