//! What a session wants done, in order: bytes gathered into few writes, waits, STARTTLS, the end.
//!
//! Everything said is noted here as [`Event::LineOut`], so no reply can be forgotten by the journal.
use std::collections::VecDeque;
use std::time::Duration;

use bytes::{Bytes, BytesMut};

use crate::ruling;
use crate::world::{Injection, Shape, Then};
use crate::{Close, Event, Output, World};

/// Of one long reply the journal keeps this many bytes, and the size.
const NOTED: usize = 512;

/// The queue behind `Session::next_output`.
#[derive(Debug, Default)]
pub struct Outgoing {
    queue: VecDeque<Output>,
    /// Replies not yet in the queue: they go out in one write.
    pending: BytesMut,
    /// Bytes in `queue`.
    queued: usize,
    /// What a fault puts behind the answer at hand.
    behind: Option<Box<Behind>>,
    /// A fault wants what is pipelined behind STARTTLS obeyed under TLS.
    keeps: bool,
    ended: bool,
}

#[derive(Debug)]
struct Behind {
    bytes: Bytes,
    delay: Option<Duration>,
    then: Then,
}

impl Outgoing {
    /// Say one line; `line` is without CRLF.
    pub fn line(&mut self, world: &mut dyn World, line: &[u8]) {
        if self.ended {
            return;
        }
        world.note(Event::LineOut { bytes: cut(line), size: line.len() });
        self.pending.extend_from_slice(line);
        self.pending.extend_from_slice(b"\r\n");
    }

    /// Say something long that already has its line ends; kept without a copy, noted by its beginning.
    pub fn long(&mut self, world: &mut dyn World, bytes: Bytes) {
        if self.ended || bytes.is_empty() {
            return;
        }
        world.note(Event::LineOut { bytes: cut(&bytes), size: bytes.len() });
        self.unnoted(bytes);
    }

    /// Send bytes that are part of a reply already noted.
    pub fn unnoted(&mut self, bytes: Bytes) {
        if self.ended {
            return;
        }
        if bytes.len() < NOTED {
            self.pending.extend_from_slice(&bytes);
            return;
        }
        self.flush();
        self.queued += bytes.len();
        self.queue.push_back(Output::Send(bytes));
    }

    /// Let `time` pass before what is said next.
    pub fn wait(&mut self, time: Duration) {
        if !self.ended && !time.is_zero() {
            self.push(Output::Wait(time));
        }
    }

    /// Put foreign bytes before what is said next, and others behind it: where `answered` says so.
    pub fn inject(&mut self, world: &mut dyn World, injection: Injection) {
        let Injection { before, behind, delay, then } = injection;
        if !before.is_empty() && !self.ended {
            self.long(world, before);
            delay.into_iter().for_each(|delay| self.push(Output::Wait(delay)));
        }
        self.behind = Some(Box::new(Behind { bytes: behind, delay, then }));
    }

    /// The answer at hand is whole: what a fault puts behind it follows.
    pub fn answered(&mut self, world: &mut dyn World) {
        let Some(behind) = self.behind.take() else { return };
        if self.ended {
            return;
        }
        if let Some(delay) = behind.delay {
            // Even a wait of nothing makes the driver write what came before.
            self.push(Output::Wait(delay));
        }
        self.long(world, behind.bytes);
        ruling::then(self, world, behind.then, "a fault injects");
    }

    /// What is pipelined behind STARTTLS stays.
    pub fn keep(&mut self) {
        self.keeps = true;
    }

    #[must_use]
    pub fn keeps(&self) -> bool {
        self.keeps
    }

    /// From here on, write in this manner.
    pub fn shape(&mut self, shape: Shape) {
        if !self.ended {
            self.push(Output::Shape(shape));
        }
    }

    /// Start TLS behind what was said.
    pub fn start_tls(&mut self, world: &mut dyn World) {
        self.answered(world);
        if !self.ended {
            self.push(Output::StartTls);
        }
    }

    /// End the connection behind what was said; nothing follows.
    pub fn close(&mut self, world: &mut dyn World, how: Close, reason: &str) {
        self.answered(world);
        if !self.ended {
            world.note(Event::Closing { reason: reason.to_owned() });
            self.push(Output::Close(how));
            self.ended = true;
        }
    }

    /// Fall silent for ever, the connection staying open.
    pub fn hang(&mut self) {
        self.ended = true;
    }

    /// True once nothing more will be said: the session need not read on.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Bytes waiting to be written.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queued + self.pending.len()
    }

    /// The next order to the driver.
    pub fn next_output(&mut self) -> Option<Output> {
        if self.queue.is_empty() {
            self.flush();
        }
        let output = self.queue.pop_front()?;
        if let Output::Send(bytes) = &output {
            self.queued -= bytes.len();
        }
        Some(output)
    }

    fn push(&mut self, output: Output) {
        self.flush();
        self.queue.push_back(output);
    }

    fn flush(&mut self) {
        if !self.pending.is_empty() {
            // Taken whole: what is left of the buffer would stay with an idle connection.
            let bytes = std::mem::take(&mut self.pending).freeze();
            self.queued += bytes.len();
            self.queue.push_back(Output::Send(bytes));
        }
    }
}

fn cut(bytes: &[u8]) -> Bytes {
    Bytes::copy_from_slice(&bytes[..bytes.len().min(NOTED)])
}
