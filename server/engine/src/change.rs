//! `Change`: the only way a world changes. Scenario phases, `POST /api/changes`, `postfail ctl` and the library
//! all speak this one type.
//!
//! In TOML: `change = [{ listener = { name = "pop3", state = "closed" } }, { advance = "91d" }]`; in JSON:
//! `[{"listener": {"name": "pop3", "state": "closed"}}, {"advance": "91d"}]`.
pub mod account;
pub mod dh_bits;
pub mod identity;
pub mod key;
pub mod listener;
pub mod mailbox;
pub mod portal;
pub mod refuse;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::autoconfig::{Answer, Service};
use crate::clock::ClockError;
pub use crate::clock::Pace;
use crate::fault::fits::Misfit;
use crate::fault::{Effect, Fault};
use crate::span::Span;
use crate::words::UnknownWord;
pub use account::{AccountChange, Act, Aging, Ban, Lockout, Mfa, Scope, Unban, WrongPasswords};
pub use identity::{Consent, IdentityChange, RevokeTokens};
pub use listener::{ListenerChange, Listeners};
pub use mailbox::{Fill, HoldMaildrop, MailboxOf, MessageOf, Quota, ReadOnly};
pub use portal::{DomainChange, PortalChange};
pub use refuse::{Accept, Beyond, ConnectionLimit, Place, Refuse};

/// The name under which mail for strangers is found: kept, and never sent on.
pub const OUTBOX: &str = "outbox";

/// One change. What a change does not mention stays as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// Alter one listener, or all. Holds for new connections.
    Listener(ListenerChange),
    /// Move virtual time forward: `advance = "91d"`.
    Advance(Span),
    /// Stop virtual time (`true`) or let it go on.
    Freeze(bool),
    /// Virtual seconds in a real second.
    Rate(f64),
    /// `instant`: the delays of a profile and of faults pass at once; `real`: they take their time.
    Pace(Pace),
    /// Alter an account.
    Account(AccountChange),
    /// Somebody tries wrong passwords: the same as clients trying them, lock-out included.
    WrongPasswords(WrongPasswords),
    /// Put a message into an account's INBOX.
    Deliver(Deliver),
    /// Add a fault.
    Fault(Fault),
    /// Take the fault with this number away.
    RemoveFault(u64),
    /// After how many failed log-ins an account is locked.
    Lockout(Lockout),
    /// What becomes of accounts by the clock alone.
    Aging(Aging),
    /// Turn a client's address away before it can say a word.
    Ban(Ban),
    /// Lift such bans.
    Unban(Unban),
    /// What a program that asks for automatic settings is told.
    Autoconfig(AutoconfigChange),
    /// Refuse clients in the profile's words for a failure.
    Refuse(Refuse),
    /// Lift refusals.
    Accept(Accept),
    /// How many connections at the same time.
    ConnectionLimit(ConnectionLimit),
    /// The mailbox is made anew: the same messages with other UIDs under another UIDVALIDITY.
    #[serde(rename = "uidvalidity")]
    UidValidity(MailboxOf),
    /// A message vanishes.
    RemoveMessage(MessageOf),
    /// Every message of a mailbox vanishes; `outbox` is the mail for strangers.
    Drain(MailboxOf),
    ReadOnly(ReadOnly),
    Quota(Quota),
    Fill(Fill),
    HoldMaildrop(HoldMaildrop),
    /// The person signs in again: the client gets other tokens.
    Consent(Consent),
    /// End every token of an account.
    RevokeTokens(RevokeTokens),
    /// How tokens are issued from now on.
    Identity(IdentityChange),
    /// Somebody does something at the account portal.
    Portal(PortalChange),
    /// Who owns the domain.
    Domain(DomainChange),
}

