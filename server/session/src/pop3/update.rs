//! The UPDATE state (RFC 1939 section 6): QUIT removes what was deleted; nothing else does.
use postfail_wire::pop3::response::err;

use super::{Pop3, State};
use crate::{Close, World};

impl Pop3 {
    pub(super) fn quit(&mut self, world: &mut dyn World) {
        match std::mem::take(&mut self.state) {
            State::Transaction(maildrop) => match maildrop.commit(world.store()) {
                Ok(0) => self.ok(world, "Bye"),
                Ok(gone) => self.ok(world, &format!("Bye, {gone} messages deleted")),
                Err(error) => {
                    let text = err("SYS/TEMP", &format!("Deleted messages not removed: {error}"));
                    self.out.line(world, text.as_bytes());
                }
            },
            State::Authorization | State::Auth(_) | State::Handshake => self.ok(world, "Bye"),
        }
        self.out.close(world, Close::Orderly, "QUIT");
    }

    /// The connection ended without QUIT: the lock goes, the messages stay.
    pub(super) fn give_back(&mut self, world: &mut dyn World) {
        if let State::Transaction(maildrop) = std::mem::take(&mut self.state) {
            maildrop.unlock(world.store());
        }
    }
}
