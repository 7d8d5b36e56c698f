//! LOGOUT (RFC 3501 section 6.1.3), and the other way we end a session: BYE.
use bytes::Bytes;
use postfail_wire::imap::response::{Condition, Response};

use super::Imap;
use super::completion::{Completion, Outcome};
use crate::ruling;
use crate::{Close, Event, World};

impl Imap {
    pub(super) fn logout(&mut self, tag: &Bytes, world: &mut dyn World) -> Outcome {
        self.leave_mailbox(world);
        self.say(&Response::untagged(Condition::Bye, None, "Logging out"), world);
        self.say(&Completion::ok("LOGOUT completed").answer(tag), world);
        self.out.close(world, Close::Orderly, "LOGOUT");
        Ok(None)
    }

    /// End the session from our side, in the world's words for `failure` or in ours; `limit` is what was met, for
    /// the journal.
    pub(super) fn bye(&mut self, failure: &str, otherwise: &str, limit: &str, world: &mut dyn World) {
        world.note(Event::Limit { what: limit.to_owned() });
        let user = self.state.user().map(|user| user.name.clone()).unwrap_or_default();
        self.leave_mailbox(world);
        ruling::say_failure(&mut self.out, world, failure, "*", &user, otherwise);
        self.out.close(world, Close::Orderly, failure);
    }
}
