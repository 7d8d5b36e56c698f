//! Several connections to one world, driven as the driver does it, with a hand-held clock.
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::{SignedDuration, Timestamp};
use postfail_session::imap::Imap;
use postfail_session::{Close, Output, Session};

use crate::world::{Lab, start};

pub struct Conversation {
    pub lab: Lab,
    pub now: Timestamp,
    connections: BTreeMap<u64, Connection>,
}

struct Connection {
    session: Imap,
    said: Vec<u8>,
    ended: Option<Close>,
    /// The largest number of bytes that ever waited to be written.
    most_waiting: usize,
}

impl Conversation {
    pub fn new(lab: Lab) -> Conversation {
        Conversation { lab, now: start(), connections: BTreeMap::new() }
    }

    /// Bytes arrive on a connection, which is made when it is new.
    pub fn hear(&mut self, connection: u64, bytes: &[u8]) {
        self.connect(connection);
        self.act(connection, |session, now, lab| session.receive(bytes, now, lab));
    }

    pub fn connect(&mut self, connection: u64) {
        if let Entry::Vacant(place) = self.connections.entry(connection) {
            place.insert(Connection { session: Imap::new(), said: Vec::new(), ended: None, most_waiting: 0 });
            self.act(connection, |session, now, lab| session.start(now, lab));
        }
    }

    /// Let time pass; sessions whose deadline lies in it are told.
    pub fn pass(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
        self.lab.now = self.now;
        let numbers: Vec<u64> = self.connections.keys().copied().collect();
        for number in numbers {
            let due = |one: &Connection| one.session.deadline().is_some_and(|deadline| deadline <= self.now);
            if self.connections.get(&number).is_some_and(due) {
                self.act(number, |session, now, lab| session.timeout(now, lab));
            }
        }
    }

    pub fn hang_up(&mut self, connection: u64) {
        self.act(connection, |session, now, lab| session.closed(now, lab));
        self.connections.remove(&connection);
    }

    /// What a connection said since the last time.
    pub fn take(&mut self, connection: u64) -> Vec<u8> {
        self.connections.get_mut(&connection).map(|one| std::mem::take(&mut one.said)).unwrap_or_default()
    }

    pub fn ended(&self, connection: u64) -> Option<Close> {
        self.connections.get(&connection).and_then(|one| one.ended)
    }

    pub fn most_waiting(&self, connection: u64) -> usize {
        self.connections.get(&connection).map_or(0, |one| one.most_waiting)
    }

    pub fn numbers(&self) -> impl Iterator<Item = u64> {
        self.connections.keys().copied()
    }

    /// Everybody whose mailbox changed is woken.
    pub fn wake(&mut self) {
        for number in self.lab.store.take_woken() {
            if self.connections.contains_key(&number) {
                self.act(number, |session, now, lab| session.wake(now, lab));
            }
        }
    }

    fn act(&mut self, connection: u64, act: impl FnOnce(&mut Imap, Timestamp, &mut Lab)) {
        let Some(one) = self.connections.get_mut(&connection) else { return };
        self.lab.connection = connection;
        act(&mut one.session, self.now, &mut self.lab);
        loop {
            let mut waiting = 0;
            while let Some(output) = one.session.next_output() {
                assert_eq!(one.ended, None, "nothing follows a close: {output:?}");
                match output {
                    Output::Send(bytes) => {
                        waiting += bytes.len();
                        one.said.extend_from_slice(&bytes);
                    }
                    Output::Wait(_) | Output::Shape(_) => {}
                    Output::StartTls => one.session.secured(self.now, &mut self.lab),
                    Output::Close(how) => one.ended = Some(how),
                }
            }
            one.most_waiting = one.most_waiting.max(waiting);
            if !one.session.unfinished() {
                break;
            }
            one.session.resume(self.now, &mut self.lab);
        }
        self.wake();
    }
}
