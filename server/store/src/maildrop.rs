//! POP3's maildrop (RFC 1939 section 4): INBOX as it is at log-in, held by one session.
use std::collections::BTreeSet;

use bytes::Bytes;

use crate::mailbox::MailboxId;
use crate::{AccountId, Store, StoreError};

/// The messages of one POP3 session. Message numbers run from 1. Changes by others are not seen, and a message
/// expunged by IMAP in between can still be read.
#[derive(Debug)]
pub struct Maildrop {
    account: AccountId,
    viewer: u64,
    mailbox: MailboxId,
    uid_validity: u32,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    uid: u32,
    message: Bytes,
    deleted: bool,
}

impl Maildrop {
    /// Take the account's maildrop for the connection `viewer`. Give it back with `commit` or `unlock`.
    pub fn open(store: &mut Store, account: AccountId, viewer: u64) -> Result<Maildrop, StoreError> {
        let inbox = store.mailbox(account, "INBOX")?;
        let entries = inbox.messages().iter();
        let maildrop = Maildrop {
            account,
            viewer,
            mailbox: inbox.id(),
            uid_validity: inbox.uid_validity(),
            entries: entries
                .map(|message| Entry { uid: message.uid(), message: message.bytes().clone(), deleted: false })
                .collect(),
        };
        let owner = store.owner_mut(account)?;
        if owner.maildrop_held_by.is_some() || owner.maildrop_held_elsewhere {
            return Err(StoreError::MaildropInUse);
        }
        owner.maildrop_held_by = Some(viewer);
        Ok(maildrop)
    }

    /// The highest message number, deleted messages included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// STAT: how many messages are not deleted, and their bytes.
    #[must_use]
    pub fn total(&self) -> (usize, u64) {
        let kept = self.entries.iter().filter(|entry| !entry.deleted);
        kept.fold((0, 0), |(count, bytes), entry| (count + 1, bytes + entry.message.len() as u64))
    }

    /// Numbers of the messages that are not deleted.
    pub fn numbers(&self) -> impl Iterator<Item = usize> {
        self.entries.iter().enumerate().filter(|(_, entry)| !entry.deleted).map(|(at, _)| at + 1)
    }

    /// A message that exists and is not deleted.
    #[must_use]
    pub fn message(&self, number: usize) -> Option<&Bytes> {
        self.entry(number).map(|entry| &entry.message)
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(&self, number: usize) -> Option<usize> {
        self.entry(number).map(|entry| entry.message.len())
    }

    /// Its unique-id (RFC 1939 section 7, UIDL): the same in every session for as long as the message is there.
    #[must_use]
    pub fn unique_id(&self, number: usize) -> Option<String> {
        self.entry(number).map(|entry| format!("{:08x}{:08x}", self.uid_validity, entry.uid))
    }

    /// DELE: false when there is no such message or it is deleted already.
    pub fn delete(&mut self, number: usize) -> bool {
        let entry =
            number.checked_sub(1).and_then(|at| self.entries.get_mut(at)).filter(|entry| !entry.deleted);
        entry.map(|entry| entry.deleted = true).is_some()
    }

    /// Whether the number is that of a message deleted in this session.
    #[must_use]
    pub fn is_deleted(&self, number: usize) -> bool {
        number.checked_sub(1).and_then(|at| self.entries.get(at)).is_some_and(|entry| entry.deleted)
    }

    /// RSET.
    pub fn reset(&mut self) {
        for entry in &mut self.entries {
            entry.deleted = false;
        }
    }

    /// The UPDATE state: remove what was deleted, then unlock. How many messages went.
    pub fn commit(self, store: &mut Store) -> Result<usize, StoreError> {
        let gone: BTreeSet<u32> =
            self.entries.iter().filter(|entry| entry.deleted).map(|entry| entry.uid).collect();
        let mailbox = store.mailbox_mut(self.account, self.mailbox);
        let removed = match mailbox {
            Ok(mailbox) if mailbox.read_only && !gone.is_empty() => {
                Err(StoreError::Protected(mailbox.name.clone()))
            }
            _ => store.remove_uids(self.account, self.mailbox, &gone, Some(self.viewer)),
        };
        self.unlock(store);
        removed
    }

    /// Give the maildrop back and delete nothing: the connection ended without QUIT.
    pub fn unlock(self, store: &mut Store) {
        if let Some(account) = store.account_mut(self.account)
            && account.maildrop_held_by == Some(self.viewer)
        {
            account.maildrop_held_by = None;
        }
    }

    fn entry(&self, number: usize) -> Option<&Entry> {
        number.checked_sub(1).and_then(|at| self.entries.get(at)).filter(|entry| !entry.deleted)
    }
}

#[cfg(test)]
mod tests;
