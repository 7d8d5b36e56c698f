//! The AUTHORIZATION state (RFC 1939 section 4): greeting, CAPA (RFC 2449), STLS (RFC 2595), USER and PASS, APOP,
//! AUTH (RFC 5034), and opening the maildrop.
use bytes::Bytes;
use postfail_store::{Maildrop, StoreError};
use postfail_wire::pop3::command::Body;
use postfail_wire::pop3::response::ok;

use super::{Pop3, State};
use crate::incoming;
use crate::login::{self, Exchange, LogIn, Turn};
use crate::ruling::{self, Leave};
use crate::world::{Admission, Attempt, Cue, Proof, Security, Stage};
use crate::{Event, World};

impl Pop3 {
    /// With a timestamp where APOP may be used (RFC 1939 section 7).
    pub(super) fn greet(&mut self, world: &mut dyn World) {
        if !login::in_the_clear(world, self.secured) {
            self.timestamp = login::timestamp(world);
        }
        let cue = Cue { stage: Stage::Greeting, verb: "", account: None, tag: "" };
        if ruling::consult(&mut self.out, world, &cue) == Leave::Proceed {
            let policy = world.policy();
            let text = ruling::fill(&policy.greeting, "", &policy.host, "");
            let text = [text.as_str(), self.timestamp.as_str()].join(" ");
            self.ok(world, text.trim());
        }
    }

    /// RFC 2449 section 5, RFC 3206 (AUTH-RESP-CODE).
    pub(super) fn capa(&mut self, world: &mut dyn World) {
        let policy = world.policy();
        let text = policy.listing(self.situation(world)).and_then(|listing| listing.text.as_deref());
        let first = ok(&ruling::fill(text.unwrap_or("Capability list follows"), "", &policy.host, ""));
        let listed = policy.listed(self.situation(world)).unwrap_or_else(|| self.capabilities(world));
        for line in [first].into_iter().chain(listed).chain([".".to_owned()]) {
            self.out.line(world, line.as_bytes());
        }
    }

    /// What we can do.
    fn capabilities(&self, world: &dyn World) -> Vec<String> {
        let policy = world.policy();
        let mut lines =
            ["TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING"].map(str::to_owned).to_vec();
        if policy.security == Security::StartTls && !self.secured {
            lines.push("STLS".to_owned());
        }
        if !login::in_the_clear(world, self.secured) {
            lines.push("USER".to_owned());
            lines.extend(policy.auth_words(policy.usable(self.situation(world))));
        }
        lines.extend(["EXPIRE NEVER", "IMPLEMENTATION Postfail"].map(str::to_owned));
        lines
    }

    pub(super) fn authorization(&mut self, body: Body, world: &mut dyn World) {
        if let Body::Stls = body {
            return self.stls(world);
        }
        // Mechanisms may be asked for in the clear; nothing may be tried.
        let asks = matches!(body, Body::Auth { mechanism: None, .. });
        if login::in_the_clear(world, self.secured) && !asks {
            let otherwise = "-ERR Plaintext authentication disallowed on non-secure (SSL/TLS) connections";
            return self.say_wrong(world, "plaintext-refused", otherwise);
        }
        match body {
            Body::User { name } => {
                // Nothing is said about whether the user exists: that would help guessing.
                self.ok(world, "Send PASS");
                self.user = Some(name);
            }
            Body::Pass { password } => match self.user.take() {
                Some(user) => self.log_in(&user, "PASS", "USER", Proof::Password(&password), world),
                None => self.wrong(world, "Send USER first"),
            },
            Body::Apop { name, digest } if !self.timestamp.is_empty() => {
                let timestamp = self.timestamp.clone();
                let proof = Proof::Apop { timestamp: &timestamp, digest: &digest };
                self.log_in(&name, "APOP", "APOP", proof, world);
            }
            Body::Auth { mechanism: None, .. } => {
                let usable = world.policy().usable(self.situation(world));
                let mechanisms: Vec<String> = usable.map(str::to_owned).collect();
                self.ok(world, "Mechanisms follow");
                for name in mechanisms.iter().map(String::as_str).chain(["."]) {
                    self.out.line(world, name.as_bytes());
                }
            }
            Body::Auth { mechanism: Some(mechanism), initial } => {
                let Some(mut exchange) = Exchange::begin(world, &mechanism, self.secured) else {
                    let otherwise = "-ERR Unsupported authentication mechanism";
                    return self.say_wrong(world, "auth-mechanism-unsupported", otherwise);
                };
                let turn = exchange.start(initial.as_deref(), &mut self.out, world, "");
                self.turn(exchange, turn, world);
            }
            _ => self.unknown(world),
        }
    }

