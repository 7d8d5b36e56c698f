//! What a hostile client cannot make us hold, and what it is told instead.
use postfail_session::world::Security;
use postfail_session::{Event, imap::Imap};

use crate::conversation::Conversation;
use crate::world::{Lab, message};

fn said(talk: &mut Conversation) -> String {
    String::from_utf8_lossy(&talk.take(1)).into_owned()
}

fn logged_in() -> Conversation {
    let mut talk = Conversation::new(Lab::new(Security::Plain, false));
    talk.hear(1, b"l LOGIN taro secret\r\n");
    talk.take(1);
    talk
}

#[test]
fn a_connection_at_rest_is_small() {
    // Everything beyond this is on the heap only while there is something to do.
    assert!(size_of::<Imap>() <= 512, "{} bytes", size_of::<Imap>());
}

#[test]
fn a_line_without_end_is_dropped() {
    let mut talk = logged_in();
    talk.hear(1, b"a NOOP ");
    for _ in 0..1_000 {
        talk.hear(1, &[b'x'; 1_000]);
    }
    assert_eq!(said(&mut talk), "a BAD Line too long: at most 8192 bytes\r\n");
    talk.hear(1, b"\r\nb NOOP\r\n");
    assert_eq!(said(&mut talk), "b OK NOOP completed\r\n");
    let dropped = talk.lab.events.iter().find_map(|event| match event {
        Event::Data { incoming: true, size } => Some(*size),
        _ => None,
    });
    assert!(dropped.is_some_and(|size| size > 990_000), "{dropped:?}");
}

#[test]
fn a_literal_too_large_is_not_asked_for() {
    let mut talk = logged_in();
    talk.hear(1, b"a APPEND INBOX {4294967296}\r\nb NOOP\r\n");
    let text = said(&mut talk);
    assert!(text.starts_with("a NO [TOOBIG] ") && text.ends_with("\r\nb OK NOOP completed\r\n"), "{text}");
    talk.hear(1, b"c LIST \"\" {20000}\r\nd SEARCH TEXT {99999999999999999999999}\r\n");
    let text = said(&mut talk);
    assert!(text.starts_with("c BAD Literal") && text.contains("\r\nd BAD Literal"), "{text}");
}

#[test]
fn a_literal_that_comes_anyway_is_passed_over() {
    let mut talk = logged_in();
    talk.hear(1, b"a APPEND INBOX {100001+}\r\n");
    assert!(said(&mut talk).starts_with("a NO [TOOBIG] "));
    talk.hear(1, &vec![b'x'; 100_000]);
    talk.hear(1, b"\r\r\nb NOOP\r\n");
    assert_eq!(said(&mut talk), "b OK NOOP completed\r\n");
}

#[test]
fn literals_of_all_connections_together_have_a_bound() {
    let mut talk = logged_in();
    talk.hear(2, b"l LOGIN taro secret\r\n");
    talk.take(2);
    talk.hear(1, b"a APPEND INBOX {99000+}\r\n");
    talk.hear(2, b"a APPEND INBOX {60000+}\r\n");
    assert_eq!(talk.take(2), b"a NO [OVERQUOTA] No room for this now: try again later\r\n");
    let ends = [vec![b'x'; 60_000], b"\r\nb APPEND INBOX {50000}\r\n".to_vec()].concat();
    talk.hear(2, &ends);
    assert_eq!(talk.take(2), b"+ Ready for literal data\r\n");
    talk.hear(1, &[vec![b'x'; 99_000], b"\r\n".to_vec()].concat());
    assert!(said(&mut talk).starts_with("a OK [APPENDUID "));
    talk.hear(2, &[vec![b'x'; 50_000], b"\r\n".to_vec()].concat());
    assert!(talk.take(2).ends_with(b"b OK [APPENDUID 1200822465 5] APPEND completed\r\n"));
    assert!(talk.lab.held.values().all(|held| *held == 0));
}

#[test]
fn before_log_in_literals_are_small_together() {
    let mut talk = Conversation::new(Lab::new(Security::Plain, false));
    talk.connect(1);
    talk.take(1);
    let mut bytes = b"a LOGIN".to_vec();
    for _ in 0..5 {
        bytes.extend_from_slice(b" {1000+}\r\n");
        bytes.extend_from_slice(&[b'x'; 1_000]);
    }
    bytes.extend_from_slice(b"\r\nb NOOP\r\n");
    talk.hear(1, &bytes);
    let text = said(&mut talk);
    assert!(
        text.starts_with("a BAD Literal too large here") && text.ends_with("\r\nb OK NOOP completed\r\n"),
        "{text}"
    );
}

#[test]
fn a_fetch_of_everything_is_given_out_in_portions() {
    let mut talk = logged_in();
    let taro = talk.lab.store.find("taro").expect("taro");
    let large = [message(1).as_ref(), &[b'x'; 50_000]].concat();
    for _ in 0..200 {
        talk.lab.store.deliver(taro, large.clone().into(), talk.now).expect("room");
    }
    talk.hear(
        1,
        b"a SELECT INBOX\r\nb FETCH 1:* (BODY[] BODY[HEADER.FIELDS.NOT (X)] BODY[TEXT])\r\nc NOOP\r\n",
    );
    let text = said(&mut talk);
    assert!(text.len() > 200 * 2 * 50_000, "{}", text.len());
    assert!(text.ends_with("b OK FETCH completed\r\nc OK NOOP completed\r\n"));
    assert!(talk.most_waiting(1) < 400_000, "{}", talk.most_waiting(1));
}

#[test]
fn many_commands_in_one_packet_are_answered_in_portions() {
    let mut talk = logged_in();
    for number in 0..200 {
        talk.hear(1, format!("a CREATE a-name-of-some-length-{number}\r\n").as_bytes());
    }
    talk.take(1);
    talk.hear(1, "b LIST \"\" *\r\n".repeat(500).as_bytes());
    let text = said(&mut talk);
    assert_eq!(text.matches("b OK LIST completed").count(), 500);
    assert!(talk.most_waiting(1) < 300_000, "{}", talk.most_waiting(1));
}
