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
    pub recipients: Vec<OutboxRecipient>,
    /// What to return with a delivery status (RFC 3461 section 4.3): `FULL` or `HDRS`, if the client said.
    pub ret: Option<String>,
    /// The client's own name for the mail (RFC 3461 section 4.4), decoded.
    pub envid: Option<String>,
    pub message: Bytes,
    pub received_at: Timestamp,
}

/// Whom a mail goes to, and what is to be said of its delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutboxRecipient {
    pub address: String,
    /// NOTIFY (RFC 3461 section 4.1): `NEVER`, or some of `SUCCESS`, `FAILURE`, `DELAY`; empty when nothing was said.
    pub notify: Vec<String>,
    /// ORCPT (RFC 3461 section 4.2): address type, `;`, and the address the mail was first sent to, decoded.
    pub orcpt: Option<String>,
}

impl OutboxRecipient {
    fn room(&self) -> usize {
        let notify = self.notify.iter().map(|word| word.len() + size_of::<String>()).sum::<usize>();
        self.address.len() + notify + self.orcpt.as_ref().map_or(0, String::len) + size_of::<Self>()
    }
}

impl OutboxMail {
    /// Bytes it takes in the store.
    #[must_use]
    pub fn room(&self) -> u64 {
        let text = self.reverse_path.len()
            + self.ret.as_ref().map_or(0, String::len)
            + self.envid.as_ref().map_or(0, String::len)
            + self.recipients.iter().map(OutboxRecipient::room).sum::<usize>();
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
