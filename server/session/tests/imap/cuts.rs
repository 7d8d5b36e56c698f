//! Bytes come in any pieces, and any bytes come.
use proptest::collection::vec;
use proptest::prelude::*;

use crate::conversation::Conversation;
use crate::world::Lab;
use postfail_session::Event;
use postfail_session::world::Security;

/// A session with literals of all kinds, a SASL exchange, IDLE, empty lines and errors.
const STREAM: &[u8] =
    b"a NOOP\r\n\r\nb LOGIN {4}\r\ntaro {5}\r\nwrong\r\nc AUTHENTICATE LOGIN\r\ndGFybw==\r\nc2VjcmV0\r\n\
d SELECT INBOX\r\ne APPEND INBOX (\\Seen) {12}\r\nA: b\r\n\r\n{5}\r\r\nf APPEND INBOX {3+}\r\nx\r\n\r\n\
g APPEND INBOX {200000}\r\nh UID SEARCH TEXT {8+}\r\nnumber 1 UNSEEN\r\ni FETCH 1:* (FLAGS BODY[])\r\n\
j IDLE\r\nDONE\r\nk IDLE\r\nno\r\n( bad\r\nl bogus {3+}\r\nabc rest\r\nm LOGOUT\r\n";

/// All that is said and noted when the stream comes in these pieces.
fn play<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (String, Vec<Event>) {
    let mut talk = Conversation::new(Lab::new(Security::Plain, false));
    for piece in pieces {
        talk.hear(1, piece);
    }
    (String::from_utf8_lossy(&talk.take(1)).into_owned(), talk.lab.events)
}

#[test]
fn cut_in_two_anywhere() {
    let whole = play([STREAM]);
    assert!(whole.0.contains("i OK FETCH completed") && whole.0.contains("m OK LOGOUT"), "{}", whole.0);
    for at in 0..STREAM.len() {
        let (left, right) = STREAM.split_at(at);
        assert_eq!(play([left, right]), whole, "cut at {at}");
    }
    assert_eq!(play(STREAM.chunks(1)), whole, "byte by byte");
}

/// Bits of which clients' bytes are made, well and ill.
fn fragment() -> impl Strategy<Value = Vec<u8>> {
    let words: Vec<&'static [u8]> = vec![
        b"\r\n",
        b"\n",
        b" ",
        b"a",
        b"LOGIN",
        b"taro",
        b"secret",
        b"a LOGIN taro secret\r\n",
        b"SELECT INBOX\r\n",
        b"FETCH 1:* ",
        b"BODY[]",
        b"BODY[1.2.MIME]<0.99>",
        b"STORE 1,* +FLAGS (\\Deleted x)\r\n",
        b"EXPUNGE\r\n",
        b"UID ",
        b"{3}\r\n",
        b"{3+}\r\n",
        b"{99999999999+}\r\n",
        b"abc",
        b"\"",
        b"\\",
        b"(",
        b")",
        b"\0",
        b"\xff",
        b"IDLE\r\n",
        b"DONE\r\n",
        b"AUTHENTICATE PLAIN\r\n",
        b"AUTHENTICATE PLAIN =\r\n",
        b"*\r\n",
        b"APPEND INBOX ",
        b"LIST \"\" (* %)",
        b" RETURN (STATUS (MESSAGES))\r\n",
        b"SEARCH OR NOT 1 ",
        b"MOVE 1 INBOX\r\n",
        b"ID NIL\r\n",
        b"CREATE a/b\r\n",
        b"RENAME INBOX q\r\n",
        b"DELETE a\r\n",
        b"CLOSE\r\n",
        b"a STARTTLS\r\n",
        b"SEARCH CHARSET x ALL\r\n",
    ];
    prop_oneof![4 => proptest::sample::select(words).prop_map(<[u8]>::to_vec), 1 => vec(any::<u8>(), 1..20)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_gives_the_same(cuts in vec(0..STREAM.len(), 0..12)) {
        let mut cuts = cuts;
        cuts.sort_unstable();
        let ends = cuts.iter().copied().chain([STREAM.len()]);
        let starts = [0].into_iter().chain(cuts.iter().copied());
        let pieces = starts.zip(ends).map(|(start, end)| &STREAM[start..end]);
        prop_assert_eq!(play(pieces), play([STREAM]));
    }

    #[test]
    fn any_bytes_are_answered_in_lines(stream in vec(fragment(), 0..60), logged_in: bool) {
        let mut talk = Conversation::new(Lab::new(Security::StartTls, false));
        talk.connect(1);
        if logged_in {
            talk.hear(1, b"l LOGIN taro secret\r\nm SELECT INBOX\r\n");
        }
        for piece in stream {
            talk.hear(1, &piece);
        }
        let said = talk.take(1);
        prop_assert!(said.ends_with(b"\r\n"));
        prop_assert!(said.starts_with(b"* OK [CAPABILITY "));
    }
}
