//! IDLE (RFC 2177): news as they come, until the client says DONE.
use bytes::Bytes;
use postfail_wire::imap::response::Response;

use super::Imap;
use super::completion::{Completion, Outcome};
use super::receive::Expects;
use crate::World;

impl Imap {
    pub(super) fn idle(&mut self, tag: &Bytes, world: &mut dyn World) -> Outcome {
        self.say(&Response::Continuation("idling".to_owned()), world);
        self.updates(world, true, false);
        self.expects = Expects::Done { tag: tag.clone() };
        Ok(None)
    }

    /// The line that ends IDLE, without its line end.
    pub(super) fn done(&mut self, line: &[u8], world: &mut dyn World) {
        let Expects::Done { tag } = std::mem::take(&mut self.expects) else { return };
        let completion = if line.eq_ignore_ascii_case(b"DONE") {
            Completion::ok("IDLE completed")
        } else {
            Completion::bad("IDLE ends with DONE and nothing else")
        };
        self.complete(&tag, "IDLE", completion, world);
    }
}
