//! The IMAP4rev1 session (RFC 3501 and the extensions in `capability`): what was asked, and who answers it.
//!
//! One verb or family, one file. `receive` cuts the stream and hands over commands, `state` says which verb may be
//! said when, `completion` how one ends, `updates` what is told of other sessions' doings.
mod append;
mod auth;
mod capability;
mod completion;
mod copy;
mod enable;
mod expunge;
mod fetch;
mod id;
mod idle;
mod list;
mod logout;
mod mailbox;
mod namespace;
mod receive;
mod search;
mod select;
mod starttls;
mod state;
mod status;
mod store;
mod updates;

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use jiff::{SignedDuration, Timestamp};
use postfail_wire::imap::command::{Body, Command};
use postfail_wire::imap::framing::{Framing, Limits};
use postfail_wire::imap::response::{Code, Condition, Response};

use self::completion::{Completion, Outcome};
use self::receive::Expects;
use self::state::State;
use self::store::Storing;
use crate::login;
use crate::outgoing::Outgoing;
use crate::ruling::{self, Leave};
use crate::world::{Cue, Ruling, Security, Stage};
use crate::{Close, Output, Session, World};

/// Once this many bytes wait to be written, no more are made until they are: a hostile FETCH of everything, or a
/// thousand pipelined ones, costs no more memory than this and one answer.
const PORTION: usize = 256 * 1024;

/// One IMAP connection. Before log-in it holds next to nothing on the heap: thousands of idle ones are normal.
#[derive(Debug)]
pub struct Imap {
    state: State,
    secured: bool,
    framing: Framing,
    /// What of the command at hand has been put into the journal.
    noted: receive::Noted,
    expects: Expects,
    out: Outgoing,
    /// The last command was AUTHENTICATE, or a LOGIN whose literal was refused: a line nobody understands may be what
    /// was to follow, sent although nobody asked for it, and holds no tag to repeat.
    wary: bool,
    /// The world was told of literals held.
    holds: bool,
    /// Answers of BAD without a good command between them.
    errors: u32,
    deadline: Option<Timestamp>,
    /// When the log-in's token ends, and the session with it.
    until: Option<Timestamp>,
    /// Commands may be left in `framing`; they wait until what is queued is written.
    stalled: bool,
}

impl Default for Imap {
    fn default() -> Imap {
        Imap::new()
    }
}

impl Imap {
    /// A connection of which nothing is known yet; `start` asks the world for the rest.
    #[must_use]
    pub fn new() -> Imap {
        Imap {
            state: State::default(),
            secured: false,
            framing: Framing::new(Limits { line: 0, literal: 0, command: 0 }),
            noted: receive::Noted::default(),
            expects: Expects::default(),
            out: Outgoing::default(),
            wary: false,
            holds: false,
            errors: 0,
            deadline: None,
            until: None,
            stalled: false,
        }
    }

    /// Say a response; one that holds literals or several lines is noted as it is.
    fn say(&mut self, response: &Response, world: &mut dyn World) {
        let mut line = BytesMut::with_capacity(256);
        response.write(&mut line);
        self.out.line(world, line.strip_suffix(b"\r\n").unwrap_or(&line));
    }

    /// Do what one command asks and say how it ended.
    fn obey(&mut self, command: Command, now: Timestamp, world: &mut dyn World) {
        let (tag, verb) = (command.tag.clone(), command.name.clone());
        let outcome = self.perform(command, now, world);
        self.conclude(&tag, &verb, outcome, world);
    }

    /// Say what is left to say of a command that came to this.
    fn conclude(&mut self, tag: &Bytes, verb: &str, outcome: Outcome, world: &mut dyn World) {
        match outcome {
            Ok(Some(completion)) | Err(completion) => self.complete(tag, verb, completion, world),
            // An exchange is right or wrong when it ends.
            Ok(None) if matches!(self.expects, Expects::Response(_)) => {}
            Ok(None) => self.errors = 0,
        }
    }

