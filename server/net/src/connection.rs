//! The driver: bytes from a socket to a session, and what the session orders back to the socket.
//!
//! One task per connection. An idle one holds its session, a timer and the socket, and no buffer: bytes are read
//! into a buffer of the thread. Nothing is read from the peer while something is still to be written to it.
mod ended;
pub(crate) mod fault;
mod hello;

use std::cell::RefCell;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use jiff::Timestamp;
use postfail_engine::journal::{Filter, Side, What};
use postfail_engine::world::Connection;
use postfail_session::world::{Ruling, Shape, World};
use postfail_session::{Close, Output, Session};
use tokio::io::{AsyncRead, ReadBuf};

use crate::evidence::Tap;
use crate::shape::Shaping;
use crate::shared::Shared;
use crate::tap::{Overheard, Tapped};
use crate::timer::{Nudge, Timer};
use crate::tls::Face;
use crate::tls::accept::{accept, linger};
use crate::tls::tamper::Tamper;
use crate::transport::Transport;
use crate::write::Outbox;
use ended::Ended;

/// Bytes read at once.
const SCRATCH: usize = 64 * 1024;

thread_local! {
    static READ: RefCell<Box<[u8]>> = RefCell::new(vec![0; SCRATCH].into_boxed_slice());
}

/// Serves one connection to its end. `implicit`: TLS comes before the greeting; `met`: what a fault says to the
/// connection before that.
pub(crate) async fn serve(
    shared: Arc<Shared>,
    stream: Tapped,
    connection: Connection,
    face: Face,
    tap: Option<Arc<Tap>>,
    (implicit, met): (bool, Option<Box<Ruling>>),
) {
    let mut transport = Some(Transport::Plain(stream));
    let mut driver = Driver::new(shared, connection, face, tap);
    let Err(ended) = driver.converse(&mut transport, implicit, met).await;
    // Locks and views are given back before the peer can see the end, and come again.
    driver.end(ended.by, &ended.reason);
    let blunt = driver.blunt;
    drop(driver);
    let Some(mut transport) = transport else { return };
    match ended.how {
        None => {}
        Some(Close::Orderly) if blunt => Box::pin(linger(transport.socket_mut())).await,
        Some(Close::Orderly) => Box::pin(linger(&mut transport)).await,
        // Dropped with a linger of zero, a socket sends RST.
        Some(Close::Reset) => drop(transport.socket().set_zero_linger()),
    }
}

/// Keeps a connection to a silent listener until the client gives up.
pub(crate) async fn hold(
    shared: Arc<Shared>,
    mut stream: Tapped,
    connection: Connection,
    face: Face,
    tap: Option<Arc<Tap>>,
) {
    let mut driver = Driver::new(shared, connection, face, tap);
    driver.mute = true;
    let Err(ended) = poll_fn(|cx| driver.poll_silence(cx, &mut stream)).await;
    driver.end(ended.by, &ended.reason);
}

/// What the session wants done once its bytes are written.
enum Step {
    Read,
    Wait(Duration),
    Shape(Shape),
    StartTls,
    Close(Close),
}

struct Driver {
    shared: Arc<Shared>,
    session: Box<dyn Session>,
    connection: Connection,
    face: Face,
    outbox: Outbox,
    tap: Option<Arc<Tap>>,
    /// Faults on the bytes that go out.
    shaping: Option<Box<Shaping>>,
    nudge: Arc<Nudge>,
    timer: Timer,
    /// A nudge came while something else was waited for.
    nudged: bool,
    /// The session's deadline counts from here at the earliest: a wait of ours moved it.
    patient_until: Timestamp,
    /// The session has not begun, and hears of nothing.
    mute: bool,
    /// The connection ends without close_notify.
    blunt: bool,
    over: bool,
}

impl Driver {
    fn new(shared: Arc<Shared>, connection: Connection, face: Face, tap: Option<Arc<Tap>>) -> Self {
        let session = (shared.sessions)(&connection.policy);
        let nudge = shared.join(connection.id);
        let (outbox, timer) = (Outbox::default(), Timer::default());
        Self {
            shared,
            session,
            connection,
            face,
            outbox,
            tap,
            shaping: None,
            nudge,
            timer,
            nudged: false,
            patient_until: Timestamp::MIN,
            mute: false,
            blunt: false,
            over: false,
        }
    }

