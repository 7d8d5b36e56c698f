//! Trees of well-formed and of broken messages, drawn as text: `multipart/mixed[text/plain "body", ...]`.
use super::*;

/// The tree as text, leaves with their bodies.
fn drawn(message: &str) -> String {
    draw(message, &tree(message.as_bytes()))
}

fn draw(message: &str, part: &Part) -> String {
    let name = String::from_utf8_lossy(&part.media.value);
    match &part.kind {
        Kind::Single => format!("{name} {:?}", &message[part.body.clone()]),
        Kind::Multipart(parts) => {
            let parts: Vec<String> = parts.iter().map(|part| draw(message, part)).collect();
            format!("{name}[{}]", parts.join(", "))
        }
        Kind::Message(inner) => format!("{name}({})", draw(message, inner)),
    }
}

#[test]
fn the_example_of_rfc_2046_section_5_1_1() {
    let message = "From: Nathaniel Borenstein <nsb@bellcore.com>\r\n\
        MIME-Version: 1.0\r\nContent-type: multipart/mixed; boundary=\"simple boundary\"\r\n\r\n\
        This is the preamble.\r\n\r\n--simple boundary\r\n\r\n\
        This is implicitly typed plain US-ASCII text.\r\nIt does NOT end with a linebreak.\r\n\
        --simple boundary\r\nContent-type: text/plain; charset=us-ascii\r\n\r\n\
        This is explicitly typed plain US-ASCII text.\r\nIt DOES end with a linebreak.\r\n\r\n\
        --simple boundary--\r\n\r\nThis is the epilogue.";
    assert_eq!(
        drawn(message),
        "multipart/mixed[text/plain \"This is implicitly typed plain US-ASCII text.\\r\\n\
         It does NOT end with a linebreak.\", text/plain \"This is explicitly typed plain US-ASCII text.\\r\\n\
         It DOES end with a linebreak.\\r\\n\"]"
    );
}

#[test]
fn the_complex_example_of_rfc_2049_appendix_a() {
    let message = "MIME-Version: 1.0\nContent-Type: multipart/mixed;\n     boundary=unique-boundary-1\n\n\
        preamble\n\n--unique-boundary-1\n\n... Some text appears here ...\n\n\
        --unique-boundary-1\nContent-type: text/plain; charset=US-ASCII\n\nexplicit\n\n\
        --unique-boundary-1\nContent-Type: multipart/parallel; boundary=unique-boundary-2\n\n\
        --unique-boundary-2\nContent-Type: audio/basic\nContent-Transfer-Encoding: base64\n\naudio\n\n\
        --unique-boundary-2\nContent-Type: image/jpeg\nContent-Transfer-Encoding: base64\n\nimage\n\n\
        --unique-boundary-2--\n\n--unique-boundary-1\nContent-type: text/enriched\n\nrich\n\n\
        --unique-boundary-1\nContent-Type: message/rfc822\n\nFrom: (mailbox in US-ASCII)\n\
        Subject: (subject in US-ASCII)\nContent-Type: Text/plain; charset=ISO-8859-1\n\
        Content-Transfer-Encoding: Quoted-printable\n\nadditional\n\n--unique-boundary-1--\n";
    assert_eq!(
        drawn(message),
        "multipart/mixed[text/plain \"... Some text appears here ...\\n\", text/plain \"explicit\\n\", \
         multipart/parallel[audio/basic \"audio\\n\", image/jpeg \"image\\n\"], text/enriched \"rich\\n\", \
         message/rfc822(Text/plain \"additional\\n\")]"
    );
}

