//! Lines that real clients send: recorded from Thunderbird, mbsync, fetchmail, mutt, NeoMutt, offlineimap, getmail,
//! imapflow, JavaMail, curl and imaplib, and those of extensions we do not speak.
use postfail_wire::imap::command::Body;

use super::read;

/// The outcome of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    /// The grammar knows all of it.
    Read,
    /// A verb we know with arguments of an extension we do not list: to be answered BAD.
    Malformed,
    /// A verb we do not know.
    Unknown,
}
use Outcome::{Malformed, Read, Unknown};

/// Line, verb, outcome.
const LINES: &[(&str, &str, Outcome)] = &[
    // Any state, and before log-in.
    ("1 capability", "CAPABILITY", Read),
    ("a1 CAPABILITY ", "CAPABILITY", Read),
    ("2 noop", "NOOP", Read),
    ("a0007 LOGOUT", "LOGOUT", Read),
    ("1 STARTTLS", "STARTTLS", Read),
    ("2 authenticate PLAIN", "AUTHENTICATE", Read),
    ("A00001 AUTHENTICATE CRAM-MD5", "AUTHENTICATE", Read),
    ("a AUTHENTICATE PLAIN AGFsaWNlAHNlY3JldA==", "AUTHENTICATE", Read),
    ("a AUTHENTICATE EXTERNAL =", "AUTHENTICATE", Read),
    ("a AUTHENTICATE XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciB4AQE=", "AUTHENTICATE", Read),
    ("GFKL1 LOGIN alice \"secret\"", "LOGIN", Read),
    ("a LOGIN alice@example.org pa]ss", "LOGIN", Read),
    ("a LOGIN {5}\r\nalice {6}\r\nsecret", "LOGIN", Read),
    ("a LOGIN {5+}\r\nalice {6+}\r\nsecret", "LOGIN", Read),
    ("a LOGIN {5-}\r\nalice {6-}\r\nsecret", "LOGIN", Read),
    ("a LOGIN \"al\\\"ice\" \"\"", "LOGIN", Read),
    ("a0001 ENABLE UTF8=ACCEPT", "ENABLE", Read),
    ("6 ENABLE CONDSTORE QRESYNC", "ENABLE", Read),
    ("3 ID (\"name\" \"Thunderbird\" \"version\" \"153.7.0\")", "ID", Read),
    ("1 ID (\"name\" \"imapflow\" \"date\" NIL)", "ID", Read),
    ("1 ID NIL", "ID", Read),
    ("1 ID ()", "ID", Read),
    ("4 namespace", "NAMESPACE", Read),
    // Mailboxes.
    ("5 select \"INBOX\"", "SELECT", Read),
    ("A00002 SELECT inbox", "SELECT", Read),
    ("5 select \"INBOX\" (CONDSTORE)", "SELECT", Read),
    ("a SELECT INBOX (QRESYNC (67890007 20050715194045000 41,43:211,214:541 (1,9 4,8)))", "SELECT", Read),
    ("JEMA5 EXAMINE INBOX", "EXAMINE", Read),
    ("9 create \"Trash\"", "CREATE", Read),
    ("a CREATE Sent (USE (\\Sent))", "CREATE", Read),
    ("a CREATE \"My Mail\" (USE (\\Drafts \\Junk))", "CREATE", Read),
    ("a DELETE \"Trash/old\"", "DELETE", Read),
    ("a RENAME Old \"New name\"", "RENAME", Read),
    ("a SUBSCRIBE &ZeVnLIqe-", "SUBSCRIBE", Read),
    ("a UNSUBSCRIBE {3+}\r\nfoo", "UNSUBSCRIBE", Read),
    ("6 list \"\" \"INBOX\"", "LIST", Read),
    ("a0003 LIST \"\" \"\"", "LIST", Read),
    ("a LIST \"\" *", "LIST", Read),
    ("a LIST Mail/ %", "LIST", Read),
    ("5 list (subscribed) \"\" \"*\" return (special-use)", "LIST", Read),
    ("7 LIST \"\" \"*\" RETURN (SPECIAL-USE CHILDREN SUBSCRIBED)", "LIST", Read),
    ("C0 LIST (SPECIAL-USE) \"\" \"*\" RETURN (SUBSCRIBED CHILDREN)", "LIST", Read),
    ("C1 LIST \"\" \"INBOX\" RETURN (SUBSCRIBED CHILDREN)", "LIST", Read),
    ("a LIST (SUBSCRIBED) \"\" (\"a\" \"b\")", "LIST", Read),
    ("a LIST () \"\" (INBOX \"Sent/%\") RETURN ()", "LIST", Read),
    ("a LIST (SUBSCRIBED RECURSIVEMATCH) \"\" %", "LIST", Read),
    ("a LIST \"\" % RETURN (STATUS (MESSAGES UNSEEN) CHILDREN)", "LIST", Read),
    ("a LSUB \"\" \"*\"", "LSUB", Read),
    ("a STATUS INBOX (MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN)", "STATUS", Read),
    ("a STATUS INBOX (HIGHESTMODSEQ DELETED)", "STATUS", Read),
    ("a STATUS INBOX (SIZE MAILBOXID APPENDLIMIT)", "STATUS", Read),
    ("a APPEND Sent (\\Seen) \"22-Nov-2026 10:11:12 +0900\" {5}\r\nA: b\n", "APPEND", Read),
    ("a APPEND Drafts (\\Draft $Forwarded) {5+}\r\nA: b\n", "APPEND", Read),
    ("a APPEND Sent \" 2-Nov-2026 10:11:12 +0000\" {0}\r\n", "APPEND", Read),
    ("a APPEND Sent ~{2+}\r\n\0\0", "APPEND", Read),
    ("a UNSELECT", "UNSELECT", Read),
    ("a CLOSE", "CLOSE", Read),
    ("a CHECK", "CHECK", Read),
    ("12 IDLE", "IDLE", Read),
    // Messages.
    ("a EXPUNGE", "EXPUNGE", Read),
    ("a UID EXPUNGE 3000:3002,4", "UID EXPUNGE", Read),
    ("a SEARCH UNSEEN UNDELETED", "SEARCH", Read),
    ("a UID SEARCH CHARSET UTF-8 SUBJECT {6}\r\n\u{65e5}\u{672c}", "UID SEARCH", Read),
    ("a SEARCH OR (FROM \"a\" SINCE 1-Feb-2026) NOT TO b", "SEARCH", Read),
    ("a UID SEARCH HEADER X-TUID ABCdef 5:*", "UID SEARCH", Read),
    ("a SEARCH UID 1:* LARGER 1000 UNKEYWORD $Junk", "SEARCH", Read),
    ("6 UID fetch 1:* (FLAGS)", "UID FETCH", Read),
    (
        "7 UID fetch 1:3 (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From To Cc Bcc Subject Date Message-ID)])",
        "UID FETCH",
        Read,
    ),
    ("8 UID fetch 1:3 (UID RFC822.SIZE BODY.PEEK[])", "UID FETCH", Read),
    ("6 UID FETCH 1:3 (UID FLAGS)", "UID FETCH", Read),
    ("A FETCH 1:3 RFC822.SIZE", "FETCH", Read),
    ("A FETCH 2 RFC822.HEADER", "FETCH", Read),
    ("A FETCH 2 BODY.PEEK[TEXT]", "FETCH", Read),
    ("a FETCH 1:3 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (DATE FROM)])", "FETCH", Read),
    ("A5 FETCH 1:3 (ENVELOPE INTERNALDATE RFC822.SIZE BODYSTRUCTURE)", "FETCH", Read),
    ("A6 FETCH 1 (BODY[TEXT]<0.6>)", "FETCH", Read),
    ("A FETCH 1 (RFC822)", "FETCH", Read),
    ("a UID FETCH 1 BODY[]", "UID FETCH", Read),
    ("a FETCH 1 (BODY.PEEK[1.2.MIME] BODY[1.HEADER.FIELDS.NOT (X)] BODY)", "FETCH", Read),
    ("a FETCH 1:* FULL", "FETCH", Read),
    ("a STORE 1 +FLAGS (\\Seen)", "STORE", Read),
    ("a STORE 1 +FLAGS \\Seen \\Deleted", "STORE", Read),
    ("a UID STORE 1,3:5 -FLAGS.SILENT (\\Flagged $Label1)", "UID STORE", Read),
    ("a STORE 2:4 FLAGS ()", "STORE", Read),
    ("a UID COPY 1:2 \"Archive/2026\"", "UID COPY", Read),
    ("a COPY * Trash", "COPY", Read),
    ("a UID MOVE 7 Trash", "UID MOVE", Read),
    ("a MOVE 1:* Trash", "MOVE", Read),
    // Extensions we do not list, on verbs we know.
    ("a SEARCH RETURN (MIN COUNT) ALL", "SEARCH", Malformed),
    ("a SEARCH $ SMALLER 4096", "SEARCH", Malformed),
    ("a UID SEARCH YOUNGER 259200", "UID SEARCH", Malformed),
    ("a UID SEARCH MODSEQ 620162338", "UID SEARCH", Malformed),
    ("a FETCH 1:* (FLAGS BODYSTRUCTURE ENVELOPE MODSEQ UID)", "FETCH", Malformed),
    ("a UID FETCH 1:* (FLAGS) (CHANGEDSINCE 12345 VANISHED)", "UID FETCH", Malformed),
    ("a UID FETCH 1 (X-GM-MSGID X-GM-LABELS)", "UID FETCH", Malformed),
    ("a FETCH 1 (BINARY.PEEK[1] PREVIEW (LAZY))", "FETCH", Malformed),
    ("a FETCH 1 (EMAILID SAVEDATE)", "FETCH", Malformed),
    ("a UID STORE 1 (UNCHANGEDSINCE 96) +FLAGS.SILENT (\\Seen)", "UID STORE", Malformed),
    ("a APPEND Sent (\\Seen) UTF8 (~{3+}\r\nabc)", "APPEND", Malformed),
    ("a APPEND Sent {1+}\r\na {1+}\r\nb", "APPEND", Malformed),
    ("a APPEND Drafts CATENATE (URL \"/INBOX/;UID=20\")", "APPEND", Malformed),
    // Verbs we do not know.
    ("a COMPRESS DEFLATE", "COMPRESS", Unknown),
    ("a XLIST \"\" *", "XLIST", Unknown),
    ("a SORT (REVERSE DATE) UTF-8 ALL", "SORT", Unknown),
    ("a UID THREAD REFERENCES UTF-8 ALL", "UID THREAD", Unknown),
    ("a ESEARCH IN (mailboxes \"folder1\") ALL", "ESEARCH", Unknown),
    ("a GETQUOTAROOT INBOX", "GETQUOTAROOT", Unknown),
    ("a MYRIGHTS INBOX", "MYRIGHTS", Unknown),
    ("a GETMETADATA \"\" /shared/comment", "GETMETADATA", Unknown),
    ("a NOTIFY SET (selected MessageExpunge)", "NOTIFY", Unknown),
    ("a UNAUTHENTICATE", "UNAUTHENTICATE", Unknown),
    ("a XAPPLEPUSHSERVICE aps-version 2", "XAPPLEPUSHSERVICE", Unknown),
    ("a CLIENTID TB-UUID 4a5b", "CLIENTID", Unknown),
    ("a LOGN alice secret", "LOGN", Unknown),
];

#[test]
fn real_client_lines_come_out_as_they_must() {
    for (line, name, outcome) in LINES {
        let command = read(line);
        let tag = line.split(' ').next().unwrap();
        assert_eq!(command.tag, tag, "{line}");
        assert_eq!(command.name, *name, "{line}");
        let found = match &command.body {
            Body::Unknown { .. } => Unknown,
            Body::Malformed(_) => Malformed,
            _ => Read,
        };
        assert_eq!(found, *outcome, "{line}: {:?}", command.body);
    }
}

#[test]
fn case_and_a_bare_line_feed_do_not_matter() {
    for (line, name, outcome) in LINES {
        if *outcome == Read {
            let bare = postfail_wire::imap::command::Command::parse(&bytes::Bytes::from(format!("{line}\n")));
            assert_eq!(bare, read(line), "{line}");
        }
        let lower = line.replacen(&name.to_ascii_uppercase(), &name.to_ascii_lowercase(), 1);
        assert_eq!(read(&lower).name, *name, "{lower}");
    }
}
