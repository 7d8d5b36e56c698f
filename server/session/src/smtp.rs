//! SMTP (RFC 5321), from greeting to QUIT: the receive loop, and which verb goes where.
//!
//! ```text
//!  greeting ─► EHLO ─► MAIL ─► RCPT … ─► DATA ─► lines ─► CRLF.CRLF ─┐
//!                ▲       ▲               BDAT ─► chunk … ─► LAST ─────┤
//!                │       └──────── RSET, and every end of a mail ◄────┘
//!                ├─ AUTH ─► challenge and response …
//!                └─ STARTTLS ─► TLS: everything said before is forgotten
//! ```
use bytes::Bytes;
use jiff::Timestamp;
use postfail_store::AccountId;
use postfail_wire::smtp::command::{Body, Command};
use postfail_wire::smtp::data as wire;
use postfail_wire::smtp::reply::Reply;

use crate::incoming::{self, Incoming, Kind, Line};
use crate::login::{self, Exchange, RESPONSE_LINE};
use crate::outgoing::Outgoing;
use crate::ruling::{self, Leave};
use crate::world::{Cue, Refusal, Ruling, Security, Situation, Stage};
use crate::{Close, Event, Output, Session, World};

mod auth;
mod data;
mod hello;
mod starttls;
mod trace;
mod transaction;

use transaction::Transaction;

/// One SMTP connection.
#[derive(Debug, Default)]
pub struct Smtp {
    incoming: Incoming,
    out: Outgoing,
    state: State,
    hello: Option<Hello>,
    /// Under TLS.
    secured: bool,
    /// Who has logged in, and under which name.
    sender: Option<(AccountId, String)>,
    /// When the log-in's token ends, and the session with it.
    until: Option<Timestamp>,
    transaction: Option<Transaction>,
    /// Bytes of the unfinished message, as the world was told.
    held: usize,
    /// Wrong commands without a right one between them.
    errors: u32,
    /// An AUTH was seen and no verb since: a line nobody understands may be its response.
    wary: bool,
    deadline: Option<Timestamp>,
}

/// What the next bytes are.
#[derive(Debug, Default)]
enum State {
    /// A command line.
    #[default]
    Command,
    /// A line of a SASL exchange.
    Auth(Exchange),
    /// Message data up to CRLF "." CRLF.
    Data { reader: wire::Data, message: wire::Message },
    /// A BDAT chunk; `None`: it was refused and is read over.
    Chunk { chunk: wire::Chunk, last: bool, message: Option<wire::Message> },
    /// A TLS handshake, which is not ours to read.
    Handshake,
}

/// What the client called itself.
#[derive(Debug)]
struct Hello {
    domain: String,
    /// EHLO.
    extended: bool,
}

impl Smtp {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Do what can be done with the bytes that are there; false when more are needed.
    fn step(&mut self, world: &mut dyn World) -> bool {
        match &mut self.state {
            State::Handshake => false,
            State::Command => self.read_command(world),
            State::Auth(_) => self.read_response(world),
            State::Data { reader, message } => {
                let used = reader.read(self.incoming.rest(), message);
                self.incoming.advance(used);
                self.finish_data(world)
            }
            State::Chunk { chunk, message, .. } => {
                let rest = self.incoming.rest();
                let used = match message {
                    Some(message) => chunk.read(rest, message),
                    None => chunk.skip(rest),
                };
                self.incoming.advance(used);
                self.finish_chunk(world)
            }
        }
    }