    /// A line of a SASL exchange. Every byte of it may be a secret.
    pub(super) fn response(&mut self, line: &Bytes, world: &mut dyn World) {
        incoming::note_line(world, line, std::iter::once(0..line.len()).collect());
        if let State::Auth(mut exchange) = std::mem::take(&mut self.state) {
            let turn = exchange.respond(line, &mut self.out, world, "");
            self.turn(exchange, turn, world);
        }
    }

    fn turn(&mut self, exchange: Exchange, turn: Turn, world: &mut dyn World) {
        match turn {
            Turn::Challenge(challenge) => {
                self.out.line(world, format!("+ {challenge}").as_bytes());
                self.state = State::Auth(exchange);
            }
            Turn::Granted { admission, user } => self.open(&admission, &user, world),
            Turn::Settled => {}
            Turn::Hidden => self.unknown(world),
            Turn::Cancelled => self.wrong(world, "Authentication cancelled"),
            Turn::Malformed(why) => self.wrong(world, &why),
        }
    }

    fn log_in(&mut self, user: &str, verb: &str, mechanism: &str, proof: Proof<'_>, world: &mut dyn World) {
        let attempt = Attempt { user, authorization: "", mechanism, proof, secured: self.secured };
        match login::log_in(&mut self.out, world, &attempt, verb, "") {
            LogIn::Granted(admission) => self.open(&admission, user, world),
            LogIn::Settled => {}
            LogIn::Hidden => self.unknown(world),
        }
    }

    /// Take the maildrop's lock and enter TRANSACTION; without the lock the log-in counts for nothing
    /// (RFC 1939 section 4, [IN-USE] of RFC 2449 section 8.1.2).
    fn open(&mut self, admission: &Admission, user: &str, world: &mut dyn World) {
        let connection = world.connection();
        match Maildrop::open(world.store(), admission.account, connection) {
            Ok(maildrop) => {
                let (messages, octets) = maildrop.total();
                self.account = Some(user.to_owned());
                self.until = admission.until;
                self.wary = false;
                self.state = State::Transaction(maildrop);
                self.ok(world, &format!("Maildrop has {messages} messages ({octets} octets)"));
            }
            Err(StoreError::MaildropInUse) => {
                let otherwise = "-ERR [IN-USE] Maildrop is locked by another session";
                ruling::say_failure(&mut self.out, world, "mailbox-locked", "", user, otherwise);
            }
            Err(error) => {
                let text = format!("-ERR [SYS/TEMP] Maildrop cannot be opened: {error}");
                self.out.line(world, text.as_bytes());
            }
        }
    }

    fn stls(&mut self, world: &mut dyn World) {
        if self.secured {
            return self.wrong(world, "TLS is active already");
        }
        if world.policy().security != Security::StartTls {
            return self.say_wrong(world, "starttls-unavailable", "-ERR STLS is not available");
        }
        self.ok(world, "Begin TLS negotiation");
        // Bytes behind STLS came in the clear, perhaps from somebody else (CVE-2011-0411).
        let pipelined = if self.out.keeps() { self.incoming.rest().len() } else { self.incoming.clear() };
        world.note(Event::StartTls { pipelined });
        self.state = State::Handshake;
        self.out.start_tls(world);
    }
}
