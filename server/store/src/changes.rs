//! What changed in one mailbox, for the sessions that have it open: a bounded log.
//!
//! Every act on a mailbox has a number, its modseq. A view remembers the modseq it has told its client about
//! and asks for what came later. When the log no longer reaches back that far, the view compares itself with
//! the mailbox instead; nothing is lost, it only costs a walk.
use std::collections::VecDeque;

/// Entries kept before the oldest are dropped.
const MOST_ENTRIES: usize = 4_096;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Flags,
    Expunge,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    pub(crate) modseq: u64,
    pub(crate) uid: u32,
    pub(crate) kind: Kind,
    /// The connection that did it: its session answers its own STORE and needs no second FETCH.
    pub(crate) by: Option<u64>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    entries: VecDeque<Change>,
    /// Acts up to this one may be missing.
    dropped_to: u64,
}

impl Changes {
    pub(crate) fn push(&mut self, change: Change) {
        if self.entries.len() >= MOST_ENTRIES
            && let Some(oldest) = self.entries.pop_front()
        {
            self.dropped_to = oldest.modseq;
        }
        self.entries.push_back(change);
    }

    /// Forget everything up to `modseq`: nobody needs it.
    pub(crate) fn clear(&mut self, modseq: u64) {
        self.entries.clear();
        self.dropped_to = modseq;
    }

    /// All changes after `modseq`; `None` when the log does not reach back that far.
    pub(crate) fn since(&self, modseq: u64) -> Option<impl Iterator<Item = &Change>> {
        let from = self.entries.partition_point(|change| change.modseq <= modseq);
        (modseq >= self.dropped_to).then(|| self.entries.range(from..))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(modseq: u64) -> Change {
        Change { modseq, uid: 1, kind: Kind::Flags, by: None }
    }

    #[test]
    fn what_was_dropped_cannot_be_asked_for() {
        let mut log = Changes::default();
        for modseq in 1..=MOST_ENTRIES as u64 + 2 {
            log.push(change(modseq));
        }
        assert!(log.since(1).is_none());
        assert_eq!(log.since(2).map(Iterator::count), Some(MOST_ENTRIES));
        assert_eq!(log.since(MOST_ENTRIES as u64 + 1).map(Iterator::count), Some(1));
        log.clear(9_000);
        assert!(log.since(8_999).is_none());
        assert_eq!(log.since(9_000).map(Iterator::count), Some(0));
    }

    #[test]
    fn one_act_of_many_messages_is_dropped_as_a_whole() {
        let mut log = Changes::default();
        for _ in 0..=MOST_ENTRIES {
            log.push(change(7));
        }
        assert!(log.since(6).is_none(), "half of act 7 is gone");
        assert_eq!(log.since(7).map(Iterator::count), Some(0));
    }
}
