//! One message: its bytes and what IMAP keeps about it. Parsed only when asked, so a small message stays small.
use bytes::Bytes;
use jiff::Timestamp;

use crate::flags::System;

/// A message in a mailbox.
#[derive(Clone, Debug)]
pub struct Message {
    pub(crate) bytes: Bytes,
    pub(crate) date: Timestamp,
    pub(crate) uid: u32,
    pub(crate) system: System,
    /// Bits into the mailbox's keywords.
    pub(crate) keywords: u64,
    /// The mailbox's change counter when the flags changed last.
    pub(crate) modseq: u64,
}

/// What a message takes of the store's room besides its bytes.
pub(crate) const OVERHEAD: u64 = size_of::<Message>() as u64;

impl Message {
    /// The message as it came (cheap to clone).
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// RFC822.SIZE, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// INTERNALDATE.
    #[must_use]
    pub fn date(&self) -> Timestamp {
        self.date
    }

    #[must_use]
    pub fn uid(&self) -> u32 {
        self.uid
    }

    /// System flags; keywords need the mailbox's list: see [`crate::mailbox::Mailbox::flags`].
    #[must_use]
    pub fn system(&self) -> System {
        self.system
    }

    pub(crate) fn room(&self) -> u64 {
        self.bytes.len() as u64 + OVERHEAD
    }
}
