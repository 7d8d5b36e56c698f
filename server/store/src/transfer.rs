//! Messages in, out and about: APPEND, delivery, STORE, EXPUNGE, COPY and MOVE.
use std::collections::BTreeSet;

use bytes::Bytes;
use jiff::Timestamp;
use postfail_wire::imap::command::StoreAction;
use postfail_wire::imap::sequence::SequenceSet;

use crate::flags::{Flags, MOST_KEYWORDS, System};
use crate::mailbox::{Mailbox, MailboxId};
use crate::message::{Message, OVERHEAD};
use crate::{AccountId, Store, StoreError, View};

/// Where a message went: the numbers of APPENDUID (RFC 4315).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    pub uid_validity: u32,
    pub uid: u32,
}

/// Where messages went: the numbers of COPYUID (RFC 4315). `from` and `to` are of one length, in one order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    pub uid_validity: u32,
    pub from: Vec<u32>,
    pub to: Vec<u32>,
}

/// What a mailbox takes in.
struct Arrival {
    from: u32,
    bytes: Bytes,
    flags: Flags,
    date: Timestamp,
}

impl Store {
    /// APPEND. `message` is kept as it is: hand in bytes that do not hold a larger buffer alive.
    pub fn append(
        &mut self,
        account: AccountId,
        name: impl AsRef<[u8]>,
        message: Bytes,
        flags: &Flags,
        date: Timestamp,
    ) -> Result<Appended, StoreError> {
        self.writable(account, name.as_ref())?;
        self.check_room(message.len() as u64 + OVERHEAD)?;
        self.check_quota(account, message.len() as u64)?;
        self.take_message(account, name.as_ref(), message, flags, date)
    }

    /// Take in one message for which there is room.
    pub(crate) fn take_message(
        &mut self,
        account: AccountId,
        name: &[u8],
        message: Bytes,
        flags: &Flags,
        date: Timestamp,
    ) -> Result<Appended, StoreError> {
        let id = self.selectable(account, name)?;
        let arrival = Arrival { from: 0, bytes: message, flags: flags.clone(), date };
        let copied = self.take_in(account, id, vec![arrival], None)?;
        Ok(Appended { uid_validity: copied.uid_validity, uid: copied.to.first().copied().unwrap_or(0) })
    }

    /// Put mail into the account's INBOX.
    pub fn deliver(
        &mut self,
        account: AccountId,
        message: Bytes,
        now: Timestamp,
    ) -> Result<Appended, StoreError> {
        self.check_room(message.len() as u64 + OVERHEAD)?;
        self.check_quota(account, message.len() as u64)?;
        self.take_message(account, b"INBOX", message, &Flags::default(), now)
    }

    /// STORE on the messages with these sequence numbers; those that still exist, whose flags the session shows
    /// itself unless the command was silent. Other sessions learn it from their `updates`.
    pub fn store_flags(
        &mut self,
        view: &View,
        seqs: &[u32],
        action: StoreAction,
        flags: &Flags,
    ) -> Result<Vec<u32>, StoreError> {
        self.check_writable(view)?;
        let mailbox = self.mailbox_mut(view.account(), view.mailbox_id())?;
        let keywords = if action == StoreAction::Remove {
            mailbox.keywords.known(&flags.keywords)
        } else {
            check_keywords(mailbox, &flags.keywords)?;
            mailbox.keywords.add(&flags.keywords)
        };
        let uids = seqs.iter().filter_map(|&seq| view.uid(seq));
        let changed = mailbox.change_flags(uids, Some(view.viewer()), |system, bits| match action {
            StoreAction::Replace => (flags.system, keywords),
            StoreAction::Add => (system | flags.system, bits | keywords),
            StoreAction::Remove => (system & !flags.system, bits & !keywords),
        });
        if changed > 0 {
            self.wake_viewers(view.account(), view.mailbox_id(), Some(view.viewer()));
        }
        let there = |seq: &u32| view.message(self, *seq).is_some();
        Ok(seqs.iter().copied().filter(there).collect())
    }

    /// EXPUNGE, or UID EXPUNGE with `uids`: remove messages with `\Deleted` that the view knows; how many. The
    /// session learns the numbers from `view.updates(store, true)`.
    pub fn expunge(&mut self, view: &View, uids: Option<&SequenceSet>) -> Result<usize, StoreError> {
        self.check_writable(view)?;
        let last = view.uid(view.len()).unwrap_or(0);
        let ranges = uids.map(|set| set.resolve(last));
        let gone = |message: &Message| {
            message.system.contains(System::DELETED)
                && ranges.as_ref().is_none_or(|ranges| ranges.contains(message.uid))
                && view.seq(message.uid).is_some()
        };
        self.remove(view.account(), view.mailbox_id(), Some(view.viewer()), gone)
    }

    /// COPY the messages with these sequence numbers, all or none. Flags and INTERNALDATE go along.
    pub fn copy_messages(
        &mut self,
        view: &View,
        seqs: &[u32],
        to: impl AsRef<[u8]>,
    ) -> Result<Copied, StoreError> {
        let target = self.writable(view.account(), to.as_ref())?;
        let arrivals = self.departing(view, seqs);
        let bytes: u64 = arrivals.iter().map(|arrival| arrival.bytes.len() as u64).sum();
        self.check_room(bytes + OVERHEAD * arrivals.len() as u64)?;
        self.check_quota(view.account(), bytes)?;
        self.take_in(view.account(), target, arrivals, Some(view.viewer()))
    }