    /// Message data goes straight into the message, past the line buffer: mails are large and lines are not.
    fn read_ahead<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        if !self.incoming.is_empty() {
            return bytes;
        }
        let used = match &mut self.state {
            State::Data { reader, message } => reader.read(bytes, message),
            State::Chunk { chunk, message: Some(message), .. } => chunk.read(bytes, message),
            State::Chunk { chunk, message: None, .. } => chunk.skip(bytes),
            State::Command | State::Auth(_) | State::Handshake => 0,
        };
        &bytes[used..]
    }

    fn read_command(&mut self, world: &mut dyn World) -> bool {
        let rest = self.incoming.rest();
        let auth = rest.get(..5).is_some_and(|verb| verb.eq_ignore_ascii_case(b"AUTH "));
        let limit = world.policy().limits.line;
        match self.incoming.line(if auth { limit.max(RESPONSE_LINE) } else { limit }) {
            Line::Partial => return false,
            Line::TooLong { start, size, ended } => {
                incoming::note_overlong(world, start, size, true);
                self.too_long(world, ended);
            }
            Line::Whole(line) => self.command(&line, world),
        }
        true
    }

    fn too_long(&mut self, world: &mut dyn World, ended: bool) {
        world.note(Event::Limit { what: "line length".to_owned() });
        self.wrong(world, Reply::new(500, "5.5.2", "Line too long"));
        if !ended {
            self.out.close(world, Close::Orderly, "a line without an end");
        }
    }

    fn command(&mut self, line: &Bytes, world: &mut dyn World) {
        let errors = self.errors;
        self.consider(line, world);
        self.forgive(errors);
    }

    /// What was not counted as wrong since there were so many `errors` was right. Of an exchange this is known at its
    /// end.
    fn forgive(&mut self, errors: u32) {
        if self.errors == errors && !matches!(self.state, State::Auth(_)) {
            self.errors = 0;
        }
    }

    fn consider(&mut self, line: &Bytes, world: &mut dyn World) {
        let command = Command::read(line);
        let kind = match command.body {
            Body::Auth { .. } => Kind::Auth,
            Body::Unknown => Kind::Unknown,
            _ => Kind::Other,
        };
        let secrets = incoming::secrets(&mut self.wary, kind, line, command.secrets(line));
        incoming::note_line(world, line, secrets);
        let user = self.sender.as_ref().map(|(_, user)| user.as_str());
        let cue = Cue { stage: stage(&command.body), verb: &command.verb, account: user, tag: "" };
        let ruling = ruling::ask(&mut self.out, world, &cue);
        let is_welcome = matches!(&ruling, Some(Ruling::Reply(said)) if is_positive(said));
        let leave =
            ruling.map_or(Leave::Settled, |ruling| ruling::carry_out(&mut self.out, world, &cue, ruling));
        match leave {
            Leave::Proceed if self.withheld(&command.body, world) => self.unknown(world),
            Leave::Proceed => self.obey(command.body, world),
            // As if unknown: so BDAT's chunk will be taken for commands, as by a server that has no BDAT.
            Leave::Hidden => self.unknown(world),
            Leave::Settled => match command.body {
                Body::Bdat { size, last } => self.skip_chunk(size, last),
                Body::Ehlo { domain } if is_welcome => self.greeted(domain, true),
                Body::Helo { domain } if is_welcome => self.greeted(domain, false),
                _ => {}
            },
        }
    }

    fn situation(&self, world: &dyn World) -> Situation {
        Situation::of(world, self.secured, self.sender.is_some())
    }

    fn obey(&mut self, body: Body, world: &mut dyn World) {
        match body {
            Body::Ehlo { domain } => self.hello(domain, true, world),
            Body::Helo { domain } => self.hello(domain, false, world),
            Body::Mail { reverse_path, parameters } => self.mail(&reverse_path, &parameters, world),
            Body::Rcpt { forward_path, parameters } => self.rcpt(&forward_path, &parameters, world),
            Body::Data => self.data(world),
            Body::Bdat { size, last } => self.bdat(size, last, world),
            Body::Rset => {
                self.transaction = None;
                self.reply(world, &Reply::new(250, "2.0.0", "Ok"));
            }
            Body::Noop => self.reply(world, &Reply::new(250, "2.0.0", "Ok")),
            Body::Vrfy { .. } => self.vrfy(world),
            Body::Expn { .. } => self.wrong(world, Reply::new(502, "5.5.1", "EXPN not implemented")),
            Body::Help => self.help(world),
            Body::Quit => {
                let bye = format!("{} closing connection", world.policy().host);
                self.reply(world, &Reply::new(221, "2.0.0", bye));
                self.out.close(world, Close::Orderly, "QUIT");
            }
            Body::StartTls => self.starttls(world),
            Body::Auth { mechanism, initial } => self.auth(&mechanism, initial.as_deref(), world),
            Body::Unknown => self.unknown(world),
            Body::Malformed(error) => {
                // 5.5.4: the verb is right, its argument is not. Not a byte of the client's is echoed.
                let text = format!("Syntax error: expected {} at byte {}", error.expected, error.at);
                self.wrong(world, Reply::new(501, "5.5.4", text));
            }
        }
    }

    fn unknown(&mut self, world: &mut dyn World) {
        self.wrong(world, Reply::new(500, "5.5.1", "Command unrecognized"));
    }

    fn reply(&mut self, world: &mut dyn World, reply: &Reply) {
        for line in reply.lines() {
            self.out.line(world, line.as_bytes());
        }
    }

    /// Answer a command the client should not have sent. Too many of them end the connection.
    fn wrong(&mut self, world: &mut dyn World, reply: Reply) {
        self.reply(world, &reply);
        self.count(world);
    }

    /// The same in the world's words for a failure, or in ours.
    fn say_wrong(&mut self, world: &mut dyn World, failure: &str, otherwise: &str) {
        self.say(world, failure, otherwise);
        self.count(world);
    }

    fn count(&mut self, world: &mut dyn World) {
        self.errors += 1;
        if self.errors >= world.policy().limits.errors {
            world.note(Event::Limit { what: "wrong commands".to_owned() });
            self.say(world, "too-many-errors", "421 4.7.0 {host} Too many errors");
            self.out.close(world, Close::Orderly, "too many wrong commands");
        }
    }

    /// The world's words for a failure, or ours.
    fn say(&mut self, world: &mut dyn World, failure: &str, otherwise: &str) {
        let user = self.sender.as_ref().map_or("", |(_, user)| user.as_str());
        ruling::say_failure(&mut self.out, world, failure, "", user, otherwise);
    }

    fn listen(&mut self, now: Timestamp, world: &dyn World) {
        self.deadline = Some(world.policy().limits.deadline(now, self.sender.is_some()));
    }
}

