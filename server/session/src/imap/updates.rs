//! What others did to the mailbox, told at the legal moments only (RFC 3501 sections 5.2 and 7.4.1).
//!
//! A client counts on its sequence numbers while it waits for FETCH, STORE or SEARCH: no EXPUNGE then. With the
//! UID forms of these, and with every other command, it may come.
use bytes::BytesMut;
use postfail_store::Update;
use postfail_wire::imap::encode;
use postfail_wire::imap::response::{Condition, Response};

use super::select::{Selected, flag_list};
use super::{Imap, State};
use crate::outgoing::Outgoing;
use crate::{Close, World};

/// The flags every mailbox has (RFC 3501 section 2.3.2).
const SYSTEM_FLAGS: [&str; 5] = ["\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft"];

/// Whether EXPUNGE may be told at the end of this command.
pub(super) fn may_expunge(verb: &str) -> bool {
    !matches!(verb, "FETCH" | "STORE" | "SEARCH")
}

impl Imap {
    /// Tell what is new; `uid` puts the UID into FETCH responses, as UID commands must have it (RFC 3501 6.4.8).
    pub(super) fn updates(&mut self, world: &mut dyn World, may_expunge: bool, uid: bool) {
        let State::Selected(_, selected) = &mut self.state else { return };
        let updates = selected.view.updates(world.store(), may_expunge);
        if updates.is_empty() {
            return;
        }
        flags(&mut self.out, selected, world);
        for update in updates {
            match update {
                Update::Gone => return self.gone(world),
                Update::Expunge(number) => self.say(&Response::Expunge(number), world),
                Update::Exists(count) => self.say(&Response::Exists(count), world),
                Update::Recent(count) => self.say(&Response::Recent(count), world),
                Update::Flags { seq, .. } => {
                    if let State::Selected(_, selected) = &mut self.state {
                        fetch_flags(&mut self.out, selected, seq, uid, world);
                    }
                }
            }
        }
    }

    /// The selected mailbox was deleted by another session: there is no state to go on in.
    fn gone(&mut self, world: &mut dyn World) {
        let text = "The selected mailbox was deleted";
        self.leave_mailbox(world);
        self.say(&Response::untagged(Condition::Bye, None, text), world);
        self.out.close(world, Close::Orderly, text);
    }
}

/// Untagged FETCH with the flags of one message; nothing when it is gone.
pub(super) fn fetch_flags(
    out: &mut Outgoing,
    selected: &mut Selected,
    seq: u32,
    uid: bool,
    world: &mut dyn World,
) {
    let view = &mut selected.view;
    let Some(flags) = view.tell_flags(world.store(), seq) else { return };
    let mut line = BytesMut::with_capacity(64);
    line.extend_from_slice(b"* ");
    encode::number(&mut line, seq);
    line.extend_from_slice(b" FETCH (");
    if let Some(number) = view.uid(seq).filter(|_| uid) {
        line.extend_from_slice(b"UID ");
        encode::number(&mut line, number);
        line.extend_from_slice(b" ");
    }
    line.extend_from_slice(b"FLAGS ");
    flag_list(&mut line, flags.names());
    line.extend_from_slice(b")");
    out.line(world, &line);
}

/// FLAGS and PERMANENTFLAGS (RFC 3501 7.2.6 and 7.1) when the mailbox has keywords the client does not know, and
/// at SELECT, when it knows nothing.
pub(super) fn flags(out: &mut Outgoing, selected: &mut Selected, world: &mut dyn World) {
    let Some(mailbox) = selected.view.mailbox(world.store()) else { return };
    let keywords = mailbox.keywords();
    if selected.keywords == Some(keywords.len()) {
        return;
    }
    let mut line = BytesMut::from(&b"* FLAGS "[..]);
    let mut permanent = BytesMut::from(&b"* OK [PERMANENTFLAGS "[..]);
    let names = || SYSTEM_FLAGS.into_iter().chain(keywords.iter().map(String::as_str));
    flag_list(&mut line, names());
    if selected.view.read_only() {
        permanent.extend_from_slice(b"()] The mailbox is open read-only");
    } else {
        flag_list(&mut permanent, names().chain(["\\*"]));
        permanent.extend_from_slice(b"] Flags and keywords may be set");
    }
    selected.keywords = Some(keywords.len());
    out.line(world, &line);
    out.line(world, &permanent);
}
