//! FETCH (RFC 3501 sections 6.4.5 and 7.4.2).
//!
//! A FETCH of everything may be far larger than what we want to hold for one client, so it is told item by item
//! until [`PORTION`] bytes wait to be written, and goes on when they are. Bodies are slices of the stored message,
//! not copies.
use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use postfail_store::{Flags, System, mime};
use postfail_wire::imap::command::{FetchItem, StoreAction};
use postfail_wire::imap::section::{Section, SectionText};
use postfail_wire::imap::sequence::SequenceSet;
use postfail_wire::imap::{date, encode};

use super::completion::{Completion, Outcome};
use super::receive::Expects;
use super::select::{Selected, flag_list};
use super::store::{expunge_issued, messages};
use super::{Imap, PORTION, State};
use crate::outgoing::Outgoing;
use crate::{Event, World};

/// A FETCH that is being told.
#[derive(Debug)]
pub(super) struct Fetching {
    tag: Bytes,
    uid: bool,
    items: Vec<FetchItem>,
    /// Sequence numbers still to come.
    seqs: std::vec::IntoIter<u32>,
    /// The message at hand.
    message: Option<Telling>,
    /// A message named by number was expunged by another session.
    missing: bool,
}

/// One message that is being told.
#[derive(Debug)]
struct Telling {
    seq: u32,
    uid: u32,
    /// The message; empty where no item shows any of it.
    bytes: Bytes,
    size: usize,
    date: Timestamp,
    /// Items told so far.
    told: usize,
    /// `\Seen` was set by this very command, and FLAGS was not asked for: it is told behind the items.
    newly_seen: bool,
    /// The line as far as it has not been said.
    line: BytesMut,
}

impl Imap {
    pub(super) fn fetch(
        &mut self,
        tag: &Bytes,
        uid: bool,
        set: &SequenceSet,
        mut items: Vec<FetchItem>,
        world: &mut dyn World,
    ) -> Outcome {
        let (_, selected) = self.state.selected()?;
        let seqs = messages(selected, set, uid)?.into_iter();
        // UID FETCH tells the UID whether or not it was asked for (RFC 3501 6.4.8).
        if uid && !items.contains(&FetchItem::Uid) {
            items.insert(0, FetchItem::Uid);
        }
        let tag = tag.clone();
        self.expects =
            Expects::Fetch(Box::new(Fetching { tag, uid, items, seqs, message: None, missing: false }));
        self.fetch_on(world);
        Ok(None)
    }

    /// Tell on, until enough waits to be written or all is told.
    pub(super) fn fetch_on(&mut self, world: &mut dyn World) {
        let Expects::Fetch(fetching) = &mut self.expects else { return };
        let State::Selected(_, selected) = &mut self.state else { return };
        while self.out.waiting() < PORTION {
            if fetching.tell(selected, &mut self.out, world) {
                continue;
            }
            let Expects::Fetch(fetching) = std::mem::take(&mut self.expects) else { return };
            let verb = if fetching.uid { "UID FETCH" } else { "FETCH" };
            let completion =
                if fetching.missing { expunge_issued() } else { Completion::ok("FETCH completed") };
            self.complete(&fetching.tag, verb, completion, world);
            return;
        }
    }
}

impl Fetching {
    /// Tell the next item; false when there is none left.
    fn tell(&mut self, selected: &mut Selected, out: &mut Outgoing, world: &mut dyn World) -> bool {
        if let Some(message) = &mut self.message {
            if let Some(item) = self.items.get(message.told) {
                message.tell(item, selected, out, world);
            } else {
                message.end(selected, out, world);
                self.message = None;
            }
            return true;
        }
        let Some(seq) = self.seqs.next() else { return false };
        match self.open(seq, selected, world) {
            Some(message) => self.message = Some(message),
            None => self.missing |= !self.uid,
        }
        true
    }

    /// Begin with a message, and set `\Seen` if one of the items does that.
    fn open(&self, seq: u32, selected: &Selected, world: &mut dyn World) -> Option<Telling> {
        let view = &selected.view;
        let message = view.message(world.store(), seq)?;
        let (uid, date) = (message.uid(), message.date());
        let bytes = if self.items.iter().any(shows_text) { sayable(message.bytes()) } else { Bytes::new() };
        let size = message.size();
        let newly_seen = !message.system().contains(System::SEEN)
            && !view.read_only()
            && self.items.iter().any(sets_seen)
            && world
                .store()
                .store_flags(view, &[seq], StoreAction::Add, &Flags::system(System::SEEN))
                .is_ok();
        let newly_seen = newly_seen && !self.items.contains(&FetchItem::Flags);
        let mut line = BytesMut::with_capacity(128);
        line.extend_from_slice(b"* ");
        encode::number(&mut line, seq);
        line.extend_from_slice(b" FETCH (");
        Some(Telling { seq, uid, bytes, date, size, told: 0, newly_seen, line })
    }
}

