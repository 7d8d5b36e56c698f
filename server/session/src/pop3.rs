//! POP3 (RFC 1939), from greeting to QUIT: the receive loop, and which verb goes where.
//!
//! ```text
//!            ┌─ USER PASS · APOP · AUTH ──────────┐
//!  greeting ─► AUTHORIZATION ──log-in, lock──► TRANSACTION ──QUIT──► UPDATE ─► closed
//!            └─ STLS ─► TLS, again                 │
//!                 a lost connection: unlock, delete nothing ◄┘
//! ```
use bytes::Bytes;
use jiff::Timestamp;
use postfail_store::Maildrop;
use postfail_wire::pop3::command::{Body, Command};
use postfail_wire::pop3::response::{err, ok};

use crate::incoming::{self, Incoming, Kind, Line};
use crate::login::{self, Exchange, RESPONSE_LINE};
use crate::outgoing::Outgoing;
use crate::ruling::{self, Leave};
use crate::world::{Cue, Security, Situation, Stage};
use crate::{Close, Event, Output, Session, World};

mod authorization;
mod transaction;
mod update;

/// While this many bytes wait to be written, no further command is read: a client that pipelines a thousand RETR
/// gets them one after the other.
const WAITING: usize = 256 * 1024;

/// One POP3 connection.
#[derive(Debug, Default)]
pub struct Pop3 {
    incoming: Incoming,
    out: Outgoing,
    state: State,
    /// The greeting's timestamp, for APOP; empty when APOP is not offered.
    timestamp: String,
    /// What USER said, until PASS.
    user: Option<String>,
    /// Who has logged in, by the name used.
    account: Option<String>,
    /// When the log-in's token ends, and the session with it.
    until: Option<Timestamp>,
    /// Under TLS.
    secured: bool,
    /// Wrong commands without a right one between them.
    errors: u32,
    /// An AUTH was seen and no verb since: a line nobody understands may be its response.
    wary: bool,
    /// Commands wait for what was said to be written.
    paused: bool,
    deadline: Option<Timestamp>,
}

/// RFC 1939's states by its names; UPDATE is over as soon as it begins.
#[derive(Debug, Default)]
enum State {
    #[default]
    Authorization,
    /// AUTHORIZATION, and the next line belongs to a SASL exchange.
    Auth(Exchange),
    Transaction(Maildrop),
    /// A TLS handshake, which is not ours to read.
    Handshake,
}

impl Pop3 {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn work(&mut self, world: &mut dyn World) {
        self.paused = false;
        while !self.out.ended() && !matches!(self.state, State::Handshake) {
            if self.out.waiting() > WAITING {
                self.paused = true;
                return;
            }
            let exchange = matches!(self.state, State::Auth(_));
            let limit = world.policy().limits.line;
            // AUTH may carry an initial response.
            let long =
                exchange || self.incoming.rest().get(..5).is_some_and(|v| v.eq_ignore_ascii_case(b"AUTH "));
            match self.incoming.line(if long { limit.max(RESPONSE_LINE) } else { limit }) {
                Line::Partial => return,
                Line::TooLong { start, size, ended } => {
                    incoming::note_overlong(world, start, size, true);
                    self.too_long(world, ended);
                }
                Line::Whole(line) => {
                    let errors = self.errors;
                    if exchange {
                        self.response(&line, world);
                    } else {
                        self.command(&line, world);
                    }
                    // An exchange is right or wrong when it ends.
                    if self.errors == errors && !matches!(self.state, State::Auth(_)) {
                        self.errors = 0;
                    }
                }
            }
        }
    }

    fn too_long(&mut self, world: &mut dyn World, ended: bool) {
        if matches!(self.state, State::Auth(_)) {
            self.state = State::Authorization;
        }
        world.note(Event::Limit { what: "line length".to_owned() });
        self.wrong(world, "Line too long");
        if !ended {
            self.out.close(world, Close::Orderly, "a line without an end");
        }
    }

    fn command(&mut self, line: &Bytes, world: &mut dyn World) {
        let command = Command::read(line);
        let kind = match command.body {
            Body::Auth { .. } => Kind::Auth,
            Body::Unknown => Kind::Unknown,
            _ => Kind::Other,
        };
        let secrets = incoming::secrets(&mut self.wary, kind, line, command.secrets(line));
        incoming::note_line(world, line, secrets);
        // Their cue is in `login::log_in`, with the account.
        if matches!(command.body, Body::Pass { .. } | Body::Apop { .. }) {
            return self.obey(command.body, world);
        }
        let cue = Cue {
            stage: stage(&command.body),
            verb: &command.verb,
            account: self.account.as_deref(),
            tag: "",
        };
        match ruling::consult(&mut self.out, world, &cue) {
            Leave::Proceed if self.withheld(&command.body, world) => self.unknown(world),
            Leave::Proceed => self.obey(command.body, world),
            Leave::Hidden => self.unknown(world),
            Leave::Settled => {}
        }
    }

    fn situation(&self, world: &dyn World) -> Situation {
        Situation::of(world, self.secured, self.account.is_some())
    }

    /// A verb whose capability the provider's list lacks.
    fn withheld(&self, body: &Body, world: &dyn World) -> bool {
        let capability = match body {
            Body::Stls => "STLS",
            Body::Top { .. } => "TOP",
            Body::Uidl { .. } => "UIDL",
            _ => return false,
        };
        world.policy().withholds(capability, self.situation(world))
    }

