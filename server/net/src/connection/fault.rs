//! Faults that act where no session speaks: before the greeting, and on the bytes themselves.
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use postfail_engine::World;
use postfail_engine::clock::Pace;
use postfail_engine::journal::What;
use postfail_engine::world::Connection;
use postfail_session::world::{Cue, Refusal, Ruling, Stage, Then, World as _};
use postfail_session::{Close, Event};
use tokio::io::{AsyncRead, ReadBuf};

use super::{Driver, Ended, READ};
use crate::shape::Piece;
use crate::socket::hung_up;
use crate::transport::Transport;

/// What the world's faults say to a connection at a stage of ours; `None`: nothing.
pub(crate) fn ask(
    world: &mut World,
    connection: &Connection,
    stage: Stage,
    real: Timestamp,
) -> Option<Box<Ruling>> {
    if world.faults().is_empty() {
        return None;
    }
    match world.visit(connection, real).rule(&Cue { stage, verb: "", account: None, tag: "" }) {
        Ruling::Proceed => None,
        ruling => Some(Box::new(ruling)),
    }
}

impl Driver {
    /// Carries out a fault's ruling where nothing was said yet. What it says there is all that is ever said.
    pub(super) async fn meet(&mut self, stream: &mut Transport, ruling: Ruling) -> Result<(), Ended> {
        let (bytes, then) = match ruling {
            Ruling::Proceed
            | Ruling::Hide
            | Ruling::Ignore
            | Ruling::Keep
            | Ruling::Preauth { .. }
            | Ruling::Inject(_)
            | Ruling::Handshake(_) => return Ok(()),
            Ruling::Delay(span) => return self.wait(span, stream).await,
            Ruling::Shape(shape) => {
                self.shaping.get_or_insert_default().add(shape);
                return Ok(());
            }
            Ruling::Close(how) => return Err(Ended::by_us(how.by_fault(), how)),
            Ruling::Raw { bytes, then } => (bytes, then),
            // Nobody speaks a protocol yet: of a reply only its end is left, which is what `hang` asks for.
            Ruling::Reply(Refusal { then, .. }) => (Bytes::new(), then),
        };
        self.say(stream, bytes).await?;
        Err(self.end_with(stream, then).await)
    }

    /// Writes bytes that no session said.
    pub(super) async fn say(&mut self, stream: &mut Transport, bytes: Bytes) -> Result<(), Ended> {
        if bytes.is_empty() {
            return Ok(());
        }
        let start = bytes.slice(..bytes.len().min(512));
        self.note(What::Session(Event::LineOut { bytes: start, size: bytes.len() }));
        self.outbox.push(bytes);
        self.write(stream).await
    }

    /// Writes what is in the outbox, as slowly and as far as the faults let it.
    pub(super) async fn write_shaped(&mut self, stream: &mut Transport) -> Result<(), Ended> {
        if stream.holds() {
            // The end of the handshake is no part of what is shaped.
            let said = std::mem::take(&mut self.outbox);
            let written = self.write(stream).await;
            self.outbox = said;
            written?;
        }
        while !self.outbox.is_empty() {
            let Some(shaping) = &mut self.shaping else { return self.write(stream).await };
            match shaping.piece(self.outbox.len()) {
                Piece::Cut(then) => return Err(self.end_with(stream, then).await),
                Piece::Write(size, pause) => {
                    let rest = self.outbox.split_off(size);
                    let written = self.write(stream).await;
                    self.outbox = rest;
                    written?;
                    self.wait(pause, stream).await?;
                }
            }
        }
        Ok(())
    }

    /// Ends the connection as a fault wants it; where it wants none, nothing more is said.
    pub(super) async fn end_with(&mut self, stream: &mut Transport, then: Then) -> Ended {
        match then {
            Then::Close => Ended::by_us(Close::Orderly.by_fault(), Close::Orderly),
            Then::Reset => Ended::by_us(Close::Reset.by_fault(), Close::Reset),
            Then::Keep | Then::Hang => {
                let Err(ended) = poll_fn(|cx| self.poll_silence(cx, stream)).await;
                ended
            }
        }
    }

    /// Reads and forgets, until the client ends the connection.
    pub(super) fn poll_silence(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut (impl AsyncRead + Unpin),
    ) -> Poll<Result<Infallible, Ended>> {
        self.poll_nudge(cx);
        if self.shared.stopping() {
            return Poll::Ready(Err(Ended::by_us("the server stops", Close::Orderly)));
        }
        READ.with_borrow_mut(|scratch| {
            loop {
                let mut buffer = ReadBuf::new(scratch);
                match ready!(Pin::new(&mut *stream).poll_read(cx, &mut buffer)) {
                    Ok(()) if buffer.filled().is_empty() => return Poll::Ready(Err(Ended::by_client(None))),
                    Ok(()) => {}
                    Err(error) => return Poll::Ready(Err(Ended::by_client(Some(&error)))),
                }
            }
        })
    }

    /// Waits in virtual time, unless the world's pace is instant. A client that hangs up meanwhile has gone, even if
    /// it still listens: most that end their side do not.
    pub(super) async fn wait(&mut self, span: Duration, stream: &Transport) -> Result<(), Ended> {
        if span.is_zero() {
            return Ok(());
        }
        let begun = self.shared.now();
        let deadline = begun.saturating_add(span).unwrap_or(Timestamp::MAX);
        let mut gone = pin!(hung_up(stream.socket()));
        poll_fn(|cx| {
            self.poll_nudge(cx);
            if self.shared.stopping() || self.shared.clock().pace() == Pace::Instant {
                return Poll::Ready(Ok(()));
            }
            if gone.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Err(Ended::by_client(None)));
            }
            self.poll_deadline(cx, deadline).map(Ok)
        })
        .await?;
        // The client was not silent meanwhile: it was made to wait.
        if let Some(left) = self.session.deadline().map(|deadline| deadline.duration_since(begun)) {
            self.patient_until = self.shared.now().saturating_add(left).unwrap_or(Timestamp::MAX);
        }
        Ok(())
    }

    /// What a fault says to the handshake at hand.
    pub(super) fn ask_handshake(&self) -> Option<Box<Ruling>> {
        let connection = &self.connection;
        self.shared.with(|world, real| ask(world, connection, Stage::Handshake, real))
    }
}
