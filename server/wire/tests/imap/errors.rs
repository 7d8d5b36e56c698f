//! Commands that cannot be read: tag, place and expectation; nesting; where secrets stand.
use bytes::Bytes;
use postfail_wire::imap::command::{Body, Command, SyntaxError};

use super::read;

#[test]
fn errors_say_where_and_what() {
    // Line, tag, byte, expected.
    let table: &[(&str, &str, usize, &str)] = &[
        ("", "", 0, "tag"),
        (" NOOP", "", 0, "tag"),
        ("+ NOOP", "", 0, "tag"),
        ("a(b NOOP", "", 1, "SP behind the tag"),
        ("a", "a", 1, "command name"),
        ("a ", "a", 2, "command name"),
        ("a \"NOOP\"", "a", 2, "command name"),
        ("a NOOP x", "a", 6, "end of the command"),
        ("a UID", "a", 5, "SP and a command that works on UIDs"),
        ("a LOGIN", "a", 7, "SP"),
        ("a LOGIN x", "a", 9, "SP"),
        ("a LOGIN x (", "a", 10, "astring"),
        ("a LOGIN x \"y", "a", 12, "QUOTED-CHAR or DQUOTE"),
        ("a LOGIN {9}\r\nx y", "a", 13, "as many bytes as the literal announced"),
        ("a LOGIN {99999999999999999999}\r\nx", "a", 32, "literal of a size that fits"),
        ("a SELECT x (", "a", 12, "atom"),
        ("a SELECT x (y", "a", 13, "SP or \")\""),
        ("a CREATE x (ROLE (\\Sent))", "a", 12, "\"USE\""),
        ("a STATUS x ()", "a", 12, "status-att"),
        ("a LIST \"\"", "a", 9, "SP"),
        ("a LIST \"\" a RETURN x", "a", 19, "\"(\""),
        ("a APPEND x \"1-Foo-2026 00:00:00 +0000\" {0}\r\n", "a", 14, "date-time"),
        ("a APPEND x (\\Seen", "a", 17, "SP or \")\""),
        ("a FETCH 0 FLAGS", "a", 8, "sequence-set"),
        ("a FETCH 4294967296 FLAGS", "a", 8, "sequence-set"),
        ("a FETCH 1 BODY[1.", "a", 17, "section-text"),
        ("a FETCH 1 BODY[0]", "a", 15, "nz-number"),
        ("a FETCH 1 BODY[MIME]", "a", 15, "part number before MIME"),
        ("a FETCH 1 BODY[HEADER.FIELDS ()]", "a", 30, "astring"),
        ("a FETCH 1 BODY[HEADER", "a", 21, "\"]\" behind the section"),
        ("a FETCH 1 BODY[]<1.0>", "a", 19, "nz-number"),
        ("a FETCH 1 (FLAGS MODSEQ)", "a", 17, "fetch-att"),
        ("a FETCH 1 MODSEQ", "a", 10, "fetch-att"),
        ("a FETCH 1 ", "a", 10, "fetch-att"),
        ("a STORE 1 *FLAGS x", "a", 10, "store-att-flags"),
        ("a SEARCH ON 30-Feb-2026", "a", 12, "date"),
        ("a SEARCH (SEEN", "a", 14, "SP or \")\""),
        ("a SEARCH SEEN FOO", "a", 14, "search-key"),
        ("a SEARCH OR SEEN", "a", 16, "SP"),
    ];
    for (line, tag, at, expected) in table {
        let command = read(line);
        assert_eq!(command.tag, tag, "{line:?}");
        assert_eq!(command.body, Body::Malformed(SyntaxError { at: *at, expected }), "{line:?}");
    }
}

#[test]
fn an_unknown_verb_keeps_all_behind_it() {
    let command = read("t1 X-Foo  {3}\r\nabc (");
    assert_eq!(command.name, "X-FOO");
    assert_eq!(command.body, Body::Unknown { rest: Bytes::from_static(b" {3}\r\nabc (") });
    assert_eq!(read("t1 UID x").name, "UID X");
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| format!("a SEARCH {}SEEN{}", "(".repeat(depth), ")".repeat(depth));
    assert!(matches!(read(&nested(63)).body, Body::Search { .. }));
    assert!(matches!(read(&nested(64)).body, Body::Malformed(_)));
    for opening in ["(", "NOT ", "OR ", "NOT (OR "] {
        let command = read(&format!("a SEARCH {}", opening.repeat(100_000)));
        let Body::Malformed(error) = command.body else { panic!("{opening}: {:?}", command.body) };
        assert_eq!(error.expected, "at most 64 levels of NOT, OR and parentheses", "{opening}");
    }
    let command = read(&format!("a SELECT x (y {}", "(".repeat(100_000)));
    assert!(matches!(command.body, Body::Malformed(_)));
}

/// The command with every secret byte as `*`.
fn masked(line: &str) -> String {
    let command = read(line);
    let mut bytes = line.as_bytes().to_vec();
    for range in command.secrets {
        bytes[range].fill(b'*');
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn secrets_are_found() {
    let table: &[(&str, &str)] = &[
        ("a LOGIN user pass", "a LOGIN user ****"),
        ("a login user pass ", "a login user **** "),
        ("a LOGIN \"us er\" \"pa ss\"", "a LOGIN \"us er\" \"*****\""),
        ("a LOGIN {4}\r\nuser {4+}\r\npass", "a LOGIN {4}\r\nuser {4+}\r\n****"),
        ("a LOGIN user \"\"", "a LOGIN user \"\""),
        ("a AUTHENTICATE PLAIN AAAA", "a AUTHENTICATE PLAIN ****"),
        ("a AUTHENTICATE PLAIN =", "a AUTHENTICATE PLAIN ="),
        ("a AUTHENTICATE PLAIN", "a AUTHENTICATE PLAIN"),
        ("a SELECT pass", "a SELECT pass"),
        // Not readable.
        ("a LOGIN user pass word", "a LOGIN user *********"),
        ("a LOGIN (user pass", "a LOGIN***********"),
        ("a LOGIN \"user pass", "a LOGIN***********"),
        ("a AUTHENTICATE PLAIN AAAA BBBB", "a AUTHENTICATE PLAIN *********"),
        ("a  LOGIN user pass", "a  LOGIN user ****"),
        ("LOGIN user pass", "LOGIN user ****"),
        ("a( login user pass", "a( login user ****"),
        ("a b LOGIN user pass", "a b LOGIN user ****"),
        ("a LOGIN\tuser\tpass", "a LOGIN**********"),
        ("a\tLOGIN user pass", "a\tLOGIN user ****"),
        (" \t a \x0b LOGIN  user pass", " \t a \x0b LOGIN***********"),
        ("a AUTHENTICATE\tPLAIN\tAAAA", "a AUTHENTICATE***********"),
        ("a AUTHENTICATE PLAIN\tAAAA", "a AUTHENTICATE***********"),
        // Of another protocol.
        ("PASS pass", "PASS*****"),
        ("pass my pass word", "pass*************"),
        ("AUTH PLAIN AAAA", "AUTH PLAIN ****"),
        ("a PASS word", "a PASS word"),
    ];
    for (line, expected) in table {
        assert_eq!(masked(line), *expected, "{line}");
    }
}

#[test]
fn a_part_of_a_command_is_read_as_far_as_it_goes() {
    let command = Command::parse(&Bytes::from_static(b"a APPEND x {5000000000}\r\n"));
    assert_eq!((&command.tag[..], command.name.as_str()), (&b"a"[..], "APPEND"));
    assert!(matches!(command.body, Body::Malformed(_)));
}
