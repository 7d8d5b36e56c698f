//! Faults that act where no session speaks: before the greeting, in the handshake, and on the bytes themselves.
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use postfail_engine::World;
use postfail_engine::clock::Pace;
use postfail_engine::journal::{Handshake, Hello, What};
use postfail_engine::world::Connection;
use postfail_session::world::{Cue, InHandshake, Refusal, Ruling, Stage, Then, World as _};
use postfail_session::{Close, Event};
use postfail_wire::tls::alert::AlertDescription;
use tokio::io::{AsyncRead, ReadBuf};

use super::{Driver, Ended, READ};
use crate::shape::Piece;
use crate::socket::hung_up;
use crate::tap::Tapped;
use crate::tls::accept::{Wreck, linger};
use crate::tls::{Face, hello};
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
            Ruling::Close(how) => return Err(Ended::by_us("a fault closes", how)),
            Ruling::Raw { bytes, then } => (bytes, then),
            // Nobody speaks a protocol yet: of a reply only its end is left, which is what `hang` asks for.
            Ruling::Reply(Refusal { then, .. }) => (Bytes::new(), then),
        };
        if !bytes.is_empty() {
            let start = bytes.slice(..bytes.len().min(512));
            self.note(What::Session(Event::LineOut { bytes: start, size: bytes.len() }));
            self.outbox.push(bytes);
            self.write(stream).await?;
        }
        Err(self.end_with(stream, then).await)
    }

    /// A fault in the handshake meets the client behind its ClientHello, which the journal keeps. What acts on the
    /// handshake itself lets it begin.
    pub(super) async fn meet_hello(&mut self, stream: &mut Transport, ruling: Ruling) -> Result<(), Ended> {
        let alert = match ruling {
            Ruling::Delay(span) => return self.wait(span, stream).await,
            Ruling::Handshake(InHandshake::Alert { description, fatal, after: Some(0), then })
                if then != Then::Keep =>
            {
                Some((description, if fatal { 2 } else { 1 }, then))
            }
            Ruling::Handshake(what) => {
                self.blunt |= what == InHandshake::NoCloseNotify;
                return Ok(());
            }
            Ruling::Shape(_) => return Ok(()),
            _ => None,
        };
        let deadline = self.shared.now() + self.connection.policy.limits.idle_before_login;
        let mut bytes = BytesMut::new();
        let mut hello = Box::pin(hello::read(stream, &mut bytes));
        let read = poll_fn(|cx| {
            if let Poll::Ready(read) = hello.as_mut().poll(cx) {
                return Poll::Ready(Some(read));
            }
            self.poll_nudge(cx);
            if self.shared.stopping() {
                Poll::Ready(None)
            } else {
                self.poll_deadline(cx, deadline).map(|()| None)
            }
        })
        .await;
        drop(hello);
        let mut version = 0x0303_u16;
        if let Some(Ok(Ok(hello))) = read {
            version = hello.legacy_version.clamp(0x0300, 0x0303);
            let Face { window, settings, .. } = &self.face;
            self.note(What::Hello(Box::new(Hello::new(&hello, *window, settings))));
        }
        let Some((description, level, then)) = alert else { return self.meet(stream, ruling).await };
        let sent = AlertDescription(description);
        let name = sent.name().map_or_else(|| sent.to_string(), str::to_owned);
        let reason = format!("a fault answers the ClientHello with {sent}");
        let failed = Handshake::Failed { reason, alert_sent: Some(name), alert_received: None };
        self.note(What::Handshake(Box::new(failed)));
        let [major, minor] = version.to_be_bytes();
        let bytes = vec![21, major, minor, 0, 2, level, description].into();
        self.meet(stream, Ruling::Raw { bytes, then }).await
    }

    /// Ends a connection whose handshake came to nothing, as the fault says that has cut it.
    pub(super) async fn leave(&mut self, reason: &str, lost: Option<(Wreck<Tapped>, Then)>) -> Ended {
        let Some((mut wreck, then)) = lost else { return Ended::by_us(reason, Close::Orderly) };
        match then {
            Then::Close => linger(wreck.socket()).await,
            // Dropped with a linger of zero, a socket sends RST.
            Then::Reset => drop(wreck.socket().set_zero_linger()),
            Then::Keep | Then::Hang => {
                let Err(ended) = poll_fn(|cx| self.poll_silence(cx, wreck.socket())).await;
                return ended;
            }
        }
        Ended::by_us(reason, Close::Orderly)
    }

    /// Writes what is in the outbox, as slowly and as far as the faults let it.
    pub(super) async fn write_shaped(&mut self, stream: &mut Transport) -> Result<(), Ended> {
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
    async fn end_with(&mut self, stream: &mut Transport, then: Then) -> Ended {
        match then {
            Then::Close => Ended::by_us("a fault cuts the connection", Close::Orderly),
            Then::Reset => Ended::by_us("a fault cuts the connection", Close::Reset),
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
