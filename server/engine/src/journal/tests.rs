use bytes::Bytes;
use postfail_session::Event;
use serde_json::Value;

use super::*;
use crate::listener::{TlsVersion, Window};

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_700_000_000_000 + millis).unwrap()
}

fn line_in(text: &'static str, secret: Option<std::ops::Range<usize>>) -> What {
    let secrets = secret.into_iter().collect();
    What::Session(Event::LineIn { bytes: Bytes::from_static(text.as_bytes()), secrets, size: text.len() })
}

fn line_out(text: &'static str) -> What {
    What::Session(Event::LineOut { bytes: Bytes::from_static(text.as_bytes()), size: text.len() })
}

const ON_IMAPS: Option<(ConnectionId, ListenerName)> = Some((7, ListenerName::Imaps));

/// A short conversation with everything in it.
fn filled() -> Journal {
    let mut journal = Journal::default();
    journal.mask.add("sesame-seed");
    let mut record = |what| journal.record(at(0), at(5), ON_IMAPS, what);
    record(What::Connect { peer: "127.0.0.1:50000".parse().unwrap() });
    record(What::Hello(Box::new(Hello {
        versions: vec![0x0303, 0x0302],
        server_name: Some("mail.postfail.test".to_owned()),
        cipher_suites: vec![0x1301],
        window: Some(Window::MODERN),
        ..Hello::default()
    })));
    record(What::Handshake(Box::new(Handshake::Done {
        version: TlsVersion::V1_2,
        suite: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256".into(),
        backend: "rustls",
        alpn: None,
        resumed: false,
        group: Some("x25519".into()),
        client_certificate: None,
    })));
    record(line_out("* OK ready"));
    record(line_in("a1 LOGIN taro sesame-seed", Some(14..25)));
    record(What::Session(Event::LogIn {
        user: "sesame-seed".to_owned(),
        mechanism: "LOGIN".to_owned(),
        secured: true,
        failure: Some("bad-password".to_owned()),
        reason: None,
        secret: 1,
    }));
    record(line_out("a1 NO \"sesame-seed\" is wrong\t\u{1b}[31m"));
    record(What::Close { by: Side::Client, reason: "end of file; sesame-seed".to_owned() });
    journal
}

#[test]
fn a_line_is_an_object_in_a_fixed_order() {
    let journal = filled();
    let filter = Filter::default();
    let lines: Vec<String> = journal.entries(&filter).map(|entry| journal.json(entry)).collect();
    assert_eq!(
        lines[4],
        "{\"seq\":5,\"time\":\"2023-11-14T22:13:20.000000Z\",\"virtual\":\"2023-11-14T22:13:20.005000Z\",\
         \"connection\":7,\"listener\":\"imaps\",\"kind\":\"line_in\",\"line\":\"a1 LOGIN taro ****\",\"size\":25}"
    );
    let hello: Value = serde_json::from_str(&lines[1]).unwrap();
    assert_eq!(
        (&hello["versions"], &hello["best"]),
        (&serde_json::json!(["1.2", "1.1"]), &Value::from("1.2"))
    );
    assert_eq!(hello["window"], "1.2 to 1.3");
}

