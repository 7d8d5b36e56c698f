//! Bytes from the peer, cut into lines within bounds. SMTP and POP3 read commands through it; message data and
//! IMAP literals have readers of their own.
use std::ops::Range;

use bytes::{Buf, Bytes, BytesMut};

use crate::{Event, World};

/// Of an over-long line the journal keeps this many bytes.
const NOTED: usize = 512;

/// A line longer than this, whatever its limit, has no end worth waiting for.
const RUNAWAY: usize = 64 * 1024;

/// What is there to work on.
#[derive(Debug, Default)]
pub struct Incoming {
    buffer: BytesMut,
    /// No line end in the first `scanned` bytes: they need not be searched again.
    scanned: usize,
    /// The beginning of a line that is too long already, and how much of it was dropped.
    overlong: Option<(Bytes, usize)>,
}

/// A try to read a line.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// Without its line end, which was CRLF or a bare LF.
    Whole(Bytes),
    /// More bytes are needed.
    Partial,
    /// More than the limit, and gone. `start` is its beginning, for the journal. Where `ended` is false nobody knows
    /// where the line ends: only closing is safe.
    TooLong { start: Bytes, size: usize, ended: bool },
}

impl Incoming {
    /// Keep bytes that arrived.
    pub fn extend(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Take a line of at most `limit` bytes, line end not counted. A longer one is read over up to its end.
    pub fn line(&mut self, limit: usize) -> Line {
        let found = memchr::memchr(b'\n', &self.buffer[self.scanned..]);
        let Some(at) = found else {
            self.scanned = self.buffer.len();
            return self.without_end(limit);
        };
        let end = self.scanned + at;
        self.scanned = 0;
        let mut line = self.buffer.split_to(end + 1).freeze();
        if self.buffer.is_empty() {
            // An idle connection holds no buffer.
            self.buffer = BytesMut::new();
        }
        line.truncate(if line[..end].ends_with(b"\r") { end - 1 } else { end });
        match self.overlong.take() {
            Some((start, dropped)) => too_long(start, dropped + line.len()),
            None if line.len() > limit => too_long(beginning(&line), line.len()),
            None => Line::Whole(line),
        }
    }

    fn without_end(&mut self, limit: usize) -> Line {
        // One byte more than the limit may be the CR of the line end.
        if self.overlong.is_none() && self.buffer.len() <= limit.saturating_add(1) {
            return Line::Partial;
        }
        let (start, dropped) = self.overlong.take().unwrap_or_else(|| (beginning(&self.buffer), 0));
        let size = dropped + self.clear();
        if size > RUNAWAY {
            return too_long(start, size);
        }
        self.overlong = Some((start, size));
        Line::Partial
    }

    /// What has not been taken, for readers of data.
    #[must_use]
    pub fn rest(&self) -> &[u8] {
        &self.buffer
    }

    /// Drop the first `count` bytes of `rest`.
    pub fn advance(&mut self, count: usize) {
        self.buffer.advance(count.min(self.buffer.len()));
        self.scanned = 0;
    }

    /// Drop everything, and say how much it was.
    pub fn clear(&mut self) -> usize {
        self.scanned = 0;
        let size = self.buffer.len();
        self.buffer.clear();
        size
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }
}

/// What a command line is, for its secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// AUTH: what comes behind it may be a response that was not waited for.
    Auth,
    /// Nobody knows its verb.
    Unknown,
    Other,
}

/// The secret bytes of a command line: `own`, or all of it where its verb is unknown and it may be a response of an
/// exchange that ended (`wary`).
pub fn secrets(wary: &mut bool, kind: Kind, line: &Bytes, own: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let hidden = *wary && kind == Kind::Unknown;
    *wary = kind == Kind::Auth || hidden;
    if hidden { std::iter::once(0..line.len()).collect() } else { own }
}

/// Put a line into the journal; `secrets` are byte ranges within it.
pub fn note_line(world: &mut dyn World, line: &Bytes, secrets: Vec<Range<usize>>) {
    world.note(Event::LineIn { bytes: line.clone(), secrets, size: line.len() });
}

/// Put the beginning of an over-long line into the journal. Where a secret may stand in it, it is one whole.
pub fn note_overlong(world: &mut dyn World, start: Bytes, size: usize, secret: bool) {
    let secrets = secret.then_some(0..start.len()).into_iter().collect();
    world.note(Event::LineIn { bytes: start, secrets, size });
}

fn too_long(start: Bytes, size: usize) -> Line {
    Line::TooLong { start, size, ended: size <= RUNAWAY }
}

fn beginning(line: &[u8]) -> Bytes {
    Bytes::copy_from_slice(&line[..line.len().min(NOTED)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &'static str) -> Line {
        Line::Whole(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn a_response_nobody_waits_for_is_secret() {
        let line = Bytes::from_static(b"AHRhcm8Ac2VjcmV0");
        let mut wary = false;
        let mut all = |kind| !secrets(&mut wary, kind, &line, Vec::new()).is_empty();
        let told = [Kind::Unknown, Kind::Auth, Kind::Unknown, Kind::Unknown, Kind::Other, Kind::Unknown]
            .map(&mut all);
        assert_eq!(told, [false, false, true, true, false, false]);
    }

    #[test]
    fn lines_end_in_crlf_or_lf() {
        let mut incoming = Incoming::default();
        incoming.extend(b"NOOP\r\nQUIT\nRS");
        assert_eq!(incoming.line(512), whole("NOOP"));
        assert_eq!(incoming.line(512), whole("QUIT"));
        assert_eq!(incoming.line(512), Line::Partial);
        incoming.extend(b"ET\r");
        assert_eq!(incoming.line(512), Line::Partial);
        incoming.extend(b"\n\r\n");
        assert_eq!(incoming.line(512), whole("RSET"));
        assert_eq!(incoming.line(512), whole(""));
        assert!(incoming.is_empty());
    }

    #[test]
    fn a_line_is_bounded_with_and_without_its_end() {
        let mut incoming = Incoming::default();
        incoming.extend(b"12345\r");
        assert_eq!(incoming.line(5), Line::Partial);
        incoming.extend(b"\n");
        assert_eq!(incoming.line(5), whole("12345"));
        incoming.extend(b"123456\r\nNOOP\r\n");
        let start = Bytes::from_static(b"123456");
        assert_eq!(incoming.line(5), Line::TooLong { start, size: 6, ended: true });
        assert_eq!(incoming.line(5), whole("NOOP"));
        let runaway = vec![b'x'; RUNAWAY];
        incoming.extend(b"1234567");
        assert_eq!(incoming.line(5), Line::Partial);
        assert!(incoming.is_empty());
        incoming.extend(b"89\n");
        let start = Bytes::from_static(b"1234567");
        assert_eq!(incoming.line(5), Line::TooLong { start: start.clone(), size: 9, ended: true });
        incoming.extend(b"1234567");
        assert_eq!(incoming.line(5), Line::Partial);
        incoming.extend(&runaway);
        assert_eq!(incoming.line(5), Line::TooLong { start, size: RUNAWAY + 7, ended: false });
    }
}
