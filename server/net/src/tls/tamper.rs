//! What a fault does to the bytes below TLS: cut, turned over, slowed down, an alert put between two records.
//!
//! It sits between a TLS library and the socket, so it acts alike on both libraries and behind STARTTLS.
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use jiff::Timestamp;
use postfail_engine::clock::Pace;
use postfail_session::world::{InHandshake, Ruling, Shape, Then};
use postfail_wire::tls::alert::{self, AlertDescription};
use tokio::io::AsyncWrite;

use super::record_keys::RECORD;
use super::secrets::Secrets;
use super::sent::{self, Sent};
use crate::shape::{Piece, Shaping};
use crate::shared::Shared;
use crate::timer::Timer;

enum Wrong {
    Cut { after: Option<usize>, then: Then },
    Flip { at: usize },
    Alert { description: u8, fatal: bool, after: Option<usize>, then: Then, records: Box<Sent> },
    Slow(Shaping),
}

/// One connection's fault, with how far the server has written.
pub struct Tamper {
    wrong: Wrong,
    sent: usize,
    /// To be written before anything else.
    alert: Bytes,
    alerted: bool,
    /// The time for an alert has come.
    due: bool,
    /// Of the records written.
    version: u16,
    /// The cut was made.
    cut: Option<Then>,
    shared: Arc<Shared>,
    timer: Timer,
    pause: Option<Timestamp>,
}

impl Tamper {
    /// What of a ruling acts here; `None`: nothing.
    pub(crate) fn new(ruling: &Ruling, shared: &Arc<Shared>) -> Option<Box<Self>> {
        let wrong = match *ruling {
            Ruling::Shape(Shape::Truncate { after, then }) => Wrong::Cut { after: Some(after), then },
            Ruling::Shape(slow) => {
                let mut shaping = Shaping::default();
                shaping.add(slow);
                Wrong::Slow(shaping)
            }
            Ruling::Handshake(InHandshake::Cut { after, then }) => Wrong::Cut { after, then },
            Ruling::Handshake(InHandshake::Flip { at }) => Wrong::Flip { at },
            Ruling::Handshake(InHandshake::Alert { description, fatal, after, then }) => {
                Wrong::Alert { description, fatal, after, then, records: Box::new(Sent::new(Arc::default())) }
            }
            _ => return None,
        };
        Some(Box::new(Self {
            wrong,
            sent: 0,
            alert: Bytes::new(),
            alerted: false,
            due: false,
            version: 0x0303,
            cut: None,
            shared: Arc::clone(shared),
            timer: Timer::default(),
            pause: None,
        }))
    }

    /// What is to become of the connection, once the cut was made.
    pub fn cut(&self) -> Option<Then> {
        self.cut
    }

    /// For the journal: `a fault cut the handshake behind 60 bytes`.
    pub fn reason(&self) -> String {
        let sent = self.sent;
        match self.alert_sent().map(AlertDescription) {
            Some(alert) => format!("a fault ended the handshake with {alert} behind {sent} bytes"),
            None => format!("a fault cut the handshake behind {sent} bytes"),
        }
    }

    /// The alert put in, if there was one.
    pub fn alert_sent(&self) -> Option<u8> {
        match self.wrong {
            Wrong::Alert { description, .. } if self.alerted => Some(description),
            _ => None,
        }
    }

    /// Where it needs the server's secrets, to say something encrypted.
    pub fn secrets(&self) -> Option<Arc<Secrets>> {
        match &self.wrong {
            Wrong::Alert { records, .. } => Some(Arc::clone(records.secrets())),
            _ => None,
        }
    }

    /// Does it act behind the handshake too?
    pub fn lasts(&self) -> bool {
        matches!(self.wrong, Wrong::Flip { .. })
    }

