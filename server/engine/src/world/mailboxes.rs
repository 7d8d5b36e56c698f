//! Changes to mail that no client makes, checked and carried out.
use std::collections::BTreeSet;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use postfail_store::{Mailbox, StoreError};

use super::World;
use super::change::BOOKKEEPING;
use crate::change::{Change, ChangeCause, Fill, OUTBOX};

/// Most messages of one `fill`.
const MESSAGES_MAX: u32 = 200_000;
/// What one of them takes, in bytes, at most.
const MESSAGE: u64 = 512;

impl World {
    /// `room` is what the store has left for the changes behind this one.
    pub(super) fn check_mailbox(&self, change: &Change, room: &mut u64) -> Result<(), ChangeCause> {
        match change {
            Change::UidValidity(change) => self.mailbox(&change.account, &change.mailbox).map(drop),
            Change::ReadOnly(change) => self.mailbox(&change.account, &change.mailbox).map(drop),
            Change::Drain(change) if self.is_outbox(&change.account) => Ok(()),
            Change::Drain(change) => self.mailbox(&change.account, &change.mailbox).map(drop),
            Change::RemoveMessage(change) => {
                let mailbox = self.mailbox(&change.account, &change.mailbox)?;
                if mailbox.message(change.uid).is_some() {
                    return Ok(());
                }
                let last = mailbox.messages().last().map(postfail_store::Message::uid);
                let there = last.map_or("it is empty".to_owned(), |last| format!("the last one has {last}"));
                let cause = format!("no message of `{}` has UID {}; {there}", change.account, change.uid);
                Err(ChangeCause::Mailbox(change.mailbox.clone(), cause))
            }
            Change::Fill(fill) => {
                self.mailbox(&fill.account, &fill.mailbox)?;
                if !(1..=MESSAGES_MAX).contains(&fill.messages) {
                    return Err(ChangeCause::Messages(fill.messages, MESSAGES_MAX));
                }
                let fits = u32::try_from(*room / (MESSAGE + BOOKKEEPING)).unwrap_or(u32::MAX);
                if fill.messages > fits {
                    return Err(ChangeCause::Messages(fill.messages, fits));
                }
                *room -= u64::from(fill.messages) * (MESSAGE + BOOKKEEPING);
                Ok(())
            }
            other => other.account().map_or(Ok(()), |name| self.known(name).map(drop)),
        }
    }

    fn is_outbox(&self, account: &str) -> bool {
        account == OUTBOX && self.store.find(account).is_none()
    }

    fn mailbox(&self, account: &str, mailbox: &str) -> Result<&Mailbox, ChangeCause> {
        let id = self.known(account)?;
        let found = self.store.mailbox(id, mailbox).and_then(|found| match found.no_select() {
            true => Err(StoreError::NoSelect(mailbox.to_owned())),
            false => Ok(found),
        });
        found.map_err(|cause| ChangeCause::Mailbox(mailbox.to_owned(), cause.to_string()))
    }

    /// Do one change that was checked.
    pub(super) fn alter_mailbox(&mut self, change: &Change, real: Timestamp) {
        let now = self.now(real);
        if matches!(change, Change::Drain(change) if self.is_outbox(&change.account)) {
            self.store.clear_outbox();
            return;
        }
        let Some(id) = change.account().and_then(|name| self.store.find(name)) else { return };
        // Each was checked: what is left is nothing.
        let _ = match change {
            Change::UidValidity(change) => self.store.renew(id, &change.mailbox),
            Change::ReadOnly(change) => self.store.set_read_only(id, &change.mailbox, change.on),
            Change::Quota(change) => self.store.set_quota(id, change.bytes),
            Change::HoldMaildrop(change) => self.store.hold_maildrop(id, change.on),
            Change::RemoveMessage(change) => {
                self.store.mailbox(id, &change.mailbox).map(Mailbox::id).and_then(|mailbox| {
                    self.store.remove_uids(id, mailbox, &BTreeSet::from([change.uid]), None).map(drop)
                })
            }
            Change::Drain(change) => {
                let uids = self.store.mailbox(id, &change.mailbox).map(|mailbox| {
                    (mailbox.id(), mailbox.messages().iter().map(postfail_store::Message::uid).collect())
                });
                uids.and_then(|(mailbox, uids)| self.store.remove_uids(id, mailbox, &uids, None).map(drop))
            }
            Change::Fill(fill) => (1..=fill.messages)
                .try_for_each(|number| self.store.put(id, &fill.mailbox, message(fill, number, now), now)),
            _ => Ok(()),
        };
    }
}

/// One of many messages, as short as a whole one can be (RFC 5322 section 3.6).
fn message(fill: &Fill, number: u32, now: Timestamp) -> Bytes {
    let date = rfc2822::to_string(&now.to_zoned(TimeZone::UTC)).unwrap_or_default();
    let (account, all) = (&fill.account, fill.messages);
    Bytes::from(format!(
        "From: Postfail <postfail@postfail.test>\r\nTo: {account}@postfail.test\r\nDate: {date}\r\n\
         Message-ID: <{number}.{all}@postfail.test>\r\nSubject: Message {number} of {all}\r\n\r\n\
         This is message {number} of {all}.\r\n"
    ))
}

#[cfg(test)]
mod tests;
