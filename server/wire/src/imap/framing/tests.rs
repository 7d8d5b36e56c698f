//! Framing by table and by property: any cut of the stream gives the same pieces.
use bytes::Bytes;
use proptest::prelude::*;

use super::*;

const LIMITS: Limits = Limits { line: 40, literal: 20, command: 90 };

/// Everything the stream gives when pushed in these chunks, announcements accepted when they fit.
fn pieces(chunks: &[&[u8]], limits: Limits) -> (Vec<Piece>, Framing) {
    let mut framing = Framing::new(limits);
    let mut found = Vec::new();
    for chunk in chunks {
        framing.push(chunk);
        while let Some(piece) = framing.next() {
            let refused = matches!(piece, Piece::Announcement(_)) && !framing.accept();
            found.push(piece);
            if refused {
                found.push(Piece::Overlong(framing.refuse()));
            }
        }
        assert!(framing.held() <= limits.command.max(chunk.len()).max(TAIL), "held {}", framing.held());
    }
    (found, framing)
}

fn command(text: &str) -> Piece {
    Piece::Command(Bytes::copy_from_slice(text.as_bytes()))
}

fn announced(size: u64, synchronizing: bool, binary: bool, fits: bool) -> Piece {
    Piece::Announcement(Announcement { size, synchronizing, binary, fits })
}

fn cut_off(text: &str) -> Piece {
    Piece::Overlong(Bytes::copy_from_slice(text.as_bytes()))
}

#[test]
fn streams_are_cut_into_commands() {
    let long = format!("a {}\r\nb NOOP\r\n", "x".repeat(50));
    let hidden = format!("a {}{{7+}}\r\nc QUIT\r\nb NOOP\r\n", "x".repeat(50));
    let table: Vec<(&str, Vec<Piece>)> = vec![
        ("a NOOP\r\nb NOOP\n", vec![command("a NOOP\r\n"), command("b NOOP\n")]),
        (
            "\r\n\na NOOP\r\n",
            vec![
                Piece::Blank(Bytes::from_static(b"\r\n")),
                Piece::Blank(Bytes::from_static(b"\n")),
                command("a NOOP\r\n"),
            ],
        ),
        (
            "a LOGIN {2}\r\nab {3+}\r\nx\r\n\r\nb",
            vec![
                announced(2, true, false, true),
                announced(3, false, false, true),
                command("a LOGIN {2}\r\nab {3+}\r\nx\r\n\r\n"),
            ],
        ),
        ("a X {0-}\n\r\n", vec![announced(0, false, false, true), command("a X {0-}\n\r\n")]),
        ("a X ~{1}\r\n\0\r\n", vec![announced(1, true, true, true), command("a X ~{1}\r\n\0\r\n")]),
        // Not announcements.
        (
            "a {}\r\na {1} \r\n{+}\r\na 1}\r\n",
            vec![command("a {}\r\n"), command("a {1} \r\n"), command("{+}\r\n"), command("a 1}\r\n")],
        ),
        // A refused literal: nothing follows a synchronizing one, the others are dropped to the end of the command.
        (
            "a X {4294967296}\r\nb NOOP\r\n",
            vec![
                announced(4_294_967_296, true, false, false),
                cut_off("a X {4294967296}\r\n"),
                command("b NOOP\r\n"),
            ],
        ),
        (
            "a X {21+}\r\n123456789012345678901 {2+}\r\n\r\n z\r\nb NOOP\r\n",
            vec![
                announced(21, false, false, false),
                cut_off("a X {21+}\r\n"),
                Piece::Skipped(34),
                command("b NOOP\r\n"),
            ],
        ),
        (
            "a X {99999999999999999999999+}\r\nb NOOP\r\n",
            vec![announced(u64::MAX, false, false, false), cut_off("a X {99999999999999999999999+}\r\n")],
        ),
        (&long, vec![cut_off(&long[..40]), Piece::Skipped(14), command("b NOOP\r\n")]),
        // A literal behind an overlong line is no command.
        (&hidden, vec![cut_off(&hidden[..40]), Piece::Skipped(26), command("b NOOP\r\n")]),
    ];
    for (stream, expected) in table {
        assert_eq!(pieces(&[stream.as_bytes()], LIMITS).0, expected, "{stream:?}");
        let single: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
        assert_eq!(pieces(&single, LIMITS).0, expected, "{stream:?} byte by byte");
    }
}

#[test]
fn many_small_literals_meet_the_line_limit() {
    let stream = "a ".to_owned() + &"{0+}\r\n".repeat(20) + "\r\nb NOOP\r\n";
    let (found, _) = pieces(&[stream.as_bytes()], LIMITS);
    assert_eq!(found.last(), Some(&command("b NOOP\r\n")));
    assert!(found.iter().any(|piece| matches!(piece, Piece::Overlong(kept) if kept.len() == LIMITS.line)));
}

