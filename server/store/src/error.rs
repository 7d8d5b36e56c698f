//! Why the store refuses, with what would be right.

/// A refusal. A session turns it into a response code (RFC 5530): TRYCREATE, ALREADYEXISTS, OVERQUOTA, ...
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error("no account {0}: names are given by add_account")]
    NoAccount(String),
    #[error("account name {0:?} is taken: choose another")]
    AccountExists(String),
    #[error("no mailbox {0:?}: CREATE it first")]
    NoMailbox(String),
    #[error("mailbox {0:?} holds only other mailboxes: choose one of those")]
    NoSelect(String),
    #[error("mailbox {0:?} exists already: choose another name")]
    MailboxExists(String),
    #[error("mailbox name {name:?} {why}")]
    BadName { name: String, why: &'static str },
    #[error("mailbox {0:?} has inferiors: delete those first")]
    HasInferiors(String),
    #[error("INBOX cannot be {0}")]
    Inbox(&'static str),
    #[error("the mailbox is open read-only: SELECT it instead of EXAMINE")]
    ReadOnly,
    #[error("mailbox {0:?} may only be read: its owner lets nobody write")]
    Protected(String),
    #[error("the account's quota of {most} bytes is used up: remove messages first")]
    OverQuota { most: u64 },
    #[error("no room for {what}: at most {most}")]
    Full { what: &'static str, most: u64 },
    #[error("message number {0} does not exist: numbers run from 1 to what EXISTS said")]
    NoMessage(u32),
    #[error("the maildrop is held by another session: try again when it has ended")]
    MaildropInUse,
}
