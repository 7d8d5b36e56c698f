//! Changes to an account's life: its state, its passwords, what is switched off; when it is locked, when it ages,
//! which addresses are banned. The states and their moves stand in `postfail_store::account::state`.
use core::net::IpAddr;
use std::time::Duration;

use postfail_session::world::Protocol;
pub use postfail_store::account::Act;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema;
use crate::span::Span;

/// What to alter of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChange {
    pub name: String,
    /// `lock`, `unlock`, `disable`, ...: see `postfail_store::account::Act`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::act")]
    pub act: Option<Act>,
    /// From now on only this password is right; app passwords end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// One more password, for programs only: right also where the account's own is refused with
    /// `app-password-required`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_password: Option<String>,
    /// The app password of this number is right no more; 0: none of them is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoke_app_password: Option<u32>,
    /// Whether signing in takes a second factor, and what programs are then let in by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfa: Option<Mfa>,
    /// Whether programs may log in by password; if not, they are refused with `basic-auth-disabled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basic_auth: Option<bool>,
    /// The protocols that are switched off for it (`protocol-disabled`); `[]`: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::protocols")]
    pub off: Option<Vec<Protocol>>,
}

impl AccountChange {
    /// A change of nothing yet.
    pub fn of(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::of(&self.name)
    }
}

/// A second factor, and what mail programs, which know none, are let in by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mfa {
    #[default]
    Off,
    /// By app passwords; the account's own is refused with `app-password-required`.
    AppPasswords,
    /// By no password at all: each is refused with `mfa-required`.
    Required,
}

/// Failed log-ins that did not come from the client under test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WrongPasswords {
    pub account: String,
    /// At most 1000.
    pub count: u32,
    /// By which protocol; IMAP unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::protocol")]
    pub protocol: Option<Protocol>,
    /// From which address; 127.0.0.1, where clients under test are too, unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
}

/// When failed log-ins lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lockout {
    /// 0: never.
    pub failures: u32,
    /// How far back failures count; one day unless said.
    #[serde(default = "a_day")]
    pub window: Span,
    /// How long the lock lasts; until somebody unlocks, unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Span>,
    /// What is counted together and locked.
    #[serde(default, skip_serializing_if = "Scope::is_account")]
    pub scope: Scope,
}

/// What failures are counted by, and what they lock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// All protocols of an account together.
    #[default]
    Account,
    /// Each protocol of an account by itself, signing in on web pages being one more: sending can be locked while mail
    /// is still read.
    Protocol,
    /// The client's address: it is banned, whatever account it asks for. What is typed on web pages does not count.
    Address,
}

impl Scope {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn is_account(&self) -> bool {
        *self == Self::Account
    }
}

fn a_day() -> Span {
    Span(Duration::from_secs(86_400))
}

impl Lockout {
    pub const NEVER: Self = Self {
        failures: 0,
        window: Span(Duration::from_secs(86_400)),
        duration: None,
        scope: Scope::Account,
    };

    pub(crate) fn policy(&self) -> postfail_store::account::Lockout {
        postfail_store::account::Lockout {
            failures: self.failures,
            window: self.window.0,
            duration: self.duration.map(|span| span.0),
        }
    }
}

/// What becomes of accounts by the clock. `0s` is never; what is not said stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Aging {
    /// So long after it was set a password expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Span>,
    /// An account that nobody signed in to for so long is suspended (`inactive-account`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sleep: Option<Span>,
    /// And after so long it is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete: Option<Span>,
}

/// Connections from an address are closed at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ban {
    pub address: IpAddr,
    /// Until somebody lifts it, unless said.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub lasting: Option<Span>,
}

/// A ban to lift; all without an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unban {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
}
