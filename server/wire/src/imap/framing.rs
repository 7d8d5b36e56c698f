//! Cutting a client's byte stream into whole commands: lines and the literals between them (RFC 3501 sections 2.2
//! and 4.3, RFC 7888). Knows no command, fails on no input, keeps no more than its limits allow.
//!
//! ```text
//! command = *(line announcing a literal, literal) line
//! line    = *OCTET LF            ; what ends in CRLF ends in LF
//! ```
//! Every byte pushed comes out in one piece, or is counted in one [`Piece::Skipped`].
use bytes::{Buf, Bytes, BytesMut};

use super::token::decimal;

/// How much of one command is kept. What goes beyond is dropped as it arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all lines of one command, their ends included, literals not. Also of one line by itself
    /// ([`Framing::next_line`]).
    pub line: usize,
    /// Bytes of one literal.
    pub literal: u64,
    /// Bytes of a command in all, lines and literals.
    pub command: usize,
}

/// What the stream holds next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A whole command: every line and literal, line ends and all.
    Command(Bytes),
    /// An empty line where a command should begin; some clients send one behind a literal.
    Blank(Bytes),
    /// The command goes on with a literal. Nothing more comes until [`Framing::accept`] or [`Framing::refuse`].
    Announcement(Announcement),
    /// A line, its end included, read by [`Framing::next_line`].
    Line(Bytes),
    /// A line (or its command) went beyond a limit: what was kept of the command. The rest, up to the next line end,
    /// is dropped and counted in the `Skipped` that follows.
    Overlong(Bytes),
    /// The end of what was dropped behind `Overlong` or a refused literal: so many bytes. A command begins next.
    Skipped(u64),
}

/// `{n}`, `{n+}`, `{n-}` or `~{n}` at the end of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Bytes announced; a number beyond 64 bits counts as `u64::MAX`.
    pub size: u64,
    /// True for `{n}`: the client waits for a continuation. False for `{n+}` and `{n-}`: the bytes come anyway.
    pub synchronizing: bool,
    /// True for the `literal8` of RFC 3516.
    pub binary: bool,
    /// Whether the limits allow it. If not, [`Framing::accept`] does nothing.
    pub fits: bool,
}

/// How a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    CrLf,
    /// A bare LF, which no client should send.
    Lf,
    /// The text ends without one.
    Missing,
}

/// A line without its end, and the end.
pub fn split_ending(line: &[u8]) -> (&[u8], Ending) {
    match line {
        [text @ .., b'\r', b'\n'] => (text, Ending::CrLf),
        [text @ .., b'\n'] => (text, Ending::Lf),
        text => (text, Ending::Missing),
    }
}

/// A command without its line end. What looks like a line end within its last literal is none.
pub fn without_ending(command: &[u8]) -> &[u8] {
    let mut start = 0;
    loop {
        let line = command.get(start..).unwrap_or_default();
        let end = line.iter().position(|byte| *byte == b'\n').map_or(line.len(), |place| place + 1);
        let literal = announcement(line.get(..end).unwrap_or_default()).map(|announced| announced.size);
        let next = literal.and_then(|size| (start + end).checked_add(usize::try_from(size).ok()?));
        match next.filter(|next| *next <= command.len()) {
            Some(next) => start = next,
            None => return command.get(..start + split_ending(line).0.len()).unwrap_or(command),
        }
    }
}

/// Commands up to this size are copied, so that keeping one does not keep the buffer it came in.
const SMALL: usize = 4096;
/// How much of a line being dropped is remembered, to see an announcement at its end.
const TAIL: usize = 64;

