//! LOGIN and AUTHENTICATE (RFC 3501 sections 6.2.2 and 6.2.3), the latter with an initial response (RFC 4959).
use bytes::Bytes;
use postfail_wire::imap::response::{Code, Response};

use super::Imap;
use super::completion::{Completion, Outcome};
use super::receive::Expects;
use super::state::{State, User};
use crate::World;
use crate::login::{self, Exchange, LogIn, Turn};
use crate::ruling;
use crate::world::{Admission, Attempt, Proof};

/// An AUTHENTICATE that waits for the client's response.
#[derive(Debug)]
pub(super) struct Authenticating {
    pub(super) tag: Bytes,
    exchange: Exchange,
}

impl Imap {
    pub(super) fn login(
        &mut self,
        tag: &Bytes,
        user: &[u8],
        password: &[u8],
        world: &mut dyn World,
    ) -> Outcome {
        let user = String::from_utf8_lossy(user);
        if !self.may_show_password(tag, &user, world) {
            return Ok(None);
        }
        let proof = Proof::Password(password);
        let (mechanism, secured) = ("LOGIN", self.secured);
        let attempt = Attempt { user: &user, authorization: "", mechanism, proof, secured };
        match login::log_in(&mut self.out, world, &attempt, "LOGIN", &String::from_utf8_lossy(tag)) {
            LogIn::Granted(admission) => Ok(Some(self.logged_in(&admission, user.into_owned(), world))),
            LogIn::Settled => Ok(None),
            LogIn::Hidden => Err(Completion::unknown()),
        }
    }

    pub(super) fn authenticate(
        &mut self,
        tag: &Bytes,
        mechanism: &str,
        initial: Option<&[u8]>,
        world: &mut dyn World,
    ) -> Outcome {
        if !self.may_show_password(tag, "", world) {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(tag);
        let Some(mut exchange) = Exchange::begin(world, mechanism, self.secured) else {
            let otherwise =
                "{tag} NO This mechanism is not offered: AUTH= in CAPABILITY lists those that are";
            ruling::say_failure(&mut self.out, world, "auth-mechanism-unsupported", &text, "", otherwise);
            return Ok(None);
        };
        let turn = exchange.start(initial, &mut self.out, world, &text);
        self.turn(turn, Box::new(Authenticating { tag: tag.clone(), exchange }), world)
    }

    /// A response line, without its line end.
    pub(super) fn respond(&mut self, line: &[u8], world: &mut dyn World) {
        let Expects::Response(mut authenticating) = std::mem::take(&mut self.expects) else { return };
        let tag = authenticating.tag.clone();
        let turn =
            authenticating.exchange.respond(line, &mut self.out, world, &String::from_utf8_lossy(&tag));
        let outcome = self.turn(turn, authenticating, world);
        self.conclude(&tag, "AUTHENTICATE", outcome, world);
    }

    fn turn(&mut self, turn: Turn, authenticating: Box<Authenticating>, world: &mut dyn World) -> Outcome {
        match turn {
            Turn::Challenge(challenge) => {
                self.out.line(world, format!("+ {challenge}").as_bytes());
                self.expects = Expects::Response(authenticating);
                Ok(None)
            }
            Turn::Granted { admission, user } => Ok(Some(self.logged_in(&admission, user, world))),
            Turn::Settled => Ok(None),
            Turn::Hidden => Err(Completion::unknown()),
            Turn::Cancelled => Err(Completion::bad("AUTHENTICATE cancelled")),
            Turn::Malformed(text) => Err(Completion::bad(text)),
        }
    }

    /// Whether a password may be shown now; if not, that has been said.
    fn may_show_password(&mut self, tag: &Bytes, user: &str, world: &mut dyn World) -> bool {
        let refused = login::in_the_clear(world, self.secured);
        if refused {
            let otherwise = "{tag} NO [PRIVACYREQUIRED] Passwords only under TLS: STARTTLS first";
            let tag = String::from_utf8_lossy(tag);
            ruling::say_failure(&mut self.out, world, "plaintext-refused", &tag, user, otherwise);
        }
        !refused
    }

    /// Greet somebody who is logged in already (RFC 3501 section 7.1.4); of an account that there is not, nobody is.
    pub(super) fn preauth(&mut self, account: &str, text: &str, world: &mut dyn World) {
        if let Some(account) = world.store().find(account) {
            let name = world.store().account(account).map(|account| account.name().to_owned());
            self.state = State::Authenticated(User { account, name: name.unwrap_or_default() });
        }
        self.out.line(world, format!("* PREAUTH {text}").as_bytes());
    }

    /// The OK carries the capabilities that hold from now on (RFC 3501 7.1, CAPABILITY), unless this provider lists
    /// them in another way.
    fn logged_in(&mut self, admission: &Admission, name: String, world: &mut dyn World) -> Completion {
        let policy = world.policy();
        let granted = policy.capabilities.granted.as_ref();
        let told =
            granted.map(|granted| (granted.listed, ruling::fill(&granted.text, "", &policy.host, &name)));
        let unasked = policy.capabilities.unasked;
        self.state = State::Authenticated(User { account: admission.account, name });
        self.until = admission.until;
        self.wary = false;
        match told {
            Some((listed, text)) => {
                if listed {
                    self.say(&Response::Capability(self.capabilities(world)), world);
                }
                Completion::ok(text)
            }
            None if unasked => Completion::ok("Logged in").with(Code::Capability(self.capabilities(world))),
            None => Completion::ok("Logged in"),
        }
    }
}
