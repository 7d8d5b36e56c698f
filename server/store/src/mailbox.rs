//! One mailbox: its messages in UID order, its numbers (RFC 3501 section 2.3.1.1) and who has it open.
pub mod name;

use bytes::Bytes;
use jiff::Timestamp;

use crate::changes::{Change, Changes, Kind};
use crate::flags::{Flags, Keywords, System};
use crate::message::Message;

/// A mailbox's number within a store. It stays when the mailbox is renamed and is never given again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MailboxId(pub u64);

/// Special use (RFC 6154).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Use {
    All,
    Archive,
    Drafts,
    Flagged,
    Junk,
    Sent,
    Trash,
}

impl Use {
    const NAMES: [(Use, &'static str); 7] = [
        (Use::All, "\\All"),
        (Use::Archive, "\\Archive"),
        (Use::Drafts, "\\Drafts"),
        (Use::Flagged, "\\Flagged"),
        (Use::Junk, "\\Junk"),
        (Use::Sent, "\\Sent"),
        (Use::Trash, "\\Trash"),
    ];

    /// The attribute in LIST, `\Sent`.
    #[must_use]
    pub fn attribute(self) -> &'static str {
        Self::NAMES.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }

    /// Read an attribute, in any case.
    #[must_use]
    pub fn named(attribute: &str) -> Option<Use> {
        Self::NAMES.iter().find(|(_, name)| name.eq_ignore_ascii_case(attribute)).map(|(known, _)| *known)
    }
}

/// A mailbox.
#[derive(Clone, Debug)]
pub struct Mailbox {
    pub(crate) id: MailboxId,
    pub(crate) name: String,
    pub(crate) uid_validity: u32,
    pub(crate) uid_next: u32,
    pub(crate) special_use: Option<Use>,
    pub(crate) no_select: bool,
    /// Clients may read it and change nothing.
    pub(crate) read_only: bool,
    pub(crate) keywords: Keywords,
    messages: Vec<Message>,
    /// Messages from this UID on have been told to no read-write session: they are `\Recent`.
    pub(crate) recent_from: u32,
    pub(crate) modseq: u64,
    pub(crate) changes: Changes,
    /// Connections that have it open.
    pub(crate) viewers: Vec<u64>,
}

impl Mailbox {
    pub(crate) fn new(id: MailboxId, name: String, uid_validity: u32) -> Mailbox {
        Mailbox {
            id,
            name,
            uid_validity,
            uid_next: 1,
            special_use: None,
            no_select: false,
            read_only: false,
            keywords: Keywords::default(),
            messages: Vec::new(),
            recent_from: 1,
            modseq: 1,
            changes: Changes::default(),
            viewers: Vec::new(),
        }
    }

    #[must_use]
    pub fn id(&self) -> MailboxId {
        self.id
    }

    /// The name in modified UTF-7, as LIST shows it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    #[must_use]
    pub fn uid_validity(&self) -> u32 {
        self.uid_validity
    }

    #[must_use]
    pub fn uid_next(&self) -> u32 {
        self.uid_next
    }

    #[must_use]
    pub fn special_use(&self) -> Option<Use> {
        self.special_use
    }

    /// `\Noselect`: a name that is only there for its inferiors.
    #[must_use]
    pub fn no_select(&self) -> bool {
        self.no_select
    }

    /// Names of the keywords in use, for FLAGS and PERMANENTFLAGS.
    #[must_use]
    pub fn keywords(&self) -> &[String] {
        self.keywords.names()
    }

    /// Messages in UID order.
    #[must_use]
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// STATUS RECENT: messages no read-write session has been told of.
    #[must_use]
    pub fn recent(&self) -> usize {
        self.messages.len() - self.position_from(self.recent_from)
    }

    /// STATUS UNSEEN.
    #[must_use]
    pub fn unseen(&self) -> usize {
        self.messages.iter().filter(|message| !message.system.contains(System::SEEN)).count()
    }

    /// STATUS SIZE (RFC 8438): the sum of all message sizes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.messages.iter().map(|message| message.size() as u64).sum()
    }

    #[must_use]
    pub fn message(&self, uid: u32) -> Option<&Message> {
        self.position(uid).map(|at| &self.messages[at])
    }

    /// A message's flags by name, without `\Recent`, which depends on the session.
    #[must_use]
    pub fn flags(&self, message: &Message) -> Flags {
        Flags { system: message.system, keywords: self.keywords.of(message.keywords), recent: false }
    }

    #[must_use]
    pub fn has_keyword(&self, message: &Message, name: &str) -> bool {
        self.keywords.position(name).is_some_and(|at| message.keywords >> at & 1 == 1)
    }

    fn position(&self, uid: u32) -> Option<usize> {
        self.messages.binary_search_by_key(&uid, |message| message.uid).ok()
    }

    /// Where messages with this UID or a greater one begin.
    pub(crate) fn position_from(&self, uid: u32) -> usize {
        self.messages.partition_point(|message| message.uid < uid)
    }

    /// Take in a message; its UID. The caller has checked room, keywords and that a UID is left.
    pub(crate) fn push(&mut self, bytes: Bytes, flags: &Flags, date: Timestamp) -> u32 {
        let uid = self.uid_next;
        self.uid_next += 1;
        self.modseq += 1;
        let keywords = self.keywords.add(&flags.keywords);
        self.messages.push(Message { bytes, date, uid, system: flags.system, keywords, modseq: self.modseq });
        uid
    }

    /// Change the flags of the messages `uids` as one act; how many really changed.
    pub(crate) fn change_flags(
        &mut self,
        uids: impl Iterator<Item = u32>,
        by: Option<u64>,
        change: impl Fn(System, u64) -> (System, u64),
    ) -> usize {
        let modseq = self.modseq + 1;
        let mut changed = 0;
        for uid in uids {
            let Some(at) = self.position(uid) else { continue };
            let message = &mut self.messages[at];
            let now = change(message.system, message.keywords);
            if now == (message.system, message.keywords) {
                continue;
            }
            (message.system, message.keywords) = now;
            message.modseq = modseq;
            changed += 1;
            if !self.viewers.is_empty() {
                self.changes.push(Change { modseq, uid, kind: Kind::Flags, by });
            }
        }
        self.modseq += u64::from(changed > 0);
        changed
    }

    /// Remove the messages `gone` says, as one act; they are returned.
    pub(crate) fn remove(&mut self, by: Option<u64>, gone: impl Fn(&Message) -> bool) -> Vec<Message> {
        let removed: Vec<Message> = self.messages.extract_if(.., |message| gone(message)).collect();
        if removed.is_empty() {
            return removed;
        }
        self.modseq += 1;
        if !self.viewers.is_empty() {
            for message in &removed {
                self.changes.push(Change { modseq: self.modseq, uid: message.uid, kind: Kind::Expunge, by });
            }
        }
        removed
    }
}