    fn obey(&mut self, body: Body, world: &mut dyn World) {
        match body {
            Body::Capa => self.capa(world),
            Body::Quit => self.quit(world),
            Body::Unknown => self.unknown(world),
            Body::Malformed(wanted) => self.wrong(world, &format!("Syntax error: expected {wanted}")),
            Body::User { .. } | Body::Pass { .. } | Body::Apop { .. } | Body::Auth { .. } | Body::Stls => {
                if matches!(self.state, State::Transaction(_)) {
                    return self.wrong(world, "Not in the TRANSACTION state");
                }
                self.authorization(body, world);
            }
            body => {
                let State::Transaction(maildrop) = &mut self.state else {
                    return self.wrong(world, "Log in first");
                };
                transaction::obey(maildrop, &body, &mut self.out, world);
            }
        }
    }

    fn unknown(&mut self, world: &mut dyn World) {
        self.wrong(world, "Unknown command");
    }

    fn ok(&mut self, world: &mut dyn World, text: &str) {
        self.out.line(world, ok(text).as_bytes());
    }

    /// Answer a command the client should not have sent. Too many of them end the connection.
    fn wrong(&mut self, world: &mut dyn World, text: &str) {
        self.out.line(world, err("", text).as_bytes());
        self.count(world);
    }

    /// The same in the world's words for a failure, or in ours.
    fn say_wrong(&mut self, world: &mut dyn World, failure: &str, otherwise: &str) {
        self.say(world, failure, otherwise);
        self.count(world);
    }

    fn say(&mut self, world: &mut dyn World, failure: &str, otherwise: &str) {
        let user = self.account.as_deref().or(self.user.as_deref()).unwrap_or_default();
        ruling::say_failure(&mut self.out, world, failure, "", user, otherwise);
    }

    fn count(&mut self, world: &mut dyn World) {
        self.errors += 1;
        if self.errors >= world.policy().limits.errors {
            world.note(Event::Limit { what: "wrong commands".to_owned() });
            self.say(world, "too-many-errors", "-ERR Too many errors");
            self.out.close(world, Close::Orderly, "too many wrong commands");
        }
    }
}

impl Session for Pop3 {
    fn start(&mut self, now: Timestamp, world: &mut dyn World) {
        self.secured = world.policy().security == Security::Implicit;
        self.deadline = Some(world.policy().limits.deadline(now, false));
        self.greet(world);
        self.out.answered(world);
    }

    fn receive(&mut self, bytes: &[u8], now: Timestamp, world: &mut dyn World) {
        if self.out.ended() || matches!(self.state, State::Handshake) {
            return;
        }
        if login::is_over(self.until, now) {
            return self.timeout(now, world);
        }
        self.incoming.extend(bytes);
        self.work(world);
        if !self.paused {
            self.out.answered(world);
        }
        self.deadline = Some(world.policy().limits.deadline(now, self.account.is_some()));
    }

    fn timeout(&mut self, now: Timestamp, world: &mut dyn World) {
        if login::is_over(self.until, now) && !self.out.ended() {
            world.note(Event::Limit { what: login::TOKEN_OVER.to_owned() });
            self.say(world, login::TOKEN_OVER, "-ERR [SYS/TEMP] The access token has expired.");
            return self.out.close(world, Close::Orderly, login::TOKEN_OVER);
        }
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            world.note(Event::Limit { what: "idle time".to_owned() });
            // RFC 1939 section 3: no UPDATE, nothing deleted, and nothing said, unless the provider does say why.
            if !world.wording("idle-timeout").lines.is_empty() {
                self.say(world, "idle-timeout", "");
            }
            self.out.close(world, Close::Orderly, "the client was silent too long");
        }
    }

    fn secured(&mut self, now: Timestamp, world: &mut dyn World) {
        // RFC 2595 section 4: what was learnt before TLS is forgotten.
        if !self.out.keeps() {
            self.incoming.clear();
        }
        self.state = State::Authorization;
        self.user = None;
        self.wary = false;
        self.secured = true;
        // Nothing, unless a fault has kept something.
        self.work(world);
        self.deadline = Some(world.policy().limits.deadline(now, false));
    }

    fn wake(&mut self, _now: Timestamp, _world: &mut dyn World) {}

    fn closed(&mut self, _now: Timestamp, world: &mut dyn World) {
        self.give_back(world);
    }

    fn next_output(&mut self) -> Option<Output> {
        self.out.next_output()
    }

    fn deadline(&self) -> Option<Timestamp> {
        let waiting = !self.out.ended() && !matches!(self.state, State::Handshake);
        login::sooner(self.deadline, self.until).filter(|_| waiting)
    }

    fn unfinished(&self) -> bool {
        self.paused
    }

    fn resume(&mut self, now: Timestamp, world: &mut dyn World) {
        self.work(world);
        if !self.paused {
            self.out.answered(world);
        }
        self.deadline = Some(world.policy().limits.deadline(now, self.account.is_some()));
    }
}

/// The stage a verb belongs to. AUTH is a plain command here: who logs in is not known yet (see `ruling`).
fn stage(body: &Body) -> Stage {
    match body {
        Body::Capa => Stage::Capability,
        Body::Stls => Stage::StartTls,
        Body::Stat | Body::List { .. } | Body::Uidl { .. } => Stage::Mailbox,
        Body::Retr { .. } | Body::Top { .. } => Stage::Data,
        Body::Quit => Stage::Quit,
        _ => Stage::Command,
    }
}
