//! What we write is read back by imap-codec (and written again by it, to the same bytes) and by imap-proto. What
//! each of them cannot read is a list here: when a judge learns it, the list must shrink.
use bytes::Bytes;
use imap_codec::decode::Decoder;
use imap_codec::encode::Encoder;
use imap_codec::{GreetingCodec, ResponseCodec};
use postfail_wire::imap::response::{Code, Condition, Response};

use super::samples::samples;

/// Kinds imap-codec cannot read.
const CODEC_CANNOT: &[&str] = &["LIST CHILDINFO", "STATUS SIZE"];

/// Kinds imap-proto cannot read.
const PROTO_CANNOT: &[&str] =
    &["LIST CHILDINFO", "STATUS SIZE", "FETCH BODY of one part", "FETCH BODY", "NAMESPACE"];

#[test]
fn imap_codec_reads_what_we_write() {
    let (mut cannot, mut differs) = (Vec::new(), Vec::new());
    for (kind, response) in samples() {
        let wire = response.to_bytes();
        match ResponseCodec::default().decode(&wire) {
            Ok((b"", read)) => {
                let again = ResponseCodec::default().encode(&read).dump();
                // It writes the names it knows (IMAP4rev1, text, rfc822) in capitals.
                if !again.eq_ignore_ascii_case(&wire) {
                    println!("{kind}\n  ours   {wire:?}\n  theirs {:?}", Bytes::from(again));
                    differs.push(kind);
                }
            }
            other => {
                println!("{kind}: {wire:?}\n  {other:?}");
                cannot.push(kind);
            }
        }
    }
    assert_eq!(cannot, CODEC_CANNOT);
    assert!(differs.is_empty(), "{differs:?}");
}

#[test]
fn imap_proto_reads_what_we_write() {
    let mut cannot = Vec::new();
    for (kind, response) in samples() {
        let wire = response.to_bytes();
        if !matches!(imap_proto::Response::parse(&wire), Ok((b"", _))) {
            println!("{kind}: {wire:?}\n  {:?}", imap_proto::Response::parse(&wire));
            cannot.push(kind);
        }
    }
    assert_eq!(cannot, PROTO_CANNOT);
}

#[test]
fn imap_codec_reads_our_greetings() {
    let code = Code::Capability(vec!["IMAP4rev1".into(), "IDLE".into()]);
    for condition in [Condition::Ok, Condition::Preauth, Condition::Bye] {
        let wire = Response::untagged(condition, Some(code.clone()), "Postfail ready").to_bytes();
        let (rest, greeting) = GreetingCodec::default().decode(&wire).unwrap();
        assert!(rest.is_empty());
        assert!(GreetingCodec::default().encode(&greeting).dump().eq_ignore_ascii_case(&wire));
    }
}
