//! ENABLE (RFC 5161).
use postfail_wire::imap::response::Response;

use super::Imap;
use super::completion::{Completion, Outcome};
use crate::World;

impl Imap {
    /// Nothing we list needs enabling, and names nobody knows are no error: mutt sends `ENABLE UTF8=ACCEPT` to
    /// every server and gives up on BAD.
    pub(super) fn enable(&mut self, world: &mut dyn World) -> Outcome {
        self.say(&Response::Enabled(Vec::new()), world);
        Ok(Some(Completion::ok("ENABLE completed")))
    }
}