    fn perform(&mut self, command: Command, now: Timestamp, world: &mut dyn World) -> Outcome {
        let Command { tag, name: verb, body, .. } = command;
        // LOGIN names its user, so it is asked about with the log-in itself (see `ruling`).
        if !matches!(body, Body::Login { .. }) {
            let account = self.state.user().map(|user| user.name.as_str());
            let tag = String::from_utf8_lossy(&tag);
            let cue = Cue { stage: state::stage(&verb), verb: &verb, account, tag: &tag };
            match ruling::consult(&mut self.out, world, &cue) {
                Leave::Proceed => {}
                Leave::Hidden => return Err(Completion::unknown()),
                Leave::Settled => return Ok(None),
            }
        }
        if self.withheld(&verb, world) {
            return Err(Completion::unknown());
        }
        self.state.allows(&verb)?;
        match body {
            Body::Capability => self.capability(world),
            // The news that NOOP and CHECK are for come with every completion.
            Body::Noop => Ok(Some(Completion::ok("NOOP completed"))),
            Body::Logout => self.logout(&tag, world),
            Body::StartTls => self.start_tls(&tag, world),
            Body::Authenticate { mechanism, initial } => {
                self.authenticate(&tag, &mechanism, initial.as_deref(), world)
            }
            Body::Login { user, password } => self.login(&tag, &user, &password, world),
            Body::Enable { .. } => self.enable(world),
            Body::Id { .. } => self.id(world),
            Body::Namespace => self.namespace(world),
            Body::Select { mailbox, read_only, parameters } => {
                self.select(&mailbox, read_only, &parameters, world)
            }
            Body::Create { mailbox, uses } => self.create(&mailbox, &uses, world),
            Body::Delete { mailbox } => self.delete(&mailbox, world),
            Body::Rename { from, to } => self.rename(&from, &to, world),
            Body::Subscribe { mailbox } => self.subscribe(&mailbox, world),
            Body::Unsubscribe { mailbox } => self.unsubscribe(&mailbox, world),
            Body::List(list) => self.list(&list, world),
            Body::Lsub { reference, pattern } => self.lsub(&reference.0, &pattern, world),
            Body::Status { mailbox, items } => self.status(&mailbox, &items, world),
            Body::Append(append) => self.append(append, now, world),
            Body::Check => Ok(Some(Completion::ok("CHECK completed"))),
            Body::Close => self.close(world),
            Body::Unselect => self.unselect(world),
            Body::Expunge { uids } => self.expunge(uids.as_ref(), world),
            Body::Search { uid, charset, key } => self.search(uid, charset.as_deref(), &key, world),
            Body::Fetch { uid, set, items } => self.fetch(&tag, uid, &set, items, world),
            Body::Store { uid, set, action, silent, flags } => {
                self.store(&Storing { uid, set: &set, action, silent, flags: &flags }, world)
            }
            Body::Copy { uid, set, mailbox } => self.copy(uid, &set, &mailbox, world),
            Body::Move { uid, set, mailbox } => self.r#move(uid, &set, &mailbox, world),
            Body::Idle => self.idle(&tag, world),
            Body::Unknown { .. } => Err(Completion::unknown()),
            Body::Malformed(error) if verb.is_empty() => Err(Completion::bad(error.to_string())),
            Body::Malformed(error) => Err(Completion::bad(format!("{verb}: {error}"))),
        }
    }

    /// Say how the command ended, the news of the mailbox first. Too many wrong commands end the session.
    fn complete(&mut self, tag: &Bytes, verb: &str, completion: Completion, world: &mut dyn World) {
        self.updates(world, updates::may_expunge(verb), verb.starts_with("UID "));
        self.errors = if completion.is_bad() { self.errors + 1 } else { 0 };
        match completion.failure() {
            Some(failure) => self.say_failure(failure, tag, completion, world),
            None => self.say(&completion.answer(tag), world),
        }
        if self.errors >= world.policy().limits.errors {
            let otherwise = "* BYE Too many wrong commands in a row";
            self.bye("too-many-errors", otherwise, "limits.errors", world);
        }
    }

    /// What a fault puts behind an answer comes when all of it was told.
    fn answered(&mut self, world: &mut dyn World) {
        if !self.unfinished() {
            self.out.answered(world);
        }
    }

