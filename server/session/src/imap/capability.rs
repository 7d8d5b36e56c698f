//! CAPABILITY (RFC 3501 section 6.1.1): what is listed before TLS, after it, and after log-in.
use postfail_wire::imap::response::Response;

use super::Imap;
use super::completion::{Completion, Outcome};
use crate::World;
use crate::login;
use crate::world::Security;

/// Listed always.
const ALWAYS: &[&str] = &["IMAP4rev1", "SASL-IR", "LITERAL+", "ENABLE", "ID", "IDLE"];

/// Listed once somebody is logged in.
const LOGGED_IN: &[&str] = &[
    "NAMESPACE",
    "CHILDREN",
    "UNSELECT",
    "UIDPLUS",
    "MOVE",
    "LIST-EXTENDED",
    "LIST-STATUS",
    "SPECIAL-USE",
    "CREATE-SPECIAL-USE",
    "STATUS=SIZE",
];

impl Imap {
    /// The names as they are now: for CAPABILITY, the greeting, and the OK of a log-in, where they save most clients
    /// a round trip.
    pub(super) fn capabilities(&self, world: &dyn World) -> Vec<String> {
        let policy = world.policy();
        let mut names: Vec<String> = ALWAYS.iter().map(|&name| name.to_owned()).collect();
        if self.state.user().is_some() {
            names.extend(LOGGED_IN.iter().map(|&name| name.to_owned()));
            return names;
        }
        if policy.security == Security::StartTls && !self.secured {
            names.push("STARTTLS".to_owned());
        }
        if login::in_the_clear(world, self.secured) {
            names.push("LOGINDISABLED".to_owned());
        } else {
            names.extend(policy.mechanisms.iter().map(|mechanism| format!("AUTH={mechanism}")));
        }
        names
    }

    pub(super) fn capability(&mut self, world: &mut dyn World) -> Outcome {
        let names = self.capabilities(world);
        self.say(&Response::Capability(names), world);
        Ok(Some(Completion::ok("CAPABILITY completed")))
    }
}
