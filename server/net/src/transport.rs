//! One stream for plaintext and both TLS libraries.
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::held::Held;
use crate::tap::Tapped;
use crate::tls::tamper::Tamper;

/// A connection's bytes, in the clear or under TLS. The TLS variants are large, so they are boxed.
pub enum Transport<S = Tapped> {
    Plain(S),
    Rustls(Box<tokio_rustls::server::TlsStream<Replay<S>>>),
    #[cfg(feature = "legacy-tls")]
    OpenSsl(Box<tokio_openssl::SslStream<Replay<S>>>),
}

impl<S> Transport<S> {
    /// The stream below TLS.
    pub fn socket(&self) -> &S {
        match self {
            Self::Plain(stream) => stream,
            Self::Rustls(stream) => &stream.get_ref().0.stream,
            #[cfg(feature = "legacy-tls")]
            Self::OpenSsl(stream) => &stream.get_ref().stream,
        }
    }

    /// The same, past TLS.
    pub fn socket_mut(&mut self) -> &mut S {
        match self {
            Self::Plain(stream) => stream,
            Self::Rustls(stream) => &mut stream.get_mut().0.stream,
            #[cfg(feature = "legacy-tls")]
            Self::OpenSsl(stream) => &mut stream.get_mut().stream,
        }
    }

    /// Is the end of a handshake still to be flushed? It goes out with what is written next, or before the next read.
    pub fn holds(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Rustls(stream) => !stream.get_ref().0.held.is_empty(),
            #[cfg(feature = "legacy-tls")]
            Self::OpenSsl(stream) => !stream.get_ref().held.is_empty(),
        }
    }

    /// The stream without TLS; `None` when it is already encrypted.
    pub fn into_plain(self) -> Option<S> {
        match self {
            Self::Plain(stream) => Some(stream),
            _ => None,
        }
    }
}

macro_rules! each {
    ($transport:expr, $stream:ident => $do:expr) => {
        match $transport.get_mut() {
            Transport::Plain($stream) => $do,
            Transport::Rustls($stream) => $do,
            #[cfg(feature = "legacy-tls")]
            Transport::OpenSsl($stream) => $do,
        }
    };
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Transport<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        each!(self, stream => Pin::new(stream).poll_read(cx, buf))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Transport<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        each!(self, stream => Pin::new(stream).poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        each!(self, stream => Pin::new(stream).poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            Self::Rustls(stream) => stream.is_write_vectored(),
            #[cfg(feature = "legacy-tls")]
            Self::OpenSsl(_) => false,
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, stream => Pin::new(stream).poll_flush(cx))
    }

    /// Under TLS close_notify, then FIN.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, stream => Pin::new(stream).poll_shutdown(cx))
    }
}

/// A stream whose first bytes were read already and are read again. It also remembers alerts in the clear: neither
/// library tells which one it sent, and OpenSSL does not read one whose version it did not expect.
///
/// Until the handshake is done, and where no fault acts below TLS, it holds what is written until the library reads: then
/// the flight is whole. And no write to it fails, but by a fault's cut. A client that has refused us is gone before our
/// flight is out, and a library whose write fails does not read any more why: so what cannot be written is dropped, and
/// the library comes to the alert that was sent before, or to the end of the stream.
pub struct Replay<S> {
    pub(crate) stream: S,
    read_before: Bytes,
    alert_sent: Option<u8>,
    /// The last bytes read, newest last.
    last_read: [u8; ALERT_RECORD],
    tamper: Option<Box<Tamper>>,
    handshakes: bool,
    held: Held,
    /// Why nothing more can be written.
    deaf: Option<io::ErrorKind>,
    /// What came of the last read, if no bytes.
    mute: Option<io::ErrorKind>,
}

/// Length of an alert record in the clear: type 21, version, length 2, level, description (RFC 8446 section 6).
const ALERT_RECORD: usize = 7;

fn description(record: &[u8]) -> Option<u8> {
    match record {
        [21, 3, _, 0, 2, 1 | 2, description] => Some(*description),
        _ => None,
    }
}

impl<S> Replay<S> {
    pub fn new(stream: S, read_before: Bytes, tamper: Option<Box<Tamper>>) -> Self {
        Self {
            stream,
            read_before,
            alert_sent: None,
            last_read: [0; ALERT_RECORD],
            tamper,
            handshakes: true,
            held: Held::default(),
            deaf: None,
            mute: None,
        }
    }

