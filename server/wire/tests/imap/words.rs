//! The words of the grammar by table: sequence sets, sections, dates, strings, modified UTF-7, capability names.
use bytes::BytesMut;
use postfail_wire::imap::capability::{CAPABILITIES, find, lacking};
use postfail_wire::imap::encode::{self, Form};
use postfail_wire::imap::response::{Code, Condition, Response};
use postfail_wire::imap::section::Section;
use postfail_wire::imap::sequence::SequenceSet;
use postfail_wire::imap::utf7::{self, Utf7Error};
use postfail_wire::imap::{date, token};

fn written(write: impl FnOnce(&mut BytesMut)) -> String {
    let mut out = BytesMut::new();
    write(&mut out);
    String::from_utf8(out.to_vec()).unwrap()
}

#[test]
fn sequence_sets() {
    for wrong in ["", ",", "1,", "0", "1:", ":1", "1:0", "4294967296", "-1", "1 ", "a", "**", "$", "1,,2"] {
        assert_eq!(SequenceSet::parse(wrong.as_bytes()), None, "{wrong}");
    }
    // Set, highest number, what it names, whether it names one above the highest.
    let table: &[(&str, u32, &[u32], bool)] = &[
        ("1", 3, &[1], false),
        ("*", 3, &[3], false),
        ("*", 0, &[], true),
        ("1:*", 0, &[1], true),
        ("4:*", 3, &[3, 4], true),
        ("*:2", 3, &[2, 3], false),
        ("3:1,2:4,4", 4, &[1, 2, 3, 4], false),
        ("9,1,1", 9, &[1, 9], false),
        ("5", 4, &[5], true),
    ];
    for (text, highest, named, exceeds) in table {
        let set = SequenceSet::parse(text.as_bytes()).unwrap();
        let ranges = set.resolve(*highest);
        assert_eq!(ranges.numbers(u32::MAX).collect::<Vec<_>>(), *named, "{text} of {highest}");
        assert_eq!(set.exceeds(*highest), *exceeds, "{text} of {highest}");
    }
    let all = SequenceSet::parse(b"1:4294967295,4294967295:*").unwrap().resolve(7);
    assert_eq!(all.as_slice(), [1..=u32::MAX]);
    assert_eq!(all.numbers(3).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(all.contains(u32::MAX) && !all.contains(0));
    assert_eq!(SequenceSet::from_sorted([1, 2, 3, 5, 7, 8]).to_string(), "1:3,5,7:8");
    assert_eq!(SequenceSet::from_sorted([u32::MAX - 1, u32::MAX]).to_string(), "4294967294:4294967295");
    assert!(SequenceSet::from_sorted([]).resolve(9).is_empty());
}

#[test]
fn sections() {
    for right in ["[]", "[1]", "[1.20.3]", "[HEADER]", "[TEXT]", "[1.MIME]", "[2.HEADER.FIELDS (a b)]"] {
        assert_eq!(Section::parse(right.as_bytes()).unwrap().to_string(), right);
    }
    for wrong in [
        "",
        "[",
        "[0]",
        "[1.]",
        "[.1]",
        "[MIME]",
        "[HEADER.FIELDS]",
        "[HEADER.FIELDS ()]",
        "[TEXT.1]",
        "[1 ]",
    ] {
        assert_eq!(Section::parse(wrong.as_bytes()), None, "{wrong}");
    }
}

#[test]
fn dates_and_times() {
    let table: &[(&str, Option<&str>)] = &[
        ("\"22-Nov-2026 10:11:12 +0900\"", Some("2026-11-22T01:11:12Z")),
        ("\" 1-JAN-1970 00:00:00 -0000\"", Some("1970-01-01T00:00:00Z")),
        ("\"1-Jan-1970 00:00:00 +0000\"", Some("1970-01-01T00:00:00Z")),
        ("\"31-Dec-2016 23:59:60 +0000\"", Some("2016-12-31T23:59:59Z")),
        ("\"28-Feb-2026 23:30:00 -0230\"", Some("2026-03-01T02:00:00Z")),
        ("\"29-Feb-2026 00:00:00 +0000\"", None),
        ("\"22-Nov-2026 24:00:00 +0000\"", None),
        ("\"22-Nov-2026 10:11:61 +0000\"", None),
        ("\"22-Nov-2026 10:11:12 +9999\"", None),
        ("\"22-Nov-2026 10:11:12 UTC\"", None),
        ("22-Nov-2026", None),
    ];
    for (text, expected) in table {
        let read = date::date_time(text.as_bytes()).ok().map(|(_, at)| at);
        assert_eq!(read, expected.map(|at| at.parse().unwrap()), "{text}");
    }
    let at = "2026-03-01T02:00:00.9Z".parse().unwrap();
    assert_eq!(written(|out| date::write_date_time(out, at)), "\"01-Mar-2026 02:00:00 +0000\"");
}

#[test]
fn strings_are_written_in_the_form_their_bytes_allow() {
    let long = "x".repeat(1001);
    // Text, as string, as astring, as mailbox.
    let table: &[(&str, &str, &str, &str)] = &[
        ("", "\"\"", "\"\"", "\"\""),
        ("abc", "\"abc\"", "abc", "abc"),
        ("a]", "\"a]\"", "a]", "\"a]\""),
        ("nil", "\"nil\"", "\"nil\"", "\"nil\""),
        ("a b", "\"a b\"", "\"a b\"", "\"a b\""),
        ("a\"\\", "\"a\\\"\\\\\"", "\"a\\\"\\\\\"", "\"a\\\"\\\\\""),
        ("a\n", "{2}\r\na\n", "{2}\r\na\n", "{2}\r\na\n"),
        ("\u{e9}", "{2}\r\n\u{e9}", "{2}\r\n\u{e9}", "{2}\r\n\u{e9}"),
    ];
    for (text, string, astring, mailbox) in table {
        assert_eq!(written(|out| encode::string(out, text.as_bytes())), *string);
        assert_eq!(written(|out| encode::astring(out, text.as_bytes())), *astring);
        assert_eq!(written(|out| encode::mailbox(out, text.as_bytes())), *mailbox);
    }
    assert!(written(|out| encode::string(out, long.as_bytes())).starts_with("{1001}\r\n"));
    assert_eq!(written(|out| encode::nstring(out, None)), "NIL");
    assert_eq!(written(|out| encode::forced(out, b"a b", Form::Atom)), "a b");
    assert_eq!(written(|out| encode::forced(out, b"a\n", Form::Quoted)), "\"a\n\"");
    assert!(token::quoted(b"\"a\n\"").is_err());
}

#[test]
fn texts_stay_on_their_line() {
    let response = Response::untagged(Condition::No, Some(Code::Other("A\nB".into())), "a\r\nb OK\0");
    assert_eq!(response.to_bytes(), "* NO [A B] a  b OK \r\n");
    assert_eq!(Response::untagged(Condition::Bad, None, "").to_bytes(), "* BAD BAD\r\n");
    assert_eq!(Response::Raw(bytes::Bytes::from_static(b"* O")).to_bytes(), "* O");
}

#[test]
fn modified_utf7() {
    let table = [
        ("", ""),
        ("INBOX", "INBOX"),
        ("A&B", "A&-B"),
        ("~peter/mail/\u{53f0}\u{5317}/\u{65e5}\u{672c}\u{8a9e}", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
        ("\u{1f600}", "&2D3eAA-"),
        ("Entw\u{fc}rfe", "Entw&APw-rfe"),
        ("\t", "&AAk-"),
    ];
    for (name, wire) in table {
        assert_eq!(utf7::encode(name), wire);
        assert_eq!(utf7::decode(wire.as_bytes()).as_deref(), Ok(name));
    }
    let errors = [
        ("a\u{e9}", Utf7Error::NotPrintable { at: 1 }),
        ("a\t", Utf7Error::NotPrintable { at: 1 }),
        ("a&", Utf7Error::Unclosed { at: 1 }),
        ("&AAk", Utf7Error::Unclosed { at: 0 }),
        ("&AAk/-", Utf7Error::NotBase64 { at: 0 }),
        ("&AAk=-", Utf7Error::NotBase64 { at: 0 }),
        ("&AAl-", Utf7Error::NotBase64 { at: 0 }),
        ("&AA-", Utf7Error::NotUtf16 { at: 0 }),
        ("x&2D0-", Utf7Error::NotUtf16 { at: 1 }),
        ("&AEE-", Utf7Error::Needless { at: 0 }),
        ("&ZeU-&Zyw-", Utf7Error::Split { at: 5 }),
    ];
    for (wire, error) in errors {
        assert_eq!(utf7::decode(wire.as_bytes()), Err(error), "{wire}");
    }
}

#[test]
fn capability_names_are_known_once_and_their_needs_too() {
    for (place, row) in CAPABILITIES.iter().enumerate() {
        let first = CAPABILITIES.iter().position(|other| other.name.eq_ignore_ascii_case(row.name));
        assert_eq!(first, Some(place), "{}", row.name);
        assert!(row.needs.iter().all(|need| find(need).is_some()), "{}", row.name);
    }
    assert_eq!(find("uidplus").unwrap().rfc, 4315);
    assert_eq!(lacking(&["IMAP4rev1", "list-status", "X-Y"]), [("list-status", "LIST-EXTENDED")]);
    assert_eq!(lacking(&["QRESYNC", "CONDSTORE", "ENABLE"]), []);
}
