//! From bytes to commands: lines, literals and what of both goes into the journal (RFC 3501 sections 2.2 and 4.3,
//! RFC 7888).
use std::ops::Range;

use bytes::Bytes;
use jiff::Timestamp;
use postfail_wire::imap::command::{Body, Command};
use postfail_wire::imap::framing::{Announcement, Limits, Piece, split_ending};
use postfail_wire::imap::response::Response;

use super::auth::Authenticating;
use super::completion::Completion;
use super::fetch::Fetching;
use super::{Imap, PORTION};
use crate::{Event, World};

/// Before log-in a command with its literals has no reason to be longer.
const BEFORE_LOGIN: usize = 4096;

/// Longest tag; what is longer would only be echoed.
pub(super) const TAG: usize = 128;

/// The journal keeps this much of a line.
const NOTED: usize = 512;

/// What comes next.
#[derive(Debug, Default)]
pub(super) enum Expects {
    #[default]
    Command,
    /// A SASL response.
    Response(Box<Authenticating>),
    /// The `DONE` that ends IDLE.
    Done { tag: Bytes },
    /// Nothing: a FETCH is being told, which comes first.
    Fetch(Box<Fetching>),
    /// Nothing: TLS begins.
    Tls,
}

/// How far into the command at hand the journal has come.
#[derive(Debug, Default)]
pub(super) struct Noted {
    /// Bytes of the command behind which nothing has been noted.
    upto: usize,
    /// Bytes of the literal that begins there.
    literal: usize,
    /// The verb, known from the first announcement on.
    verb: String,
    /// A password may stand in what is to come.
    secret: bool,
}

impl Noted {
    /// Put the last line of what came of a command into the journal, and of the literal before it the size.
    fn line(&mut self, command: &[u8], secrets: &[Range<usize>], world: &mut dyn World) {
        if self.literal > 0 {
            world.note(Event::Data { incoming: true, size: self.literal });
        }
        let start = self.upto.saturating_add(self.literal).min(command.len());
        (self.upto, self.literal) = (command.len(), 0);
        let (line, _) = split_ending(command.get(start..).unwrap_or_default());
        if line.is_empty() {
            return;
        }
        let kept = start + line.len().min(NOTED);
        let within = |secret: &Range<usize>| {
            let (from, to) = (secret.start.clamp(start, kept), secret.end.clamp(start, kept));
            (from < to).then(|| from - start..to - start)
        };
        let secrets = secrets.iter().filter_map(within).collect();
        let bytes = Bytes::copy_from_slice(command.get(start..kept).unwrap_or_default());
        world.note(Event::LineIn { bytes, secrets, size: line.len() });
    }
}

/// What framing may hold. Each literal is judged again when it is announced, by its verb.
pub(super) fn limits(world: &dyn World) -> Limits {
    let limits = world.policy().limits;
    let command = limits.command.saturating_add(limits.message);
    Limits { line: limits.line, literal: limits.message as u64, command }
}

/// All of a line as its one secret.
fn whole(line: &[u8]) -> Vec<Range<usize>> {
    std::iter::once(0..line.len()).collect()
}

impl Imap {
    /// Take one piece after the other, until the peer must say more or has enough to read.
    pub(super) fn work(&mut self, now: Timestamp, world: &mut dyn World) {
        self.stalled = false;
        while !self.out.ended() {
            if self.out.waiting() >= PORTION {
                self.stalled = true;
                return;
            }
            let piece = match &self.expects {
                Expects::Tls => return,
                Expects::Fetch(_) => {
                    self.fetch_on(world);
                    continue;
                }
                Expects::Command => self.framing.next(),
                Expects::Response(_) | Expects::Done { .. } => self.framing.next_line(),
            };
            let Some(piece) = piece else { return };
            self.take(piece, now, world);
        }
    }

    fn take(&mut self, piece: Piece, now: Timestamp, world: &mut dyn World) {
        match piece {
            // Clients send one behind a literal, and Apple Mail before a command.
            Piece::Blank(_) => {}
            Piece::Command(bytes) => {
                self.let_go(world);
                let mut command = Command::parse(&bytes);
                let stray =
                    self.wary && (command.name.is_empty() || matches!(command.body, Body::Unknown { .. }));
                if stray {
                    (command.tag, command.secrets) = (Bytes::new(), whole(&bytes));
                }
                self.wary = stray || matches!(command.body, Body::Authenticate { .. });
                std::mem::take(&mut self.noted).line(&bytes, &command.secrets, world);
                if command.tag.len() > TAG {
                    let completion = Completion::bad(format!("Tag too long: at most {TAG} bytes"));
                    return self.complete(&command.tag, &command.name, completion, world);
                }
                self.obey(command, now, world);
            }
            Piece::Announcement(announcement) => self.announced(announcement, world),
            Piece::Line(line) => self.line(&line, world),
            Piece::Overlong(kept) => self.overlong(&kept, world),
            Piece::Skipped(size) => {
                let size = usize::try_from(size).unwrap_or(usize::MAX);
                world.note(Event::Data { incoming: true, size });
            }
        }
    }

