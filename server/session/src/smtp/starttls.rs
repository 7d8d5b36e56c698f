//! STARTTLS (RFC 3207): the answer, and what must be forgotten.
use postfail_wire::smtp::reply::Reply;

use super::{Smtp, State};
use crate::world::Security;
use crate::{Event, World};

impl Smtp {
    pub(super) fn starttls(&mut self, world: &mut dyn World) {
        if self.secured {
            return self.wrong(world, Reply::new(503, "5.5.1", "TLS is active already"));
        }
        if world.policy().security != Security::StartTls {
            return self.say_wrong(world, "starttls-unavailable", "502 5.5.1 STARTTLS not implemented");
        }
        self.reply(world, &Reply::new(220, "2.0.0", "Ready to start TLS"));
        // Bytes behind STARTTLS came in the clear, perhaps from somebody else: they must not be taken for
        // commands under TLS (RFC 3207 section 6, CVE-2011-0411).
        let pipelined = if self.out.keeps() { self.incoming.rest().len() } else { self.incoming.clear() };
        world.note(Event::StartTls { pipelined });
        self.state = State::Handshake;
        self.out.start_tls(world);
    }

    /// RFC 3207 section 4.2: the server must discard any knowledge obtained from the client.
    pub(super) fn forget(&mut self) {
        if !self.out.keeps() {
            self.incoming.clear();
        }
        self.state = State::Command;
        self.hello = None;
        self.sender = None;
        self.transaction = None;
        self.wary = false;
    }
}
