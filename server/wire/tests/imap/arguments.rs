//! What the arguments of each command come out as.
use bytes::Bytes;
use jiff::civil::date;
use postfail_wire::imap::command::{
    Append, Body, FetchItem, List, Mailbox, SearchKey, StatusItem, StoreAction,
};
use postfail_wire::imap::section::{Section, SectionText};
use postfail_wire::imap::sequence::SequenceSet;

use super::read;

fn bytes(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

fn mailbox(name: &str) -> Mailbox {
    Mailbox(bytes(name))
}

fn set(text: &str) -> SequenceSet {
    SequenceSet::parse(text.as_bytes()).unwrap()
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

fn check(table: Vec<(&str, Body)>) {
    for (line, expected) in table {
        assert_eq!(read(line).body, expected, "{line}");
    }
}

#[test]
fn log_in_and_introduction() {
    let login = |user, password| Body::Login { user: bytes(user), password: bytes(password) };
    check(vec![
        ("a LOGIN a b", login("a", "b")),
        ("a LOGIN \"a \\\\ \\\"b\" {3}\r\nc\r\n", login("a \\ \"b", "c\r\n")),
        ("a LOGIN \"\u{fc}\" \"\"", login("\u{fc}", "")),
        (
            "a authenticate plain AAA=",
            Body::Authenticate { mechanism: "PLAIN".into(), initial: Some(bytes("AAA=")) },
        ),
        ("a authenticate x =", Body::Authenticate { mechanism: "X".into(), initial: Some(bytes("=")) }),
        ("a authenticate x ", Body::Authenticate { mechanism: "X".into(), initial: None }),
        ("a enable utf8=accept x", Body::Enable { names: words(&["UTF8=ACCEPT", "X"]) }),
        ("a id nil", Body::Id { fields: None }),
        ("a id ()", Body::Id { fields: Some(vec![]) }),
        (
            "a id (\"name\" \"x\" \"os\" nil)",
            Body::Id { fields: Some(vec![(bytes("name"), Some(bytes("x"))), (bytes("os"), None)]) },
        ),
    ]);
}

#[test]
fn mailboxes() {
    let select = |name, read_only, parameters: &[&str]| Body::Select {
        mailbox: mailbox(name),
        read_only,
        parameters: words(parameters),
    };
    check(vec![
        ("a SELECT iNbOx", select("INBOX", false, &[])),
        ("a EXAMINE inbox/x", select("inbox/x", true, &[])),
        (
            "a SELECT x (condstore qresync (1 (2)) y 1:* z)",
            select("x", false, &["CONDSTORE", "QRESYNC", "Y", "Z"]),
        ),
        ("a CREATE x", Body::Create { mailbox: mailbox("x"), uses: vec![] }),
        (
            "a CREATE x (use (\\Sent \\All))",
            Body::Create { mailbox: mailbox("x"), uses: words(&["\\Sent", "\\All"]) },
        ),
        ("a DELETE inbox", Body::Delete { mailbox: mailbox("INBOX") }),
        ("a RENAME a \"b c\"", Body::Rename { from: mailbox("a"), to: mailbox("b c") }),
        (
            "a STATUS x (messages x-new size)",
            Body::Status {
                mailbox: mailbox("x"),
                items: vec![StatusItem::Messages, StatusItem::Other("X-NEW".into()), StatusItem::Size],
            },
        ),
        ("a LSUB \"\" a*", Body::Lsub { reference: mailbox(""), pattern: bytes("a*") }),
        (
            "a LIST a %]",
            Body::List(List { reference: bytes("a"), patterns: vec![bytes("%]")], ..List::default() }),
        ),
        (
            "a LIST (subscribed) \"\" (a \"b\") return (children status (unseen) special-use)",
            Body::List(List {
                select: words(&["SUBSCRIBED"]),
                reference: bytes(""),
                patterns: vec![bytes("a"), bytes("b")],
                returns: Some(words(&["CHILDREN", "STATUS", "SPECIAL-USE"])),
                status: vec![StatusItem::Unseen],
                extended: true,
            }),
        ),
        (
            "a LIST () \"\" a",
            Body::List(List { patterns: vec![bytes("a")], extended: true, ..List::default() }),
        ),
        (
            "a APPEND x (\\Seen k) \" 1-jan-2026 00:00:00 +0100\" {4}\r\n\"{1}",
            Body::Append(Append {
                mailbox: mailbox("x"),
                flags: words(&["\\Seen", "k"]),
                date: Some("2025-12-31T23:00:00Z".parse().unwrap()),
                message: bytes("\"{1}"),
            }),
        ),
    ]);
}

#[test]
fn messages() {
    let fetch = |items| Body::Fetch { uid: false, set: set("1:2"), items };
    let part = |peek, part: &[u32], text, partial| FetchItem::Body {
        peek,
        section: Section { part: part.to_vec(), text },
        partial,
    };
    check(vec![
        ("a FETCH 1:2 fast", fetch(vec![FetchItem::Flags, FetchItem::InternalDate, FetchItem::Rfc822Size])),
        ("a FETCH 1:2 body", fetch(vec![FetchItem::BodyStructure { extended: false }])),
        ("a FETCH 1:2 BODY[]<3.4>", fetch(vec![part(false, &[], SectionText::Whole, Some((3, 4)))])),
        (
            "a FETCH 1:2 (BODY.PEEK[1.2.mime] UID)",
            fetch(vec![part(true, &[1, 2], SectionText::Mime, None), FetchItem::Uid]),
        ),
        (
            "a FETCH 1:2 body[3.header.fields.not (A \"b c\")]",
            fetch(vec![part(false, &[3], SectionText::HeaderFieldsNot(words(&["A", "b c"])), None)]),
        ),
        (
            "a UID STORE * -flags.silent a b",
            Body::Store {
                uid: true,
                set: set("*"),
                action: StoreAction::Remove,
                silent: true,
                flags: words(&["a", "b"]),
            },
        ),
        (
            "a STORE 9:8 FLAGS ()",
            Body::Store {
                uid: false,
                set: set("9:8"),
                action: StoreAction::Replace,
                silent: false,
                flags: vec![],
            },
        ),
        ("a UID COPY 1,2 inbox", Body::Copy { uid: true, set: set("1,2"), mailbox: mailbox("INBOX") }),
        ("a MOVE 1 x", Body::Move { uid: false, set: set("1"), mailbox: mailbox("x") }),
        ("a UID EXPUNGE 1:*", Body::Expunge { uids: Some(set("1:*")) }),
        ("a EXPUNGE", Body::Expunge { uids: None }),
    ]);
}

#[test]
fn search_keys() {
    use SearchKey::{All, And, Deleted, Header, Not, On, Or, Seen, SentSince, Sequence, Smaller, Uid};
    let header = |name: &str, text| Header(name.to_owned(), bytes(text));
    let table = vec![
        ("all", All),
        ("1:3,*", Sequence(set("1:3,*"))),
        ("uid 4 seen", And(vec![Uid(set("4")), Seen])),
        ("(seen)", Seen),
        ("(seen (deleted all))", And(vec![Seen, And(vec![Deleted, All])])),
        ("not not seen", Not(Box::new(Not(Box::new(Seen))))),
        ("or seen or deleted all", Or(Box::new(Seen), Box::new(Or(Box::new(Deleted), Box::new(All))))),
        ("on 1-Feb-2026", On(date(2026, 2, 1))),
        ("sentsince \"29-feb-2024\"", SentSince(date(2024, 2, 29))),
        ("smaller 0 ", Smaller(0)),
        ("from {3}\r\na b subject \"\"", And(vec![header("from", "a b"), header("subject", "")])),
        ("header Message-ID <x@y>", header("message-id", "<x@y>")),
        (
            "keyword $A unkeyword b",
            And(vec![SearchKey::Keyword("$A".into()), SearchKey::Unkeyword("b".into())]),
        ),
    ];
    for (text, key) in table {
        let body = Body::Search { uid: false, charset: None, key };
        assert_eq!(read(&format!("a SEARCH {text}")).body, body, "{text}");
    }
    let body =
        Body::Search { uid: true, charset: Some("utf-8".into()), key: SearchKey::Text(bytes("\u{65e5}")) };
    assert_eq!(read("a UID SEARCH CHARSET utf-8 TEXT {3}\r\n\u{65e5}").body, body);
}
