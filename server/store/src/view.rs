//! One session's numbering of one mailbox (RFC 3501 section 5.2 and 7.4.1).
//!
//! Message sequence numbers are a promise to one client: number 3 means the same message until that client has
//! been told otherwise. So every session has a [`View`], the list of UIDs it has told its client about, and
//! [`View::updates`] brings it up to date at the moments the protocol allows.
use std::collections::{BTreeMap, BTreeSet};

use postfail_wire::imap::sequence::SequenceSet;

use crate::changes::Kind;
use crate::flags::Flags;
use crate::mailbox::{Mailbox, MailboxId};
use crate::message::Message;
use crate::{AccountId, Store, StoreError};

/// What the client must be told, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// The mailbox was deleted; the session can only end. Told once.
    Gone,
    /// Untagged EXPUNGE of a sequence number, numbers above it sink by one.
    Expunge(u32),
    /// Untagged EXISTS.
    Exists(u32),
    /// Untagged RECENT.
    Recent(u32),
    /// Untagged FETCH FLAGS: someone else changed them.
    Flags { seq: u32, uid: u32 },
}

/// A mailbox as one session knows it.
#[derive(Debug)]
pub struct View {
    account: AccountId,
    mailbox: MailboxId,
    viewer: u64,
    read_only: bool,
    gone: bool,
    /// The message with sequence number n is `uids[n - 1]`; ascending.
    uids: Vec<u32>,
    /// UIDs that are `\Recent` here; ascending, all in `uids`.
    recent: Vec<u32>,
    /// UIDs in `uids` whose messages are gone, which the client has not been told yet.
    withheld: BTreeSet<u32>,
    /// What happened up to here is in `uids` and `withheld`.
    modseq: u64,
    /// Flags the client learned since then, by itself: UID, and the message's modseq at that moment.
    told: BTreeMap<u32, u64>,
    /// Messages below this UID are in `uids` or were never to be told.
    uid_next: u32,
}

impl View {
    pub(crate) fn new(account: AccountId, mailbox: &mut Mailbox, viewer: u64, read_only: bool) -> View {
        let mut view = View {
            account,
            mailbox: mailbox.id,
            viewer,
            read_only,
            gone: false,
            uids: Vec::new(),
            recent: Vec::new(),
            withheld: BTreeSet::new(),
            modseq: mailbox.modseq,
            told: BTreeMap::new(),
            uid_next: 1,
        };
        view.take_new(mailbox);
        view
    }

    #[must_use]
    pub fn account(&self) -> AccountId {
        self.account
    }

    #[must_use]
    pub fn mailbox_id(&self) -> MailboxId {
        self.mailbox
    }

    /// The connection this view belongs to.
    #[must_use]
    pub fn viewer(&self) -> u64 {
        self.viewer
    }

    #[must_use]
    pub fn read_only(&self) -> bool {
        self.read_only
    }

    /// How many messages the client believes in.
    #[must_use]
    pub fn len(&self) -> u32 {
        u32::try_from(self.uids.len()).unwrap_or(u32::MAX)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.uids.is_empty()
    }

    /// How many of them are `\Recent` in this session.
    #[must_use]
    pub fn recent(&self) -> u32 {
        u32::try_from(self.recent.len()).unwrap_or(u32::MAX)
    }

    #[must_use]
    pub fn is_recent(&self, uid: u32) -> bool {
        self.recent.binary_search(&uid).is_ok()
    }

    #[must_use]
    pub fn uid(&self, seq: u32) -> Option<u32> {
        let at = usize::try_from(seq.checked_sub(1)?).ok()?;
        self.uids.get(at).copied()
    }

    #[must_use]
    pub fn seq(&self, uid: u32) -> Option<u32> {
        self.uids.binary_search(&uid).ok().map(number)
    }

