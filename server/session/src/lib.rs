//! Mail sessions without sockets and without a clock.
//!
//! A [`Session`] gets bytes and the time and says what must be done next. Three users share the code: the
//! driver in `postfail-net`, the scripted conversations in `tests/`, and the fuzzer.
//!
//! **session never reads a clock**; **session never sees a socket**.
pub mod capabilities;
pub mod event;
pub mod imap;
pub mod incoming;
pub mod login;
pub mod outgoing;
pub mod pop3;
pub mod ruling;
pub mod smtp;
pub mod world;

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

pub use event::Event;
pub use world::World;

/// A protocol conversation. Call order: `start`, then `receive`/`timeout`/`wake` as things happen, and after
/// each of them `next_output` until it is `None`; then, for as long as `unfinished` says so, `resume` and
/// `next_output` again. `world` is locked by the caller for the time of the call.
pub trait Session: Send {
    /// The connection stands (and, under implicit TLS, is encrypted): queue the greeting.
    fn start(&mut self, now: Timestamp, world: &mut dyn World);
    /// Bytes arrived. Everything they cause is queued as output.
    fn receive(&mut self, bytes: &[u8], now: Timestamp, world: &mut dyn World);
    /// The time given by `deadline` has come.
    fn timeout(&mut self, now: Timestamp, world: &mut dyn World);
    /// TLS stands, after `Output::StartTls`: forget what was learnt in the clear.
    fn secured(&mut self, now: Timestamp, world: &mut dyn World);
    /// Something this session watches (its mailbox, the world's orders) may have changed.
    fn wake(&mut self, now: Timestamp, world: &mut dyn World);
    /// The peer or the driver ended the connection: give back locks and views. Called exactly once, last.
    fn closed(&mut self, now: Timestamp, world: &mut dyn World);
    /// What the driver must do next, in order; `None` when nothing is left.
    #[must_use = "output that is dropped leaves the peer waiting for ever"]
    fn next_output(&mut self) -> Option<Output>;
    /// When to call `timeout`, in virtual time.
    fn deadline(&self) -> Option<Timestamp>;
    /// More of an answer is waiting (a FETCH of a large mailbox is given out in portions, so that a hostile one
    /// stays bounded). When this is true after `next_output` gave `None` and the bytes are written: call `resume`,
    /// drain `next_output`, ask again; read from the peer only once it is false.
    fn unfinished(&self) -> bool {
        false
    }
    /// Queue the next portion of an `unfinished` answer.
    fn resume(&mut self, _now: Timestamp, _world: &mut dyn World) {}
}

/// An order to the driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Write these bytes.
    Send(Bytes),
    /// Write what came before, then wait this long in virtual time before going on.
    Wait(Duration),
    /// Write what came before, drop bytes the peer pipelined, and start TLS as the server.
    StartTls,
    /// Write what came before, and what follows in this manner.
    Shape(world::Shape),
    /// Write what came before, then end the connection; nothing follows.
    Close(Close),
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// close_notify under TLS, then FIN.
    Orderly,
    /// RST.
    Reset,
}

impl Close {
    /// What a fault does by it, for the journal.
    #[must_use]
    pub fn by_fault(self) -> &'static str {
        match self {
            Self::Orderly => "a fault closes the connection",
            Self::Reset => "a fault resets the connection",
        }
    }
}
