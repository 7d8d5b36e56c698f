//! Accounts, mailboxes and messages in memory.

/// An account's number within a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(pub u32);

/// Everything kept.
#[derive(Debug, Default)]
pub struct Store {}
