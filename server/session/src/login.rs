//! From credentials to granted or refused: the part all three protocols share (RFC 4422, 4616, 2195, 5802, 7628).
//!
//! A refusal is said here, in the words the world gives, so the protocols differ only in their success line. Two
//! mechanisms have a turn more behind their credentials: SCRAM shows that the server knows the password too, and an
//! OAuth mechanism that is refused says why in JSON, which the client must answer.
use jiff::Timestamp;
use postfail_wire::sasl::{self, Credentials, Mechanism, Response, Step, scram};

use crate::outgoing::Outgoing;
use crate::ruling::{self, Leave};
use crate::world::{Admission, Attempt, Cue, Proof, Refusal, Situation, Stage};
use crate::{Event, World};

/// Longest line of a SASL exchange, in base64 (RFC 4954 section 4); AUTH's own with an initial response too.
pub const RESPONSE_LINE: usize = 12_288;

/// The failure that ends a session with its token.
pub const TOKEN_OVER: &str = "oauth-token-expired-midsession";

/// A SASL exchange that waits for the client's next response.
#[derive(Debug)]
pub struct Exchange {
    mechanism: Mechanism,
    secured: bool,
    /// All is decided but not all is said.
    decided: Option<Box<Decided>>,
}

/// What the client must still answer, and what comes then.
#[derive(Debug)]
enum Decided {
    /// To our signature, with nothing.
    Granted { admission: Admission, user: String },
    /// To the error challenge.
    Refused { refusal: Refusal, user: String },
}

/// What a step of an exchange came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Turn {
    /// Send this (base64) behind `334 ` or `+ `, and give the next line to `respond`.
    Challenge(String),
    Granted {
        admission: Admission,
        user: String,
    },
    /// Refused, or stopped by a ruling; all that is to be said has been said.
    Settled,
    /// A ruling wants the command answered as if it were unknown.
    Hidden,
    /// The client sent `*`: 501, `-ERR` or BAD.
    Cancelled,
    /// Not base64, or not the mechanism's form: 501, `-ERR` or BAD with this text.
    Malformed(String),
}

/// What a log-in came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogIn {
    Granted(Admission),
    Settled,
    Hidden,
}

/// True when `mechanism` (any case) is offered on this listener and can be used on this connection. Whether it may be
/// used in the clear is another question: [`in_the_clear`].
#[must_use]
pub fn offered(world: &dyn World, mechanism: &str, secured: bool) -> bool {
    let now = Situation::of(world, secured, false);
    world.policy().usable(now).any(|name| name.eq_ignore_ascii_case(mechanism))
}

/// True when passwords must wait for TLS on this connection.
#[must_use]
pub fn in_the_clear(world: &dyn World, secured: bool) -> bool {
    world.policy().require_tls && !secured
}

/// Has the token of a log-in ended?
#[must_use]
pub fn is_over(until: Option<Timestamp>, now: Timestamp) -> bool {
    until.is_some_and(|until| until <= now)
}