#[test]
fn broken_messages() {
    let mixed = |body: &str| format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{body}");
    for (name, message, expected) in [
        ("empty", String::new(), "text/plain \"\""),
        ("no header", "\r\nbody".into(), "text/plain \"body\""),
        (
            "no end",
            mixed("--b\r\n\r\none\r\n--b\r\n\r\ntwo"),
            "multipart/mixed[text/plain \"one\", text/plain \"two\"]",
        ),
        ("no parts", mixed("nothing"), "multipart/mixed[]"),
        ("only the end", mixed("--b--\r\n"), "multipart/mixed[]"),
        ("cut in a part's header", mixed("--b\r\nContent-Type: a/b"), "multipart/mixed[a/b \"\"]"),
        ("cut at the delimiter", mixed("--b"), "multipart/mixed[text/plain \"\"]"),
        ("no blank line in a part", mixed("--b\r\nX: y\r\n--b--"), "multipart/mixed[text/plain \"\"]"),
        (
            "two delimiters",
            mixed("--b\r\n--b\r\n\r\nx\r\n--b--"),
            "multipart/mixed[text/plain \"\", text/plain \"x\"]",
        ),
        (
            "white space behind",
            mixed("--b \t\r\n\r\nx\r\n--b--  \r\nend"),
            "multipart/mixed[text/plain \"x\"]",
        ),
        (
            "a longer line",
            mixed("--b\r\n\r\n--bb\r\n--b-\r\n --b\r\n--b--"),
            "multipart/mixed[text/plain \"--bb\\r\\n--b-\\r\\n --b\"]",
        ),
        ("bare LF", mixed("--b\n\nx\n--b--\n"), "multipart/mixed[text/plain \"x\"]"),
        (
            "parts behind the end",
            mixed("--b\r\n\r\nx\r\n--b--\r\n--b\r\n\r\ny"),
            "multipart/mixed[text/plain \"x\"]",
        ),
        ("no boundary", "Content-Type: multipart/mixed\r\n\r\n--b\r\n".into(), "text/plain \"--b\\r\\n\""),
        (
            "empty boundary",
            "Content-Type: multipart/mixed; boundary=\" \"\r\n\r\n--\r\n".into(),
            "text/plain \"--\\r\\n\"",
        ),
        ("no subtype", "Content-Type: text\r\n\r\nx".into(), "text/plain \"x\""),
        ("three names", "Content-Type: a/b/c\r\n\r\nx".into(), "text/plain \"x\""),
        ("two types", "Content-Type: a/b\r\nContent-Type: c/d\r\n\r\nx".into(), "a/b \"x\""),
        (
            "a boundary like a field",
            "Content-Type: multipart/mixed; boundary=\"b:c\"\r\n\r\n--b:c\r\nX: y\r\n--b:c\r\n\r\nx".into(),
            "multipart/mixed[text/plain \"\", text/plain \"x\"]",
        ),
    ] {
        assert_eq!(drawn(&message), expected, "{name}");
    }
}

#[test]
fn an_outer_delimiter_ends_what_is_open_inside() {
    let message = "Content-Type: multipart/mixed; boundary=out\r\n\r\n--out\r\n\
        Content-Type: multipart/alternative; boundary=out-in\r\n\r\n--out-in\r\n\r\none\r\n--out-in\r\n\
        Content-Type: message/rfc822\r\n\r\nContent-Type: multipart/mixed; boundary=deep\r\n\r\n--deep\r\n\r\ntwo\r\n\
        --out\r\n\r\nthree\r\n--out--\r\n";
    assert_eq!(
        drawn(message),
        "multipart/mixed[multipart/alternative[text/plain \"one\", \
         message/rfc822(multipart/mixed[text/plain \"two\"])], text/plain \"three\"]"
    );
}

#[test]
fn in_a_digest_parts_are_messages() {
    let message = "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: one\r\n\r\n1\r\n\
        --b\r\nContent-Type: text/plain\r\n\r\n2\r\n--b--\r\n";
    assert_eq!(drawn(message), "multipart/digest[message/rfc822(text/plain \"1\"), text/plain \"2\"]");
}

#[test]
fn depth_and_number_of_parts_are_bounded() {
    let mut deep = String::new();
    for level in 0..500 {
        deep += &format!("Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n");
    }
    let mut part = &tree(deep.as_bytes());
    let mut depth = 1;
    while let Kind::Multipart(parts) = &part.kind {
        part = &parts[0];
        depth += 1;
    }
    assert_eq!(depth, DEEPEST);
    assert_eq!(part.media.value, b"text/plain", "what lies deeper is text");

    let wide =
        format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{}--b--", "--b\r\n\r\nx\r\n".repeat(5_000));
    let Kind::Multipart(parts) = tree(wide.as_bytes()).kind else { panic!("a multipart") };
    assert_eq!(parts.len(), MOST_PARTS - 1);
}
