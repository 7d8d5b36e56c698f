//! The socket, overheard where somebody asked for evidence: every byte of both directions, and how each side ended.
//! Without a tap it costs a null pointer and a branch.
use std::io::{self, IoSlice};
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use jiff::Timestamp;
use postfail_engine::capture::End;
use postfail_engine::journal::Side;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::evidence::Tap;

/// A socket and who listens to it.
pub struct Tapped {
    stream: TcpStream,
    tap: Option<Arc<Tap>>,
}

impl Tapped {
    pub(crate) fn new(stream: TcpStream, tap: Option<Arc<Tap>>) -> Self {
        Self { stream, tap }
    }

    /// From now on closing sends RST.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn set_zero_linger(&self) -> io::Result<()> {
        self.stream.set_zero_linger()?;
        self.ended(Side::Server, End::Reset);
        Ok(())
    }

    fn ended(&self, side: Side, end: End) {
        if let Some(tap) = &self.tap {
            tap.record(|capture, _| {
                capture.end(Timestamp::now(), side, end);
                0
            });
        }
    }

    fn said(&self, bytes: &[u8]) {
        if let Some(tap) = &self.tap {
            tap.record(|capture, room| capture.wire(Timestamp::now(), Side::Server, bytes, room));
        }
    }
}

/// Sockets that were not shut down are closed here, and the capture is whole.
impl Drop for Tapped {
    fn drop(&mut self) {
        self.ended(Side::Server, End::Fin);
        if let Some(tap) = self.tap.take() {
            tap.finish();
        }
    }
}

impl Deref for Tapped {
    type Target = TcpStream;

    fn deref(&self) -> &TcpStream {
        &self.stream
    }
}

impl AsyncRead for Tapped {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = ready!(Pin::new(&mut self.stream).poll_read(cx, buf));
        let Some(tap) = &self.tap else { return Poll::Ready(read) };
        match (&read, buf.filled().get(before..).unwrap_or_default()) {
            (Ok(()), []) if buf.remaining() > 0 => self.ended(Side::Client, End::Fin),
            (Ok(()), bytes) => {
                tap.record(|capture, room| capture.wire(Timestamp::now(), Side::Client, bytes, room));
            }
            (Err(_), _) => self.ended(Side::Client, End::Reset),
        }
        Poll::Ready(read)
    }
}

impl AsyncWrite for Tapped {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, buf));
        if let Ok(size) = &written {
            self.said(buf.get(..*size).unwrap_or_default());
        }
        Poll::Ready(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, bufs));
        if let (Ok(size), Some(_)) = (&written, &self.tap) {
            written_of(bufs, *size).for_each(|bytes| self.said(bytes));
        }
        Poll::Ready(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = ready!(Pin::new(&mut self.stream).poll_shutdown(cx));
        self.ended(Side::Server, End::Fin);
        Poll::Ready(shut)
    }
}

/// What a vectored write took of its buffers: the first `size` bytes.
fn written_of<'a>(bufs: &'a [IoSlice<'_>], size: usize) -> impl Iterator<Item = &'a [u8]> {
    let taken = |left: &mut usize, buf: &'a IoSlice<'_>| {
        let bytes = &buf[..buf.len().min(*left)];
        *left -= bytes.len();
        Some(bytes)
    };
    bufs.iter().scan(size, taken)
}

/// What is written above TLS, overheard.
pub(crate) struct Overheard<'a, S> {
    pub stream: &'a mut S,
    pub tap: Option<&'a Tap>,
}

impl<S> Overheard<'_, S> {
    fn said(&self, bytes: &[u8]) {
        if let Some(tap) = self.tap {
            tap.record(|capture, room| capture.plain(Timestamp::now(), Side::Server, bytes, room));
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Overheard<'_, S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut *self.stream).poll_write(cx, buf));
        if let Ok(size) = &written {
            self.said(buf.get(..*size).unwrap_or_default());
        }
        Poll::Ready(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut *self.stream).poll_write_vectored(cx, bufs));
        if let (Ok(size), Some(_)) = (&written, self.tap) {
            written_of(bufs, *size).for_each(|bytes| self.said(bytes));
        }
        Poll::Ready(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream).poll_shutdown(cx)
    }
}
