//! From credentials to granted or refused: the part all three protocols share (RFC 4422, 4616, 2195).
//!
//! A refusal is said here, in the words the world gives, so the protocols differ only in their success line.
use postfail_store::AccountId;
use postfail_wire::sasl::{self, Credentials, Mechanism, Response, Step};

use crate::World;
use crate::outgoing::Outgoing;
use crate::ruling::{self, Leave};
use crate::world::{Attempt, Cue, Proof, Stage};

/// Longest line of a SASL exchange, in base64 (RFC 4954 section 4); AUTH's own with an initial response too.
pub const RESPONSE_LINE: usize = 12_288;

/// A SASL exchange that waits for the client's next response.
#[derive(Debug)]
pub struct Exchange {
    mechanism: Mechanism,
    secured: bool,
}

/// What a step of an exchange came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Turn {
    /// Send this (base64) behind `334 ` or `+ `, and give the next line to `respond`.
    Challenge(String),
    Granted {
        account: AccountId,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogIn {
    Granted(AccountId),
    Settled,
    Hidden,
}

/// True when `mechanism` (any case) is offered on this listener and we speak it. Whether it may be used in the
/// clear is another question: [`in_the_clear`].
#[must_use]
pub fn offered(world: &dyn World, mechanism: &str) -> bool {
    world.policy().mechanisms.iter().any(|name| name.eq_ignore_ascii_case(mechanism))
}

/// True when passwords must wait for TLS on this connection.
#[must_use]
pub fn in_the_clear(world: &dyn World, secured: bool) -> bool {
    world.policy().require_tls && !secured
}

/// Ask the world who this is; `verb` is the command that carried the credentials, empty for a SASL response.
pub fn log_in(
    out: &mut Outgoing,
    world: &mut dyn World,
    attempt: &Attempt<'_>,
    verb: &str,
    tag: &str,
) -> LogIn {
    match ruling::consult(out, world, &Cue { stage: Stage::Auth, verb, account: Some(attempt.user), tag }) {
        Leave::Proceed => {}
        Leave::Hidden => return LogIn::Hidden,
        Leave::Settled => return LogIn::Settled,
    }
    match world.log_in(attempt) {
        Ok(account) => LogIn::Granted(account),
        Err(refusal) => {
            ruling::say(out, world, &refusal, tag, attempt.user);
            LogIn::Settled
        }
    }
}

impl Exchange {
    /// Begin with a mechanism the listener offers; `None` when it does not, or nobody speaks it.
    #[must_use]
    pub fn begin(world: &mut dyn World, mechanism: &str, secured: bool) -> Option<Self> {
        if !offered(world, mechanism) {
            return None;
        }
        let mechanism = Mechanism::new(mechanism, || timestamp(world))?;
        Some(Self { mechanism, secured })
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
        match sasl::response(line) {
            Response::Cancelled => Turn::Cancelled,
            Response::BadBase64 => bad_base64(),
            Response::Bytes(bytes) => {
                let step = self.mechanism.step(&bytes);
                self.turn(step, out, world, tag)
            }
        }
    }

    fn turn(&self, step: Step, out: &mut Outgoing, world: &mut dyn World, tag: &str) -> Turn {
        let credentials = match step {
            Step::Challenge(bytes) => return Turn::Challenge(sasl::challenge(&bytes)),
            Step::Failed(failure) => return Turn::Malformed(failure.to_string()),
            Step::Done(credentials) => credentials,
        };
        let (user, authorization, proof) = match &credentials {
            Credentials::Password { authorization, user, password } => {
                (user, authorization.as_str(), Proof::Password(password))
            }
            Credentials::CramMd5 { user, challenge, digest } => {
                (user, "", Proof::CramMd5 { challenge, digest })
            }
        };
        let (mechanism, secured) = (self.mechanism.name(), self.secured);
        let attempt = Attempt { user, authorization, mechanism, proof, secured };
        match log_in(out, world, &attempt, "", tag) {
            LogIn::Granted(account) => Turn::Granted { account, user: user.clone() },
            LogIn::Settled => Turn::Settled,
            LogIn::Hidden => Turn::Hidden,
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