/// The state of one direction of one connection.
#[derive(Debug)]
pub struct Framing {
    limits: Limits,
    /// From the first byte of the present command (or of what is being dropped).
    buffer: BytesMut,
    /// Where the present line begins in the buffer.
    line: usize,
    /// Bytes of the command's lines before that one.
    lines: usize,
    /// No line end lies between `line` and here: bytes that come one by one are looked at once.
    scanned: usize,
    state: State,
    skipped: u64,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Within a line.
    Line,
    /// Told of an announcement; waiting for the verdict.
    Announced(Announcement),
    /// Within a literal that ends at this place of the buffer.
    Literal { end: usize },
    /// Dropping: so many bytes of a literal, then the line it stands in. `raw` lines announce nothing.
    Skip { literal: u64, raw: bool },
}

impl Framing {
    pub fn new(limits: Limits) -> Framing {
        Framing {
            limits,
            buffer: BytesMut::new(),
            line: 0,
            lines: 0,
            scanned: 0,
            state: State::Line,
            skipped: 0,
        }
    }

    /// Bytes arrived. Call [`Framing::next`] until it is `None` before the next push: until then all are held.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next piece of a command; `None` when more bytes, or a verdict on an announcement, are needed.
    #[expect(clippy::should_implement_trait, reason = "not an iterator: None is not the end")]
    pub fn next(&mut self) -> Option<Piece> {
        self.step(false)
    }

    /// The next line as it is, braces or not: a SASL response, or IDLE's `DONE`. Only between commands.
    pub fn next_line(&mut self) -> Option<Piece> {
        self.step(self.line == 0)
    }

    /// Takes the literal in. False, and nothing is changed, when none is announced or it does not fit.
    #[must_use = "a literal that does not fit must be refused"]
    pub fn accept(&mut self) -> bool {
        match self.state {
            State::Announced(announcement) if announcement.fits => {
                // It fits, so its end is below the command limit, a usize.
                let size = usize::try_from(announcement.size).unwrap_or(usize::MAX);
                self.state = State::Literal { end: self.line.saturating_add(size) };
                true
            }
            _ => false,
        }
    }

    /// Ends the command at its announcement and gives what came of it. A literal that comes anyway is dropped with
    /// the rest of its command; of a synchronizing one nothing follows, since the client was waiting.
    pub fn refuse(&mut self) -> Bytes {
        let State::Announced(announcement) = self.state else {
            return Bytes::new();
        };
        let command = self.take(self.line);
        self.state = if announcement.synchronizing {
            State::Line
        } else {
            State::Skip { literal: announcement.size, raw: false }
        };
        command
    }

    /// The present command as far as it has been cut: up to the last announcement.
    pub fn so_far(&self) -> &[u8] {
        self.buffer.get(..self.line).unwrap_or_default()
    }

    /// How many bytes are held, cut or not.
    pub fn held(&self) -> usize {
        self.buffer.len()
    }

    /// Forgets everything held, as after STARTTLS (RFC 3501 6.2.1), and says how many bytes that were.
    pub fn discard(&mut self) -> usize {
        let held = self.buffer.len();
        *self = Framing::new(self.limits);
        held
    }

    fn step(&mut self, raw: bool) -> Option<Piece> {
        loop {
            match self.state {
                State::Announced(_) => return None,
                State::Literal { end } if self.buffer.len() < end => return None,
                State::Literal { end } => {
                    (self.line, self.scanned) = (end, end);
                    self.state = State::Line;
                }
                State::Line => return self.cut_line(raw),
                State::Skip { literal, raw } => match self.skip(literal, raw) {
                    Skip::Done(piece) => return Some(piece),
                    Skip::Starved => return None,
                    Skip::Again => {}
                },
            }
        }
    }

