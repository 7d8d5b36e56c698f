//! SEARCH keys, one by one and together.
use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::date;
use postfail_wire::imap::sequence::SequenceSet;

use super::*;
use crate::{AccountId, Flags};

const ALICE: AccountId = AccountId(0);

fn store(messages: &[(&[u8], &[&str], &str)]) -> Store {
    let mut store = Store::new(1);
    store.add_account("alice", &[], "secret").unwrap();
    for (message, flags, day) in messages {
        let at: Timestamp = format!("{day}T12:00:00Z").parse().unwrap();
        store.append(ALICE, "INBOX", Bytes::copy_from_slice(message), &Flags::parse(*flags), at).unwrap();
    }
    store
}

const PLAIN: &[u8] = b"From: Bob <bob@example.org>\r\nTo: alice@postfail.test\r\nSubject: Lunch\r\n\
    Date: Fri, 1 Mar 2024 23:30:00 -0800\r\n\r\nShall we meet at noon?\r\n";
const JAPANESE: &[u8] =
    b"Subject: =?iso-2022-jp?B?GyRCJDMkcyRLJEEkTxsoQg==?=\r\nDate: 3 Mar 24 00:00 +0000\r\n\
    Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B$3$s$K$A$O\x1b(B\r\n";
const MIXED: &[u8] = b"Subject: Report\r\nX-Empty:\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\nnoon preamble\r\n\
    --b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
    Caf=C3=89 au l=\r\nait\r\n--b\r\nContent-Type: application/pdf\r\n\r\nnoon in a file\r\n\
    --b\r\nContent-Type: message/rfc822\r\n\r\nSubject: Inner\r\nContent-Transfer-Encoding: base64\r\n\r\naGlkZGVu\r\n--b--\r\n";

fn found(key: &SearchKey) -> Vec<u32> {
    let mut store = store(&[
        (PLAIN, &["\\Seen", "$Junk"], "2024-03-02"),
        (JAPANESE, &["\\Flagged", "\\Deleted"], "2024-03-03"),
        (MIXED, &["\\Answered", "\\Draft"], "2024-03-04"),
    ]);
    let view = store.open(ALICE, "INBOX", 1, false).unwrap();
    search(&store, &view, key)
}

fn header(name: &str, text: &str) -> SearchKey {
    SearchKey::Header(name.into(), Bytes::copy_from_slice(text.as_bytes()))
}

fn body(text: &str) -> SearchKey {
    SearchKey::Body(Bytes::copy_from_slice(text.as_bytes()))
}

fn text(text: &str) -> SearchKey {
    SearchKey::Text(Bytes::copy_from_slice(text.as_bytes()))
}

#[test]
fn keys_one_by_one() {
    use SearchKey as K;
    let set = |set: &str| SequenceSet::parse(set.as_bytes()).unwrap();
    let cases: Vec<(SearchKey, &[u32])> = vec![
        (K::All, &[1, 2, 3]),
        (K::Seen, &[1]),
        (K::Unseen, &[2, 3]),
        (K::Flagged, &[2]),
        (K::Unflagged, &[1, 3]),
        (K::Deleted, &[2]),
        (K::Undeleted, &[1, 3]),
        (K::Answered, &[3]),
        (K::Unanswered, &[1, 2]),
        (K::Draft, &[3]),
        (K::Undraft, &[1, 2]),
        (K::Recent, &[1, 2, 3]),
        (K::Old, &[]),
        (K::New, &[2, 3]),
        (K::Keyword("$junk".into()), &[1]),
        (K::Unkeyword("$Junk".into()), &[2, 3]),
        (K::Keyword("$none".into()), &[]),
        (header("from", "BOB@"), &[1]),
        (header("subject", "lunch"), &[1]),
        (header("subject", "こんにち"), &[2]),
        (header("x-empty", ""), &[3]),
        (header("to", ""), &[1]),
        (body("NOON"), &[1]),
        (body("café au lait"), &[3]),
        (body("にちは"), &[2]),
        (body("hidden"), &[3]),
        (body("subject: inner"), &[3]),
        (body("lunch"), &[]),
        (text("lunch"), &[1]),
        (text("from: bob"), &[1]),
        (text("noon"), &[1]),
        (K::Before(date(2024, 3, 3)), &[1]),
        (K::On(date(2024, 3, 3)), &[2]),
        (K::Since(date(2024, 3, 3)), &[2, 3]),
        (K::SentOn(date(2024, 3, 1)), &[1]),
        (K::SentBefore(date(2024, 3, 3)), &[1]),
        (K::SentSince(date(2024, 3, 1)), &[1, 2]),
        (K::Sequence(set("2:*")), &[2, 3]),
        (K::Uid(set("1,3,99")), &[1, 3]),
        (K::Not(Box::new(K::Seen)), &[2, 3]),
        (K::Or(Box::new(K::Seen), Box::new(K::Draft)), &[1, 3]),
        (K::And(vec![K::Unseen, K::Undraft]), &[2]),
        (K::And(vec![]), &[1, 2, 3]),
    ];
    for (key, expected) in cases {
        assert_eq!(found(&key), expected, "{key:?}");
    }
}

#[test]
fn sizes_are_compared_strictly() {
    let size = u32::try_from(PLAIN.len()).unwrap();
    for (key, expected) in [
        (SearchKey::Larger(size - 1), true),
        (SearchKey::Larger(size), false),
        (SearchKey::Smaller(size), false),
        (SearchKey::Smaller(size + 1), true),
    ] {
        assert_eq!(found(&key).contains(&1), expected, "{key:?}");
    }
}

#[test]
fn keys_in_another_charset() {
    let key = SearchKey::Or(
        Box::new(SearchKey::Header("subject".into(), Bytes::from_static(b"\x1b$B$3$s\x1b(B"))),
        Box::new(SearchKey::Draft),
    );
    assert_eq!(found(&to_utf8(&key, "ISO-2022-JP").unwrap()), [2, 3]);
    assert_eq!(to_utf8(&key, "X-NOBODY"), None);
    assert_eq!(to_utf8(&SearchKey::All, "X-NOBODY"), None);
    assert_eq!(to_utf8(&SearchKey::All, "us-ascii"), Some(SearchKey::All));
}

#[test]
fn expunged_messages_match_nothing() {
    let mut store = store(&[(PLAIN, &["\\Deleted"], "2024-03-02"), (PLAIN, &[], "2024-03-02")]);
    let view = store.open(ALICE, "INBOX", 1, false).unwrap();
    let other = store.open(ALICE, "INBOX", 2, false).unwrap();
    store.expunge(&other, None).unwrap();
    assert_eq!(search(&store, &view, &SearchKey::All), [2], "numbers are still the client's");
}

#[test]
fn days_of_date_fields() {
    for (value, expected) in [
        ("fri, 1 mar 2024 23:30:00 -0800", Some(date(2024, 3, 1))),
        ("1 mar 2024", Some(date(2024, 3, 1))),
        ("1-mar-2024 10:00", Some(date(2024, 3, 1))),
        ("21 march 99", Some(date(1999, 3, 21))),
        ("1 jan 05", Some(date(2005, 1, 1))),
        ("1 jan 105", Some(date(2005, 1, 1))),
        ("31 feb 2024", None),
        ("yesterday", None),
        ("", None),
    ] {
        assert_eq!(civil_day(value), expected, "{value}");
    }
}