#[test]
fn a_literal_keeps_its_last_byte() {
    for (command, text) in [
        ("a X {5+}\r\nabcd\r\n", "a X {5+}\r\nabcd\r"),
        ("a X {5+}\nabcd\n\r\n", "a X {5+}\nabcd\n"),
        ("a X {2}\r\n}\r {1}\r\n\r\n", "a X {2}\r\n}\r {1}\r\n\r"),
        ("a X {4}\r\n{9}\n y\r\n", "a X {4}\r\n{9}\n y"),
        ("a X {9}\r\n", "a X {9}"),
        ("a X\n", "a X"),
        ("", ""),
    ] {
        assert_eq!(without_ending(command.as_bytes()), text.as_bytes(), "{command:?}");
    }
}

#[test]
fn a_raw_line_announces_nothing() {
    let mut framing = Framing::new(LIMITS);
    framing.push(b"a IDLE\r\nDONE {5+}\r\n{3}\nb NOOP\r\n");
    assert_eq!(framing.next(), Some(command("a IDLE\r\n")));
    assert_eq!(framing.next_line(), Some(Piece::Line(Bytes::from_static(b"DONE {5+}\r\n"))));
    assert_eq!(framing.next_line(), Some(Piece::Line(Bytes::from_static(b"{3}\n"))));
    framing.push(&[b'A'; 100]);
    framing.push(b"{9+}\r\nDONE\r\n");
    assert_eq!(framing.next(), Some(command("b NOOP\r\n")));
    assert_eq!(framing.next_line(), Some(Piece::Overlong(Bytes::from(vec![b'A'; 40]))));
    assert_eq!(framing.next_line(), Some(Piece::Skipped(66)));
    assert_eq!(framing.next_line(), Some(Piece::Line(Bytes::from_static(b"DONE\r\n"))));
}

#[test]
fn a_verdict_is_waited_for_and_discard_forgets() {
    let mut framing = Framing::new(LIMITS);
    assert!(!framing.accept());
    assert_eq!(framing.refuse(), Bytes::new());
    framing.push(b"a X {3}\r\nabc\r\n");
    assert_eq!(framing.next(), Some(announced(3, true, false, true)));
    assert_eq!(framing.next(), None);
    assert_eq!(framing.so_far(), b"a X {3}\r\n");
    assert_eq!(framing.discard(), 14);
    framing.push(b"b NOOP\r\n");
    assert_eq!(framing.next(), Some(command("b NOOP\r\n")));
    assert_eq!(framing.held(), 0);
}

#[test]
fn a_megabyte_without_a_line_end_is_not_kept() {
    let limits = Limits { line: 8192, literal: 1 << 20, command: 1 << 21 };
    let mut framing = Framing::new(limits);
    let mut overlong = 0;
    for _ in 0..1 << 20 {
        framing.push(b"x");
        while let Some(piece) = framing.next() {
            assert!(matches!(piece, Piece::Overlong(ref kept) if kept.len() == 8192), "{piece:?}");
            overlong += 1;
        }
        assert!(framing.held() <= 8193);
    }
    assert_eq!(overlong, 1);
    framing.push(b"\r\n");
    assert_eq!(framing.next(), Some(Piece::Skipped((1 << 20) - 8192 + 2)));
}

/// Streams with many borders in them.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        Just("a LOGIN ".to_owned()),
        Just("\r\n".to_owned()),
        Just("\n".to_owned()),
        Just("\r".to_owned()),
        "[ -~]{0,50}",
        "~?\\{[0-9]{1,2}[+-]?\\}\r?\n",
        "\\{[0-9]{9,25}\\+?\\}\r\n",
    ];
    prop_oneof![
        prop::collection::vec(part, 0..25).prop_map(|parts| parts.concat().into_bytes()),
        prop::collection::vec(any::<u8>(), 0..300),
    ]
}

proptest! {
    #[test]
    fn any_cut_gives_the_same_pieces(stream in stream(), cuts in prop::collection::vec(0usize..400, 0..20)) {
        let whole = pieces(&[&stream], LIMITS);
        let mut places: Vec<usize> = cuts.into_iter().map(|cut| cut.min(stream.len())).collect();
        places.extend([0, stream.len()]);
        places.sort_unstable();
        let chunks: Vec<&[u8]> = places.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect();
        let cut = pieces(&chunks, LIMITS);
        prop_assert_eq!(&whole.0, &cut.0);
        let single: Vec<&[u8]> = stream.chunks(1).collect();
        prop_assert_eq!(&whole.0, &pieces(&single, LIMITS).0);

        // Kept pieces concatenate to the input, dropped bytes are counted.
        let mut at = 0;
        for piece in &cut.0 {
            match piece {
                Piece::Command(kept) | Piece::Blank(kept) | Piece::Overlong(kept) | Piece::Line(kept) => {
                    prop_assert_eq!(&stream[at..at + kept.len()], &kept[..]);
                    at += kept.len();
                }
                Piece::Skipped(count) => at += usize::try_from(*count).unwrap(),
                Piece::Announcement(_) => {}
            }
        }
        let left = cut.1.held() + usize::try_from(cut.1.skipped).unwrap();
        prop_assert_eq!(at + left, stream.len());
        if matches!(cut.1.state, State::Line | State::Literal { .. }) {
            prop_assert_eq!(&stream[at..], &cut.1.buffer[..]);
        }
    }
}