    /// MOVE (RFC 6851) the messages with these sequence numbers, all or none. The session learns the expunged
    /// numbers from `view.updates(store, true)`.
    pub fn move_messages(
        &mut self,
        view: &View,
        seqs: &[u32],
        to: impl AsRef<[u8]>,
    ) -> Result<Copied, StoreError> {
        self.check_writable(view)?;
        let target = self.writable(view.account(), to.as_ref())?;
        let arrivals = self.departing(view, seqs);
        // No room is asked for: what comes there goes here.
        let copied = self.take_in(view.account(), target, arrivals, Some(view.viewer()))?;
        let from: BTreeSet<u32> = copied.from.iter().copied().collect();
        let copies: BTreeSet<u32> = copied.to.iter().copied().collect();
        let same = target == view.mailbox_id();
        let gone =
            |message: &Message| from.contains(&message.uid) && !(same && copies.contains(&message.uid));
        self.remove(view.account(), view.mailbox_id(), Some(view.viewer()), gone)?;
        Ok(copied)
    }

    /// Remove messages by UID without a session: POP3's DELE and orders from outside.
    pub fn remove_uids(
        &mut self,
        account: AccountId,
        mailbox: MailboxId,
        uids: &BTreeSet<u32>,
        by: Option<u64>,
    ) -> Result<usize, StoreError> {
        self.remove(account, mailbox, by, |message| uids.contains(&message.uid))
    }

    /// RENAME of INBOX: every message goes from one mailbox to the other.
    pub(crate) fn move_all(
        &mut self,
        account: AccountId,
        from: MailboxId,
        to: MailboxId,
    ) -> Result<(), StoreError> {
        let source = self.mailbox_mut(account, from)?;
        let arrivals = source.messages().iter().map(|message| arrival(source, message)).collect();
        self.take_in(account, to, arrivals, None)?;
        self.remove(account, from, None, |_| true)?;
        Ok(())
    }

    fn check_writable(&self, view: &View) -> Result<(), StoreError> {
        match view.mailbox(self) {
            Some(mailbox) if mailbox.read_only => Err(StoreError::Protected(mailbox.name.clone())),
            _ if view.read_only() => Err(StoreError::ReadOnly),
            _ => Ok(()),
        }
    }

    fn departing(&self, view: &View, seqs: &[u32]) -> Vec<Arrival> {
        let Some(mailbox) = view.mailbox(self) else { return Vec::new() };
        seqs.iter()
            .filter_map(|&seq| mailbox.message(view.uid(seq)?))
            .map(|message| arrival(mailbox, message))
            .collect()
    }

    fn take_in(
        &mut self,
        account: AccountId,
        target: MailboxId,
        arrivals: Vec<Arrival>,
        by: Option<u64>,
    ) -> Result<Copied, StoreError> {
        let mailbox = self.mailbox_mut(account, target)?;
        let mut names: Vec<String> =
            arrivals.iter().flat_map(|arrival| arrival.flags.keywords.clone()).collect();
        names.sort_unstable_by_key(|name| name.to_ascii_lowercase());
        names.dedup_by(|a, b| a.eq_ignore_ascii_case(b));
        check_keywords(mailbox, &names)?;
        if u32::try_from(arrivals.len()).ok().and_then(|more| mailbox.uid_next.checked_add(more)).is_none() {
            return Err(StoreError::Full { what: "UIDs in the mailbox", most: u32::MAX.into() });
        }
        let mut copied = Copied { uid_validity: mailbox.uid_validity, ..Copied::default() };
        let mut room = 0;
        for arrival in arrivals {
            room += arrival.bytes.len() as u64 + OVERHEAD;
            copied.from.push(arrival.from);
            copied.to.push(mailbox.push(arrival.bytes, &arrival.flags, arrival.date));
        }
        self.used += room;
        if !copied.to.is_empty() {
            self.wake_viewers(account, target, by);
        }
        Ok(copied)
    }

    fn remove(
        &mut self,
        account: AccountId,
        mailbox: MailboxId,
        by: Option<u64>,
        gone: impl Fn(&Message) -> bool,
    ) -> Result<usize, StoreError> {
        let removed = self.mailbox_mut(account, mailbox)?.remove(by, gone);
        self.used -= removed.iter().map(Message::room).sum::<u64>();
        if !removed.is_empty() {
            self.wake_viewers(account, mailbox, by);
        }
        Ok(removed.len())
    }
}

fn arrival(mailbox: &Mailbox, message: &Message) -> Arrival {
    Arrival {
        from: message.uid,
        bytes: message.bytes.clone(),
        flags: mailbox.flags(message),
        date: message.date,
    }
}

fn check_keywords(mailbox: &Mailbox, names: &[String]) -> Result<(), StoreError> {
    if mailbox.keywords.have_room_for(names) {
        return Ok(());
    }
    Err(StoreError::Full { what: "keywords (64 bytes each) in the mailbox", most: MOST_KEYWORDS as u64 })
}

#[cfg(test)]
mod tests;
