//! What of a conversation goes into the journal: every line, no password, and of literals and messages the size.
use postfail_session::Event;
use postfail_session::world::Security;

use crate::conversation::Conversation;
use crate::world::Lab;

/// The lines noted, `>` for the client's, with passwords starred; sizes of literals.
fn lines(events: &[Event]) -> Vec<String> {
    let mut lines = Vec::new();
    for event in events {
        match event {
            Event::LineIn { bytes, secrets, .. } => {
                let mut bytes = bytes.to_vec();
                secrets.iter().for_each(|secret| bytes[secret.clone()].fill(b'*'));
                lines.push(format!("> {}", String::from_utf8_lossy(&bytes)));
            }
            Event::LineOut { bytes, .. } => lines.push(String::from_utf8_lossy(bytes).into_owned()),
            Event::Data { incoming, size } => {
                lines.push(format!("{}{size} bytes", if *incoming { "> " } else { "" }))
            }
            Event::StartTls { pipelined } => lines.push(format!("TLS, {pipelined} dropped")),
            Event::Closing { reason } => lines.push(format!("closing: {reason}")),
            Event::Limit { what } => lines.push(format!("limit: {what}")),
            Event::LogIn { .. }
            | Event::ErrorChallenge { .. }
            | Event::ErrorChallengeAnswered { .. }
            | Event::MailAccepted { .. }
            | Event::Fault { .. }
            | Event::Refused { .. } => {}
        }
    }
    lines
}

#[test]
fn every_line_and_the_size_of_every_literal() {
    let mut talk = Conversation::new(Lab::new(Security::StartTls, false));
    talk.connect(1);
    talk.lab.events.clear();
    talk.hear(1, b"a STARTTLS\r\nb NOOP\r\n");
    talk.hear(1, b"c LOGIN {4}\r\ntaro {6}\r\nsecret\r\n");
    talk.hear(1, b"d IDLE\r\nDONE\r\ne SEARCH {3+}\r\nabc (\r\nf EXAMINE INBOX\r\n");
    talk.hear(1, b"g FETCH 1 (BODY[HEADER.FIELDS (To)] UID)\r\nh APPEND INBOX {5+}\r\nabcde\r\ni APPEND INBOX {100001}\r\n");
    talk.hear(1, b"j LOGOUT\r\n");
    let noted = lines(&talk.lab.events);
    let shown: Vec<&str> = noted.iter().map(String::as_str).filter(|line| !line.contains("* OK [")).collect();
    let expected = [
        "> a STARTTLS",
        "a OK Begin TLS negotiation now",
        "TLS, 8 dropped",
        "> c LOGIN****",
        "+ Ready for literal data",
        "> 4 bytes",
        "> ****",
        "+ Ready for literal data",
        "> 6 bytes",
    ];
    assert_eq!(shown[..9], expected);
    assert!(shown[9].starts_with("c OK [CAPABILITY "));
    let expected = [
        "> d IDLE",
        "+ idling",
        "> DONE",
        "d OK IDLE completed",
        "> e SEARCH {3+}",
        "> 3 bytes",
        ">  (",
        "e BAD No mailbox is selected: SELECT or EXAMINE one first",
        "> f EXAMINE INBOX",
        "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)",
        "* 3 EXISTS",
        "* 3 RECENT",
        "f OK [READ-ONLY] EXAMINE completed",
        "> g FETCH 1 (BODY[HEADER.FIELDS (To)] UID)",
        "* 1 FETCH (BODY[HEADER.FIELDS (To)] {26}",
        "26 bytes",
        " UID 1)",
        "g OK FETCH completed",
        "> h APPEND INBOX {5+}",
        "> 5 bytes",
        "* 4 EXISTS",
        "* 4 RECENT",
    ];
    assert_eq!(shown[10..32], expected);
    let expected = [
        "> i APPEND INBOX {100001}",
        "limit: a literal of 100001 bytes, at most 100000",
        "i NO [TOOBIG] Literal too large here: at most 100000 bytes",
        "> j LOGOUT",
        "* BYE Logging out",
        "j OK LOGOUT completed",
        "closing: LOGOUT",
    ];
    assert_eq!(shown[33..], expected);
}

#[test]
fn no_password_is_noted_in_the_open() {
    let hidden = ["secret", "AHRhcm8Ac2VjcmV0", "c2VjcmV0"];
    for stream in [
        "a LOGIN taro secret\r\n",
        "a login \"taro\" \"secret\"\r\n",
        "a LOGIN {4+}\r\ntaro secret\r\n",
        "a LOGIN {4+}\r\ntaro \"secret\" too much\r\n",
        "a LOGIN taro {6+}\r\nsecret\r\n",
        "a LOGIN {4+}\r\ntaro {6+}\r\nsecret\r\n",
        "a LOGIN \"taro secret\r\n",
        "a LOGIN\ttaro\tsecret\r\n",
        "a \t LOGIN  taro  secret\r\n",
        "a AUTHENTICATE\tPLAIN\tAHRhcm8Ac2VjcmV0\r\n",
        // Refused literals whose bytes come all the same.
        "a LOGIN taro {99999999999}\r\nsecret\r\n",
        "a LOGIN taro {99999999999}\r\nsecret word\r\nsecret\r\n",
        "a LOGIN {99999999999}\r\ntaro secret\r\n",
        "a LOGIN {4}\r\ntaro {99999999999}\r\nsecret\r\n",
        "LOGIN taro secret\r\n",
        "a AUTHENTICATE PLAIN AHRhcm8Ac2VjcmV0\r\n",
        "a AUTHENTICATE PLAIN\r\nAHRhcm8Ac2VjcmV0\r\n",
        "a AUTHENTICATE LOGIN\r\ndGFybw==\r\nc2VjcmV0\r\n",
        "a AUTHENTICATE GSSAPI\r\nAHRhcm8Ac2VjcmV0\r\n",
        "a AUTHENTICATE PLAIN\r\nbad!\r\nAHRhcm8Ac2VjcmV0\r\n",
        "a AUTHENTICATE PLAIN =\r\nAHRhcm8Ac2VjcmV0\r\nAHRhcm8Ac2VjcmV0\r\n",
    ] {
        let mut talk = Conversation::new(Lab::new(Security::Plain, false));
        talk.hear(1, stream.as_bytes());
        let journal = lines(&talk.lab.events).join("\n");
        assert!(hidden.iter().all(|word| !journal.contains(word)), "{stream}\n{journal}");
        assert!(journal.contains("LOGIN") || journal.contains("AUTHENTICATE"), "{journal}");
    }
}

#[test]
fn an_over_long_response_is_a_secret_too() {
    let mut talk = Conversation::new(Lab::new(Security::Plain, false));
    talk.hear(1, b"a AUTHENTICATE PLAIN\r\n");
    talk.hear(1, "c2VjcmV0".repeat(2_000).as_bytes());
    let journal = lines(&talk.lab.events).join("\n");
    assert!(!journal.contains("c2VjcmV0") && journal.contains("a BAD Line too long"), "{journal}");
}
