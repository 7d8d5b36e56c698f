//! STORE (RFC 3501 section 6.4.6).
use postfail_store::Flags;
use postfail_wire::imap::command::StoreAction;
use postfail_wire::imap::sequence::SequenceSet;

use super::Imap;
use super::completion::{Completion, Outcome};
use super::select::Selected;
use super::updates;
use crate::World;

/// What STORE was asked to do.
pub(super) struct Storing<'a> {
    pub(super) uid: bool,
    pub(super) set: &'a SequenceSet,
    pub(super) action: StoreAction,
    pub(super) silent: bool,
    pub(super) flags: &'a [String],
}

impl Imap {
    pub(super) fn store(&mut self, storing: &Storing<'_>, world: &mut dyn World) -> Outcome {
        let (_, selected) = self.state.selected()?;
        let seqs = messages(selected, storing.set, storing.uid)?;
        let flags = Flags::parse(storing.flags);
        let there = world.store().store_flags(&selected.view, &seqs, storing.action, &flags)?;
        let missing = there.len() < seqs.len() && !storing.uid;
        updates::flags(&mut self.out, selected, world);
        if !storing.silent {
            for seq in there {
                updates::fetch_flags(&mut self.out, selected, seq, storing.uid, world);
            }
        }
        if missing { Err(expunge_issued()) } else { Ok(Some(Completion::ok("STORE completed"))) }
    }
}

/// The messages a set names. Sequence numbers that were never told are the client's error, UIDs that do not exist
/// are passed over (RFC 3501 6.4.8).
pub(super) fn messages(selected: &Selected, set: &SequenceSet, uid: bool) -> Result<Vec<u32>, Completion> {
    if uid {
        return Ok(selected.view.by_uid(set));
    }
    selected.view.by_seq(set).map_err(|error| Completion::bad(error.to_string()))
}

/// Some messages named by sequence number were expunged by another session, and this client does not know yet
/// (RFC 2180 section 4.1, RFC 5530).
pub(super) fn expunge_issued() -> Completion {
    Completion::no("Some of these messages were expunged: NOOP tells which").word("EXPUNGEISSUED")
}