impl Session for Smtp {
    fn start(&mut self, now: Timestamp, world: &mut dyn World) {
        self.secured = world.policy().security == Security::Implicit;
        self.listen(now, world);
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
        let rest = self.read_ahead(bytes);
        self.incoming.extend(rest);
        while !self.out.ended() && self.step(world) {}
        self.hold(world);
        self.out.answered(world);
        self.listen(now, world);
    }

    fn timeout(&mut self, now: Timestamp, world: &mut dyn World) {
        if login::is_over(self.until, now) && !self.out.ended() {
            world.note(Event::Limit { what: login::TOKEN_OVER.to_owned() });
            self.say(world, login::TOKEN_OVER, "421 4.7.0 {host} The access token has expired.");
            return self.out.close(world, Close::Orderly, login::TOKEN_OVER);
        }
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            world.note(Event::Limit { what: "idle time".to_owned() });
            self.say(world, "idle-timeout", "421 4.4.2 {host} Timeout, closing connection");
            self.out.close(world, Close::Orderly, "the client was silent too long");
        }
    }

    fn secured(&mut self, now: Timestamp, world: &mut dyn World) {
        self.forget();
        self.secured = true;
        // Nothing, unless a fault has kept something.
        while !self.out.ended() && self.step(world) {}
        self.listen(now, world);
    }

    fn wake(&mut self, _now: Timestamp, _world: &mut dyn World) {}

    fn closed(&mut self, _now: Timestamp, _world: &mut dyn World) {}

    fn next_output(&mut self) -> Option<Output> {
        self.out.next_output()
    }

    fn deadline(&self) -> Option<Timestamp> {
        let waiting = !self.out.ended() && !matches!(self.state, State::Handshake);
        login::sooner(self.deadline, self.until).filter(|_| waiting)
    }
}

/// A reply of 250: whoever gets it to EHLO may go on, though a fault said it.
fn is_positive(said: &Refusal) -> bool {
    said.lines.first().is_some_and(|line| line.starts_with("250"))
}

/// The stage a verb belongs to. AUTH is a plain command here: who logs in is not known yet (see `ruling`).
fn stage(body: &Body) -> Stage {
    match body {
        Body::Ehlo { .. } | Body::Helo { .. } => Stage::Capability,
        Body::StartTls => Stage::StartTls,
        Body::Mail { .. } | Body::Rcpt { .. } => Stage::Mailbox,
        Body::Data | Body::Bdat { .. } => Stage::Data,
        Body::Quit => Stage::Quit,
        _ => Stage::Command,
    }
}
