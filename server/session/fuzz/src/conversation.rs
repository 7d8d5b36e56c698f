//! One whole session against a healthy world: any bytes, any cuts, pauses up to the time-out, TLS whenever it is asked
//! for. It must not panic, must not go on without end, and must not hold more than its limits allow.
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use postfail_engine::listener::ListenerName;
use postfail_engine::profile;
use postfail_engine::world::{Connection, World};
use postfail_session::{Output, Session};

const WELCOME: &[u8] = include_bytes!("../../../../scenarios/mail/welcome.eml");
const NESTED: &[u8] = include_bytes!("../../../../scenarios/mail/message-in-message-in-message.eml");
const BROKEN: &[u8] = include_bytes!("../../../../scenarios/mail/missing-end-boundary.eml");

/// More than all a session may say to an input of 16 KB; one that goes beyond it has lost its bounds.
const MOST_ANSWERED: usize = 64 << 20;
/// More rounds of work than an input of 16 KB can cause.
const MOST_ROUNDS: usize = 100_000;

struct Conversation {
    world: World,
    connection: Connection,
    session: Box<dyn Session>,
    now: Timestamp,
    answered: Vec<u8>,
    /// Answers up to here were sent before TLS stood.
    over: bool,
}

/// Plays `input` to a session on `listener` and gives all it answered. `{user}` and `{password}` in the input stand for
/// the account's own, so that the fuzzer can log in.
pub fn play(listener: ListenerName, session: Box<dyn Session>, input: &[u8]) -> Vec<u8> {
    let start = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 55);
    let mail = [("welcome.eml", WELCOME), ("nested.eml", NESTED), ("broken.eml", BROKEN)];
    let mut world = World::healthy(7, Arc::new(profile::neutral().clone()), &mail, start);
    let accounts = world.accounts(start);
    let account = accounts.first().expect("a healthy world has accounts");
    let words = [("{user}", account.address.clone()), ("{password}", account.password.clone())];
    let peer = ([127, 0, 0, 1], 4_000).into();
    let connection = world.connect(listener, peer, start);
    let mut talk = Conversation { world, connection, session, now: start, answered: Vec::new(), over: false };
    talk.call(|session, now, world| session.start(now, world));
    for piece in crate::pieces(input) {
        if talk.over {
            break;
        }
        if piece.is_empty() {
            talk.pause();
        } else {
            let piece = fill(piece, &words);
            talk.call(|session, now, world| session.receive(&piece, now, world));
        }
    }
    let Conversation { mut world, connection, mut session, now, answered, .. } = talk;
    session.closed(now, &mut world.visit(&connection, now));
    assert!(session.deadline().is_none_or(|deadline| deadline >= start), "a deadline in the past");
    answered
}

impl Conversation {
    /// Lets the session act, then carries out what it wants, until it wants no more.
    fn call(&mut self, act: impl FnOnce(&mut dyn Session, Timestamp, &mut dyn postfail_session::World)) {
        let now = self.now;
        act(&mut *self.session, now, &mut self.world.visit(&self.connection, now));
        for _ in 0..MOST_ROUNDS {
            match self.session.next_output() {
                Some(Output::Send(bytes)) => {
                    assert!(!self.over, "bytes behind the end");
                    self.answered.extend_from_slice(&bytes);
                    assert!(self.answered.len() < MOST_ANSWERED, "the answers have no end");
                }
                Some(Output::Wait(span)) => {
                    let span = SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX);
                    self.now = self.now.checked_add(span).unwrap_or(Timestamp::MAX);
                }
                Some(Output::StartTls) => {
                    let now = self.now;
                    self.session.secured(now, &mut self.world.visit(&self.connection, now));
                }
                Some(Output::Shape(_)) => {}
                Some(Output::Close(_)) => self.over = true,
                None if !self.over && self.session.unfinished() => {
                    let now = self.now;
                    self.session.resume(now, &mut self.world.visit(&self.connection, now));
                }
                None => return,
            }
        }
        panic!("{MOST_ROUNDS} rounds and no end");
    }

    /// Nothing comes until the session's deadline.
    fn pause(&mut self) {
        if let Some(deadline) = self.session.deadline() {
            self.now = self.now.max(deadline);
            self.call(|session, now, world| session.timeout(now, world));
        } else {
            self.call(|session, now, world| session.wake(now, world));
        }
    }
}

/// Puts the account's own words in where the placeholders stand.
fn fill(piece: &[u8], words: &[(&str, String)]) -> Vec<u8> {
    let mut filled = Vec::with_capacity(piece.len());
    let mut rest = piece;
    while let Some((first, behind)) = rest.split_first() {
        match words.iter().find(|(name, _)| rest.starts_with(name.as_bytes())) {
            Some((name, word)) => {
                filled.extend_from_slice(word.as_bytes());
                rest = rest.get(name.len()..).unwrap_or_default();
            }
            None => {
                filled.push(*first);
                rest = behind;
            }
        }
    }
    filled
}
