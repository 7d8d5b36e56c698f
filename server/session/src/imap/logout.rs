//! LOGOUT (RFC 3501 section 6.1.3), and the other way we end a session: BYE.
use bytes::Bytes;
use postfail_wire::imap::response::{Condition, Response};

use super::Imap;
use super::completion::{Completion, Outcome};
use crate::{Close, Event, World};

impl Imap {
    pub(super) fn logout(&mut self, tag: &Bytes, world: &mut dyn World) -> Outcome {
        self.leave_mailbox(world);
        self.say(&Response::untagged(Condition::Bye, None, "Logging out"), world);
        self.say(&Completion::ok("LOGOUT completed").answer(tag), world);
        self.out.close(world, Close::Orderly, "LOGOUT");
        Ok(None)
    }

    /// End the session from our side; `limit` is what was met, for the journal.
    pub(super) fn bye(&mut self, text: &str, limit: &str, world: &mut dyn World) {
        world.note(Event::Limit { what: limit.to_owned() });
        self.leave_mailbox(world);
        self.say(&Response::untagged(Condition::Bye, None, text), world);
        self.out.close(world, Close::Orderly, text);
    }
}
