//! One or more responses of every kind we write.
use bytes::Bytes;
use postfail_wire::imap::command::{Mailbox, StatusItem};
use postfail_wire::imap::response::structure::{Content, Disposition, Multipart, Single};
use postfail_wire::imap::response::{Code, Condition, FetchData, Listed, Namespace, Response};
use postfail_wire::imap::section::Section;
use postfail_wire::imap::sequence::SequenceSet;
use postfail_wire::imap::{Address, BodyStructure, Envelope};

pub fn bytes(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

fn some(text: &str) -> Option<Bytes> {
    Some(bytes(text))
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

fn set(text: &str) -> SequenceSet {
    SequenceSet::parse(text.as_bytes()).unwrap()
}

fn pairs(list: &[(&str, &str)]) -> Vec<(Bytes, Bytes)> {
    list.iter().map(|(name, value)| (bytes(name), bytes(value))).collect()
}

pub fn envelope() -> Envelope {
    let person = |name: &str, mailbox: &str| Address {
        name: some(name),
        route: None,
        mailbox: some(mailbox),
        host: some("example.org"),
    };
    Envelope {
        date: some("Sun, 22 Nov 2026 10:11:12 +0900"),
        subject: some("A \"quoted\" \\ subject"),
        from: vec![person("Alice", "alice")],
        sender: vec![person("Alice", "alice")],
        reply_to: vec![person("Alice", "alice")],
        to: vec![
            Address { mailbox: some("friends"), ..Address::default() },
            person("=?UTF-8?Q?B=C3=B6b?=", "bob"),
            Address::default(),
        ],
        cc: vec![],
        bcc: vec![],
        in_reply_to: None,
        message_id: some("<1@example.org>"),
    }
}

pub fn text() -> Single {
    Single {
        media_type: bytes("text"),
        subtype: bytes("plain"),
        parameters: pairs(&[("charset", "utf-8"), ("format", "flowed")]),
        encoding: bytes("7bit"),
        octets: 120,
        content: Content::Text { lines: 4 },
        ..Single::default()
    }
}

pub fn structure() -> BodyStructure {
    let image = Single {
        media_type: bytes("image"),
        subtype: bytes("png"),
        id: some("<i@x>"),
        description: some("a picture"),
        encoding: bytes("base64"),
        octets: 9,
        md5: some("Q2hlY2sgSW50ZWdyaXR5IQ=="),
        disposition: Some(Disposition {
            kind: bytes("attachment"),
            parameters: pairs(&[("filename", "a \"b\".png")]),
        }),
        language: vec![bytes("en"), bytes("ja")],
        location: some("http://example.org/"),
        ..Single::default()
    };
    let message = Single {
        media_type: bytes("message"),
        subtype: bytes("rfc822"),
        encoding: bytes("8bit"),
        octets: 500,
        content: Content::Message {
            envelope: Box::new(envelope()),
            structure: Box::new(BodyStructure::Single(Box::new(text()))),
            lines: 20,
        },
        language: vec![bytes("de")],
        ..Single::default()
    };
    let inner = Multipart {
        parts: vec![BodyStructure::Single(Box::new(text())), BodyStructure::Single(Box::new(image))],
        subtype: bytes("related"),
        ..Multipart::default()
    };
    BodyStructure::Multipart(Multipart {
        parts: vec![BodyStructure::Multipart(inner), BodyStructure::Single(Box::new(message))],
        subtype: bytes("mixed"),
        parameters: pairs(&[("boundary", "=_1")]),
        disposition: Some(Disposition { kind: bytes("inline"), parameters: vec![] }),
        ..Multipart::default()
    })
}

fn listed(attributes: &[&str], delimiter: Option<char>, name: &str, child_info: &[&str]) -> Listed {
    Listed {
        attributes: words(attributes),
        delimiter,
        mailbox: Mailbox(bytes(name)),
        child_info: words(child_info),
    }
}

/// A name for each, and the response.
pub fn samples() -> Vec<(&'static str, Response)> {
    let ok = |code| Response::untagged(Condition::Ok, Some(code), "text");
    let fetch = |items| Response::Fetch { number: 7, items };
    let body = |section: &str, origin, data| {
        let section = Section::parse(section.as_bytes()).unwrap();
        Response::Fetch { number: 1, items: vec![FetchData::Section { section, origin, data }] }
    };
    let tag = bytes("a1");
    let refused = Some(Code::Other("AUTHENTICATIONFAILED".into()));
    vec![
        ("OK", Response::tagged(&tag, Condition::Ok, None, "done")),
        ("NO with a code of RFC 5530", Response::tagged(&tag, Condition::No, refused, "no such user")),
        ("BAD", Response::tagged(&tag, Condition::Bad, None, "what?")),
        ("untagged NO", Response::untagged(Condition::No, None, "disk nearly full")),
        ("BYE", Response::untagged(Condition::Bye, Some(Code::Other("UNAVAILABLE".into())), "too busy")),
        ("ALERT", ok(Code::Alert)),
        ("BADCHARSET alone", Response::tagged(&tag, Condition::No, Some(Code::BadCharset(vec![])), "no")),
        (
            "BADCHARSET with names",
            Response::tagged(
                &tag,
                Condition::No,
                Some(Code::BadCharset(words(&["UTF-8", "US-ASCII"]))),
                "no",
            ),
        ),
        ("CAPABILITY code", ok(Code::Capability(words(&["IMAP4rev1", "IDLE", "AUTH=PLAIN"])))),
        ("PARSE", ok(Code::Parse)),
        ("PERMANENTFLAGS", ok(Code::PermanentFlags(words(&["\\Seen", "$Junk", "\\*"])))),
        ("READ-ONLY", ok(Code::ReadOnly)),
        ("READ-WRITE", ok(Code::ReadWrite)),
        ("TRYCREATE", Response::tagged(&tag, Condition::No, Some(Code::TryCreate), "no such mailbox")),
        ("UIDNEXT", ok(Code::UidNext(4_294_967_295))),
        ("UIDVALIDITY", ok(Code::UidValidity(1))),
        ("UNSEEN", ok(Code::Unseen(3))),
        ("APPENDUID", ok(Code::AppendUid { uid_validity: 9, uids: set("4") })),
        ("COPYUID", ok(Code::CopyUid { uid_validity: 9, from: set("1:3,7"), to: set("11:14") })),
        (
            "CAPABILITY",
            Response::Capability(words(&["IMAP4rev1", "LITERAL+", "SASL-IR", "AUTH=PLAIN", "X-NEW"])),
        ),
        ("ENABLED", Response::Enabled(words(&["UTF8=ACCEPT", "CONDSTORE"]))),
        ("ENABLED nothing", Response::Enabled(vec![])),
        ("FLAGS", Response::Flags(words(&["\\Answered", "\\Seen", "$Forwarded"]))),
        ("LIST", Response::List(listed(&["\\HasNoChildren", "\\Sent"], Some('/'), "Sent", &[]))),
        ("LIST flat", Response::List(listed(&[], None, "a b", &[]))),
        ("LIST backslash", Response::List(listed(&["\\Noselect"], Some('\\'), "x", &[]))),
        ("LIST CHILDINFO", Response::List(listed(&["\\NonExistent"], Some('/'), "x", &["SUBSCRIBED"]))),
        ("LSUB", Response::Lsub(listed(&[], Some('.'), "INBOX", &[]))),
        (
            "STATUS",
            Response::MailboxStatus {
                mailbox: Mailbox(bytes("a \"b\"")),
                items: vec![
                    (StatusItem::Messages, 3),
                    (StatusItem::Recent, 0),
                    (StatusItem::UidNext, 4),
                    (StatusItem::UidValidity, 5),
                    (StatusItem::Unseen, 1),
                ],
            },
        ),
        (
            "STATUS SIZE",
            Response::MailboxStatus {
                mailbox: Mailbox(bytes("x")),
                items: vec![(StatusItem::Size, 1 << 33)],
            },
        ),
        ("SEARCH", Response::Search(vec![1, 2, 4_294_967_295])),
        ("SEARCH nothing", Response::Search(vec![])),
        ("EXISTS", Response::Exists(0)),
        ("RECENT", Response::Recent(2)),
        ("EXPUNGE", Response::Expunge(5)),
        (
            "FETCH of small items",
            fetch(vec![
                FetchData::Uid(8),
                FetchData::Flags(words(&["\\Seen", "\\Recent", "$Junk"])),
                FetchData::InternalDate("2026-11-02T10:11:12Z".parse().unwrap()),
                FetchData::Size(1234),
            ]),
        ),
        ("FETCH no flags", fetch(vec![FetchData::Flags(vec![])])),
        ("FETCH ENVELOPE", fetch(vec![FetchData::Envelope(envelope())])),
        ("FETCH empty ENVELOPE", fetch(vec![FetchData::Envelope(Envelope::default())])),
        (
            "FETCH 8-bit ENVELOPE",
            fetch(vec![FetchData::Envelope(Envelope {
                subject: some("\u{65e5}\u{672c}"),
                ..Envelope::default()
            })]),
        ),
        ("FETCH BODY of one part", fetch(vec![FetchData::Body(BodyStructure::Single(Box::new(text())))])),
        ("FETCH BODY", fetch(vec![FetchData::Body(structure())])),
        (
            "FETCH BODYSTRUCTURE of one part",
            fetch(vec![FetchData::BodyStructure(BodyStructure::Single(Box::new(text())))]),
        ),
        ("FETCH BODYSTRUCTURE", fetch(vec![FetchData::BodyStructure(structure())])),
        (
            "FETCH BODYSTRUCTURE without parts",
            fetch(vec![FetchData::BodyStructure(BodyStructure::Multipart(Multipart {
                subtype: bytes("mixed"),
                ..Multipart::default()
            }))]),
        ),
        ("FETCH BODY[]", body("[]", None, some("A: b\r\n\r\nc)\r\n"))),
        ("FETCH BODY[] empty", body("[]", None, some(""))),
        ("FETCH BODY[]<0>", body("[]", Some(0), some("A:"))),
        ("FETCH BODY[1.2.MIME]", body("[1.2.MIME]", None, some("\r\n"))),
        ("FETCH BODY[3] of no such part", body("[3]", None, None)),
        ("FETCH BODY[1.TEXT]", body("[1.TEXT]", Some(9), some("x"))),
        ("FETCH BODY[HEADER.FIELDS]", body("[HEADER.FIELDS (FROM Message-ID)]", None, some("\r\n"))),
        ("FETCH BODY[HEADER.FIELDS.NOT]", body("[HEADER.FIELDS.NOT (x)]", None, some("\r\n"))),
        ("FETCH RFC822", fetch(vec![FetchData::Rfc822(some("A: b\r\n\r\n"))])),
        ("FETCH RFC822 of nothing", fetch(vec![FetchData::Rfc822(None)])),
        ("FETCH RFC822.HEADER", fetch(vec![FetchData::Rfc822Header(some("A: b\r\n\r\n"))])),
        ("FETCH RFC822.TEXT", fetch(vec![FetchData::Rfc822Text(some("b"))])),
        (
            "NAMESPACE",
            Response::Namespace {
                personal: vec![Namespace { prefix: bytes(""), delimiter: Some('/') }],
                others: vec![Namespace { prefix: bytes("user/"), delimiter: Some('/') }],
                shared: vec![],
            },
        ),
        ("ID", Response::Id(Some(vec![(bytes("name"), some("x")), (bytes("os"), None)]))),
        ("ID NIL", Response::Id(None)),
        ("continuation", Response::Continuation("send it".into())),
        ("continuation without a text", Response::Continuation(String::new())),
        ("challenge", Response::Challenge(bytes("<1.2@host>"))),
        ("empty challenge", Response::Challenge(Bytes::new())),
    ]
}
