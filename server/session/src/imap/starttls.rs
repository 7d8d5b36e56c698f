//! STARTTLS (RFC 3501 section 6.2.1).
use bytes::Bytes;

use super::Imap;
use super::completion::{Completion, Outcome};
use super::receive::Expects;
use crate::world::Security;
use crate::{Event, World};

impl Imap {
    /// What the client sent behind the command came in the clear and is dropped: it could be anybody's
    /// (CVE-2011-0411).
    pub(super) fn start_tls(&mut self, tag: &Bytes, world: &mut dyn World) -> Outcome {
        if self.secured {
            return Err(Completion::bad("TLS is active already"));
        }
        if world.policy().security != Security::StartTls {
            return Err(Completion::bad("STARTTLS is not offered on this port"));
        }
        self.say(&Completion::ok("Begin TLS negotiation now").answer(tag), world);
        let pipelined = if self.out.keeps() { self.framing.held() } else { self.framing.discard() };
        world.note(Event::StartTls { pipelined });
        self.out.start_tls(world);
        self.expects = Expects::Tls;
        Ok(None)
    }
}