    /// Say the world's words for a failure, or the completion where it has none.
    fn say_failure(&mut self, failure: &str, tag: &Bytes, completion: Completion, world: &mut dyn World) {
        let mut line = BytesMut::with_capacity(128);
        completion.answer(tag).write(&mut line);
        let otherwise = String::from_utf8_lossy(line.strip_suffix(b"\r\n").unwrap_or(&line));
        let user = self.state.user().map_or("", |user| user.name.as_str());
        let tag = String::from_utf8_lossy(tag);
        ruling::say_failure(&mut self.out, world, failure, &tag, user, &otherwise);
    }

    /// The peer was heard: the time until autologout begins anew (RFC 3501 section 5.4).
    fn heard(&mut self, now: Timestamp, world: &dyn World) {
        let limits = world.policy().limits;
        let patience =
            if self.state.user().is_some() { limits.idle_after_login } else { limits.idle_before_login };
        self.deadline = Some(later(now, patience));
    }
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

impl Session for Imap {
    fn start(&mut self, now: Timestamp, world: &mut dyn World) {
        self.framing = Framing::new(receive::limits(world));
        self.secured = world.policy().security == Security::Implicit;
        self.heard(now, world);
        let cue = Cue { stage: Stage::Greeting, verb: "", account: None, tag: "*" };
        let ruling = world.rule(&cue);
        if let Ruling::Preauth { account, text } = &ruling {
            self.preauth(account, text, world);
        } else if ruling::carry_out(&mut self.out, world, &cue, ruling) == Leave::Proceed {
            let policy = world.policy();
            let text = policy.greeting.replace("{host}", &policy.host);
            let unasked = policy.capabilities.unasked;
            let code = unasked.then(|| Code::Capability(self.capabilities(world)));
            self.say(&Response::untagged(Condition::Ok, code, text), world);
        }
        self.out.answered(world);
    }

    fn receive(&mut self, bytes: &[u8], now: Timestamp, world: &mut dyn World) {
        if self.out.ended() || matches!(self.expects, Expects::Tls) {
            return;
        }
        if login::is_over(self.until, now) && !self.unfinished() {
            return self.timeout(now, world);
        }
        self.framing.push(bytes);
        self.work(now, world);
        self.answered(world);
        self.heard(now, world);
    }

    fn timeout(&mut self, now: Timestamp, world: &mut dyn World) {
        if self.out.ended() || self.deadline().is_none_or(|deadline| deadline > now) {
            return;
        }
        if self.unfinished() {
            // The peer does not read: a BYE would stand in the middle of an answer.
            return self.out.close(world, Close::Reset, "an answer was not read for too long");
        }
        if login::is_over(self.until, now) {
            let otherwise = "* BYE The access token has expired.";
            return self.bye(login::TOKEN_OVER, otherwise, login::TOKEN_OVER, world);
        }
        self.bye("idle-timeout", "* BYE Autologout; idle for too long", "idle", world);
    }

    fn secured(&mut self, now: Timestamp, world: &mut dyn World) {
        self.secured = true;
        self.wary = false;
        if !self.out.keeps() {
            self.framing.discard();
        }
        self.expects = Expects::Command;
        // Nothing, unless a fault has kept something.
        self.work(now, world);
        self.heard(now, world);
    }

    fn wake(&mut self, _now: Timestamp, world: &mut dyn World) {
        if matches!(self.expects, Expects::Done { .. }) {
            self.updates(world, true, false);
        }
    }

    fn closed(&mut self, _now: Timestamp, world: &mut dyn World) {
        self.leave_mailbox(world);
    }

    fn next_output(&mut self) -> Option<Output> {
        self.out.next_output()
    }

    fn deadline(&self) -> Option<Timestamp> {
        login::sooner(self.deadline, self.until).filter(|_| !self.out.ended())
    }

    fn unfinished(&self) -> bool {
        !self.out.ended() && (self.stalled || matches!(self.expects, Expects::Fetch(_)))
    }

    fn resume(&mut self, now: Timestamp, world: &mut dyn World) {
        self.work(now, world);
        self.answered(world);
        self.heard(now, world);
    }
}
