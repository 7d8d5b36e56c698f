//! A flight of a handshake, held until it is whole (RFC 8446 section 2).
//!
//! The libraries write a flight in pieces, and what the session says first comes right behind the last of them. Each write
//! costs a call to the system and a packet; together they cost one.
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::AsyncWrite;

/// From here on bytes are handed on first, so that a flight of any length takes no more memory than this and what one write brings.
const MOST: usize = 64 * 1024;

/// Bytes that were written, and not handed on yet.
#[derive(Debug, Default)]
pub(crate) struct Held(BytesMut);

impl Held {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn is_full(&self) -> bool {
        self.0.len() >= MOST
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Ready when all of it is handed on, or cannot be; nothing is held then.
    pub fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        mut stream: Pin<&mut impl AsyncWrite>,
    ) -> Poll<io::Result<()>> {
        let mut end = Ok(());
        while end.is_ok() && !self.0.is_empty() {
            match ready!(stream.as_mut().poll_write(cx, &self.0)) {
                Ok(0) => end = Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => self.0.advance(written),
                Err(error) => end = Err(error),
            }
        }
        // An idle connection keeps no buffer.
        self.0 = BytesMut::new();
        Poll::Ready(end)
    }
}