impl Change {
    /// The account it names.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Account(change) => Some(&change.name),
            Self::WrongPasswords(change) => Some(&change.account),
            Self::Deliver(change) => Some(&change.account),
            Self::Fault(fault) => match &fault.effect {
                Effect::Preauth(preauth) => Some(&preauth.account),
                _ => fault.who.account.as_deref(),
            },
            Self::Refuse(change) => change.account.as_deref(),
            Self::Accept(change) => change.account.as_deref(),
            Self::UidValidity(change) => Some(&change.account),
            Self::RemoveMessage(change) => Some(&change.account),
            Self::Drain(change) => Some(&*change.account).filter(|name| *name != OUTBOX),
            Self::ReadOnly(change) => Some(&change.account),
            Self::Quota(change) => Some(&change.account),
            Self::Fill(change) => Some(&change.account),
            Self::HoldMaildrop(change) => Some(&change.account),
            Self::Consent(change) => Some(&change.account),
            Self::RevokeTokens(change) => Some(&change.account),
            Self::Portal(change) => Some(change.account()),
            Self::Domain(change) => change.owner.as_deref().filter(|owner| !owner.is_empty()),
            Self::Listener(_)
            | Self::Advance(_)
            | Self::Freeze(_)
            | Self::Rate(_)
            | Self::Pace(_)
            | Self::RemoveFault(_)
            | Self::Lockout(_)
            | Self::Aging(_)
            | Self::Ban(_)
            | Self::Unban(_)
            | Self::Autoconfig(_)
            | Self::ConnectionLimit(_)
            | Self::Identity(_) => None,
        }
    }

    /// The failure it names.
    pub fn failure(&self) -> Option<&str> {
        match self {
            Self::Refuse(change) => Some(&change.failure),
            Self::Accept(change) => {
                Some(&change.failure).filter(|failure| *failure != "all").map(String::as_str)
            }
            _ => None,
        }
    }
}

/// What a program that asks for automatic settings is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AutoconfigChange {
    pub answer: Answer,
    /// Only who asks this way; every one unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
}

/// Mail that arrives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deliver {
    pub account: String,
    /// The whole message (RFC 5322); bare LF line ends are made CRLF.
    pub message: String,
}

/// Why a list of changes was refused; nothing of it was done.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("change {}: {cause}", .index + 1)]
pub struct ChangeError {
    /// Which change of the list, from 0.
    pub index: usize,
    pub cause: ChangeCause,
}

/// What is wrong with one change.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ChangeCause {
    #[error("{0}")]
    Unknown(#[from] UnknownWord),
    #[error("{0}")]
    Clock(#[from] ClockError),
    #[error(
        "the change of listener `{0}` names nothing to alter; give one of {list}", list = listener::KEYS.join(", ")
    )]
    NothingToAlter(Listeners),
    #[error("listener `{0}`: {1}")]
    Tls(Listeners, String),
    #[error(
        "the change of account `{0}` names nothing to alter; give act, password, app_password, revoke_app_password, mfa, basic_auth or off"
    )]
    NothingToAlterInAccount(String),
    #[error(
        "the change of the identity provider names nothing to alter; give access, refresh_idle, endpoint, ..."
    )]
    NothingToAlterInIdentity,
    #[error("{0}")]
    Portal(String),
    #[error("an empty password lets nobody in; give at least one character")]
    EmptyPassword,
    #[error("account `{0}` has no app password {1}; {2}")]
    NoAppPassword(String, u32, String),
    #[error("account `{0}` has {1} app passwords, as many as it may; revoke one first")]
    TooManyAppPasswords(String, usize),
    #[error("{0}")]
    Address(&'static str),
    #[error("{0} wrong passwords at once are too many or too few; give 1 to 1000")]
    Count(u32),
    #[error("a message of {0} bytes is larger than the {1} this world takes")]
    MessageTooLarge(usize, usize),
    #[error("there is no fault {0}; {1}")]
    NoFault(u64, String),
    #[error("{0}")]
    Refusal(&'static str),
    #[error("{0} refusals are as many as a world holds; lift one first, with `accept`")]
    TooManyRefusals(usize),
    #[error("mailbox `{0}`: {1}")]
    Mailbox(String, String),
    #[error("{0} messages at once are too many or too few; give 1 to {1}")]
    Messages(u32, u32),
    #[error("a reply needs words: a text, or {{ text = \"...\" }}, or {{ failure = \"temp-failure\" }}")]
    EmptyReply,
    #[error("{0}")]
    Misfit(#[from] Misfit),
    #[error("{0} faults are as many as a world holds; take one away first")]
    TooManyFaults(usize),
    #[error("a certificate of kind `{0}` cannot be made; valid: {1}")]
    Certificate(String, String),
}
