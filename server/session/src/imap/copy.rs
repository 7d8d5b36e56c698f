//! COPY (RFC 3501 section 6.4.7) and MOVE (RFC 6851), with COPYUID (RFC 4315 section 3).
use postfail_store::{Copied, StoreError};
use postfail_wire::imap::command::Mailbox;
use postfail_wire::imap::response::{Code, Condition, Response};
use postfail_wire::imap::sequence::SequenceSet;

use super::Imap;
use super::completion::{Completion, Outcome};
use super::select::Selected;
use super::store::{expunge_issued, messages};
use crate::World;

impl Imap {
    pub(super) fn copy(
        &mut self,
        uid: bool,
        set: &SequenceSet,
        mailbox: &Mailbox,
        world: &mut dyn World,
    ) -> Outcome {
        let (_, selected) = self.state.selected()?;
        let seqs = all_there(selected, set, uid, world)?;
        let copied = world.store().copy_messages(&selected.view, &seqs, &mailbox.0).map_err(try_create)?;
        let done = Completion::ok("COPY completed");
        Ok(Some(match copy_uid(&copied) {
            Some(code) => done.with(code),
            None => done,
        }))
    }

    /// COPYUID comes untagged and before the EXPUNGE responses, so that a client knows what they mean
    /// (RFC 6851 section 4.3).
    pub(super) fn r#move(
        &mut self,
        uid: bool,
        set: &SequenceSet,
        mailbox: &Mailbox,
        world: &mut dyn World,
    ) -> Outcome {
        let (_, selected) = self.state.selected()?;
        let seqs = all_there(selected, set, uid, world)?;
        let moved = world.store().move_messages(&selected.view, &seqs, &mailbox.0).map_err(try_create)?;
        if let Some(code) = copy_uid(&moved) {
            self.say(&Response::untagged(Condition::Ok, Some(code), "Moved"), world);
        }
        Ok(Some(Completion::ok("MOVE completed")))
    }
}

/// The messages a set names. Both verbs work on all of them or none (RFC 3501 6.4.7), so one that another session
/// expunged refuses the whole; named by UID it is passed over.
fn all_there(
    selected: &Selected,
    set: &SequenceSet,
    uid: bool,
    world: &mut dyn World,
) -> Result<Vec<u32>, Completion> {
    let seqs = messages(selected, set, uid)?;
    let store = world.store();
    if !uid && seqs.iter().any(|&seq| selected.view.message(store, seq).is_none()) {
        return Err(expunge_issued());
    }
    Ok(seqs)
}

/// None when nothing was copied.
fn copy_uid(copied: &Copied) -> Option<Code> {
    let set = |uids: &[u32]| SequenceSet::from_sorted(uids.iter().copied());
    let (from, to) = (set(&copied.from), set(&copied.to));
    (!copied.from.is_empty()).then_some(Code::CopyUid { uid_validity: copied.uid_validity, from, to })
}

/// A target that does not exist: the client may CREATE it and try again (RFC 3501 section 7.1, TRYCREATE).
pub(super) fn try_create(error: StoreError) -> Completion {
    let missing = matches!(error, StoreError::NoMailbox(_));
    let completion = Completion::from(error);
    if missing { completion.with(Code::TryCreate) } else { completion }
}
