//! What we say, read by two libraries that are not ours: imap-proto and imap-codec.
use std::path::Path;

use imap_codec::decode::Decoder;
use imap_codec::{GreetingCodec, ResponseCodec};
use postfail_session::world::Security;

use crate::conversation::Conversation;
use crate::script;
use crate::world::Lab;

/// One response, its literals with it, at the start of `said`; the rest.
fn response(said: &[u8]) -> (&[u8], &[u8]) {
    let mut end = 0;
    loop {
        let line = said[end..].iter().position(|&byte| byte == b'\n').expect("a whole line") + 1;
        end += line;
        let text = String::from_utf8_lossy(&said[end - line..end - 2]).into_owned();
        let literal = text.strip_suffix('}').and_then(|text| text.rsplit_once('{')?.1.parse::<usize>().ok());
        match literal {
            Some(size) => end += size,
            None => return said.split_at(end),
        }
    }
}

/// Everything said in all scripts, response by response; empty continuations (`+ `) apart.
fn everything() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts/imap");
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder of scripts") {
        let text = std::fs::read_to_string(entry.expect("a script").path()).expect("a text");
        for said in script::said(&text) {
            let mut rest = said.as_slice();
            while !rest.is_empty() {
                let (one, behind) = response(rest);
                all.push(one.to_vec());
                rest = behind;
            }
        }
    }
    all
}

/// Every response is read to its end, or is one of those `cannot` names by a part of its text.
fn judge(read: impl Fn(&[u8]) -> Option<usize>, cannot: &[&str]) {
    let all = everything();
    assert!(all.len() > 500, "{} responses are not all", all.len());
    let text = |one: &[u8]| String::from_utf8_lossy(one).into_owned();
    let unread = all.iter().filter(|one| read(one) != Some(0)).map(|one| text(one));
    let surprises: Vec<String> =
        unread.filter(|one| !cannot.iter().any(|known| one.contains(known))).collect();
    assert!(surprises.is_empty(), "not read: {surprises:#?}");
    for known in cannot {
        let excused = all.iter().any(|one| text(one).contains(known) && read(one) != Some(0));
        assert!(excused, "{known:?} is read by now: take it from the list");
    }
}

#[test]
fn imap_proto_reads_what_we_say() {
    judge(|one| imap_proto::Response::parse(one).ok().map(|(rest, _)| rest.len()), PROTO_CANNOT);
}

#[test]
fn imap_codec_reads_what_we_say() {
    let read = |one: &[u8]| match GreetingCodec::default().decode(one) {
        Ok((rest, _)) => Some(rest.len()),
        Err(_) => ResponseCodec::default().decode(one).ok().map(|(rest, _)| rest.len()),
    };
    judge(read, CODEC_CANNOT);
}

/// The sample mail, broken messages and all: whatever is in it, what we make of it is right.
#[test]
fn imap_codec_reads_what_we_say_of_the_sample_mail() {
    let mut talk = Conversation::new(Lab::new(Security::Plain, false));
    let taro = talk.lab.store.find("taro").expect("taro");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/mail");
    for entry in std::fs::read_dir(folder).expect("the sample mail") {
        let path = entry.expect("a message").path();
        if path.extension().is_some_and(|extension| extension == "eml") {
            let bytes = std::fs::read(path).expect("a message").into();
            talk.lab.store.deliver(taro, bytes, talk.now).expect("room");
        }
    }
    talk.hear(1, b"a LOGIN taro secret\r\nb SELECT INBOX\r\n");
    talk.take(1);
    talk.hear(1, b"c FETCH 1:* (FULL)\r\n");
    assert!(talk.take(1).starts_with(b"c BAD"), "a macro stands alone");
    talk.hear(
        1,
        b"d FETCH 1:* (FLAGS ENVELOPE BODYSTRUCTURE BODY[1] BODY[HEADER] BODY.PEEK[2.MIME]<0.50>)\r\n",
    );
    let said = talk.take(1);
    let mut rest = said.as_slice();
    let (mut read, mut unread) = (0, Vec::new());
    while !rest.is_empty() {
        let (one, behind) = response(rest);
        match ResponseCodec::default().decode(one) {
            Ok(([], _)) => read += 1,
            _ => unread.push(String::from_utf8_lossy(one).into_owned()),
        }
        rest = behind;
    }
    assert!(read > 50, "{read}");
    // imap-codec follows nesting only so far, and one sample is fifty boxes deep.
    unread.retain(|one| !one.contains("Fifty boxes"));
    assert!(unread.is_empty(), "not read: {unread:#?}");
}

/// BODY without a section (RFC 3501), CHILDINFO (RFC 5258), NAMESPACE (RFC 2342), STATUS SIZE (RFC 8438).
const PROTO_CANNOT: &[&str] = &[" BODY (", "CHILDINFO", "* NAMESPACE", " SIZE 8"];

/// CHILDINFO (RFC 5258), STATUS SIZE (RFC 8438).
const CODEC_CANNOT: &[&str] = &["CHILDINFO", " SIZE 8"];