    /// No literal is waited for any more.
    fn let_go(&mut self, world: &mut dyn World) {
        if std::mem::take(&mut self.holds) {
            world.hold(0);
        }
    }

    /// A line went beyond what we keep; it ends whatever it was part of.
    fn overlong(&mut self, kept: &Bytes, world: &mut dyn World) {
        self.let_go(world);
        let command = Command::parse(kept);
        let (tag, verb, secrets) = match std::mem::take(&mut self.expects) {
            Expects::Response(authenticating) => (authenticating.tag, "AUTHENTICATE".to_owned(), whole(kept)),
            Expects::Done { tag } => (tag, "IDLE".to_owned(), command.secrets),
            _ if self.noted.secret => (command.tag, command.name, whole(kept)),
            _ => (command.tag, command.name, command.secrets),
        };
        std::mem::take(&mut self.noted).line(kept, &secrets, world);
        world.note(Event::Limit { what: "limits.line".to_owned() });
        let most = world.policy().limits.line;
        self.complete(&tag, &verb, Completion::bad(format!("Line too long: at most {most} bytes")), world);
    }

    /// A line of an exchange that is not a command.
    fn line(&mut self, line: &Bytes, world: &mut dyn World) {
        let (text, _) = split_ending(line);
        match self.expects {
            Expects::Response(_) => {
                let secrets = if text == b"*" { Vec::new() } else { whole(text) };
                Noted::default().line(line, &secrets, world);
                self.respond(text, world);
            }
            _ => {
                Noted::default().line(line, &Command::parse(line).secrets, world);
                self.done(text, world);
            }
        }
    }

    /// A literal is announced: let it come, or refuse it before it costs anything.
    fn announced(&mut self, announcement: Announcement, world: &mut dyn World) {
        let so_far = self.framing.so_far();
        let secrets = if self.noted.upto == 0 {
            let command = Command::parse(&Bytes::copy_from_slice(so_far));
            self.noted.verb = command.name;
            self.noted.secret = !command.secrets.is_empty();
            command.secrets
        } else if self.noted.secret {
            whole(so_far)
        } else {
            Vec::new()
        };
        self.noted.line(so_far, &secrets, world);
        let so_far = so_far.len();
        let limits = world.policy().limits;
        let logged_in = self.state.user().is_some();
        let is_append = logged_in && self.noted.verb == "APPEND";
        let most = match (is_append, logged_in) {
            (true, _) => limits.message,
            (false, true) => limits.command.saturating_sub(so_far),
            (false, false) => limits.command.min(BEFORE_LOGIN).saturating_sub(so_far),
        };
        let whole = so_far.saturating_add(usize::try_from(announcement.size).unwrap_or(usize::MAX));
        let fits = announcement.size <= most as u64 && announcement.fits;
        let room = fits && world.hold(whole);
        self.holds |= room;
        if room && self.framing.accept() {
            self.noted.literal = usize::try_from(announcement.size).unwrap_or(usize::MAX);
            if announcement.synchronizing {
                self.say(&Response::Continuation("Ready for literal data".to_owned()), world);
            }
            return;
        }
        let command = Command::parse(&self.framing.refuse());
        // A client that does not wait for our answer sends the password all the same.
        self.wary = std::mem::take(&mut self.noted).secret;
        self.let_go(world);
        let what = format!("a literal of {} bytes, at most {most}", announcement.size);
        world.note(Event::Limit { what: if fits { "bytes of unfinished mail".to_owned() } else { what } });
        let text = format!("Literal too large here: at most {most} bytes");
        let completion = match (fits, is_append) {
            (true, _) => Completion::no("No room for this now: try again later").word("OVERQUOTA"),
            (false, true) => Completion::no(text).word("TOOBIG"),
            (false, false) => Completion::bad(text),
        };
        self.complete(&command.tag, &command.name, completion, world);
    }
}