#[test]
fn no_secret_leaves_by_any_way_out() {
    let mut journal = filled();
    journal.enable_lines();
    let file = String::from_utf8(journal.take_unwritten()).unwrap();
    let filter = Filter::default();
    let people: String = journal.entries(&filter).map(|entry| journal.line(entry)).collect();
    for (way, text) in [("file", &file), ("lines", &people), ("transcript", &journal.transcript(7))] {
        assert!(!text.contains("sesame"), "{way}: {text}");
        assert!(text.contains("****"), "{way}");
    }
    assert!(file.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{file}");
}

#[test]
fn lines_are_given_once_and_only_where_wanted() {
    let mut journal = Journal::default();
    journal.record(at(0), at(0), None, What::Phase { name: "works".to_owned() });
    assert!(journal.take_unwritten().is_empty());
    journal.enable_lines();
    journal.record(at(1), at(1), None, What::Phase { name: "breaks".to_owned() });
    assert_eq!(String::from_utf8(journal.take_unwritten()).unwrap().lines().count(), 2);
    assert!(journal.take_unwritten().is_empty());
}

#[test]
fn a_transcript_reads_like_the_conversation() {
    assert_eq!(
        filled().transcript(7),
        "@ connect from 127.0.0.1:50000\n\
         @ ClientHello offers at most TLS 1.2, window 1.2 to 1.3, server name mail.postfail.test\n\
         @ TLS 1.2 with TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\n\
         S: * OK ready\n\
         C: a1 LOGIN taro ****\n\
         @ log-in of **** by LOGIN under TLS: refused, bad-password\n\
         S: a1 NO \"****\" is wrong\\t\\x1b[31m\n\
         @ closed by client: end of file; ****\n"
    );
}

#[test]
fn filters_take_what_they_name() {
    let mut journal = filled();
    journal.record(at(9), at(9), Some((8, ListenerName::Smtp)), line_in("QUIT", None));
    let count = |filter: Filter| journal.entries(&filter).count();
    assert_eq!(count(Filter::default()), 9);
    assert_eq!(count(Filter::since(6)), 3);
    assert_eq!(count(Filter::since(99)), 0);
    assert_eq!(count(Filter::of_connection(8)), 1);
    let by_kind = |kind: &&str| count(Filter { kind: Some((*kind).to_owned()), ..Filter::default() });
    assert_eq!(KINDS.iter().map(by_kind).sum::<usize>(), 9, "every entry has a kind of the list");
    assert_eq!(count(Filter { kind: Some("line_in".to_owned()), ..Filter::default() }), 2);
}

#[test]
fn memory_is_bounded_by_count_and_by_bytes() {
    let mut journal = Journal::default();
    for _ in 0..ENTRIES_MAX + 10 {
        journal.record(at(0), at(0), ON_IMAPS, line_out("* OK"));
    }
    assert_eq!((journal.first(), journal.last()), (11, ENTRIES_MAX as u64 + 10));
    let long = Bytes::from(vec![b'x'; 1 << 20]);
    for _ in 0..100 {
        let event = Event::LineOut { bytes: long.clone(), size: long.len() };
        journal.record(at(0), at(0), ON_IMAPS, What::Session(event));
    }
    assert!(journal.bytes <= BYTES_MAX);
    assert!(journal.last() - journal.first() < 64);
    let filter = Filter::since(3);
    assert_eq!(journal.entries(&filter).next().unwrap().seq, journal.first());
}

#[test]
fn the_best_version_offered_decides_whether_a_window_fits() {
    let hello = |versions: Vec<u16>| Hello { versions, window: Some(Window::MODERN), ..Hello::default() };
    assert_eq!(hello(vec![0x0302, 0x0301]).fits(), Some(false));
    assert_eq!(hello(vec![0x8a8a, 0x0304]).best(), Some(TlsVersion::V1_3));
    assert_eq!(hello(vec![0x0300]).best(), None);
    let old = Hello { taken: vec![0x003c], cipher_suites: vec![0xc02f], ..hello(vec![0x0303]) };
    assert_eq!((old.fits(), old.lacks_suite()), (Some(false), true));
    assert!(!hello(vec![0x0302]).lacks_suite());
}

#[test]
fn a_list_of_versions_is_told_whole_and_the_old_field_for_what_it_says() {
    let offer = |versions: Vec<u16>| Hello { versions, ..Hello::default() }.offer();
    assert_eq!(offer(vec![0x8a8a, 0x0301, 0x0302, 0x0304, 0x0303]), "TLS 1.3, 1.2, 1.1, 1.0");
    assert_eq!(offer(vec![0x0302, 0x0301]), "at most TLS 1.1");
    assert_eq!(offer(vec![0x0300]), "no TLS version we know");
}