    async fn converse(
        &mut self,
        transport: &mut Option<Transport>,
        implicit: bool,
        met: Option<Box<Ruling>>,
    ) -> Result<Infallible, Ended> {
        if let (Some(ruling), Some(stream)) = (met, transport.as_mut()) {
            Box::pin(self.meet(stream, *ruling)).await?;
        }
        if implicit {
            self.secure(transport).await?;
        }
        self.call(|session, now, world| session.start(now, world));
        loop {
            let step = self.drain();
            let stream = transport.as_mut().ok_or_else(|| Ended::by_us("no stream is left", Close::Reset))?;
            if !self.outbox.is_empty() || stream.holds() {
                if self.shaping.is_some() {
                    Box::pin(self.write_shaped(stream)).await?;
                } else {
                    self.write(stream).await?;
                }
            }
            match step {
                Step::Read if self.session.unfinished() => {
                    self.call(|session, now, world| session.resume(now, world));
                }
                Step::Read => poll_fn(|cx| self.poll_next(cx, stream)).await?,
                Step::Wait(span) => Box::pin(self.wait(span, stream)).await?,
                Step::Shape(shape) => self.shaping.get_or_insert_default().add(shape),
                Step::StartTls => {
                    self.secure(transport).await?;
                    self.call(|session, now, world| session.secured(now, world));
                }
                Step::Close(how) => return Err(Ended::by_us("the session ended", how)),
            }
        }
    }

    /// Moves what the session says into the outbox, up to the next order that is not `Send`.
    fn drain(&mut self) -> Step {
        while let Some(output) = self.session.next_output() {
            match output {
                Output::Send(bytes) => self.outbox.push(bytes),
                Output::Wait(span) => return Step::Wait(span),
                Output::Shape(shape) => return Step::Shape(shape),
                Output::StartTls => return Step::StartTls,
                Output::Close(how) => return Step::Close(how),
            }
        }
        Step::Read
    }

    /// Lets the session act, with the world locked for it.
    fn call(&mut self, act: impl FnOnce(&mut dyn Session, Timestamp, &mut dyn World)) {
        let Self { shared, session, connection, tap, .. } = self;
        shared.with(|world, real| {
            let (now, since) = (world.now(real), world.journal().last());
            act(&mut **session, now, &mut world.visit(connection, real));
            if let Some(tap) = tap {
                let filter = Filter { since, ..Filter::of_connection(connection.id) };
                tap.noted(world.journal().entries(&filter));
            }
        });
    }

    /// Ready when the session was called: for a nudge, for bytes, or for its deadline.
    fn poll_next(&mut self, cx: &mut Context<'_>, stream: &mut Transport) -> Poll<Result<(), Ended>> {
        self.poll_nudge(cx);
        if self.shared.stopping() {
            return Poll::Ready(Err(Ended::by_us("the server stops", Close::Orderly)));
        }
        if std::mem::take(&mut self.nudged) {
            self.call(|session, now, world| session.wake(now, world));
            return Poll::Ready(Ok(()));
        }
        let read = READ.with_borrow_mut(|scratch| {
            let mut buffer = ReadBuf::new(scratch);
            let read = ready!(Pin::new(stream).poll_read(cx, &mut buffer));
            let bytes = buffer.filled();
            Poll::Ready(match read {
                Ok(()) if bytes.is_empty() => {
                    if let Some(tap) = &self.tap {
                        tap.record(|capture, _| {
                            capture.end_of_client(Timestamp::now());
                            0
                        });
                    }
                    Err(Ended::by_client(None))
                }
                Ok(()) => {
                    if let Some(tap) = &self.tap {
                        let at = Timestamp::now();
                        tap.record(|capture, room| capture.plain(at, Side::Client, bytes, room));
                    }
                    self.call(|session, now, world| session.receive(bytes, now, world));
                    Ok(())
                }
                Err(error) => Err(Ended::by_client(Some(&error))),
            })
        });
        if read.is_ready() {
            return read;
        }
        let Some(deadline) = self.session.deadline() else { return Poll::Pending };
        ready!(self.poll_deadline(cx, deadline.max(self.patient_until)));
        self.call(|session, now, world| session.timeout(now, world));
        Poll::Ready(Ok(()))
    }