    /// Writes as much as the fault lets through.
    pub fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        mut stream: Pin<&mut impl AsyncWrite>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if buf.is_empty() {
            return stream.poll_write(cx, buf);
        }
        loop {
            ready!(self.poll_alert(cx, stream.as_mut()))?;
            if let Some(until) = self.pause {
                let clock = self.shared.clock();
                if clock.pace() != Pace::Instant {
                    ready!(self.timer.poll(cx, until, &clock));
                }
                self.pause = None;
            }
            let Some((bytes, pause)) = self.next(buf) else { continue };
            let written = ready!(stream.as_mut().poll_write(cx, &bytes))?;
            self.pass(&buf[..written]);
            if !pause.is_zero() {
                self.pause = self.shared.now().saturating_add(pause).ok();
            }
            return Poll::Ready(Ok(written));
        }
    }

    /// Writes the alert whose time has come, and makes the cut behind it.
    pub fn poll_alert(
        &mut self,
        cx: &mut Context<'_>,
        mut stream: Pin<&mut impl AsyncWrite>,
    ) -> Poll<io::Result<()>> {
        if self.due {
            self.put_alert();
        }
        while !self.alert.is_empty() {
            let written = ready!(stream.as_mut().poll_write(cx, &self.alert))?;
            self.alert.advance(written);
        }
        Poll::Ready(if self.cut.is_some() { Err(io::Error::other(self.reason())) } else { Ok(()) })
    }

    /// What may go out now, at least one byte, and the pause behind it; `None`: it was decided otherwise, look again.
    fn next(&mut self, buf: &[u8]) -> Option<(Bytes, std::time::Duration)> {
        let sent = self.sent;
        let at_once = |bytes: &[u8]| Some((Bytes::copy_from_slice(bytes), std::time::Duration::ZERO));
        match &mut self.wrong {
            Wrong::Cut { after, then } => {
                let after = *after.get_or_insert_with(|| server_hello_end(buf));
                let left = after.saturating_sub(sent);
                if left == 0 {
                    self.cut = Some(*then);
                    return None;
                }
                at_once(&buf[..left.min(buf.len())])
            }
            Wrong::Flip { at } => match at.checked_sub(sent) {
                Some(0) => at_once(&[!buf[0]]),
                Some(ahead) => at_once(&buf[..ahead.min(buf.len())]),
                None => at_once(buf),
            },
            Wrong::Alert { after, records, .. } => {
                let after = *after.get_or_insert_with(|| server_hello_end(buf));
                if records.between_records() {
                    self.version = 0x0300 | u16::from(buf.get(2).copied().unwrap_or(3));
                }
                let size = records.in_record(buf);
                if after == 0 && sent == 0 && !self.alerted {
                    self.due = true;
                    return None;
                }
                at_once(&buf[..size])
            }
            Wrong::Slow(shaping) => match shaping.piece(buf.len()) {
                Piece::Write(size, pause) => Some((Bytes::copy_from_slice(&buf[..size]), pause)),
                // Only a cut cuts.
                Piece::Cut(_) => at_once(buf),
            },
        }
    }

    /// Behind the ServerHello of TLS 1.3 it is encrypted, and the last that is said: there are no warnings in that version
    /// (RFC 8446 section 6), and the library's next record would have the number of this one.
    fn put_alert(&mut self) {
        let Wrong::Alert { description, fatal, then, records, .. } = &mut self.wrong else { return };
        let level = if *fatal { 2 } else { 1 };
        let sealed = match records.alert(level, *description) {
            sent::Alert::NotYet => return,
            sent::Alert::Clear => None,
            sent::Alert::Sealed(record) => Some(record),
        };
        self.cut = match *then {
            Then::Keep => sealed.is_some().then_some(Then::Close),
            other => Some(other),
        };
        let clear = || alert::record_of(self.version, level, AlertDescription(*description)).to_vec();
        self.alert = sealed.unwrap_or_else(clear).into();
        (self.alerted, self.due) = (true, false);
    }

    /// Counts what was written.
    fn pass(&mut self, written: &[u8]) {
        self.sent += written.len();
        let Wrong::Alert { after, records, .. } = &mut self.wrong else { return };
        if !self.alerted {
            records.pass(written);
            self.due = after.is_some_and(|after| self.sent >= after) && records.between_records();
        }
    }
}

/// Bytes up to the end of the ServerHello, which is the first message of the first record: a header, then type,
/// length and body (RFC 8446 section 4).
fn server_hello_end(bytes: &[u8]) -> usize {
    match bytes {
        [_, _, _, _, _, _, high, middle, low, ..] => {
            RECORD
                + 4
                + usize::try_from(u32::from_be_bytes([0, *high, *middle, *low]))
                    .unwrap_or(usize::MAX - RECORD - 4)
        }
        short => short.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_hello_is_measured() {
        let mut flight = vec![22, 3, 3, 0, 80, 2, 0, 0, 70];
        flight.resize(200, 0);
        assert_eq!((server_hello_end(&flight), server_hello_end(&[22, 3])), (79, 2));
    }
}
