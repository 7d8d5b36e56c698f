//! Fill an account before anybody looks: mailboxes as needed, messages in the order given.
use bytes::Bytes;
use jiff::Timestamp;

use crate::flags::Flags;
use crate::{AccountId, Appended, Store, StoreError};

/// A message and where it lies.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Mailbox name in modified UTF-7; made when it is missing.
    pub mailbox: String,
    pub message: Bytes,
    pub flags: Flags,
    /// INTERNALDATE.
    pub date: Timestamp,
}

impl Store {
    /// Put `samples` into the account's mailboxes; where each went, in the same order. Stops at the first that
    /// does not fit.
    pub fn fill(
        &mut self,
        account: AccountId,
        samples: impl IntoIterator<Item = Sample>,
    ) -> Result<Vec<Appended>, StoreError> {
        let mut appended = Vec::new();
        for sample in samples {
            if matches!(self.mailbox(account, &sample.mailbox), Err(StoreError::NoMailbox(_))) {
                self.create(account, &sample.mailbox, None)?;
            }
            appended.push(self.append(
                account,
                &sample.mailbox,
                sample.message,
                &sample.flags,
                sample.date,
            )?);
        }
        Ok(appended)
    }
}
