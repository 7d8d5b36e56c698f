//! The journal: everything observable, numbered, with real and virtual time. Transcripts, reports, verdicts and
//! the API read it. Kept in memory within bounds, and written line by line where somebody asked for a file.
pub mod entry;
pub mod handshake;
pub mod jsonl;
pub mod mask;
pub mod text;

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;

pub use entry::{By, ConnectionId, Entry, Filter, KINDS, Place, Side, TokenRequest, What};
pub use handshake::{Handshake, Hello};
pub use mask::Mask;
pub use postfail_session::Event;

use crate::listener::ListenerName;

/// Most entries kept in memory.
pub const ENTRIES_MAX: usize = 100_000;
/// Most bytes of entries kept in memory, roughly.
pub const BYTES_MAX: usize = 64 << 20;

/// The record of a world.
#[derive(Debug)]
pub struct Journal {
    entries: VecDeque<Entry>,
    /// How many there were of each kind, those that are no longer in memory among them.
    counts: BTreeMap<&'static str, u64>,
    bytes: usize,
    /// The number the next entry gets; the first is 1.
    next: u64,
    /// `Some` while a file wants lines.
    unwritten: Option<Vec<u8>>,
    pub(crate) mask: Mask,
}

impl Default for Journal {
    fn default() -> Self {
        Self {
            entries: VecDeque::new(),
            counts: BTreeMap::new(),
            bytes: 0,
            next: 1,
            unwritten: None,
            mask: Mask::default(),
        }
    }
}

impl Journal {
    /// Add an entry; its number.
    pub fn record(
        &mut self,
        real: Timestamp,
        virtual_time: Timestamp,
        connection: Option<(ConnectionId, ListenerName)>,
        what: What,
    ) -> u64 {
        let seq = self.next;
        self.next += 1;
        let entry = Entry { seq, real, virtual_time, connection, what };
        if let Some(unwritten) = &mut self.unwritten {
            jsonl::write(&entry, &self.mask, unwritten);
        }
        *self.counts.entry(entry.what.kind()).or_default() += 1;
        self.bytes += entry.size();
        self.entries.push_back(entry);
        while self.entries.len() > ENTRIES_MAX || self.bytes > BYTES_MAX {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= oldest.size();
        }
        seq
    }

    /// From now on `take_unwritten` gives a line for each entry. What was recorded before is given first.
    pub fn enable_lines(&mut self) {
        let mut lines = Vec::new();
        for entry in &self.entries {
            jsonl::write(entry, &self.mask, &mut lines);
        }
        self.unwritten = Some(lines);
    }

    /// JSON lines not taken yet, masked, each ended by LF; empty unless `enable_lines` was called.
    pub fn take_unwritten(&mut self) -> Vec<u8> {
        self.unwritten.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Entries the filter lets through, oldest first, as they were recorded: secrets still inside.
    pub fn entries<'a>(&'a self, filter: &'a Filter) -> impl Iterator<Item = &'a Entry> {
        let behind = self.entries.partition_point(|entry| entry.seq <= filter.since);
        self.entries.range(behind..).filter(|entry| filter.admits(entry))
    }

    /// One entry as a JSON object, masked, without a line end.
    pub fn json(&self, entry: &Entry) -> String {
        let mut line = Vec::new();
        jsonl::write(entry, &self.mask, &mut line);
        line.pop();
        String::from_utf8_lossy(&line).into_owned()
    }

    /// One entry as a line for people, masked.
    pub fn line(&self, entry: &Entry) -> String {
        text::line(entry, &self.mask)
    }

    /// The conversation of one connection as `C:` and `S:` lines, masked.
    pub fn transcript(&self, connection: ConnectionId) -> String {
        text::transcript(self.entries(&Filter::of_connection(connection)), &self.mask)
    }

    /// The known secrets, for whoever shows bytes that are not in the journal.
    pub fn mask(&self) -> &Mask {
        &self.mask
    }

    /// How many entries of a kind there ever were.
    pub fn count(&self, kind: &str) -> u64 {
        self.counts.get(kind).copied().unwrap_or_default()
    }

    /// Number of the newest entry; 0 when there is none.
    pub fn last(&self) -> u64 {
        self.next - 1
    }

    /// Number of the oldest entry still in memory; `last() + 1` when there is none.
    pub fn first(&self) -> u64 {
        self.next - self.entries.len() as u64
    }
}

#[cfg(test)]
mod tests;