    /// What the client did to the connection, if it was that which ended the handshake.
    pub fn client_gone(&self) -> Option<&'static str> {
        let reset = [self.deaf, self.mute].contains(&Some(io::ErrorKind::ConnectionReset));
        self.mute.map(|_| if reset { "reset" } else { "closed" })
    }

    /// What a write comes to: while hands are shaken it does not fail, unless a fault of ours wants it to.
    fn drop_unwritable(&mut self, written: io::Result<usize>, size: usize) -> io::Result<usize> {
        match written {
            Err(error) if self.handshakes && self.tamper().and_then(Tamper::cut).is_none() => {
                self.deaf = Some(error.kind());
                Ok(size)
            }
            other => other,
        }
    }

    /// A fault that acts on what is written here.
    pub fn tamper(&self) -> Option<&Tamper> {
        self.tamper.as_deref()
    }

    /// The handshake is done: what acts on it alone ends.
    pub fn finish(&mut self) {
        self.tamper = self.tamper.take().filter(|tamper| tamper.lasts());
        (self.handshakes, self.deaf) = (false, None);
    }

    /// The description in the last alert record written in the clear.
    pub fn alert_sent(&self) -> Option<u8> {
        match &self.tamper {
            Some(tamper) => tamper.alert_sent().or(self.alert_sent),
            None => self.alert_sent,
        }
    }

    /// Was the header of an alert read last, and not what it holds?
    pub fn is_within_alert(&self) -> bool {
        matches!(self.last_read, [_, _, 21, 3, _, 0, 2])
    }

    /// The description, if the last bytes read were an alert record in the clear.
    pub fn alert_received(&self) -> Option<u8> {
        description(&self.last_read)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Replay<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read_before.is_empty() {
            ready!(self.poll_hand_on(cx))?;
            let before = buf.filled().len();
            let read = ready!(Pin::new(&mut self.stream).poll_read(cx, buf));
            self.mute = match &read {
                Err(error) => Some(error.kind()),
                Ok(()) if buf.filled().len() == before && buf.remaining() > 0 => {
                    Some(io::ErrorKind::UnexpectedEof)
                }
                Ok(()) => None,
            };
            for byte in buf.filled().iter().skip(before).rev().take(ALERT_RECORD).rev() {
                self.last_read.rotate_left(1);
                self.last_read[ALERT_RECORD - 1] = *byte;
            }
            return Poll::Ready(read);
        }
        let now = self.read_before.len().min(buf.remaining());
        buf.put_slice(&self.read_before[..now]);
        self.read_before.advance(now);
        if self.read_before.is_empty() {
            // An idle connection does not keep its hello.
            self.read_before = Bytes::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> Replay<S> {
    /// Writes what is held, and the alert of a fault whose time has come.
    pub fn poll_hand_on(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let handed = ready!(self.held.poll_write(cx, Pin::new(&mut self.stream)));
        self.drop_unwritable(handed.map(|()| 0), 0)?;
        let Self { stream, tamper: Some(tamper), deaf: None, .. } = self else { return Poll::Ready(Ok(())) };
        let alerted = ready!(tamper.poll_alert(cx, Pin::new(stream))).map(|()| 0);
        Poll::Ready(self.drop_unwritable(alerted, 0).map(drop))
    }

    /// Takes all of it. Behind the handshake it goes out at once, together with what was held before.
    fn poll_hold(&mut self, cx: &mut Context<'_>, bufs: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        if self.held.is_full() {
            ready!(self.poll_hand_on(cx))?;
        }
        bufs.iter().for_each(|buf| self.held.push(buf));
        if !self.handshakes
            && let Poll::Ready(handed) = self.poll_hand_on(cx)
        {
            handed?;
        }
        Poll::Ready(Ok(bufs.iter().map(|buf| buf.len()).sum()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Replay<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.deaf.is_some() {
            return Poll::Ready(Ok(buf.len()));
        }
        let Self { stream, tamper, alert_sent, handshakes, held, .. } = &mut *self;
        *alert_sent = description(buf).or(*alert_sent);
        if let Some(tamper) = tamper {
            let written = ready!(tamper.poll_write(cx, Pin::new(stream), buf));
            return Poll::Ready(self.drop_unwritable(written, buf.len()));
        }
        if *handshakes || !held.is_empty() {
            return self.poll_hold(cx, &[IoSlice::new(buf)]);
        }
        Pin::new(stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [only] = bufs {
            return self.poll_write(cx, only);
        }
        if self.tamper.is_some() || self.deaf.is_some() {
            let first = bufs.iter().find(|buf| !buf.is_empty()).map_or(&[][..], |buf| buf);
            return self.poll_write(cx, first);
        }
        if self.handshakes || !self.held.is_empty() {
            // All of them: rustls writes once only what it has to say before it fails, its alert last.
            self.alert_sent = bufs.last().and_then(|last| description(last)).or(self.alert_sent);
            return self.poll_hold(cx, bufs);
        }
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.deaf.is_some() || (self.handshakes && self.tamper.is_none()) {
            return Poll::Ready(Ok(()));
        }
        ready!(self.poll_hand_on(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Who takes nothing any more is told the end nevertheless.
        let _ = ready!(self.poll_hand_on(cx));
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
