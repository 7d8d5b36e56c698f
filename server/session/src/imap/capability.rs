//! CAPABILITY (RFC 3501 section 6.1.1): what is listed before TLS, after it, and after log-in.
use postfail_wire::imap::response::Response;

use super::Imap;
use super::completion::{Completion, Outcome};
use crate::World;
use crate::world::{Security, Situation};
use crate::{login, ruling};

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
        if let Some(listed) = policy.listed(self.situation(world)) {
            return listed;
        }
        let mut names = Vec::with_capacity(ALWAYS.len() + LOGGED_IN.len());
        names.extend(ALWAYS.iter().map(|&name| name.to_owned()));
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
            names.extend(policy.auth_words(policy.usable(self.situation(world))));
        }
        names
    }

    pub(super) fn capability(&mut self, world: &mut dyn World) -> Outcome {
        let names = self.capabilities(world);
        let policy = world.policy();
        let text = policy.listing(self.situation(world)).and_then(|listing| listing.text.as_deref());
        let done = Completion::ok(ruling::fill(text.unwrap_or("CAPABILITY completed"), "", &policy.host, ""));
        self.say(&Response::Capability(names), world);
        Ok(Some(done))
    }

    pub(super) fn situation(&self, world: &dyn World) -> Situation {
        Situation::of(world, self.secured, self.state.user().is_some())
    }

    /// A verb whose capability the provider's list lacks.
    pub(super) fn withheld(&self, verb: &str, world: &dyn World) -> bool {
        let capability = match verb.strip_prefix("UID ").unwrap_or(verb) {
            name @ ("STARTTLS" | "ID" | "ENABLE" | "NAMESPACE" | "UNSELECT" | "IDLE" | "MOVE") => name,
            "EXPUNGE" if verb == "UID EXPUNGE" => "UIDPLUS",
            _ => return false,
        };
        world.policy().withholds(capability, self.situation(world))
    }
}
