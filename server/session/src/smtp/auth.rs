//! AUTH (RFC 4954): when it is legal, and the lines of its exchange.
use postfail_wire::smtp::reply::Reply;

use super::{Smtp, State};
use crate::incoming::{self, Line};
use crate::login::{self, Exchange, RESPONSE_LINE, Turn};
use crate::{Event, World};

impl Smtp {
    pub(super) fn auth(&mut self, mechanism: &str, initial: Option<&[u8]>, world: &mut dyn World) {
        if self.sender.is_some() {
            return self.wrong(world, Reply::new(503, "5.5.1", "Already authenticated"));
        }
        if self.transaction.is_some() {
            return self
                .wrong(world, Reply::new(503, "5.5.1", "AUTH not permitted during a mail transaction"));
        }
        if !self.hello.as_ref().is_some_and(|hello| hello.extended) {
            return self.wrong(world, Reply::new(503, "5.5.1", "Send EHLO first"));
        }
        if world.policy().mechanisms.is_empty() {
            return self.say_wrong(world, "auth-not-offered", "503 5.5.1 Authentication not enabled");
        }
        if login::in_the_clear(world, self.secured) {
            let otherwise = "538 5.7.11 Encryption required for requested authentication mechanism";
            return self.say_wrong(world, "plaintext-refused", otherwise);
        }
        let Some(mut exchange) = Exchange::begin(world, mechanism, self.secured) else {
            let otherwise = "504 5.5.4 Unrecognized authentication type";
            return self.say_wrong(world, "auth-mechanism-unsupported", otherwise);
        };
        let turn = exchange.start(initial, &mut self.out, world, "");
        self.turn(exchange, turn, world);
    }

    /// A line of the exchange. Every byte of it may be a secret.
    pub(super) fn read_response(&mut self, world: &mut dyn World) -> bool {
        let line = match self.incoming.line(RESPONSE_LINE) {
            Line::Partial => return false,
            Line::TooLong { start, size, ended } => {
                incoming::note_overlong(world, start, size, true);
                self.state = State::Command;
                world.note(Event::Limit { what: "line length".to_owned() });
                self.wrong(world, Reply::new(500, "5.5.6", "Authentication exchange line is too long"));
                if !ended {
                    self.out.close(world, crate::Close::Orderly, "a line without an end");
                }
                return true;
            }
            Line::Whole(line) => line,
        };
        incoming::note_line(world, &line, std::iter::once(0..line.len()).collect());
        let errors = self.errors;
        if let State::Auth(mut exchange) = std::mem::take(&mut self.state) {
            let turn = exchange.respond(&line, &mut self.out, world, "");
            self.turn(exchange, turn, world);
        }
        self.forgive(errors);
        true
    }

    fn turn(&mut self, exchange: Exchange, turn: Turn, world: &mut dyn World) {
        match turn {
            Turn::Challenge(challenge) => {
                self.reply(world, &Reply::new(334, "", challenge));
                self.state = State::Auth(exchange);
            }
            Turn::Granted { admission, user } => {
                self.sender = Some((admission.account, user));
                self.until = admission.until;
                self.wary = false;
                self.reply(world, &Reply::new(235, "2.7.0", "Authentication successful"));
            }
            Turn::Settled => {}
            Turn::Hidden => self.unknown(world),
            Turn::Cancelled => self.wrong(world, Reply::new(501, "5.0.0", "Authentication cancelled")),
            Turn::Malformed(why) => self.wrong(world, Reply::new(501, "5.5.2", why)),
        }
    }
}
