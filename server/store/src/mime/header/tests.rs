//! Fields and parameters, good and broken.
use super::*;

fn read(message: &str) -> (Vec<(String, String)>, usize) {
    let all = fields(message.as_bytes(), 0..message.len());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let pairs = all.map(|field| (text(field.name), text(&field.value()))).collect();
    (pairs, body_offset(message.as_bytes()))
}

#[test]
fn fields_and_where_the_body_begins() {
    // Message, fields as name=value joined by |, body.
    for (message, expected, body) in [
        ("A: 1\r\nB: 2\r\n\r\nbody", "A=1|B=2", "body"),
        ("A: 1\nB: 2\n\nbody", "A=1|B=2", "body"),
        ("A: 1\r\nB: 2\n\r\nbody", "A=1|B=2", "body"),
        ("Subject: one\r\n two\r\n\tthree\r\n\r\n", "Subject=one two\tthree", ""),
        ("Subject:\r\n folded at once\r\n\r\nx", "Subject=folded at once", "x"),
        ("Empty:\r\nA:1\r\n\r\n", "Empty=|A=1", ""),
        ("A : 1\r\n\r\nx", "A=1", "x"),
        ("A: 1", "A=1", ""),
        ("A: 1\r\n", "A=1", ""),
        ("\r\nbody", "", "body"),
        ("\n", "", ""),
        ("", "", ""),
        // The blank line is missing.
        ("A: 1\r\nHello Bob,\r\nB: 2\r\n", "A=1", "Hello Bob,\r\nB: 2\r\n"),
        ("no field here\r\n\r\nx", "", "no field here\r\n\r\nx"),
        ("A: 1\r\nMy dear: x\r\n\r\nx", "A=1", "My dear: x\r\n\r\nx"),
        (": 1\r\n\r\nx", "", ": 1\r\n\r\nx"),
        (" begins folded: 1\r\n\r\nx", "", " begins folded: 1\r\n\r\nx"),
        ("From alice Mon Jan  1\r\nA: 1\r\n\r\nx", "A=1", "x"),
        ("A: 1\r\nFrom alice Mon Jan  1\r\n\r\nx", "A=1", "From alice Mon Jan  1\r\n\r\nx"),
        // A line of white space goes on with the field; it is not blank.
        ("A: 1\r\n \r\nB: 2\r\n\r\nx", "A=1|B=2", "x"),
        ("A: a:b\rc\r\n\r\n", "A=a:b\rc", ""),
        ("Ä: 1\r\n\r\nx", "", "Ä: 1\r\n\r\nx"),
        ("A: ä\r\n\r\nx", "A=ä", "x"),
    ] {
        let (pairs, offset) = read(message);
        let shown: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(shown.join("|"), expected, "{message:?}");
        assert_eq!(&message[offset..], body, "{message:?}");
    }
}

#[test]
fn raw_keeps_every_byte_of_a_field() {
    let message = b"A: 1\r\n  2\r\nB: 3\n\nx";
    let raw: Vec<&[u8]> = fields(message, 0..message.len()).map(|field| &message[field.raw]).collect();
    assert_eq!(raw, [&b"A: 1\r\n  2\r\n"[..], b"B: 3\n"]);
}

#[test]
fn values_with_parameters() {
    for (field, expected) in [
        ("text/plain", "text/plain"),
        ("text/plain; charset=us-ascii (Plain text)", "text/plain;charset=us-ascii"),
        ("text/plain; charset=\"us-ascii\"", "text/plain;charset=us-ascii"),
        ("TEXT / Plain (comment); Charset = utf-8 ;", "TEXT/Plain;Charset=utf-8"),
        ("multipart/mixed; boundary=\"a;b=\\\"c\\\"\"; x=y", "multipart/mixed;boundary=a;b=\"c\";x=y"),
        // RFC 2231 section 3 and 4.1 stay as they are.
        (
            "application/x-stuff; title*0*=us-ascii'en'This%20is; title*1=\" fun\"",
            "application/x-stuff;title*0*=us-ascii'en'This%20is;title*1= fun",
        ),
        ("attachment; filename=my file.pdf; size=1", "attachment;filename=my file.pdf;size=1"),
        ("attachment; filename=\"one\" two; size=1", "attachment;filename=one;size=1"),
        ("attachment; filename=\"unclosed; size=1", "attachment;filename=unclosed; size=1"),
        ("a/b; =x; novalue; c=; (all comment", "a/b;c="),
        ("a/b;;;x=1", "a/b;x=1"),
        ("(only (nested) comment)", ""),
        ("", ""),
    ] {
        let read = Structured::read(field.as_bytes());
        let mut shown = String::from_utf8_lossy(&read.value).into_owned();
        for (name, value) in &read.parameters {
            shown += &format!(";{}={}", String::from_utf8_lossy(name), String::from_utf8_lossy(value));
        }
        assert_eq!(shown, expected, "{field:?}");
    }
}

#[test]
fn parameters_are_bounded() {
    let many = format!("a/b{}", ";x=1".repeat(10_000));
    assert_eq!(Structured::read(many.as_bytes()).parameters.len(), MOST_PARAMETERS);
}
