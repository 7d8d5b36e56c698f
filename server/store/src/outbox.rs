//! Mail for anyone who is not one of our accounts: kept, shown, never sent on.
use bytes::Bytes;
use jiff::Timestamp;

use crate::{Store, StoreError};

/// One mail as SMTP handed it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxMail {
    /// MAIL FROM, without angle brackets; empty for `<>`.
    pub reverse_path: String,
    /// RCPT TO, those not ours.
    pub recipients: Vec<String>,
    pub message: Bytes,
    pub received_at: Timestamp,
}

impl OutboxMail {
    fn room(&self) -> u64 {
        let text = self.reverse_path.len()
            + self.recipients.iter().map(|to| to.len() + size_of::<String>()).sum::<usize>();
        (self.message.len() + text + size_of::<OutboxMail>()) as u64
    }
}

impl Store {
    /// Keep a mail. It counts against the store's limit.
    pub fn keep_outgoing(&mut self, mail: OutboxMail) -> Result<(), StoreError> {
        self.check_room(mail.room())?;
        self.used += mail.room();
        self.outbox.push(mail);
        Ok(())
    }

    /// All mail kept so far, oldest first.
    #[must_use]
    pub fn outbox(&self) -> &[OutboxMail] {
        &self.outbox
    }

    /// Forget all mail kept so far.
    pub fn clear_outbox(&mut self) {
        self.used -= self.outbox.drain(..).map(|mail| mail.room()).sum::<u64>();
    }
}
