//! Any bytes in: no panic, every offset within the message, and work that grows with the size and not its square.
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use postfail_store::mime::tree::{Kind, Part, tree};
use postfail_store::mime::{decode, envelope, section, structure};
use postfail_store::search::search;
use postfail_store::{AccountId, Store};
use postfail_wire::imap::command::SearchKey;
use postfail_wire::imap::section::{Section, SectionText};
use proptest::prelude::*;

/// Cut every kind of section out of a message.
fn cut(message: &Bytes) {
    for part in [vec![], vec![1], vec![1, 1], vec![2], vec![1; 200], vec![u32::MAX]] {
        for text in [
            SectionText::Whole,
            SectionText::Header,
            SectionText::Text,
            SectionText::Mime,
            SectionText::HeaderFields(vec!["Subject".into()]),
            SectionText::HeaderFieldsNot(vec!["Subject".into()]),
        ] {
            let _ = section(message, &Section { part: part.clone(), text });
        }
    }
}

/// Everything else there is to ask about a message, once.
fn read(message: &Bytes) {
    let root = tree(message);
    check(&root, 0..message.len());
    let mut out = BytesMut::new();
    structure(message).write(&mut out, true);
    envelope(message).write(&mut out);
    let _ =
        section(message, &Section { part: vec![], text: SectionText::HeaderFields(vec!["Subject".into()]) });
    let _ = decode::encoded_words(message);
    let mut store = Store::new(1);
    store.add_account("alice", &[], "secret").unwrap();
    store.deliver(AccountId(0), message.clone(), Timestamp::UNIX_EPOCH).unwrap();
    let view = store.open(AccountId(0), "INBOX", 1, false).unwrap();
    let key = SearchKey::Text(Bytes::from_static(b"nowhere to be found"));
    assert!(search(&store, &view, &key).is_empty());
}

fn check(part: &Part, within: std::ops::Range<usize>) {
    assert!(within.start <= part.header.start && part.header.end == part.body.start, "{part:?}");
    assert!(part.body.start <= part.body.end && part.body.end <= within.end, "{part:?} in {within:?}");
    match &part.kind {
        Kind::Single => {}
        Kind::Message(inner) => check(inner, part.body.clone()),
        Kind::Multipart(parts) => {
            let mut start = part.body.start;
            for child in parts {
                check(child, start..part.body.end);
                start = child.body.end;
            }
        }
    }
}

/// Pieces that broken mail is made of.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let words: Vec<&'static [u8]> = vec![
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"Content-Type: multipart/digest; boundary=\"b b\"\n",
        b"Content-Type: message/rfc822\r\n",
        b"Content-Type: text/plain; charset=iso-2022-jp\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Transfer-Encoding: quoted-printable\n",
        b"Subject: =?utf-8?q?=41?= =?x?b?Zm9v\r\n",
        b"To: a: <b@c>, \"d (e\\\r\n",
        b"\r\n",
        b"\n",
        b"--b\r\n",
        b"--b--\n",
        b"--b b\n",
        b" folded;\t\r\n",
        b"=\r\n",
        b"\0\xff:",
        b"From ",
        b"x",
    ];
    prop::collection::vec(prop::sample::select(words), 0..40).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let message = Bytes::from(bytes);
        read(&message);
        cut(&message);
    }

    #[test]
    fn any_pieces(bytes in pieces()) {
        let message = Bytes::from(bytes);
        read(&message);
        cut(&message);
    }
}

#[test]
fn a_megabyte_of_malice() {
    let megabyte = |piece: &str| piece.repeat(1_000_000 / piece.len());
    let multipart = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    let nested: String =
        (0..99).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n")).collect();
    let rfc822 = "Content-Type: message/rfc822\r\n\r\n";
    for (name, message) in [
        ("one line", megabyte("x")),
        ("colons", megabyte(":")),
        ("empty fields", megabyte("a:\n")),
        ("content types", megabyte("Content-Type: text/plain\n")),
        ("folding", format!("Subject: x{}", megabyte("\r\n "))),
        ("no blank line in nested messages", format!("{rfc822}{}", megabyte("a b: c\n"))),
        ("nested messages", megabyte(rfc822)),
        ("quotes in a parameter", format!("Content-Type: a/b; x={}", megabyte("\"\""))),
        ("space and quotes in a parameter", format!("Content-Type: a/b; x=a{}", megabyte(" \"\""))),
        ("comments", format!("Content-Type: {}", megabyte("("))),
        ("comments in To", format!("To: {}", megabyte("(a)"))),
        ("angles", format!("To: {}", megabyte("<@"))),
        ("groups", format!("To: {}", megabyte("a:;"))),
        ("parameters", format!("Content-Type: a/b{}", megabyte(";a=b"))),
        ("a long boundary", format!("Content-Type: multipart/mixed; boundary={}\n\n--x", megabyte("b"))),
        ("delimiters", format!("{multipart}{}", megabyte("--b\n"))),
        ("nearly delimiters", format!("{nested}{}", megabyte("--\n"))),
        ("delimiters under headers", format!("{multipart}{}", megabyte("--b\na:b\n"))),
        ("encoded words", format!("Subject: {}", megabyte("=?a?q?b?="))),
        ("encoded words without an end", format!("Subject: {}", megabyte("=?a?q?"))),
        ("escapes", format!("Content-Transfer-Encoding: quoted-printable\n\n{}", megabyte("=\n"))),
        ("base64", format!("Content-Transfer-Encoding: base64\n\n{}", megabyte("A="))),
        ("languages", format!("Content-Language: {}", megabyte(","))),
    ] {
        let start = Instant::now();
        read(&Bytes::from(message));
        // Seconds, in a debug build; the square of a million would take hours.
        assert!(start.elapsed() < Duration::from_secs(30), "{name} took {:?}", start.elapsed());
    }
}
