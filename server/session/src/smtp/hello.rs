//! Greeting, EHLO and HELO (RFC 5321 sections 3.1, 3.2, 4.1.1.1), and the verbs that only inform.
use postfail_wire::smtp::command::Body;
use postfail_wire::smtp::reply::Reply;

use super::{Hello, Smtp};
use crate::World;
use crate::login;
use crate::ruling::{self, Leave};
use crate::world::{Cue, Security, Stage};

impl Smtp {
    pub(super) fn greet(&mut self, world: &mut dyn World) {
        let cue = Cue { stage: Stage::Greeting, verb: "", account: None, tag: "" };
        if ruling::consult(&mut self.out, world, &cue) == Leave::Proceed {
            let policy = world.policy();
            let text = ruling::fill(&policy.greeting, "", &policy.host, "");
            self.reply(world, &Reply::new(220, "", text));
        }
    }

    pub(super) fn hello(&mut self, domain: String, extended: bool, world: &mut dyn World) {
        let reply =
            if extended { self.extensions(world) } else { Reply::new(250, "", world.policy().host.clone()) };
        self.greeted(domain, extended);
        self.reply(world, &reply);
    }

    /// The client has been let in by this EHLO or HELO. A second one is a RSET (RFC 5321 4.1.4).
    pub(super) fn greeted(&mut self, domain: String, extended: bool) {
        self.transaction = None;
        self.hello = Some(Hello { domain, extended });
    }

    fn extensions(&self, world: &dyn World) -> Reply {
        let policy = world.policy();
        if let Some(words) = policy.listed(self.situation(world)) {
            let first = policy.listing(self.situation(world)).and_then(|listing| listing.text.as_deref());
            let first = ruling::fill(first.unwrap_or("{host}"), "", &policy.host, "");
            return words.into_iter().fold(Reply::new(250, "", first), Reply::and);
        }
        let mut reply = Reply::new(250, "", policy.host.clone())
            .and("PIPELINING")
            .and(format!("SIZE {}", policy.limits.message));
        if policy.security == Security::StartTls && !self.secured {
            reply = reply.and("STARTTLS");
        }
        if !login::in_the_clear(world, self.secured) {
            reply =
                policy.auth_words(policy.usable(self.situation(world))).into_iter().fold(reply, Reply::and);
        }
        for extension in ["ENHANCEDSTATUSCODES", "8BITMIME", "DSN", "SMTPUTF8", "CHUNKING", "HELP"] {
            reply = reply.and(extension);
        }
        reply
    }

    /// A verb that belongs to an extension which the provider's list lacks.
    pub(super) fn withheld(&self, body: &Body, world: &dyn World) -> bool {
        let extension = match body {
            Body::StartTls => "STARTTLS",
            Body::Bdat { .. } => "CHUNKING",
            _ => return false,
        };
        world.policy().withholds(extension, self.situation(world))
    }

    /// Who exists is told by RCPT only (RFC 5321 section 7.3).
    pub(super) fn vrfy(&mut self, world: &mut dyn World) {
        let text = "Cannot VRFY user, but will accept message and attempt delivery";
        self.reply(world, &Reply::new(252, "2.5.0", text));
    }

    pub(super) fn help(&mut self, world: &mut dyn World) {
        let verbs = "EHLO HELO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT STARTTLS AUTH";
        self.reply(world, &Reply::new(214, "2.0.0", verbs).and("See RFC 5321"));
    }
}
