//! Faults that meet the client behind its ClientHello, and how a connection is left whose handshake came to nothing.
use std::future::{Future, poll_fn};
use std::task::Poll;

use bytes::{Bytes, BytesMut};
use postfail_engine::journal::{Handshake, Hello, What};
use postfail_session::Close;
use postfail_session::world::{InHandshake, Refusal, Ruling, Then};
use postfail_wire::tls::alert::{self, AlertDescription};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Driver, Ended};
use crate::tap::Tapped;
use crate::tls::accept::{LINGER, Lost, linger};
use crate::tls::{Face, hello};
use crate::transport::Transport;

/// So much of an answer is looked through for an alert.
const MOST: usize = 4096;

/// What is said in place of a ServerHello.
enum Answer {
    Alert { description: u8, level: u8, then: Then },
    Bytes(Bytes, Then),
    End(Close),
}

impl Driver {
    /// A fault in the handshake meets the client behind its ClientHello, which the journal keeps; so it does that the
    /// handshake failed. What acts on the handshake itself lets it begin.
    pub(super) async fn meet_hello(&mut self, stream: &mut Transport, ruling: Ruling) -> Result<(), Ended> {
        let answer = match ruling {
            Ruling::Delay(span) => {
                let waited = self.wait(span, stream).await;
                if waited.is_err() {
                    self.note_failed(
                        "the client closed the connection while a fault delayed its handshake",
                        None,
                        None,
                    );
                }
                return waited;
            }
            Ruling::Handshake(InHandshake::Alert { description, fatal, after: Some(0), then })
                if then != Then::Keep =>
            {
                Answer::Alert { description, level: if fatal { 2 } else { 1 }, then }
            }
            Ruling::Handshake(what) => {
                self.blunt |= what == InHandshake::NoCloseNotify;
                return Ok(());
            }
            Ruling::Close(how) => Answer::End(how),
            Ruling::Raw { bytes, then } => Answer::Bytes(bytes, then),
            // Nobody speaks a protocol yet: of a reply only its end is left, which is what `hang` asks for.
            Ruling::Reply(Refusal { then, .. }) => Answer::Bytes(Bytes::new(), then),
            _ => return Ok(()),
        };
        let version = self.await_hello(stream).await?;
        Err(match answer {
            Answer::End(how) => {
                let reason = how.by_fault();
                self.note_failed(&format!("{reason} in answer to the ClientHello"), None, None);
                Ended::by_us(reason, how)
            }
            Answer::Alert { description, level, then } => {
                let sent = AlertDescription(description);
                let reason = format!("a fault answers the ClientHello with {sent}");
                self.note_failed(&reason, Some(sent), None);
                self.say(stream, Bytes::copy_from_slice(&alert::record_of(version, level, sent))).await?;
                self.end_with(stream, then).await
            }
            Answer::Bytes(bytes, then) if bytes.is_empty() => {
                self.note_failed("a fault leaves the ClientHello without an answer", None, None);
                self.end_with(stream, then).await
            }
            Answer::Bytes(bytes, then) => {
                let reason = format!("a fault answers the ClientHello with {} bytes of its own", bytes.len());
                let said = self.say(stream, bytes).await;
                let received = if said.is_ok() { heard(stream, then).await } else { None };
                self.note_failed(&reason, None, received);
                said?;
                self.end_with(stream, then).await
            }
        })
    }

    /// The version of the client's records, once it has said its ClientHello.
    async fn await_hello(&mut self, stream: &mut Transport) -> Result<u16, Ended> {
        let limit = self.connection.policy.limits.idle_before_login;
        let deadline = self.shared.now() + limit;
        let mut bytes = BytesMut::new();
        let mut hello = Box::pin(hello::read(stream, &mut bytes));
        let read = poll_fn(|cx| {
            if let Poll::Ready(read) = hello.as_mut().poll(cx) {
                return Poll::Ready(Ok(read));
            }
            self.poll_nudge(cx);
            if self.shared.stopping() {
                return Poll::Ready(Err(Ended::by_us("the server stops", Close::Orderly)));
            }
            self.poll_deadline(cx, deadline).map(|()| {
                self.note_failed(&format!("not finished within {} s", limit.as_secs()), None, None);
                Err(Ended::by_us("the TLS handshake took too long", Close::Orderly))
            })
        });
        let (reason, alert) = match read.await? {
            Ok(Ok(hello)) => {
                let Face { window, settings, .. } = &self.face;
                let version = hello.legacy_version.clamp(0x0300, 0x0303);
                self.note(What::Hello(Box::new(Hello::new(*hello, *window, settings))));
                return Ok(version);
            }
            Ok(Err(refused)) => (refused.reason, refused.alert),
            Err(error) => (error.to_string(), None),
        };
        drop(hello);
        self.note_failed(&reason, alert, None);
        if let Some(alert) = alert {
            self.say(stream, Bytes::copy_from_slice(&alert::record(0x0301, alert))).await?;
        }
        Err(Ended::by_us("the TLS handshake failed", Close::Orderly))
    }

    /// That the handshake came to nothing, for the journal.
    pub(super) fn note_failed(
        &self,
        reason: &str,
        sent: Option<AlertDescription>,
        received: Option<AlertDescription>,
    ) {
        self.note(What::Handshake(Box::new(Handshake::failed(reason, sent, received))));
    }

    /// Ends a connection whose handshake came to nothing: the client hears why, or what the fault says happens that has
    /// cut it.
    pub(super) async fn leave(&mut self, reason: &str, lost: Option<Lost<Tapped>>) -> Ended {
        match lost {
            None => {}
            Some(Lost::Cut(mut wreck, then)) => match then {
                Then::Close => {
                    linger(wreck.socket()).await;
                    return Ended::by_us("a fault cut the TLS handshake by FIN", Close::Orderly);
                }
                Then::Reset => {
                    // Dropped with a linger of zero, a socket sends RST.
                    drop(wreck.socket().set_zero_linger());
                    return Ended::by_us("a fault cut the TLS handshake by RST", Close::Reset);
                }
                Then::Keep | Then::Hang => {
                    let Err(ended) = poll_fn(|cx| self.poll_silence(cx, wreck.socket())).await;
                    return ended;
                }
            },
            Some(mut failed) => failed.tell().await,
        }
        Ended::by_us(reason, Close::Orderly)
    }
}

/// The alert with which a client answers what is no TLS, if it comes soon. Who is reset is not listened to.
async fn heard(stream: &mut Transport, then: Then) -> Option<AlertDescription> {
    match then {
        Then::Reset => return None,
        Then::Close => drop(stream.shutdown().await),
        Then::Keep | Then::Hang => {}
    }
    let mut said = BytesMut::with_capacity(MOST);
    let alert = async {
        while said.len() < MOST && matches!(stream.read_buf(&mut said).await, Ok(1..)) {
            let found = alert::find(&said);
            if found.is_some() {
                return found;
            }
        }
        None
    };
    tokio::time::timeout(LINGER, alert).await.ok().flatten()
}
