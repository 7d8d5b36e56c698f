use std::future::poll_fn;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

/// Keeps each write, takes at most so many bytes of one, and has nothing to be read.
struct Writes {
    made: Vec<Vec<u8>>,
    most: usize,
    broken: bool,
}

impl AsyncRead for Writes {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Writes {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.broken {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let taken = buf.len().min(self.most);
        self.made.push(buf[..taken].to_vec());
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn replay(most: usize) -> Replay<Writes> {
    Replay::new(Writes { made: Vec::new(), most, broken: false }, Bytes::new(), None)
}

/// All of it, in as many calls as it takes.
async fn write(stream: &mut Replay<Writes>, bytes: &[u8]) {
    stream.write_all(bytes).await.expect("taken");
    stream.flush().await.expect("flushed");
}

#[tokio::test]
async fn a_flight_is_one_write_and_the_last_goes_with_what_follows() {
    let mut stream = replay(usize::MAX);
    write(&mut stream, b"ServerHello ").await;
    write(&mut stream, b"Certificate ").await;
    assert!(stream.stream.made.is_empty());
    assert_eq!(stream.read(&mut [0; 9]).await.expect("the end"), 0);
    assert_eq!(stream.stream.made, [b"ServerHello Certificate ".to_vec()]);
    write(&mut stream, b"Finished ").await;
    stream.finish();
    write(&mut stream, b"* OK").await;
    write(&mut stream, b"* BYE").await;
    assert_eq!(stream.stream.made[1..], [b"Finished * OK".to_vec(), b"* BYE".to_vec()]);
}

#[tokio::test]
async fn pieces_are_taken_together() {
    let mut stream = replay(usize::MAX);
    let pieces = [&b"ServerHello "[..], &[21, 3, 3, 0, 2, 2, 40]].map(IoSlice::new);
    let taken = poll_fn(|cx| Pin::new(&mut stream).poll_write_vectored(cx, &pieces)).await.expect("taken");
    assert_eq!((taken, stream.alert_sent()), (19, Some(40)));
}

#[tokio::test]
async fn short_writes_lose_nothing() {
    for most in 1..12 {
        let mut stream = replay(most);
        write(&mut stream, b"Finished ").await;
        stream.finish();
        assert!(!stream.held.is_empty());
        write(&mut stream, b"* OK").await;
        assert_eq!(stream.stream.made.concat(), b"Finished * OK", "{most} bytes a write");
        assert!(stream.held.is_empty());
    }
}

#[tokio::test]
async fn a_long_flight_is_not_held_whole() {
    let mut stream = replay(usize::MAX);
    let record = [0; 16 * 1024];
    for _ in 0..64 {
        write(&mut stream, &record).await;
    }
    let out: usize = stream.stream.made.iter().map(Vec::len).sum();
    assert!(out >= 59 * record.len(), "{out}");
}

#[tokio::test]
async fn who_is_gone_is_still_read_from_in_the_handshake_and_not_behind_it() {
    let mut stream = replay(usize::MAX);
    stream.stream.broken = true;
    write(&mut stream, b"ServerHello").await;
    assert_eq!(stream.read(&mut [0; 9]).await.expect("the end"), 0);
    assert!(stream.held.is_empty());
    let mut stream = replay(usize::MAX);
    write(&mut stream, b"Finished").await;
    stream.finish();
    stream.stream.broken = true;
    let flushed = poll_fn(|cx| Pin::new(&mut stream).poll_flush(cx)).await;
    assert_eq!(flushed.expect_err("nobody takes it").kind(), io::ErrorKind::BrokenPipe);
}
