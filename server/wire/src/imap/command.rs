//! IMAP commands as values (RFC 3501 section 6 and the extensions' own command sections).
use bytes::Bytes;

use super::section::Section;
use super::sequence::SequenceSet;

/// One command, whatever it is: a verb nobody knows is a [`Body::Unknown`], a known verb with wrong
/// arguments a [`Body::Malformed`]; both keep their tag, so both can be answered and recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The tag as sent; empty when the line had none that could be read.
    pub tag: Bytes,
    /// The verb in capitals, `UID` prefix included (`FETCH`, `UID FETCH`).
    pub name: String,
    /// What was asked.
    pub body: Body,
}

/// A command's arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    Capability,
    Noop,
    Logout,
    StartTls,
    /// `initial` is the initial response (RFC 4959) still in base64; `=` stands for an empty one.
    Authenticate {
        mechanism: String,
        initial: Option<Bytes>,
    },
    Login {
        user: Bytes,
        password: Bytes,
    },
    /// RFC 5161; names in capitals.
    Enable {
        names: Vec<String>,
    },
    /// RFC 2971; `None` is `ID NIL`.
    Id {
        fields: Option<Vec<(Bytes, Option<Bytes>)>>,
    },
    Namespace,
    /// `parameters` are the bare words of RFC 4466 select-params (`CONDSTORE`).
    Select {
        mailbox: Mailbox,
        read_only: bool,
        parameters: Vec<String>,
    },
    /// `uses`: the attributes of RFC 6154 `(USE (\Sent))`.
    Create {
        mailbox: Mailbox,
        uses: Vec<String>,
    },
    Delete {
        mailbox: Mailbox,
    },
    Rename {
        from: Mailbox,
        to: Mailbox,
    },
    Subscribe {
        mailbox: Mailbox,
    },
    Unsubscribe {
        mailbox: Mailbox,
    },
    List(List),
    Lsub {
        reference: Mailbox,
        pattern: Bytes,
    },
    Status {
        mailbox: Mailbox,
        items: Vec<StatusItem>,
    },
    Append(Append),
    Check,
    Close,
    Unselect,
    /// `uids` is set for `UID EXPUNGE` (RFC 4315).
    Expunge {
        uids: Option<SequenceSet>,
    },
    Search {
        uid: bool,
        charset: Option<String>,
        key: SearchKey,
    },
    Fetch {
        uid: bool,
        set: SequenceSet,
        items: Vec<FetchItem>,
    },
    Store {
        uid: bool,
        set: SequenceSet,
        action: StoreAction,
        silent: bool,
        flags: Vec<String>,
    },
    Copy {
        uid: bool,
        set: SequenceSet,
        mailbox: Mailbox,
    },
    /// RFC 6851.
    Move {
        uid: bool,
        set: SequenceSet,
        mailbox: Mailbox,
    },
    Idle,
    /// A verb we do not know, with everything behind it.
    Unknown {
        rest: Bytes,
    },
    /// A verb we know with arguments we cannot read.
    Malformed(SyntaxError),
}

/// Where in a command the grammar stopped, and what would have been right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at byte {at}")]
pub struct SyntaxError {
    /// Byte offset from the start of the command.
    pub at: usize,
    /// What the grammar wanted there, in the ABNF's words.
    pub expected: &'static str,
}

/// A mailbox name as the client sent it: modified UTF-7 (RFC 3501 5.1.3), `INBOX` in any case made `INBOX`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mailbox(pub Bytes);

/// LIST with the extensions of RFC 5258, 5819 and 6154. Options in capitals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// `SUBSCRIBED`, `REMOTE`, `RECURSIVEMATCH`, `SPECIAL-USE`.
    pub select: Vec<String>,
    pub reference: Bytes,
    pub patterns: Vec<Bytes>,
    /// `SUBSCRIBED`, `CHILDREN`, `SPECIAL-USE`, ... ; `None` when there was no RETURN at all.
    pub returns: Option<Vec<String>>,
    /// RFC 5819 `RETURN (STATUS (...))`.
    pub status: Vec<StatusItem>,
    /// True when the command used extended syntax.
    pub extended: bool,
}

/// RFC 3501 6.3.10; unknown words are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusItem {
    Messages,
    Recent,
    UidNext,
    UidValidity,
    Unseen,
    Size,
    Other(String),
}

/// RFC 3501 6.3.11, one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    pub mailbox: Mailbox,
    pub flags: Vec<String>,
    pub date: Option<jiff::Timestamp>,
    pub message: Bytes,
}

/// RFC 3501 6.4.6: `FLAGS`, `+FLAGS`, `-FLAGS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreAction {
    Replace,
    Add,
    Remove,
}

/// RFC 3501 6.4.5. Macros (`ALL`, `FAST`, `FULL`) are already expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchItem {
    Flags,
    InternalDate,
    Envelope,
    Uid,
    Rfc822,
    Rfc822Header,
    Rfc822Text,
    Rfc822Size,
    /// `BODY` (false) or `BODYSTRUCTURE` (true).
    BodyStructure {
        extended: bool,
    },
    /// `BODY[...]<partial>` and `BODY.PEEK[...]`.
    Body {
        peek: bool,
        section: Section,
        partial: Option<(u32, u32)>,
    },
}

/// RFC 3501 6.4.4. Strings are bytes in the command's charset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SearchKey {
    All,
    Answered,
    Deleted,
    Draft,
    Flagged,
    New,
    Old,
    Recent,
    Seen,
    Unanswered,
    Undeleted,
    Undraft,
    Unflagged,
    Unseen,
    Keyword(String),
    Unkeyword(String),
    /// `BCC`, `CC`, `FROM`, `SUBJECT`, `TO` and `HEADER name`: name in lower case, then the text.
    Header(String, Bytes),
    Body(Bytes),
    Text(Bytes),
    /// Days of the civil calendar: INTERNALDATE and Date header.
    Before(jiff::civil::Date),
    On(jiff::civil::Date),
    Since(jiff::civil::Date),
    SentBefore(jiff::civil::Date),
    SentOn(jiff::civil::Date),
    SentSince(jiff::civil::Date),
    Larger(u32),
    Smaller(u32),
    /// A sequence set of message sequence numbers, or of UIDs.
    Sequence(SequenceSet),
    Uid(SequenceSet),
    Not(Box<SearchKey>),
    Or(Box<SearchKey>, Box<SearchKey>),
    And(Vec<SearchKey>),
}
