//! BODYSTRUCTURE, with the examples of RFC 3501 section 7.4.2 and 8.
use bytes::BytesMut;

use super::*;

fn written(message: &str, extended: bool) -> String {
    let mut out = BytesMut::new();
    structure(message.as_bytes()).write(&mut out, extended);
    String::from_utf8_lossy(&out).into_owned()
}

#[test]
fn a_plain_message() {
    let body = "line\r\n".repeat(92);
    let message = format!("Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n\r\n{body}");
    let expected = "(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7bit\" 552 92";
    assert_eq!(written(&message, false), format!("{expected})"));
    assert_eq!(written(&message, true), format!("{expected} NIL NIL NIL NIL)"));
    assert_eq!(
        written("\r\nx", false),
        "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 1 0)"
    );
    assert_eq!(written("", false), "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0)");
}

#[test]
fn a_text_message_with_an_attachment() {
    let message = "Content-Type: multipart/mixed; boundary=b\r\nContent-Language: en, ja\r\n\r\n\
        --b\r\n\r\nhello\r\n\
        --b\r\nContent-Type: TEXT/PLAIN; NAME=\"cc.diff\"\r\nContent-ID: <960723163407.20117h@cac>\r\n\
        Content-Description: Compiler diff\r\nContent-Transfer-Encoding: BASE64\r\n\
        Content-Disposition: attachment; filename=\"cc.diff\"\r\nContent-MD5: Q2hlY2s=\r\nContent-Language: de\r\n\
        Content-Location: http://x/\r\n\r\naGVs\r\nbG8=\r\n--b--\r\n";
    assert_eq!(
        written(message, true),
        "((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 5 0 NIL NIL NIL NIL)\
         (\"TEXT\" \"PLAIN\" (\"NAME\" \"cc.diff\" \"charset\" \"us-ascii\") \"<960723163407.20117h@cac>\" \"Compiler diff\" \"BASE64\" 10 1 \
         \"Q2hlY2s=\" (\"attachment\" (\"filename\" \"cc.diff\")) (\"de\") \"http://x/\") \
         \"mixed\" (\"boundary\" \"b\") NIL (\"en\" \"ja\") NIL)"
    );
}

#[test]
fn a_message_in_a_message() {
    let message =
        "Content-Type: message/rfc822\r\n\r\nSubject: in\r\nContent-Type: image/png\r\n\r\nx\r\ny\r\n";
    assert_eq!(
        written(message, false),
        "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 46 \
         (NIL \"in\" NIL NIL NIL NIL NIL NIL NIL NIL) (\"image\" \"png\" NIL NIL NIL \"7bit\" 6) 5)"
    );
}

#[test]
fn nonsense_gets_defaults() {
    let message =
        "Content-Type: text\r\nContent-Transfer-Encoding: (none)\r\nContent-Disposition: ; x=y\r\n\r\n";
    assert_eq!(
        written(message, true),
        "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0 NIL (\"\" (\"x\" \"y\")) NIL NIL)"
    );
}