    /// Writes what is in the outbox. A peer that takes nothing for as long as it may be silent is dropped.
    async fn write(&mut self, stream: &mut Transport) -> Result<(), Ended> {
        let mut stalled: Option<(usize, Timestamp)> = None;
        poll_fn(|cx| {
            let mut heard = Overheard { stream: &mut *stream, tap: self.tap.as_deref() };
            if let Poll::Ready(written) = self.outbox.poll_write(cx, &mut heard) {
                return Poll::Ready(written.map_err(|error| Ended::by_client(Some(&error))));
            }
            let left = self.outbox.len();
            let deadline = match stalled {
                Some((before, deadline)) if before == left => deadline,
                _ => self.shared.now() + self.connection.policy.limits.idle_after_login,
            };
            stalled = Some((left, deadline));
            self.poll_nudge(cx);
            ready!(self.poll_deadline(cx, deadline));
            self.note(What::Limit { what: format!("the client took none of {left} bytes in time") });
            Poll::Ready(Err(Ended::by_us("the client does not read", Close::Reset)))
        })
        .await
    }

    /// Replaces the plaintext stream by one under TLS. The handshake has its own, short-lived memory.
    async fn secure(&mut self, transport: &mut Option<Transport>) -> Result<(), Ended> {
        let mut tamper = None;
        if let (Some(ruling), Some(stream)) = (self.ask_handshake(), transport.as_mut()) {
            tamper = Tamper::new(&ruling, &self.shared);
            Box::pin(self.meet_hello(stream, *ruling)).await?;
        }
        let Some(stream) = transport.take().and_then(Transport::into_plain) else {
            return Err(Ended::by_us("TLS was asked for twice", Close::Reset));
        };
        let limit = self.connection.policy.limits.idle_before_login;
        let deadline = self.shared.now() + limit;
        let _secrets =
            self.tap.as_ref().zip(self.shared.tls.key_log.as_ref()).map(|(tap, log)| log.begin(tap));
        let (shared, connection, face) =
            (Arc::clone(&self.shared), self.connection.clone(), self.face.clone());
        let mut handshake = Box::pin(async move {
            let mut note = |what| shared.with(|world, real| world.note(Some(&connection), what, real));
            accept(&shared.tls, stream, face, tamper, &mut note).await
        });
        let secured = poll_fn(|cx| {
            if let Poll::Ready(end) = handshake.as_mut().poll(cx) {
                return Poll::Ready(end.map_err(|lost| ("the TLS handshake failed", Some(lost))));
            }
            self.poll_nudge(cx);
            if self.shared.stopping() {
                return Poll::Ready(Err(("the server stops", None)));
            }
            ready!(self.poll_deadline(cx, deadline));
            self.note_failed(&format!("not finished within {} s", limit.as_secs()), None, None);
            Poll::Ready(Err(("the TLS handshake took too long", None)))
        });
        match secured.await {
            Ok((stream, channel)) => {
                self.connection.channel = Some(Arc::new(channel));
                *transport = Some(stream);
            }
            Err((reason, lost)) => return Err(Box::pin(self.leave(reason, lost)).await),
        }
        if let Some(tap) = &self.tap {
            tap.record(|capture, _| {
                capture.secured(Timestamp::now());
                0
            });
        }
        Ok(())
    }

    /// Remembers a nudge. Called before every look at the clock, since the clock may be what changed.
    fn poll_nudge(&mut self, cx: &Context<'_>) {
        while self.nudge.poll(cx).is_ready() {
            self.nudged = true;
        }
    }

    fn poll_deadline(&mut self, cx: &mut Context<'_>, deadline: Timestamp) -> Poll<()> {
        self.timer.poll(cx, deadline, &self.shared.clock())
    }

    fn note(&self, what: What) {
        self.shared.with(|world, real| world.note(Some(&self.connection), what, real));
    }

    /// Tells the session and the journal that it is over, once.
    fn end(&mut self, by: Side, reason: &str) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        let mute = self.mute;
        // A session that panicked before may do so again; a second panic in `drop` would end the process.
        let closed = catch_unwind(AssertUnwindSafe(|| {
            if !mute {
                self.call(|session, now, world| session.closed(now, world));
            }
        }));
        if closed.is_err() {
            tracing::error!("connection {}: the session panicked when it was closed", self.connection.id);
        }
        self.shared.with(|world, real| {
            world.disconnect(&self.connection, by, reason, real);
            if let Some(tap) = &self.tap {
                tap.hide(world.journal().mask());
            }
        });
        self.shared.leave(self.connection.id);
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let reason = if std::thread::panicking() {
            "internal error: the session panicked; this is a defect of Postfail"
        } else {
            "the server stopped"
        };
        self.end(Side::Server, reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The size of what a function's future keeps between polls.
    fn kept<A, B, C, D, E, G, F: Future>(_: fn(A, B, C, D, E, G) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn an_idle_connection_keeps_little() {
        assert!(kept(serve) <= 1024, "{} bytes a task", kept(serve));
    }
}
