//! IMAP commands as values (RFC 3501 section 6 and the extensions' own command sections), and the reading of one
//! whole command as [`super::framing`] cut it.
mod append;
mod auth;
mod enable;
mod fetch;
mod id;
mod list;
mod mailbox;
mod search;

mod store;

use std::ops::Range;

use bytes::Bytes;
use nom::Parser;
use nom::bytes::complete::take_while1;

use super::framing::without_ending;
use super::sequence::SequenceSet;
use super::token::{Reading, end, expect, is_astring_char, is_atom_char, lossy, stop};

pub use append::Append;
pub use fetch::FetchItem;
pub use list::List;
pub use mailbox::{Mailbox, StatusItem};
pub use search::SearchKey;
pub use store::StoreAction;

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
    /// Where in the command's bytes passwords and tokens stand, rising; for whoever shows or keeps them.
    pub secrets: Vec<Range<usize>>,
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

/// The arguments of one verb: reads from behind the verb to the end of the command.
type Arguments = for<'a> fn(&Whole<'a>, &'a [u8]) -> Reading<'a, Body>;

/// Every verb we know.
const VERBS: &[(&str, Arguments)] = &[
    ("APPEND", append::append),
    ("AUTHENTICATE", auth::authenticate),
    ("CAPABILITY", |_, input| Ok((input, Body::Capability))),
    ("CHECK", |_, input| Ok((input, Body::Check))),
    ("CLOSE", |_, input| Ok((input, Body::Close))),
    ("COPY", |_, input| store::copy(input, false)),
    ("CREATE", |_, input| mailbox::create(input)),
    ("DELETE", |_, input| mailbox::delete(input)),
    ("ENABLE", |_, input| enable::enable(input)),
    ("EXAMINE", |_, input| mailbox::select(input, true)),
    ("EXPUNGE", |_, input| Ok((input, Body::Expunge { uids: None }))),
    ("FETCH", |_, input| fetch::fetch(input, false)),
    ("ID", |_, input| id::id(input)),
    ("IDLE", |_, input| Ok((input, Body::Idle))),
    ("LIST", |_, input| list::list(input)),
    ("LOGIN", auth::login),
    ("LOGOUT", |_, input| Ok((input, Body::Logout))),
    ("LSUB", |_, input| list::lsub(input)),
    ("MOVE", |_, input| store::r#move(input, false)),
    ("NAMESPACE", |_, input| Ok((input, Body::Namespace))),
    ("NOOP", |_, input| Ok((input, Body::Noop))),
    ("RENAME", |_, input| mailbox::rename(input)),
    ("SEARCH", |_, input| search::search(input, false)),
    ("SELECT", |_, input| mailbox::select(input, false)),
    ("STARTTLS", |_, input| Ok((input, Body::StartTls))),
    ("STATUS", |_, input| mailbox::status(input)),
    ("STORE", |_, input| store::store(input, false)),
    ("SUBSCRIBE", |_, input| mailbox::subscribe(input)),
    ("UID COPY", |_, input| store::copy(input, true)),
    ("UID EXPUNGE", |_, input| store::uid_expunge(input)),
    ("UID FETCH", |_, input| fetch::fetch(input, true)),
    ("UID MOVE", |_, input| store::r#move(input, true)),
    ("UID SEARCH", |_, input| search::search(input, true)),
    ("UID STORE", |_, input| store::store(input, true)),
    ("UNSELECT", |_, input| Ok((input, Body::Unselect))),
    ("UNSUBSCRIBE", |_, input| mailbox::unsubscribe(input)),
];

/// The bytes a parser works in, so that it can say where something stands and share a message without copying.
struct Whole<'a> {
    bytes: &'a Bytes,
    /// The command without its line end: what is left of it tells where we are.
    text: &'a [u8],
}

impl<'a> Whole<'a> {
    /// The offset at which `rest`, an end of the command, begins.
    fn at(&self, rest: &[u8]) -> usize {
        self.text.len().saturating_sub(rest.len())
    }
}

impl Command {
    /// Reads one command, with its literals and its last line end as framing gives it, or a part of one: whatever it
    /// is, a value comes out.
    ///
    /// ```text
    /// command = tag SP (command-any / command-auth / command-nonauth / command-select) CRLF
    /// tag     = 1*<any ASTRING-CHAR except "+">
    /// ```
    pub fn parse(bytes: &Bytes) -> Command {
        let whole = Whole { bytes, text: without_ending(bytes) };
        let malformed = |stop: nom::Err<super::token::Stop<'_>>| {
            let (nom::Err::Error(stop) | nom::Err::Failure(stop)) = stop else {
                return Body::Malformed(SyntaxError {
                    at: whole.text.len(),
                    expected: "more of the command",
                });
            };
            Body::Malformed(SyntaxError { at: whole.at(stop.rest), expected: stop.expected })
        };
        let mut command =
            Command { tag: Bytes::new(), name: String::new(), body: Body::Noop, secrets: Vec::new() };
        let (rest, tag) = match tag(whole.text) {
            Ok(found) => found,
            Err(stop) => {
                command.body = malformed(stop);
                command.secrets = auth::guess_secrets(&whole);
                return command;
            }
        };
        command.tag = bytes.slice_ref(tag);
        let (rest, name) = match verb(rest) {
            Ok(found) => found,
            Err(stop) => {
                command.body = malformed(stop);
                command.secrets = auth::guess_secrets(&whole);
                return command;
            }
        };
        command.name = name;
        let known = VERBS.binary_search_by(|(verb, _)| (*verb).cmp(&command.name)).ok();
        command.body = match known.and_then(|place| VERBS.get(place)) {
            Some((_, arguments)) => {
                match arguments(&whole, rest).and_then(|(rest, body)| Ok((end(rest)?, body))) {
                    Ok((_, body)) => body,
                    Err(stop) => malformed(stop),
                }
            }
            None => {
                let rest = rest.strip_prefix(b" ").unwrap_or(rest);
                Body::Unknown { rest: bytes.slice_ref(rest) }
            }
        };
        command.secrets = match &command.body {
            Body::Login { .. } => auth::login_secrets(&whole, rest),
            Body::Authenticate { .. } => auth::authenticate_secrets(&whole, rest),
            Body::Unknown { .. } | Body::Malformed(_) => auth::guess_secrets(&whole),
            _ => Vec::new(),
        };
        command
    }
}

/// `tag = 1*<any ASTRING-CHAR except "+">`, and the space behind it.
fn tag(input: &[u8]) -> Reading<'_, &[u8]> {
    let (rest, tag) =
        expect("tag", take_while1(|byte| is_astring_char(byte) && byte != b'+')).parse(input)?;
    match rest {
        [b' ', rest @ ..] => Ok((rest, tag)),
        [] => Ok((rest, tag)),
        _ => stop(rest, "SP behind the tag"),
    }
}

/// The verb in capitals; `UID` and its verb are one.
fn verb(input: &[u8]) -> Reading<'_, String> {
    let mut word = expect("command name", take_while1(is_atom_char));
    let (rest, first) = word.parse(input)?;
    let first = lossy(first).to_ascii_uppercase();
    if first != "UID" {
        return Ok((rest, first));
    }
    let Some(rest) = rest.strip_prefix(b" ") else {
        return stop(rest, "SP and a command that works on UIDs");
    };
    let (rest, second) = word.parse(rest)?;
    Ok((rest, format!("UID {}", lossy(second).to_ascii_uppercase())))
}

#[cfg(test)]
mod tests {
    #[test]
    fn verbs_are_sorted_for_the_search() {
        assert!(super::VERBS.is_sorted_by_key(|(verb, _)| *verb));
    }
}
