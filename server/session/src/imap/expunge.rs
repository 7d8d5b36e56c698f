//! EXPUNGE (RFC 3501 section 6.4.3) and UID EXPUNGE (RFC 4315 section 2.1).
use postfail_wire::imap::sequence::SequenceSet;

use super::Imap;
use super::completion::{Completion, Outcome};
use crate::World;

impl Imap {
    pub(super) fn expunge(&mut self, uids: Option<&SequenceSet>, world: &mut dyn World) -> Outcome {
        let (_, selected) = self.state.selected()?;
        world.store().expunge(&selected.view, uids)?;
        Ok(Some(Completion::ok("EXPUNGE completed")))
    }
}
