//! How a command ends: the tagged status response (RFC 3501 section 7.1), as a value the verbs return.
use bytes::Bytes;
use postfail_store::StoreError;
use postfail_wire::imap::response::{Code, Condition, Response};

use super::receive::TAG;

/// A status response without its tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Completion {
    condition: Condition,
    code: Option<Code>,
    text: String,
    /// The world's words for this failure are said in its place.
    failure: Option<&'static str>,
}

/// What a verb came to: its completion, or `None` when that comes later (IDLE, AUTHENTICATE, FETCH) or has been
/// said. A refusal is a completion as well, and `?` hands it up.
pub(super) type Outcome = Result<Option<Completion>, Completion>;

impl Completion {
    pub(super) fn ok(text: impl Into<String>) -> Completion {
        Completion { condition: Condition::Ok, code: None, text: text.into(), failure: None }
    }

    pub(super) fn no(text: impl Into<String>) -> Completion {
        Completion { condition: Condition::No, ..Completion::ok(text) }
    }

    pub(super) fn bad(text: impl Into<String>) -> Completion {
        Completion { condition: Condition::Bad, ..Completion::ok(text) }
    }

    /// The answer to a verb we do not know, or hide.
    pub(super) fn unknown() -> Completion {
        Completion::bad("Unknown command")
    }

    pub(super) fn with(self, code: Code) -> Completion {
        Completion { code: Some(code), ..self }
    }

    /// With a response code that is one word (RFC 5530).
    pub(super) fn word(self, code: &str) -> Completion {
        self.with(Code::Other(code.to_owned()))
    }

    /// Said in the world's words for this failure.
    fn because(self, failure: &'static str) -> Completion {
        Completion { failure: Some(failure), ..self }
    }

    pub(super) fn failure(&self) -> Option<&'static str> {
        self.failure
    }

    pub(super) fn is_bad(&self) -> bool {
        self.condition == Condition::Bad
    }

    /// Under this tag; untagged when there was none that could be read, or none short enough.
    pub(super) fn answer(self, tag: &Bytes) -> Response {
        let tag = (1..=TAG).contains(&tag.len()).then(|| tag.clone());
        Response::Status { tag, condition: self.condition, code: self.code, text: self.text }
    }
}

impl From<StoreError> for Completion {
    /// The response codes are those of RFC 5530; TRYCREATE is added by the verbs that may say it.
    fn from(error: StoreError) -> Completion {
        let code = match &error {
            StoreError::NoMailbox(_) => "NONEXISTENT",
            StoreError::MailboxExists(_) => "ALREADYEXISTS",
            StoreError::NoSelect(_) | StoreError::Inbox(_) | StoreError::BadName { .. } => "CANNOT",
            StoreError::HasInferiors(_) => "HASCHILDREN",
            StoreError::Full { what, .. } if what.contains("bytes") => "OVERQUOTA",
            StoreError::Full { .. } => "LIMIT",
            StoreError::OverQuota { .. } => "OVERQUOTA",
            StoreError::Protected(_) => "NOPERM",
            StoreError::MaildropInUse => "INUSE",
            StoreError::ReadOnly
            | StoreError::NoMessage(_)
            | StoreError::NoAccount(_)
            | StoreError::AccountExists(_) => return Completion::no(error.to_string()),
        };
        // `text` is ASCII without controls; a name in it may be anything.
        let printable = |c: char| if c.is_ascii() && !c.is_ascii_control() { c } else { '?' };
        let completion =
            Completion::no(error.to_string().chars().map(printable).collect::<String>()).word(code);
        match error {
            StoreError::OverQuota { .. } => completion.because("over-quota"),
            _ => completion,
        }
    }
}
