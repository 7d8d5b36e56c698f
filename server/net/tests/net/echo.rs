//! A session that does on order what a driver must be able to do; every other line comes back.
use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use postfail_session::world::{Policy, World};
use postfail_session::{Close, Event, Output, Session};

/// Silence before the session ends, in virtual time.
pub const SILENCE: Duration = Duration::from_secs(60);

/// Noted once for each session, when it is told that it is over.
pub const CLOSED: &str = "told that it is over";

#[derive(Default)]
struct Echo {
    input: Vec<u8>,
    output: VecDeque<Output>,
    deadline: Option<Timestamp>,
    portions: u32,
}

pub fn of(_: &Policy) -> Box<dyn Session> {
    Box::new(Echo::default())
}

impl Echo {
    fn say(&mut self, line: &str) {
        self.output.push_back(Output::Send(Bytes::from(format!("{line}\r\n"))));
    }

    fn obey(&mut self, line: &str) {
        let (order, argument) = line.split_once(' ').unwrap_or((line, ""));
        let number: u32 = argument.parse().unwrap_or(0);
        match order {
            "starttls" => {
                self.say("go");
                self.output.push_back(Output::StartTls);
            }
            "quit" => {
                self.say("bye");
                self.output.push_back(Output::Close(Close::Orderly));
            }
            "reset" => self.output.push_back(Output::Close(Close::Reset)),
            "wait" => {
                self.say("before");
                self.output.push_back(Output::Wait(Duration::from_secs(number.into())));
                self.say("after");
            }
            "pieces" => {
                (0..number).for_each(|_| self.output.push_back(Output::Send(Bytes::from_static(b"piece "))))
            }
            "big" => self.output.push_back(Output::Send(Bytes::from(vec![b'x'; number as usize]))),
            "portions" => self.portions = number,
            "panic" => panic!("on order"),
            _ => self.say(line),
        }
    }
}

impl Session for Echo {
    fn start(&mut self, now: Timestamp, _: &mut dyn World) {
        self.deadline = Some(now + SILENCE);
        self.say("hello");
    }

    fn receive(&mut self, bytes: &[u8], now: Timestamp, _: &mut dyn World) {
        self.deadline = Some(now + SILENCE);
        self.input.extend_from_slice(bytes);
        while let Some(end) = self.input.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.input.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            self.obey(&line);
            if line == "starttls" {
                self.input.clear();
            }
        }
    }

    fn timeout(&mut self, now: Timestamp, _: &mut dyn World) {
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.deadline = None;
            self.say("timed out");
            self.output.push_back(Output::Close(Close::Orderly));
        }
    }

    fn secured(&mut self, _: Timestamp, _: &mut dyn World) {
        let left = self.input.len();
        self.say(&format!("secured, {left} bytes left"));
    }

    fn wake(&mut self, _: Timestamp, _: &mut dyn World) {}

    fn closed(&mut self, _: Timestamp, world: &mut dyn World) {
        world.note(Event::Closing { reason: CLOSED.to_owned() });
    }

    fn next_output(&mut self) -> Option<Output> {
        self.output.pop_front()
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.deadline
    }

    fn unfinished(&self) -> bool {
        self.portions > 0
    }

    fn resume(&mut self, _: Timestamp, _: &mut dyn World) {
        self.portions -= 1;
        self.say(&format!("{} to come", self.portions));
    }
}
