//! Sections, on the tree that RFC 3501 section 6.4.5 draws.
use super::*;

/// RFC 3501's example, each leaf saying its own number.
fn example() -> Bytes {
    let message = "Subject: outer\r\nFrom: a@b\r\nContent-Type: multipart/mixed; boundary=A\r\n\r\n\
        --A\r\nContent-Type: text/plain\r\n\r\npart 1\r\n\
        --A\r\nContent-Type: application/octet-stream\r\n\r\npart 2\r\n\
        --A\r\nContent-Type: message/rfc822\r\n\r\nSubject: three\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n\
        --B\r\n\r\npart 3.1\r\n--B\r\nContent-Type: application/octet-stream\r\n\r\npart 3.2\r\n--B--\r\n\
        --A\r\nContent-Type: multipart/mixed; boundary=C\r\n\r\n\
        --C\r\nContent-Type: image/gif\r\n\r\npart 4.1\r\n\
        --C\r\nContent-Type: message/rfc822\r\n\r\nSubject: four\r\nContent-Type: multipart/mixed; boundary=D\r\n\r\n\
        --D\r\n\r\npart 4.2.1\r\n\
        --D\r\nContent-Type: multipart/alternative; boundary=E\r\n\r\n\
        --E\r\n\r\npart 4.2.2.1\r\n--E\r\nContent-Type: text/richtext\r\n\r\npart 4.2.2.2\r\n--E--\r\n--D--\r\n--C--\r\n\
        --A--\r\n";
    Bytes::from_static(message.as_bytes())
}

fn cut(message: &Bytes, spec: &str) -> Option<String> {
    let spec = Section::parse(format!("[{spec}]").as_bytes()).expect(spec);
    section(message, &spec).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

#[test]
fn every_section_of_the_rfc_s_example() {
    let message = example();
    for number in ["1", "2", "3.1", "3.2", "4.1", "4.2.1", "4.2.2.1", "4.2.2.2"] {
        assert_eq!(cut(&message, number), Some(format!("part {number}")));
    }
    let starts = |spec: &str, expected: &str| {
        let cut = cut(&message, spec).unwrap_or_else(|| panic!("{spec} is there"));
        assert!(cut.starts_with(expected), "{spec}: {cut:?}");
        cut
    };
    assert_eq!(starts("", "Subject: outer").len(), message.len());
    assert!(starts("HEADER", "Subject: outer").ends_with("boundary=A\r\n\r\n"));
    assert!(starts("TEXT", "--A\r\n").ends_with("--A--\r\n"));
    assert!(starts("3", "Subject: three").ends_with("--B--"));
    assert!(starts("3.HEADER", "Subject: three").ends_with("boundary=B\r\n\r\n"));
    assert!(starts("3.TEXT", "--B\r\n").ends_with("--B--"));
    assert!(starts("4", "--C\r\n").ends_with("--C--"));
    assert_eq!(starts("4.1.MIME", ""), "Content-Type: image/gif\r\n\r\n");
    assert_eq!(starts("3.1.MIME", ""), "\r\n");
    assert!(starts("4.2.HEADER", "Subject: four").ends_with("\r\n\r\n"));
    assert!(starts("4.2.TEXT", "--D\r\n").ends_with("--D--"));
    assert!(starts("4.2.2", "--E\r\n").ends_with("--E--"));
    assert_eq!(starts("4.2.HEADER.FIELDS (SUBJECT)", ""), "Subject: four\r\n\r\n");
    for absent in [
        "5",
        "1.1",
        "1.HEADER",
        "1.TEXT",
        "4.HEADER",
        "4.3",
        "4.2.2.3",
        "3.3",
        "4.1.1",
        "2.HEADER.FIELDS (A)",
    ] {
        assert_eq!(cut(&message, absent), None, "{absent}");
    }
}

#[test]
fn a_message_that_is_no_multipart_has_part_1() {
    let message = Bytes::from_static(b"Subject: x\r\n\r\nbody\r\n");
    assert_eq!(cut(&message, "1").as_deref(), Some("body\r\n"));
    assert_eq!(cut(&message, "1.MIME").as_deref(), Some("Subject: x\r\n\r\n"));
    for absent in ["2", "1.1", "1.HEADER", "1.1.1.1.1"] {
        assert_eq!(cut(&message, absent), None, "{absent}");
    }
    let wrapped = Bytes::from_static(b"Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nbody");
    assert_eq!(cut(&wrapped, "1").as_deref(), Some("Subject: in\r\n\r\nbody"));
    assert_eq!(cut(&wrapped, "1.1").as_deref(), Some("body"));
    assert_eq!(cut(&wrapped, "1.HEADER").as_deref(), Some("Subject: in\r\n\r\n"));
    assert_eq!(cut(&wrapped, "1.TEXT").as_deref(), Some("body"));
    assert_eq!(cut(&wrapped, "1.1.1"), None);
}

#[test]
fn fields_are_picked_as_they_stand() {
    let message = Bytes::from_static(b"To: a\r\nsubject: one\r\n two\r\nX-A: 1\nTO: b\r\n\r\nbody");
    for (spec, expected) in [
        ("HEADER.FIELDS (SUBJECT)", "subject: one\r\n two\r\n\r\n"),
        ("HEADER.FIELDS (to x-none)", "To: a\r\nTO: b\r\n\r\n"),
        ("HEADER.FIELDS (x-none)", "\r\n"),
        ("HEADER.FIELDS.NOT (To Subject)", "X-A: 1\n\r\n"),
    ] {
        assert_eq!(cut(&message, spec).as_deref(), Some(expected), "{spec}");
    }
    let headless = Bytes::from_static(b"To: a");
    assert_eq!(cut(&headless, "HEADER").as_deref(), Some("To: a"));
    assert_eq!(cut(&headless, "HEADER.FIELDS (To)").as_deref(), Some("To: a\r\n\r\n"));
    assert_eq!(cut(&headless, "TEXT").as_deref(), Some(""));
    assert_eq!(cut(&Bytes::new(), "HEADER").as_deref(), Some(""));
}

#[test]
fn sections_share_the_message_s_memory() {
    let message = example();
    let cut = section(&message, &Section { part: vec![4, 1], text: SectionText::Whole }).unwrap();
    assert!(message.as_ptr_range().contains(&cut.as_ptr()));
}