/// `BODY[...]`, RFC822 and RFC822.TEXT set `\Seen`; the PEEK form and RFC822.HEADER do not.
fn sets_seen(item: &FetchItem) -> bool {
    matches!(item, FetchItem::Body { peek: false, .. } | FetchItem::Rfc822 | FetchItem::Rfc822Text)
}

/// Whether the item needs the bytes of the message.
fn shows_text(item: &FetchItem) -> bool {
    let without = [FetchItem::Flags, FetchItem::Uid, FetchItem::InternalDate, FetchItem::Rfc822Size];
    !without.contains(item)
}

/// The message as it may be said: NUL is the one byte a literal cannot hold (`CHAR8` in RFC 3501 section 9). Like
/// Dovecot we say 0x80 for it, which leaves all sizes as they are.
fn sayable(message: &Bytes) -> Bytes {
    if memchr::memchr(0, message).is_none() {
        return message.clone();
    }
    message.iter().map(|&byte| if byte == 0 { 0x80 } else { byte }).collect()
}

impl Telling {
    /// ```text
    /// msg-att-static = "ENVELOPE" SP envelope / "INTERNALDATE" SP date-time / "RFC822.SIZE" SP number /
    ///                  "RFC822" [".HEADER" / ".TEXT"] SP nstring / "BODY" ["STRUCTURE"] SP body /
    ///                  "BODY" section ["<" number ">"] SP nstring / "UID" SP uniqueid
    /// ```
    fn tell(&mut self, item: &FetchItem, selected: &mut Selected, out: &mut Outgoing, world: &mut dyn World) {
        if self.told > 0 {
            self.line.extend_from_slice(b" ");
        }
        self.told += 1;
        match item {
            FetchItem::Flags => self.flags(selected, world),
            FetchItem::InternalDate => {
                self.line.extend_from_slice(b"INTERNALDATE ");
                date::write_date_time(&mut self.line, self.date);
            }
            FetchItem::Envelope => {
                self.line.extend_from_slice(b"ENVELOPE ");
                mime::envelope(&self.bytes).write(&mut self.line);
            }
            FetchItem::Uid => {
                self.line.extend_from_slice(b"UID ");
                encode::number(&mut self.line, self.uid);
            }
            FetchItem::Rfc822Size => {
                self.line.extend_from_slice(b"RFC822.SIZE ");
                encode::number(&mut self.line, self.size);
            }
            FetchItem::BodyStructure { extended } => {
                self.line.extend_from_slice(if *extended { b"BODYSTRUCTURE " } else { b"BODY " });
                mime::structure(&self.bytes).write(&mut self.line, *extended);
            }
            FetchItem::Rfc822 => self.old_item(b"RFC822 ", SectionText::Whole, out, world),
            FetchItem::Rfc822Header => self.old_item(b"RFC822.HEADER ", SectionText::Header, out, world),
            FetchItem::Rfc822Text => self.old_item(b"RFC822.TEXT ", SectionText::Text, out, world),
            FetchItem::Body { section, partial, .. } => {
                self.line.extend_from_slice(b"BODY");
                section.write(&mut self.line);
                let mut content = mime::section(&self.bytes, section);
                if let Some((first, count)) = *partial {
                    encode::number(&mut self.line, format_args!("<{first}>"));
                    content = content.map(|content| cut(&content, first, count));
                }
                self.line.extend_from_slice(b" ");
                self.literal(content, out, world);
            }
        }
    }

    fn old_item(&mut self, name: &[u8], text: SectionText, out: &mut Outgoing, world: &mut dyn World) {
        self.line.extend_from_slice(name);
        let content = mime::section(&self.bytes, &Section { part: Vec::new(), text });
        self.literal(content, out, world);
    }

    fn flags(&mut self, selected: &mut Selected, world: &mut dyn World) {
        self.line.extend_from_slice(b"FLAGS ");
        let flags = selected.view.tell_flags(world.store(), self.seq).unwrap_or_default();
        flag_list(&mut self.line, flags.names());
    }

    /// `nstring` as a literal, or NIL: the line so far is said, then the bytes as they are.
    fn literal(&mut self, content: Option<Bytes>, out: &mut Outgoing, world: &mut dyn World) {
        let Some(content) = content else {
            return self.line.extend_from_slice(b"NIL");
        };
        encode::number(&mut self.line, format_args!("{{{}}}", content.len()));
        out.line(world, &self.line);
        self.line.clear();
        world.note(Event::Data { incoming: false, size: content.len() });
        out.unnoted(content);
    }

    fn end(&mut self, selected: &mut Selected, out: &mut Outgoing, world: &mut dyn World) {
        if self.newly_seen {
            self.line.extend_from_slice(b" ");
            self.flags(selected, world);
        }
        self.line.extend_from_slice(b")");
        out.line(world, &self.line);
    }
}

/// `<first.count>`: what lies beyond the end is left out, down to nothing (RFC 3501 6.4.5).
fn cut(content: &Bytes, first: u32, count: u32) -> Bytes {
    let start = usize::try_from(first).unwrap_or(usize::MAX).min(content.len());
    let end = start.saturating_add(usize::try_from(count).unwrap_or(usize::MAX)).min(content.len());
    content.slice(start..end)
}
