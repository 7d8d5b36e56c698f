use proptest::prelude::*;

use super::*;

/// What DATA makes of a stream: the message, and what is left behind the end (`None`: no end).
fn read(pieces: &[&[u8]]) -> (Vec<u8>, Option<Vec<u8>>) {
    let mut message = Message::new(b"", 1 << 20, 0);
    let mut data = Data::default();
    let mut left = Vec::new();
    for piece in pieces {
        let used = data.read(piece, &mut message);
        assert!(data.is_end() || used == piece.len());
        left.extend_from_slice(&piece[used..]);
    }
    (message.into_bytes(), data.is_end().then_some(left))
}

fn whole(stream: &[u8]) -> (Vec<u8>, Option<Vec<u8>>) {
    read(&[stream])
}

#[test]
fn dots() {
    let message = |stream: &[u8], wanted: &[u8]| {
        assert_eq!(whole(stream), (wanted.to_vec(), Some(b"NEXT".to_vec())), "{}", stream.escape_ascii());
    };
    message(b".\r\nNEXT", b"");
    message(b"a\r\n.\r\nNEXT", b"a\r\n");
    message(b"..\r\na\r\n..b\r\n...\r\n.\r\nNEXT", b".\r\na\r\n.b\r\n..\r\n");
    message(b".a\r\n.\r\nNEXT", b"a\r\n");
    message(b".\r.\r\n.\r\nNEXT", b"\r.\r\n");
    message(b".\r\r\n.\r\nNEXT", b"\r\r\n");
    message(b"\r\n\r\n.\r\nNEXT", b"\r\n\r\n");
}

#[test]
fn only_crlf_ends_the_message() {
    for smuggled in [&b"a\n.\nNEXT"[..], b"a\r\n.\nNEXT", b"a\n.\r\nNEXT", b"a\r.\rNEXT", b"a\r\n.\r\rNEXT"] {
        assert_eq!(whole(smuggled).1, None, "{}", smuggled.escape_ascii());
    }
    let mut message = Message::new(b"X: y\n", 100, 0);
    Data::default().read(b"\na\nb\r\nc\n", &mut message);
    assert_eq!(message.bare_lf(), 3);
}

#[test]
fn the_bound_holds() {
    let mut message = Message::new(b"Received: x\r\n", 10, u64::MAX);
    let mut data = Data::default();
    data.read(b"12345678\r\n", &mut message);
    assert!(!message.is_too_large());
    for _ in 0..1000 {
        data.read(&[b'x'; 1000], &mut message);
    }
    data.read(b"\r\n.\r\n", &mut message);
    assert!(data.is_end() && message.is_too_large());
    assert_eq!(message.size(), 1_000_012);
    assert_eq!(message.into_bytes(), b"");
}

#[test]
fn what_cannot_be_used_is_not_held() {
    let mut large = Message::new(b"X: y\r\n", 5, 0);
    let mut dropped = Message::new(b"X: y\r\n", 50, 0);
    let mut data = Data::default();
    data.read(b"123\n", &mut dropped);
    assert_eq!((dropped.held(), dropped.is_dropped()), (10, false));
    dropped.drop_bytes();
    data.read(b"5\r\n.\r\n", &mut dropped);
    Data::default().read(b"123456\r\n.\r\n", &mut large);
    assert_eq!((dropped.held(), dropped.size(), dropped.is_dropped()), (0, 7, true));
    assert_eq!((large.held(), large.size(), large.is_dropped()), (0, 8, false));
    assert_eq!((large.bare_lf(), dropped.into_bytes()), (0, Vec::new()));
}

#[test]
fn chunks() {
    let mut message = Message::new(b"", 100, 0);
    let mut chunk = Chunk { left: 5 };
    assert_eq!(chunk.read(b"a\r\n", &mut message), 3);
    assert_eq!(chunk.read(b".\r\nQUIT", &mut message), 2);
    assert_eq!((chunk.left, &message.into_bytes()[..]), (0, &b"a\r\n.\r"[..]));
    assert_eq!(Chunk { left: u64::MAX }.skip(b"abc"), 3);
}

/// RFC 5321 4.5.2, byte by byte and slowly.
fn by_the_book(stream: &[u8]) -> (Vec<u8>, Option<Vec<u8>>) {
    let mut message = Vec::new();
    let mut rest = stream;
    loop {
        let line = rest.windows(2).position(|pair| pair == b"\r\n").map(|at| &rest[..at + 2]);
        match line {
            Some(b".\r\n") => return (message, Some(rest[3..].to_vec())),
            Some(line) => {
                message.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
                rest = &rest[line.len()..];
            }
            None => return (message, None),
        }
    }
}

proptest! {
    #[test]
    fn any_cut_gives_the_same_message(stream in "[.a\r\n]{0,40}", cuts in proptest::collection::vec(0..40_usize, 0..6)) {
        let stream = stream.as_bytes();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(stream.len())).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect();
        let seen = read(&pieces);
        prop_assert_eq!(&seen, &whole(stream));
        let book = by_the_book(stream);
        prop_assert_eq!(&seen.1, &book.1);
        // Without an end the reader already holds the beginning of the last line; the book does not.
        prop_assert!(seen.1.is_none() || seen.0 == book.0);
    }
}