/// The earlier of two moments that may never come.
#[must_use]
pub fn sooner(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

/// Ask the world who this is; `verb` is the command that carried the credentials, empty for a SASL response.
pub fn log_in(
    out: &mut Outgoing,
    world: &mut dyn World,
    attempt: &Attempt<'_>,
    verb: &str,
    tag: &str,
) -> LogIn {
    match ask(out, world, attempt, verb, tag) {
        Asked::Settled => LogIn::Settled,
        Asked::Hidden => LogIn::Hidden,
        Asked::Answered(Ok(admission)) => LogIn::Granted(admission),
        Asked::Answered(Err(refusal)) => {
            ruling::say(out, world, &refusal, tag, attempt.user);
            LogIn::Settled
        }
    }
}

enum Asked {
    Answered(Result<Admission, Refusal>),
    Settled,
    Hidden,
}

fn ask(out: &mut Outgoing, world: &mut dyn World, attempt: &Attempt<'_>, verb: &str, tag: &str) -> Asked {
    match ruling::consult(out, world, &Cue { stage: Stage::Auth, verb, account: Some(attempt.user), tag }) {
        Leave::Proceed => Asked::Answered(world.log_in(attempt)),
        Leave::Hidden => Asked::Hidden,
        Leave::Settled => Asked::Settled,
    }
}

impl Exchange {
    /// Begin with a mechanism the listener offers; `None` when it does not, or nobody speaks it.
    #[must_use]
    pub fn begin(world: &mut dyn World, mechanism: &str, secured: bool) -> Option<Self> {
        if !offered(world, mechanism, secured) {
            return None;
        }
        let name = mechanism.to_ascii_uppercase();
        let plus = if name.ends_with("-PLUS") { name } else { format!("{name}-PLUS") };
        let channel = world.channel().filter(|_| offered(world, &plus, secured));
        let bindings = channel.map(|channel| channel.bindings.clone()).unwrap_or_default();
        let mechanism = Mechanism::new(mechanism, &bindings, || timestamp(world))?;
        Some(Self { mechanism, secured, decided: None })
    }

    /// The step behind AUTH itself, with its initial response if it had one (still base64).
    pub fn start(
        &mut self,
        initial: Option<&[u8]>,
        out: &mut Outgoing,
        world: &mut dyn World,
        tag: &str,
    ) -> Turn {
        match initial.map(sasl::initial_response) {
            None => Turn::Challenge(sasl::challenge(&self.mechanism.first_challenge())),
            Some(Response::Bytes(bytes)) => {
                let step = self.mechanism.initial(&bytes);
                self.turn(step, out, world, tag)
            }
            Some(Response::Cancelled | Response::BadBase64) => bad_base64(),
        }
    }

    /// A response line, without its line end.
    pub fn respond(&mut self, line: &[u8], out: &mut Outgoing, world: &mut dyn World, tag: &str) -> Turn {
        let response = sasl::response(line);
        match self.decided.take().map(|decided| *decided) {
            Some(Decided::Granted { admission, user }) => accept(&response, admission, user),
            Some(Decided::Refused { refusal, user }) => {
                self.note_answer(&response, world);
                if matches!(response, Response::Cancelled) {
                    return Turn::Cancelled;
                }
                ruling::say(out, world, &refusal, tag, &user);
                Turn::Settled
            }
            None => match response {
                Response::Cancelled => Turn::Cancelled,
                Response::BadBase64 => bad_base64(),
                Response::Bytes(bytes) => {
                    let step = self.mechanism.step(&bytes);
                    self.turn(step, out, world, tag)
                }
            },
        }
    }

    fn turn(&mut self, step: Step, out: &mut Outgoing, world: &mut dyn World, tag: &str) -> Turn {
        match step {
            Step::Challenge(bytes) => Turn::Challenge(sasl::challenge(&bytes)),
            Step::Salt { hash, user } => {
                let salt = world.scram_salt(hash, &user);
                let Mechanism::Scram(scram) = &mut self.mechanism else { return Turn::Settled };
                Turn::Challenge(sasl::challenge(&scram.salt(salt)))
            }
            Step::Failed(failure) => self.malformed(failure, out, world, tag),
            Step::Done(credentials) => self.show(&credentials, out, world, tag),
        }
    }

    /// A response without the mechanism's form. For OAuth's there are words of the provider's.
    fn malformed(
        &mut self,
        failure: sasl::Failure,
        out: &mut Outgoing,
        world: &mut dyn World,
        tag: &str,
    ) -> Turn {
        if !matches!(self.mechanism, Mechanism::Bearer(_)) {
            return Turn::Malformed(failure.to_string());
        }
        let refusal = world.wording_by("oauth-malformed", self.mechanism.name());
        if refusal.lines.is_empty() {
            return Turn::Malformed(failure.to_string());
        }
        self.refuse(refusal, String::new(), out, world, tag)
    }

    fn show(
        &mut self,
        credentials: &Credentials,
        out: &mut Outgoing,
        world: &mut dyn World,
        tag: &str,
    ) -> Turn {
        let (user, authorization, proof) = match credentials {
            Credentials::Password { authorization, user, password } => {
                (user, authorization.as_str(), Proof::Password(password))
            }
            Credentials::CramMd5 { user, challenge, digest } => {
                (user, "", Proof::CramMd5 { challenge, digest })
            }
            Credentials::Scram(shown) => (&shown.user, shown.authorization.as_str(), Proof::Scram(shown)),
            Credentials::Bearer { user, token, .. } => (user, "", Proof::Bearer { token }),
            Credentials::External { authorization } => (authorization, "", Proof::External),
        };
        let (mechanism, secured) = (self.mechanism.name(), self.secured);
        let attempt = Attempt { user, authorization, mechanism, proof, secured };
        match ask(out, world, &attempt, "", tag) {
            Asked::Settled => Turn::Settled,
            Asked::Hidden => Turn::Hidden,
            Asked::Answered(Err(refusal)) => self.refuse(refusal, user.clone(), out, world, tag),
            Asked::Answered(Ok(admission)) => self.grant(admission, user, world),
        }
    }

    fn grant(&mut self, admission: Admission, user: &str, world: &mut dyn World) -> Turn {
        // A token or a certificate may have said who it is in place of the client.
        let mut user = user.to_owned();
        if user.is_empty() {
            let account = world.store().account(admission.account);
            user = account.map(|account| account.name().to_owned()).unwrap_or_default();
        }
        if admission.signature.is_empty() {
            return Turn::Granted { admission, user };
        }
        let last = sasl::challenge(&scram::server_final(&admission.signature));
        self.decided = Some(Box::new(Decided::Granted { admission, user }));
        Turn::Challenge(last)
    }

    /// Say the refusal, behind its error challenge and the client's answer where there is one.
    fn refuse(
        &mut self,
        refusal: Refusal,
        user: String,
        out: &mut Outgoing,
        world: &mut dyn World,
        tag: &str,
    ) -> Turn {
        let may_ask = matches!(self.mechanism, Mechanism::Bearer(_));
        let Some(challenge) = refusal.challenge.clone().filter(|_| may_ask) else {
            ruling::say(out, world, &refusal, tag, &user);
            return Turn::Settled;
        };
        let text = match sasl::response(challenge.as_bytes()) {
            Response::Bytes(json) => String::from_utf8_lossy(&json).into_owned(),
            Response::Cancelled | Response::BadBase64 => challenge.clone(),
        };
        let mechanism = self.mechanism.name().to_owned();
        world.note(Event::ErrorChallenge { mechanism, challenge: text });
        self.decided = Some(Box::new(Decided::Refused { refusal, user }));
        Turn::Challenge(challenge)
    }

    fn note_answer(&self, response: &Response, world: &mut dyn World) {
        let Mechanism::Bearer(bearer) = &self.mechanism else { return };
        let answer = match response {
            Response::Cancelled => "cancelled",
            Response::Bytes(bytes) if bytes == bearer.acknowledgement() => "as-required",
            Response::Bytes(_) | Response::BadBase64 => "otherwise",
        };
        let (mechanism, answer) = (bearer.name().to_owned(), answer.to_owned());
        world.note(Event::ErrorChallengeAnswered { mechanism, answer });
    }
}

/// The answer to a signature of ours: an empty one, or the client does not believe it.
fn accept(response: &Response, admission: Admission, user: String) -> Turn {
    match response {
        Response::Bytes(bytes) if bytes.is_empty() => Turn::Granted { admission, user },
        Response::Cancelled => Turn::Cancelled,
        Response::Bytes(_) | Response::BadBase64 => {
            Turn::Malformed("SCRAM ends with an empty response".to_owned())
        }
    }
}

/// A text never used before: CRAM-MD5's challenge and APOP's timestamp (RFC 2195 section 2, RFC 1939 section 7).
#[must_use]
pub fn timestamp(world: &mut dyn World) -> String {
    let nonce = world.nonce();
    format!("<{nonce:016x}.{}@{}>", world.now().as_second(), world.policy().host)
}

fn bad_base64() -> Turn {
    Turn::Malformed("Invalid base64 data".to_owned())
}