    /// The mailbox itself; `None` once it was deleted.
    #[must_use]
    pub fn mailbox<'s>(&self, store: &'s Store) -> Option<&'s Mailbox> {
        store.account(self.account)?.mailboxes.get(&self.mailbox)
    }

    /// A message by its sequence number; `None` when there is no such number or the message was expunged by
    /// someone else and the client has not been told yet.
    #[must_use]
    pub fn message<'s>(&self, store: &'s Store, seq: u32) -> Option<&'s Message> {
        self.mailbox(store)?.message(self.uid(seq)?)
    }

    /// A message's flags as this session sees them.
    #[must_use]
    pub fn flags(&self, store: &Store, seq: u32) -> Option<Flags> {
        let mailbox = self.mailbox(store)?;
        let message = mailbox.message(self.uid(seq)?)?;
        Some(Flags { recent: self.is_recent(message.uid()), ..mailbox.flags(message) })
    }

    /// The same, for a client that is told of them now: `updates` need not tell these again.
    pub fn tell_flags(&mut self, store: &Store, seq: u32) -> Option<Flags> {
        let message = self.message(store, seq)?;
        let (uid, modseq) = (message.uid(), message.modseq);
        if modseq > self.modseq {
            self.told.insert(uid, modseq);
        }
        self.flags(store, seq)
    }

    /// The first message without `\Seen`, for `OK [UNSEEN n]`.
    #[must_use]
    pub fn first_unseen(&self, store: &Store) -> Option<u32> {
        let messages = self.mailbox(store)?.messages().iter();
        messages
            .filter(|message| !message.system().contains(crate::System::SEEN))
            .find_map(|m| self.seq(m.uid()))
    }

    /// The sequence numbers a set of sequence numbers names, ascending, each once. A number the client was never
    /// told of is its error (RFC 3501 section 9, `seq-number`).
    pub fn by_seq(&self, set: &SequenceSet) -> Result<Vec<u32>, StoreError> {
        let last = self.len();
        if set.exceeds(last) {
            let highest = set.0.iter().flat_map(|&(a, b)| [a, b]).flatten().max();
            return Err(StoreError::NoMessage(highest.unwrap_or(1)));
        }
        Ok(set.resolve(last).as_slice().iter().cloned().flatten().collect())
    }

    /// The sequence numbers of the messages a set of UIDs names, ascending, each once. UIDs that do not exist are
    /// passed over in silence (RFC 3501 section 6.4.8); `*` is the last message's.
    #[must_use]
    pub fn by_uid(&self, set: &SequenceSet) -> Vec<u32> {
        let ranges = set.resolve(self.uids.last().copied().unwrap_or(0));
        let mut seqs = Vec::new();
        for range in ranges.as_slice() {
            let from = self.uids.partition_point(|uid| uid < range.start());
            let to = self.uids.partition_point(|uid| uid <= range.end());
            seqs.extend((from..to).map(number));
        }
        seqs
    }

    /// What the client must be told to know the mailbox as it is now. With `may_expunge` false (during FETCH,
    /// STORE and SEARCH, RFC 3501 section 7.4.1) expunged messages keep their numbers until the next time.
    pub fn updates(&mut self, store: &mut Store, may_expunge: bool) -> Vec<Update> {
        let mailbox =
            store.account_mut(self.account).and_then(|account| account.mailboxes.get_mut(&self.mailbox));
        let Some(mailbox) = mailbox.filter(|mailbox| !mailbox.no_select) else {
            return if std::mem::replace(&mut self.gone, true) { Vec::new() } else { vec![Update::Gone] };
        };
        if self.modseq == mailbox.modseq && (self.withheld.is_empty() || !may_expunge) {
            return Vec::new();
        }
        let changed = self.take_changes(mailbox);
        let mut updates = Vec::new();
        let recent_before = self.recent.len();
        if may_expunge {
            self.expunge(&mut updates);
        }
        if self.take_new(mailbox) {
            updates.push(Update::Exists(self.len()));
        }
        if self.recent.len() != recent_before {
            updates.push(Update::Recent(self.recent()));
        }
        let known = std::mem::take(&mut self.told);
        let is_news = |uid: &u32| match (known.get(uid), mailbox.message(*uid)) {
            (Some(told), Some(message)) => message.modseq > *told,
            _ => !self.withheld.contains(uid),
        };
        let news = changed.into_iter().filter(is_news);
        updates.extend(news.filter_map(|uid| Some(Update::Flags { seq: self.seq(uid)?, uid })));
        updates
    }

    /// Whether the view is the latest, expunges told.
    #[must_use]
    pub fn is_current(&self, store: &Store) -> bool {
        self.mailbox(store).is_some_and(|mailbox| mailbox.modseq == self.modseq) && self.withheld.is_empty()
    }

    /// Note expunges since the last time in `withheld`; the messages in `uids` whose flags others changed.
    fn take_changes(&mut self, mailbox: &Mailbox) -> BTreeSet<u32> {
        let mut changed = BTreeSet::new();
        if let Some(log) = mailbox.changes.since(self.modseq) {
            for change in log.filter(|change| change.uid < self.uid_next) {
                match change.kind {
                    Kind::Expunge if self.uids.binary_search(&change.uid).is_ok() => {
                        self.withheld.insert(change.uid);
                    }
                    Kind::Flags if change.by != Some(self.viewer) => {
                        changed.insert(change.uid);
                    }
                    Kind::Expunge | Kind::Flags => {}
                }
            }
        } else {
            // The log does not reach back: compare with the mailbox itself.
            let mut there = mailbox.messages().iter().peekable();
            for &uid in &self.uids {
                while there.next_if(|message| message.uid() < uid).is_some() {}
                match there.next_if(|message| message.uid() == uid) {
                    Some(message) if message.modseq > self.modseq => {
                        changed.insert(uid);
                    }
                    Some(_) => {}
                    None => {
                        self.withheld.insert(uid);
                    }
                }
            }
        }
        self.modseq = mailbox.modseq;
        changed
    }

    /// Give up the numbers of withheld messages, smallest first, each told as it is when the ones before it sank.
    fn expunge(&mut self, updates: &mut Vec<Update>) {
        let seqs = self.withheld.iter().filter_map(|&uid| self.seq(uid));
        updates.extend(seqs.enumerate().map(|(told, seq)| Update::Expunge(seq - number(told) + 1)));
        let withheld = std::mem::take(&mut self.withheld);
        if !withheld.is_empty() {
            self.uids.retain(|uid| !withheld.contains(uid));
            self.recent.retain(|uid| !withheld.contains(uid));
        }
    }

    /// Number messages that are new here. A read-write session takes `\Recent` from all later ones
    /// (RFC 3501 section 2.3.2). True when there were any.
    fn take_new(&mut self, mailbox: &mut Mailbox) -> bool {
        let new = &mailbox.messages()[mailbox.position_from(self.uid_next)..];
        let any = !new.is_empty();
        self.recent.extend(new.iter().map(Message::uid).filter(|&uid| uid >= mailbox.recent_from));
        self.uids.extend(new.iter().map(Message::uid));
        self.uid_next = mailbox.uid_next;
        if !self.read_only {
            mailbox.recent_from = mailbox.uid_next;
        }
        any
    }
}

/// The sequence number of a place in the list.
fn number(at: usize) -> u32 {
    u32::try_from(at).map_or(u32::MAX, |at| at + 1)
}

#[cfg(test)]
mod tests;
