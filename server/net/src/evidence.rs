//! The captures of a world's connections: taken only where somebody asked, kept within a bound, written to a folder.
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use postfail_engine::capture::{Capture, Head, TOTAL_MAX, View};
use postfail_engine::journal::{ConnectionId, Entry, Mask};
use tokio::sync::Notify;

use crate::shared::lock;

/// What of it is wanted; nothing unless said.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Keep every connection's bytes and TLS secrets.
    pub capture: bool,
    /// Write them there too, when a connection has ended: two files each, readable by their owner only.
    pub folder: Option<PathBuf>,
    /// Gets the TLS secrets of all connections as an NSS key log.
    pub key_log: Option<File>,
}

/// All captures of a world.
#[derive(Debug)]
pub(crate) struct Evidence {
    capture: bool,
    folder: Option<PathBuf>,
    /// Bytes held, and how many may be.
    held: AtomicUsize,
    most: usize,
    taps: Mutex<BTreeMap<ConnectionId, Arc<Tap>>>,
    open: AtomicUsize,
    /// The last open capture was finished.
    finished: Notify,
    failed: AtomicBool,
}

impl Evidence {
    pub fn new(capture: bool, folder: Option<PathBuf>) -> Arc<Self> {
        Arc::new(Self {
            capture: capture || folder.is_some(),
            folder,
            held: AtomicUsize::new(0),
            most: TOTAL_MAX,
            taps: Mutex::default(),
            open: AtomicUsize::new(0),
            finished: Notify::new(),
            failed: AtomicBool::new(false),
        })
    }

    pub fn is_wanted(&self) -> bool {
        self.capture
    }

    /// A tap for a connection; `None` where nobody wants one.
    pub fn tap(self: &Arc<Self>, head: impl FnOnce() -> io::Result<Head>) -> Option<Arc<Tap>> {
        if !self.capture {
            return None;
        }
        // A client that is gone already has no address; there is nothing to be kept of it.
        let head = head().ok()?;
        let (id, name) = (head.id, format!("{}-{}", head.listener, head.id));
        let capture = Mutex::new(Capture::new(head, jiff::Timestamp::now()));
        let evidence = Arc::clone(self);
        let tap =
            Arc::new(Tap { evidence, name, capture, mask: Mutex::default(), over: AtomicBool::new(false) });
        self.open.fetch_add(1, Ordering::AcqRel);
        lock(&self.taps).insert(id, Arc::clone(&tap));
        Some(tap)
    }

    /// A connection's capture so far; `None` where there is none, or none any more.
    pub fn pcapng(&self, id: ConnectionId, view: View, mask: &Mask) -> Option<Vec<u8>> {
        let tap = lock(&self.taps).get(&id).cloned()?;
        let file = lock(&tap.capture).pcapng(view, mask);
        Some(file)
    }

    /// How many bytes more may be held. The captures of connections that have ended go first, oldest before others.
    fn room(&self) -> usize {
        const WANTED: usize = 1 << 20;
        let room = || self.most.saturating_sub(self.held.load(Ordering::Acquire));
        if room() >= WANTED {
            return room();
        }
        let mut taps = lock(&self.taps);
        while room() < WANTED {
            let oldest = taps.iter().find(|(_, tap)| tap.over.load(Ordering::Acquire)).map(|(id, _)| *id);
            let Some(tap) = oldest.and_then(|id| taps.remove(&id)) else { break };
            self.held.fetch_sub(lock(&tap.capture).size(), Ordering::AcqRel);
        }
        room()
    }

    /// Returns once the captures of all connections are whole and written.
    pub async fn finished(&self) {
        loop {
            let notified = self.finished.notified();
            if self.open.load(Ordering::Acquire) == 0 {
                return;
            }
            notified.await;
        }
    }

