//! ENVELOPE, with the example of RFC 3501 section 8.
use bytes::BytesMut;

use super::*;

fn written(message: &str) -> String {
    let mut out = BytesMut::new();
    envelope(message.as_bytes()).write(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}

#[test]
fn the_example_of_rfc_3501_section_8() {
    let message = "Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\nFrom: Terry Gray <gray@cac.washington.edu>\r\n\
        Subject: IMAP4rev1 WG mtg summary and minutes\r\nTo: imap@cac.washington.edu\r\n\
        cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\n\
        Message-Id: <B27397-0100000@cac.washington.edu>\r\nMIME-Version: 1.0\r\n\r\n";
    assert_eq!(
        written(message),
        "(\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" \"IMAP4rev1 WG mtg summary and minutes\" \
         ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) \
         ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) \
         ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) \
         ((NIL NIL \"imap\" \"cac.washington.edu\")) \
         ((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")(\"John Klensin\" NIL \"KLENSIN\" \"MIT.EDU\")) NIL NIL \
         \"<B27397-0100000@cac.washington.edu>\")"
    );
}

#[test]
fn absent_empty_and_repeated_fields() {
    assert_eq!(written(""), "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)");
    assert_eq!(
        written(
            "Subject:\r\nFrom: a@b\r\nSender:\r\nReply-To: c@d\r\nFrom: x@y\r\nIn-Reply-To: <1>\r\n <2>\r\n\r\n"
        ),
        "(NIL \"\" ((NIL NIL \"a\" \"b\")) ((NIL NIL \"a\" \"b\")) ((NIL NIL \"c\" \"d\")) NIL NIL NIL \"<1> <2>\" NIL)"
    );
}
