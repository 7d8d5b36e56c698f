//! decode(encode(x)) = x, and no bytes that make the grammar fail.
use bytes::{Bytes, BytesMut};
use postfail_wire::imap::command::Command;
use postfail_wire::imap::section::{Section, SectionText};
use postfail_wire::imap::sequence::SequenceSet;
use postfail_wire::imap::{date, encode, token, utf7};
use proptest::prelude::*;

fn number() -> impl Strategy<Value = Option<u32>> {
    prop_oneof![Just(None), (1u32..20).prop_map(Some), (1..=u32::MAX).prop_map(Some)]
}

fn words() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[ -~]{1,10}", 1..4)
}

fn section() -> impl Strategy<Value = Section> {
    let text = prop_oneof![
        Just(SectionText::Whole),
        Just(SectionText::Header),
        Just(SectionText::Text),
        words().prop_map(SectionText::HeaderFields),
        words().prop_map(SectionText::HeaderFieldsNot),
    ];
    (prop::collection::vec(1u32..99, 0..4), text).prop_map(|(part, text)| Section { part, text })
}

/// Something near a command.
fn command() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        "(LOGIN|AUTHENTICATE|LIST|FETCH|STORE|SEARCH|APPEND|SELECT|ID|UID|STATUS|CREATE) ",
        "[()\\[\\]<>{}\"\\\\ .,:*+-]{1,4}",
        "(RETURN|HEADER|FIELDS|BODY|FLAGS|OR|NOT|CHARSET|NIL|USE|1:\\*|4294967296) ?",
        "\\{[0-9]{1,2}\\+?\\}\r\n[ -~]{0,12}",
        "[ -~]{0,8}",
    ];
    prop_oneof![
        prop::collection::vec(part, 0..12).prop_map(|parts| format!("a {}\r\n", parts.concat()).into_bytes()),
        prop::collection::vec(any::<u8>(), 0..100),
    ]
}

proptest! {
    #[test]
    fn strings_come_back(text in prop::collection::vec(any::<u8>(), 0..40)) {
        for write in [encode::string, encode::astring, encode::mailbox] {
            let mut out = BytesMut::new();
            write(&mut out, &text);
            let (rest, read) = token::astring(&out).unwrap();
            prop_assert_eq!((rest, &read[..]), (&b""[..], &text[..]));
        }
    }

    #[test]
    fn texts_come_back(text in "[ -~]{0,20}") {
        for write in [encode::string, encode::astring, encode::mailbox] {
            let mut out = BytesMut::new();
            write(&mut out, text.as_bytes());
            let (rest, read) = token::astring(&out).unwrap();
            prop_assert_eq!((rest, &read[..]), (&b""[..], text.as_bytes()));
        }
    }

    #[test]
    fn sequence_sets_come_back(set in prop::collection::vec((number(), number()), 1..8)) {
        let set = SequenceSet(set);
        prop_assert_eq!(SequenceSet::parse(set.to_string().as_bytes()), Some(set));
    }

    #[test]
    fn a_set_means_the_same_resolved(set in prop::collection::vec((number(), number()), 1..8), highest in 0u32..25) {
        let set = SequenceSet(set);
        let ranges = set.resolve(highest);
        for n in 0..30 {
            prop_assert_eq!(ranges.contains(n), set.contains(n, highest), "{} in {} of {}", n, set, highest);
        }
        let listed: Vec<u32> = ranges.numbers(29).collect();
        let asked: Vec<u32> = (0..30).filter(|n| set.contains(*n, highest)).collect();
        prop_assert_eq!(listed, asked);
    }

    #[test]
    fn compact_sets_name_exactly_their_numbers(numbers in prop::collection::btree_set(1u32..60, 1..40)) {
        let set = SequenceSet::from_sorted(numbers.iter().copied());
        prop_assert!(set.0.windows(2).all(|pair| pair[0].1.unwrap() + 1 < pair[1].0.unwrap()));
        prop_assert!(set.resolve(0).numbers(u32::MAX).eq(numbers));
    }

    #[test]
    fn sections_come_back(section in section()) {
        prop_assert_eq!(Section::parse(section.to_string().as_bytes()), Some(section));
    }

    #[test]
    fn names_come_back(name in prop_oneof!["\\PC{0,12}", "[&a-z,/日本語\u{1f600}\u{e9}-]{0,12}", any::<String>()]) {
        let written = utf7::encode(&name);
        prop_assert!(written.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
        let read = utf7::decode(written.as_bytes());
        prop_assert_eq!(read.as_deref(), Ok(&*name));
    }

    #[test]
    fn what_utf7_reads_it_writes_so(name in "[&A-Za-z,+-]{0,12}") {
        if let Ok(read) = utf7::decode(name.as_bytes()) {
            prop_assert_eq!(utf7::encode(&read), name);
        }
    }

    #[test]
    fn date_times_come_back(second in -62_167_219_200i64..253_402_300_800) {
        // Timestamps end before the last day of the year 9999, because some zone is already in 10000.
        if let Ok(at) = jiff::Timestamp::from_second(second) {
            let mut out = BytesMut::new();
            date::write_date_time(&mut out, at);
            prop_assert_eq!(token_free(date::date_time(&out)), Some(at));
        }
    }

    #[test]
    fn no_command_makes_the_grammar_fail(bytes in command()) {
        let bytes = Bytes::from(bytes);
        let command = Command::parse(&bytes);
        let mut last = 0;
        for range in command.secrets {
            prop_assert!(last <= range.start && range.start < range.end && range.end <= bytes.len());
            last = range.end;
        }
    }
}

/// The value, when all was read.
fn token_free<T>(reading: token::Reading<'_, T>) -> Option<T> {
    reading.ok().filter(|(rest, _)| rest.is_empty()).map(|(_, value)| value)
}