    fn write(&self, folder: &Path, name: &str, capture: &Capture, mask: &Mask) {
        for (view, ending) in [(View::Wire, "pcapng"), (View::Plain, "plain.pcapng")] {
            let path = folder.join(format!("{name}.{ending}"));
            let written = private(&path).and_then(|mut file| file.write_all(&capture.pcapng(view, mask)));
            if let Err(error) = written
                && !self.failed.swap(true, Ordering::AcqRel)
            {
                tracing::error!("cannot write the capture {}: {error}", path.display());
            }
        }
    }
}

/// One connection's capture and where it belongs.
#[derive(Debug)]
pub(crate) struct Tap {
    evidence: Arc<Evidence>,
    /// Of its files.
    name: String,
    capture: Mutex<Capture>,
    /// The secrets known when the session ended.
    mask: Mutex<Mask>,
    over: AtomicBool,
}

impl Tap {
    /// Records; `act` gets how many bytes may be kept, and says how many more are held.
    pub fn record(&self, act: impl FnOnce(&mut Capture, usize) -> usize) {
        let room = self.evidence.room();
        let more = act(&mut lock(&self.capture), room);
        self.evidence.held.fetch_add(more, Ordering::AcqRel);
    }

    /// What the session noted of the client.
    pub fn noted<'a>(&self, entries: impl Iterator<Item = &'a Entry>) {
        self.record(|capture, _| entries.map(|entry| capture.noted(entry)).sum());
    }

    /// A line of the key log; kept if it is of this connection.
    pub fn key(&self, client_random: &[u8], line: &str) {
        self.record(|capture, _| {
            let before = capture.size();
            capture.key(client_random, line);
            capture.size() - before
        });
    }

    /// The session has ended: from now on its secrets are known.
    pub fn hide(&self, mask: &Mask) {
        lock(&self.mask).clone_from(mask);
    }

    /// The connection is over: nothing is recorded any more.
    pub fn finish(&self) {
        if let Some(folder) = &self.evidence.folder {
            self.evidence.write(folder, &self.name, &lock(&self.capture), &lock(&self.mask));
        }
        self.over.store(true, Ordering::Release);
        if self.evidence.open.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.evidence.finished.notify_waiters();
        }
    }
}

/// A new file that only its owner may read, in place of one of that name.
fn private(path: &Path) -> io::Result<File> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use postfail_engine::journal::Side;
    use postfail_engine::listener::ListenerName;
    use postfail_session::world::Protocol;

    use super::*;

    #[test]
    fn ended_captures_make_room_oldest_first_and_open_ones_stay() {
        let mut evidence = Evidence::new(true, None);
        Arc::get_mut(&mut evidence).expect("nobody else has it").most = 4 << 20;
        let (client, server) = ("127.0.0.1:50000".parse().unwrap(), "127.0.0.1:40000".parse().unwrap());
        let tap = |id| {
            let (listener, protocol) = (ListenerName::Imap, Protocol::Imap);
            let head = Head { id, listener, protocol, implicit: false, client, server };
            evidence.tap(|| Ok(head)).expect("captures are taken")
        };
        let mib = vec![b'x'; 1 << 20];
        let fill =
            |tap: &Tap| tap.record(|capture, room| capture.wire(Timestamp::now(), Side::Client, &mib, room));
        let taps = [tap(1), tap(2), tap(3)];
        taps.iter().for_each(|tap| fill(tap));
        taps[1].finish();
        taps[2].finish();
        let fourth = tap(4);
        for _ in 0..3 {
            fill(&fourth);
            assert!(evidence.held.load(Ordering::Acquire) <= 4 << 20);
        }
        let is_there = |id| evidence.pcapng(id, View::Wire, &Mask::default()).is_some();
        assert_eq!([1, 2, 3, 4].map(is_there), [true, false, false, true]);
        fill(&taps[0]);
        fill(&taps[0]);
        assert!(evidence.held.load(Ordering::Acquire) <= 4 << 20, "open ones alone stay within the bound");
    }
}
