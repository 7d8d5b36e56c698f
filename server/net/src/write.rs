//! Bytes on their way to the peer: one write for all that is ready, and large pieces are never copied.
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::AsyncWrite;

/// Pieces handed to the system in one call.
const SLICES: usize = 32;

/// A piece up to this size is copied to its neighbours where the stream takes one piece at a time: a TLS record of
/// its own costs more.
const SMALL: usize = 4096;

/// What a session said and the peer has not taken yet.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    pieces: VecDeque<Bytes>,
}

impl Outbox {
    pub fn push(&mut self, piece: Bytes) {
        if !piece.is_empty() {
            self.pieces.push_back(piece);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Bytes not taken yet.
    pub fn len(&self) -> usize {
        self.pieces.iter().map(Bytes::len).sum()
    }

    /// Keeps the first `size` bytes, and gives away the rest.
    pub fn split_off(&mut self, size: usize) -> Self {
        let (mut at, mut left) = (0, size);
        while let Some(piece) = self.pieces.get_mut(at) {
            if left < piece.len() {
                let behind = piece.split_off(left);
                let mut rest = self.pieces.split_off(at + 1);
                rest.push_front(behind);
                return Self { pieces: rest };
            }
            left -= piece.len();
            at += 1;
        }
        Self::default()
    }

    /// Writes until everything is taken and flushed.
    pub fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut (impl AsyncWrite + Unpin),
    ) -> Poll<io::Result<()>> {
        while !self.is_empty() {
            let written = if stream.is_write_vectored() {
                let mut slices = [IoSlice::new(&[]); SLICES];
                let count = self.pieces.len().min(SLICES);
                for (slice, piece) in slices.iter_mut().zip(&self.pieces) {
                    *slice = IoSlice::new(piece);
                }
                ready!(Pin::new(&mut *stream).poll_write_vectored(cx, &slices[..count]))?
            } else {
                self.join_small();
                let first = self.pieces.front().map_or(&[][..], |piece| piece);
                ready!(Pin::new(&mut *stream).poll_write(cx, first))?
            };
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.advance(written);
        }
        // A burst's queue is not kept by an idle connection.
        self.pieces = VecDeque::new();
        Pin::new(stream).poll_flush(cx)
    }

    fn advance(&mut self, mut written: usize) {
        while let Some(piece) = self.pieces.front_mut() {
            if written < piece.len() {
                piece.advance(written);
                return;
            }
            written -= piece.len();
            self.pieces.pop_front();
        }
    }

    /// Joins the small pieces at the front into one.
    fn join_small(&mut self) {
        let small = self.pieces.iter().take_while(|piece| piece.len() <= SMALL).count();
        if small < 2 {
            return;
        }
        let joined: Vec<u8> = self.pieces.drain(..small).flatten().collect();
        self.pieces.push_front(joined.into());
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::AsyncReadExt;

    use super::*;

    /// Takes at most so many bytes, and one piece at a time.
    struct OneAtATime(Vec<Vec<u8>>, usize);

    impl AsyncWrite for OneAtATime {
        fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
            let taken = buf.len().min(self.1);
            self.0.push(buf[..taken].to_vec());
            Poll::Ready(Ok(taken))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    fn outbox(pieces: &[&'static [u8]]) -> Outbox {
        let mut outbox = Outbox::default();
        pieces.iter().for_each(|piece| outbox.push(Bytes::from_static(piece)));
        outbox
    }

    #[tokio::test]
    async fn small_pieces_become_one_write_and_large_ones_stay() {
        static LARGE: [u8; SMALL + 1] = [b'x'; SMALL + 1];
        let mut outbox = outbox(&[b"* 1 FETCH (", b"BODY[] {4097}\r\n", &LARGE, b")\r\n"]);
        let mut stream = OneAtATime(Vec::new(), usize::MAX);
        poll_fn(|cx| outbox.poll_write(cx, &mut stream)).await.expect("written");
        assert_eq!(stream.0.iter().map(Vec::len).collect::<Vec<_>>(), [26, SMALL + 1, 3]);
    }

    #[tokio::test]
    async fn any_short_write_loses_nothing() {
        for at_most in 1..30 {
            let mut outbox = outbox(&[b"+OK\r\n", b"", b"one line\r\n", b".\r\n"]);
            let mut stream = OneAtATime(Vec::new(), at_most);
            poll_fn(|cx| outbox.poll_write(cx, &mut stream)).await.expect("written");
            assert_eq!(stream.0.concat(), b"+OK\r\none line\r\n.\r\n", "{at_most} bytes a write");
            assert_eq!(outbox.len(), 0);
        }
    }

    #[test]
    fn split_at_any_byte() {
        for at in 0..=11 {
            let mut first = outbox(&[b"+OK\r\n", b"one", b".\r\n"]);
            let rest = first.split_off(at);
            assert_eq!((first.len(), rest.len()), (at, 11 - at));
            let bytes: Vec<u8> = first.pieces.iter().chain(&rest.pieces).flatten().copied().collect();
            assert_eq!(bytes, b"+OK\r\none.\r\n");
        }
    }

    #[tokio::test]
    async fn more_pieces_than_fit_into_one_call() {
        let mut outbox = Outbox::default();
        (0..100).for_each(|n| outbox.push(Bytes::from(format!("{n} "))));
        let wanted: String = (0..100).map(|n| format!("{n} ")).collect();
        let (mut near, mut far) = tokio::io::duplex(1024);
        poll_fn(|cx| outbox.poll_write(cx, &mut near)).await.expect("written");
        drop(near);
        let mut got = String::new();
        far.read_to_string(&mut got).await.expect("read");
        assert_eq!(got, wanted);
    }
}
