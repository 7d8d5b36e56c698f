//! The four states of a connection and which verb may be said in which (RFC 3501 section 3).
//!
//! ```text
//!            greeting
//!               |
//!      +-- not authenticated --+
//!      |        | LOGIN, AUTHENTICATE
//!      +-- authenticated <-----------+
//!      |        | SELECT, EXAMINE    | CLOSE, UNSELECT, a SELECT that failed
//!      +-- selected -----------------+
//!      | LOGOUT, BYE, the line lost
//!    logout
//! ```
use postfail_store::AccountId;

use super::completion::Completion;
use super::select::Selected;
use crate::world::Stage;

const LOG_IN_FIRST: &str = "Log in first: LOGIN or AUTHENTICATE";
const SELECT_FIRST: &str = "No mailbox is selected: SELECT or EXAMINE one first";

/// Where a connection stands. Logout is not here: the session then says nothing more.
#[derive(Debug, Default)]
pub(super) enum State {
    #[default]
    NotAuthenticated,
    Authenticated(User),
    Selected(User, Box<Selected>),
}

/// Who is logged in.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) account: AccountId,
    /// As the client gave it.
    pub(super) name: String,
}

impl State {
    pub(super) fn user(&self) -> Option<&User> {
        match self {
            State::NotAuthenticated => None,
            State::Authenticated(user) | State::Selected(user, _) => Some(user),
        }
    }

    pub(super) fn account(&self) -> Result<AccountId, Completion> {
        self.user().map(|user| user.account).ok_or_else(|| Completion::bad(LOG_IN_FIRST))
    }

    pub(super) fn selected(&mut self) -> Result<(AccountId, &mut Selected), Completion> {
        match self {
            State::Selected(user, selected) => Ok((user.account, selected)),
            _ => Err(Completion::bad(SELECT_FIRST)),
        }
    }

    /// Whether `verb` may be said now; the refusal says what must come first.
    pub(super) fn allows(&self, verb: &str) -> Result<(), Completion> {
        let refusal = match (when(verb), self) {
            (When::Always, _)
            | (When::NotAuthenticated, State::NotAuthenticated)
            | (When::Authenticated, State::Authenticated(_) | State::Selected(..))
            | (When::Selected, State::Selected(..)) => return Ok(()),
            (When::NotAuthenticated, _) => "Already logged in: LOGOUT and connect again to change the user",
            (_, State::NotAuthenticated) => LOG_IN_FIRST,
            (When::Selected, State::Authenticated(_)) => SELECT_FIRST,
        };
        Err(Completion::bad(refusal))
    }
}

/// The states a verb belongs to, as the headings of RFC 3501 section 6 have them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Always,
    NotAuthenticated,
    /// Also when a mailbox is selected.
    Authenticated,
    Selected,
}

/// Verb, states, and the stage a fault would name for it. Verbs that are not here are unknown ones.
const VERBS: &[(&str, When, Stage)] = &[
    ("CAPABILITY", When::Always, Stage::Capability),
    ("NOOP", When::Always, Stage::Command),
    ("LOGOUT", When::Always, Stage::Quit),
    ("ID", When::Always, Stage::Command),
    ("STARTTLS", When::NotAuthenticated, Stage::StartTls),
    ("AUTHENTICATE", When::NotAuthenticated, Stage::Command),
    ("LOGIN", When::NotAuthenticated, Stage::Auth),
    ("ENABLE", When::Authenticated, Stage::Command),
    ("NAMESPACE", When::Authenticated, Stage::Mailbox),
    ("SELECT", When::Authenticated, Stage::Mailbox),
    ("EXAMINE", When::Authenticated, Stage::Mailbox),
    ("CREATE", When::Authenticated, Stage::Mailbox),
    ("DELETE", When::Authenticated, Stage::Mailbox),
    ("RENAME", When::Authenticated, Stage::Mailbox),
    ("SUBSCRIBE", When::Authenticated, Stage::Mailbox),
    ("UNSUBSCRIBE", When::Authenticated, Stage::Mailbox),
    ("LIST", When::Authenticated, Stage::Mailbox),
    ("LSUB", When::Authenticated, Stage::Mailbox),
    ("STATUS", When::Authenticated, Stage::Mailbox),
    ("APPEND", When::Authenticated, Stage::Data),
    ("IDLE", When::Authenticated, Stage::Idle),
    ("CHECK", When::Selected, Stage::Mailbox),
    ("CLOSE", When::Selected, Stage::Mailbox),
    ("UNSELECT", When::Selected, Stage::Mailbox),
    ("EXPUNGE", When::Selected, Stage::Mailbox),
    ("UID EXPUNGE", When::Selected, Stage::Mailbox),
    ("SEARCH", When::Selected, Stage::Mailbox),
    ("UID SEARCH", When::Selected, Stage::Mailbox),
    ("STORE", When::Selected, Stage::Mailbox),
    ("UID STORE", When::Selected, Stage::Mailbox),
    ("COPY", When::Selected, Stage::Mailbox),
    ("UID COPY", When::Selected, Stage::Mailbox),
    ("MOVE", When::Selected, Stage::Mailbox),
    ("UID MOVE", When::Selected, Stage::Mailbox),
    ("FETCH", When::Selected, Stage::Data),
    ("UID FETCH", When::Selected, Stage::Data),
];

fn when(verb: &str) -> When {
    VERBS.iter().find(|(name, ..)| *name == verb).map_or(When::Always, |(_, when, _)| *when)
}

/// The stage of `verb`'s cue.
pub(super) fn stage(verb: &str) -> Stage {
    VERBS.iter().find(|(name, ..)| *name == verb).map_or(Stage::Command, |(.., stage)| *stage)
}