    fn cut_line(&mut self, raw: bool) -> Option<Piece> {
        let room = self.limits.line.saturating_sub(self.lines);
        let bound = self.line.saturating_add(room).min(self.limits.command);
        let Some(end) = self.line_end() else {
            return (self.buffer.len() > bound).then(|| self.overlong(bound, raw));
        };
        if end > bound {
            return Some(self.overlong(bound, raw));
        }
        let line = self.buffer.get(self.line..end).unwrap_or_default();
        if raw {
            return Some(Piece::Line(self.take(end)));
        }
        if let Some(mut announcement) = announcement(line) {
            let room = self.limits.command.saturating_sub(end) as u64;
            announcement.fits = announcement.size <= self.limits.literal.min(room);
            self.lines += line.len();
            (self.line, self.scanned) = (end, end);
            self.state = State::Announced(announcement);
            return Some(Piece::Announcement(announcement));
        }
        let blank = self.line == 0 && split_ending(line).0.is_empty();
        let bytes = self.take(end);
        Some(if blank { Piece::Blank(bytes) } else { Piece::Command(bytes) })
    }

    fn overlong(&mut self, bound: usize, raw: bool) -> Piece {
        // A literal may have filled the command limit to the last byte, or a limit be smaller than what is held.
        let kept = self.take(bound.min(self.buffer.len()));
        self.state = State::Skip { literal: 0, raw };
        Piece::Overlong(kept)
    }

    /// Where the present line ends in the buffer, its LF included.
    fn line_end(&mut self) -> Option<usize> {
        let fresh = self.buffer.get(self.scanned..).unwrap_or_default();
        let found = fresh.iter().position(|byte| *byte == b'\n').map(|place| self.scanned + place + 1);
        if found.is_none() {
            self.scanned = self.buffer.len();
        }
        found
    }

    fn skip(&mut self, literal: u64, raw: bool) -> Skip {
        let gone = usize::try_from(literal).unwrap_or(usize::MAX).min(self.buffer.len());
        self.drop_front(gone);
        let literal = literal - gone as u64;
        self.state = State::Skip { literal, raw };
        if literal > 0 {
            return Skip::Starved;
        }
        let Some(end) = self.line_end() else {
            self.drop_front(self.buffer.len().saturating_sub(TAIL));
            return Skip::Starved;
        };
        let tail = self.buffer.get(end.saturating_sub(TAIL)..end).unwrap_or_default();
        let next = announcement(tail).filter(|next| !raw && !next.synchronizing);
        self.drop_front(end);
        match next {
            Some(next) => {
                self.state = State::Skip { literal: next.size, raw };
                Skip::Again
            }
            None => {
                self.state = State::Line;
                Skip::Done(Piece::Skipped(std::mem::take(&mut self.skipped)))
            }
        }
    }

    fn drop_front(&mut self, count: usize) {
        self.buffer.advance(count);
        self.skipped += count as u64;
        self.scanned = self.scanned.saturating_sub(count);
        self.shrink();
    }

    /// Takes the first `end` bytes out; a line begins behind them.
    fn take(&mut self, end: usize) -> Bytes {
        (self.line, self.lines, self.scanned, self.state) = (0, 0, 0, State::Line);
        let split = self.buffer.split_to(end);
        let taken = if end <= SMALL { Bytes::copy_from_slice(&split) } else { split.freeze() };
        self.shrink();
        taken
    }

    /// An idle connection keeps no buffer.
    fn shrink(&mut self) {
        if self.buffer.is_empty() {
            self.buffer = BytesMut::new();
        }
    }
}

enum Skip {
    Done(Piece),
    Starved,
    Again,
}

/// The announcement a line ends with.
///
/// `["~"] "{" number ["+" / "-"] "}" [CR] LF`
fn announcement(line: &[u8]) -> Option<Announcement> {
    let (text, ending) = split_ending(line);
    let body = text.strip_suffix(b"}").filter(|_| ending != Ending::Missing)?;
    let (body, synchronizing) = match body {
        [body @ .., b'+' | b'-'] => (body, false),
        body => (body, true),
    };
    let digits = body.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (head, digits) = body.split_at(body.len() - digits);
    let head = head.strip_suffix(b"{").filter(|_| !digits.is_empty())?;
    let size = decimal(digits).unwrap_or(u64::MAX);
    Some(Announcement { size, synchronizing, binary: head.ends_with(b"~"), fits: false })
}

#[cfg(test)]
mod tests;
