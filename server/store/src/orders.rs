//! What happens to mail behind the sessions' backs: orders from outside, which no client can give.
use bytes::Bytes;
use jiff::Timestamp;

use crate::flags::Flags;
use crate::message::OVERHEAD;
use crate::{AccountId, Store, StoreError};

impl Store {
    /// Make a mailbox anew, as when a server's index was lost: the same messages with UIDs from 1 under a greater
    /// UIDVALIDITY (RFC 3501 section 2.3.1.1). Sessions that have it open find it gone.
    pub fn renew(&mut self, account: AccountId, name: impl AsRef<[u8]>) -> Result<(), StoreError> {
        let id = self.selectable(account, name.as_ref())?;
        self.wake_viewers(account, id, None);
        let Some(old) = self.owner_mut(account)?.mailboxes.remove(&id) else { return Ok(()) };
        let new = self.insert(account, old.name.clone(), old.special_use)?;
        let mailbox = self.mailbox_mut(account, new)?;
        mailbox.read_only = old.read_only;
        for message in old.messages() {
            mailbox.push(message.bytes.clone(), &old.flags(message), message.date);
        }
        Ok(())
    }

    /// Let a mailbox be read only, or written again. It holds for sessions that have it open, too; mail still comes.
    pub fn set_read_only(
        &mut self,
        account: AccountId,
        name: impl AsRef<[u8]>,
        on: bool,
    ) -> Result<(), StoreError> {
        let id = self.selectable(account, name.as_ref())?;
        self.mailbox_mut(account, id)?.read_only = on;
        Ok(())
    }

    /// How many bytes of mail the account may hold; `None`: as many as the store.
    pub fn set_quota(&mut self, account: AccountId, bytes: Option<u64>) -> Result<(), StoreError> {
        self.owner_mut(account)?.quota = bytes;
        Ok(())
    }

    /// Whether `bytes` more would still be within the account's quota.
    pub fn check_quota(&self, account: AccountId, bytes: u64) -> Result<(), StoreError> {
        let owner = self.owner(account)?;
        let Some(most) = owner.quota else { return Ok(()) };
        let used: u64 = owner.mailboxes.values().map(crate::Mailbox::size).sum();
        if used.saturating_add(bytes) > most { Err(StoreError::OverQuota { most }) } else { Ok(()) }
    }

    /// Another program takes the account's maildrop, or gives it back. A session that has it keeps it.
    pub fn hold_maildrop(&mut self, account: AccountId, on: bool) -> Result<(), StoreError> {
        self.owner_mut(account)?.maildrop_held_elsewhere = on;
        Ok(())
    }

    /// Put a message into a mailbox without asking for the quota or for permission; only the store's own bound holds.
    pub fn put(
        &mut self,
        account: AccountId,
        name: impl AsRef<[u8]>,
        message: Bytes,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.check_room(message.len() as u64 + OVERHEAD)?;
        self.take_message(account, name.as_ref(), message, &Flags::default(), now).map(drop)
    }

    /// Take back what the orders above set, for all accounts.
    pub fn release(&mut self) {
        for account in &mut self.accounts {
            account.quota = None;
            account.maildrop_held_elsewhere = false;
            for mailbox in account.mailboxes.values_mut() {
                mailbox.read_only = false;
            }
        }
    }
}

#[cfg(test)]
mod tests;
