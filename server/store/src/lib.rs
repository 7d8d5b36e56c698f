//! Accounts, mailboxes and messages in memory.
//!
//! [`Store`] is the one owner. A session opens a mailbox as a [`View`], its own numbering of the messages, and
//! gives it with every act on them. No clock, no files, no sockets: the time comes in as a value.
pub mod account;
mod changes;
mod error;
pub mod flags;
mod hierarchy;
pub mod mailbox;
pub mod maildrop;
pub mod message;
pub mod mime;
mod orders;
pub mod outbox;
pub mod search;
pub mod seed;
mod transfer;
pub mod view;

pub use account::{Account, Act, Lockout, State};
pub use error::StoreError;
pub use flags::{Flags, System};
pub use mailbox::{Mailbox, MailboxId, Use};
pub use maildrop::Maildrop;
pub use message::Message;
pub use outbox::{OutboxMail, OutboxRecipient};
pub use seed::Sample;
pub use transfer::{Appended, Copied};
pub use view::{Update, View};

/// An account's number within a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(pub u32);

/// Bounds on what clients may make the store hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all messages together, bookkeeping included.
    pub bytes: u64,
    /// Mailboxes of one account; its subscriptions are bounded by the same number.
    pub mailboxes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { bytes: 1 << 30, mailboxes: 1_000 }
    }
}

/// Everything kept.
#[derive(Debug)]
pub struct Store {
    limits: Limits,
    accounts: Vec<Account>,
    outbox: Vec<OutboxMail>,
    /// Bytes in use, against `limits.bytes`.
    used: u64,
    next_uid_validity: u32,
    next_mailbox: u64,
    woken: Vec<u64>,
}

impl Store {
    /// An empty store. The same `seed` gives the same UIDVALIDITY values.
    #[must_use]
    pub fn new(seed: u64) -> Store {
        Store::with_limits(seed, Limits::default())
    }

    #[must_use]
    pub fn with_limits(seed: u64, limits: Limits) -> Store {
        // Real servers take the time of creation; so ours lie in the same region, far from 0 and 1.
        let next_uid_validity = 1_000_000_000 + u32::try_from(mix(seed) % 1_000_000_000).unwrap_or(0);
        Store {
            limits,
            accounts: Vec::new(),
            outbox: Vec::new(),
            used: 0,
            next_uid_validity,
            next_mailbox: 0,
            woken: Vec::new(),
        }
    }

    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Take effect for what comes; nothing kept is dropped.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Bytes in use: messages in mailboxes and in the outbox, bookkeeping included.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.used
    }

    /// A new account with an empty INBOX. `addresses` are full addresses, the main one first.
    pub fn add_account(
        &mut self,
        name: &str,
        addresses: &[&str],
        password: &str,
    ) -> Result<AccountId, StoreError> {
        for user in addresses.iter().chain([&name]) {
            if self.find(user).is_some() {
                return Err(StoreError::AccountExists((*user).to_owned()));
            }
        }
        let id = AccountId(u32::try_from(self.accounts.len()).unwrap_or(u32::MAX));
        self.accounts.push(Account::new(id, name, addresses, password));
        self.create(id, "INBOX", None)?;
        self.subscribe(id, "INBOX")?;
        Ok(id)
    }

    /// The account a user name or address means: the short name or a full address, ASCII letters in any case.
    #[must_use]
    pub fn find(&self, user: &str) -> Option<AccountId> {
        self.accounts.iter().find(|account| account.answers_to(user)).map(Account::id)
    }

    /// The account that mail for an address goes to; one that was deleted takes none.
    #[must_use]
    pub fn find_recipient(&self, address: &str) -> Option<AccountId> {
        self.find(address).filter(|id| self.account(*id).is_some_and(|account| !account.is_deleted()))
    }

    #[must_use]
    pub fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts.get(id.0 as usize)
    }

    pub fn account_mut(&mut self, id: AccountId) -> Option<&mut Account> {
        self.accounts.get_mut(id.0 as usize)
    }

    /// All accounts, in the order they were added.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.iter()
    }

    /// Connections whose mailbox changed under them since the last call, each once: their sessions want `wake`.
    #[must_use = "who is not woken sits in IDLE without the news"]
    pub fn take_woken(&mut self) -> Vec<u64> {
        let mut woken = std::mem::take(&mut self.woken);
        woken.sort_unstable();
        woken.dedup();
        woken
    }

    fn owner(&self, id: AccountId) -> Result<&Account, StoreError> {
        self.account(id).ok_or_else(|| StoreError::NoAccount(id.0.to_string()))
    }

    fn owner_mut(&mut self, id: AccountId) -> Result<&mut Account, StoreError> {
        self.account_mut(id).ok_or_else(|| StoreError::NoAccount(id.0.to_string()))
    }

    /// Note everyone who has the mailbox open, but for the one who acted: that session looks for itself.
    fn wake_viewers(&mut self, account: AccountId, mailbox: MailboxId, by: Option<u64>) {
        let Some(mailbox) = self.account(account).and_then(|account| account.mailboxes.get(&mailbox)) else {
            return;
        };
        let viewers: Vec<u64> =
            mailbox.viewers.iter().copied().filter(|&viewer| Some(viewer) != by).collect();
        for viewer in viewers {
            if !self.woken.contains(&viewer) {
                self.woken.push(viewer);
            }
        }
    }

    /// Whether `bytes` more would still be within the limit.
    fn check_room(&self, bytes: u64) -> Result<(), StoreError> {
        if self.used.saturating_add(bytes) > self.limits.bytes {
            return Err(StoreError::Full { what: "bytes in the store", most: self.limits.bytes });
        }
        Ok(())
    }
}

impl Default for Store {
    fn default() -> Store {
        Store::new(0)
    }
}

/// splitmix64: seeds that lie side by side give numbers that do not.
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}
