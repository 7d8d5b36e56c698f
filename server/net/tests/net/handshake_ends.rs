//! What the journal says of handshakes that came to nothing: once, why, and with the alert the client sent, whichever
//! library heard it.
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::SystemTime;

use postfail_certs::{Authority, Kind};
use postfail_engine::journal::{Filter, Handshake, What};
use postfail_engine::listener::TlsSettings;
use postfail_engine::listener::tls::Library;
use postfail_net::Server;
use postfail_net::tls::accept::accept;
use postfail_net::tls::{Face, Tls};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};

use crate::faults::faulty;
use crate::handshake_faults::{WAYS, Way, all};
use crate::hello::client_hello;
use crate::journalled;

/// The last word on the connection that came as the `n`th, from 0, and all failures of handshakes until then.
async fn ended(server: &Server, n: usize) -> (String, Vec<Handshake>) {
    let closed = journalled(server, n, |what| match what {
        What::Close { reason, .. } => Some(reason.clone()),
        _ => None,
    });
    let closed = closed.await;
    let failures = server.with(|world, _| {
        let failed = |what: &What| match what {
            What::Handshake(end) if matches!(**end, Handshake::Failed { .. }) => Some((**end).clone()),
            _ => None,
        };
        world.journal().entries(&Filter::default()).filter_map(|entry| failed(&entry.what)).collect()
    });
    (closed, failures)
}

fn failed(reason: &str, received: Option<&str>) -> Handshake {
    let (reason, alert_received) = (reason.to_owned(), received.map(str::to_owned));
    Handshake::Failed { reason, alert_sent: None, alert_received }
}

async fn begin(way: Way, server: &Server, fault: &str) -> (usize, tokio::net::TcpStream) {
    let (n, mut socket) = way.meet(server, "1.2-1.3", fault).await;
    socket.write_all(&client_hello()).await.expect("sent");
    (n, socket)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_in_place_of_an_answer_fails_the_handshake_once() {
    let server = faulty(&[]).await;
    let mut connections = 0;
    for way in WAYS {
        for (fault, is_reset, reason, closed) in [
            (
                "close=true",
                false,
                "a fault closes the connection in answer to the ClientHello",
                "a fault closes the connection",
            ),
            (
                "reset=true",
                true,
                "a fault resets the connection in answer to the ClientHello",
                "a fault resets the connection",
            ),
            (
                "raw={ bytes = \"220 \", then = \"reset\" }",
                true,
                "a fault answers the ClientHello with 4 bytes of its own",
                "a fault resets the connection",
            ),
            (
                "truncate={ after = 9, then = \"close\" }",
                false,
                "a fault cut the handshake behind 9 bytes",
                "a fault cut the TLS handshake by FIN",
            ),
            (
                "truncate={ after = 9, then = \"reset\" }",
                true,
                "a fault cut the handshake behind 9 bytes",
                "a fault cut the TLS handshake by RST",
            ),
        ] {
            let (n, mut socket) = begin(way, &server, fault).await;
            assert_eq!(all(&mut socket).await.1, is_reset, "{way:?} {fault}");
            drop(socket);
            let (last, failures) = ended(&server, connections).await;
            assert_eq!(failures[n..], [failed(reason, None)], "{way:?} {fault}");
            assert_eq!(last, closed, "{way:?} {fault}");
            connections += 1;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_fails_the_handshake_at_once_and_once() {
    let server = faulty(&[]).await;
    for (connection, way) in WAYS.into_iter().enumerate() {
        let (n, socket) = begin(way, &server, "hang=true").await;
        let silence = failed("a fault leaves the ClientHello without an answer", None);
        assert_eq!(crate::failure(&server, n).await, silence, "{way:?}");
        drop(socket);
        let (last, failures) = ended(&server, connection).await;
        assert_eq!(failures[n..], [silence], "{way:?}");
        assert_eq!(last, "the client closed the connection", "{way:?}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_does_not_wait_for_its_handshake_failed_to_shake_hands() {
    let server = faulty(&[]).await;
    for (connection, way) in WAYS.into_iter().enumerate() {
        let (n, socket) = begin(way, &server, "delay=1h").await;
        drop(socket);
        let (_, failures) = ended(&server, connection).await;
        let reason = "the client closed the connection while a fault delayed its handshake";
        assert_eq!(failures[n..], [failed(reason, None)], "{way:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_alert_that_answers_garbage_is_told() {
    let server = faulty(&[]).await;
    for (connection, way) in WAYS.into_iter().enumerate() {
        let fault = "garbage={ bytes = 64, record = true }";
        let (n, mut socket) = way.meet(&server, "1.2-1.3", fault).await;
        socket.write_all(&client_hello()).await.expect("sent");
        socket.read_exact(&mut [0; 69]).await.expect("garbage");
        // Behind a change_cipher_spec of no meaning, as some say it, and not in one piece.
        for piece in [&[20, 3, 3, 0, 1][..], &[1, 21, 3, 3], &[0, 2, 2, 50]] {
            socket.write_all(piece).await.expect("sent");
        }
        drop(socket);
        let (_, failures) = ended(&server, connection).await;
        let reason = "a fault answers the ClientHello with 69 bytes of its own";
        assert_eq!(failures[n..], [failed(reason, Some("decode_error"))], "{way:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_hello_no_fault_answers() {
    let server = faulty(&[]).await;
    for (said, alert, reason) in [
        (&b""[..], None, "the client closed the connection before its ClientHello"),
        (b"a LOGIN x y\r\n", None, "the peer speaks text where TLS should begin"),
        (&[22, 9, 9, 0, 1, 1], Some("protocol_version"), "record version 0x0909: its first byte must be 3"),
    ] {
        let (n, mut socket) = WAYS[0].meet(&server, "1.2-1.3", "close=true").await;
        socket.write_all(said).await.expect("sent");
        socket.shutdown().await.expect("gone");
        let (bytes, _) = all(&mut socket).await;
        let sent =
            postfail_wire::tls::alert::find(&bytes).map(postfail_wire::tls::alert::AlertDescription::word);
        assert_eq!(sent.as_deref(), alert, "{reason}");
        let (last, failures) = ended(&server, n).await;
        assert_eq!(last, "the TLS handshake failed");
        let (reason, alert_sent) = (reason.to_owned(), alert.map(str::to_owned));
        assert_eq!(failures[n..], [Handshake::Failed { reason, alert_sent, alert_received: None }]);
    }
}

/// A client that says this, and has gone before it could be answered.
struct Gone {
    says: Vec<u8>,
    then: Option<ErrorKind>,
    write: ErrorKind,
}

impl AsyncRead for Gone {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let size = self.says.len().min(buf.remaining());
        buf.put_slice(&self.says.drain(..size).collect::<Vec<u8>>());
        Poll::Ready(match self.then.filter(|_| size == 0) {
            Some(kind) => Err(kind.into()),
            None => Ok(()),
        })
    }
}

impl AsyncWrite for Gone {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(self.write.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(self.write.into()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(self.write.into()))
    }
}

#[tokio::test]
async fn what_the_client_said_before_it_went_is_heard_though_nothing_can_be_written() {
    let authority = Authority::mint(SystemTime::now()).expect("an authority");
    let tls = Tls::start(authority, None).expect("certificates");
    let alert = [21, 3, 3, 0, 2, 2, 42];
    let refused = failed("the client refused: bad_certificate (42)", Some("bad_certificate"));
    let closed = failed("the client closed the connection in the middle of the handshake", None);
    let reset = failed("the client reset the connection in the middle of the handshake", None);
    for backend in [Library::Rustls, Library::OpenSsl] {
        for window in ["1.2", "1.3"] {
            for (behind, then, write, wanted) in [
                (&alert[..], None, ErrorKind::BrokenPipe, &refused),
                (&alert, Some(ErrorKind::ConnectionReset), ErrorKind::ConnectionReset, &refused),
                (b"", None, ErrorKind::BrokenPipe, &closed),
                (b"", None, ErrorKind::ConnectionReset, &reset),
                (b"", Some(ErrorKind::ConnectionReset), ErrorKind::BrokenPipe, &reset),
            ] {
                let says = [&client_hello(), behind].concat();
                let settings = Arc::new(TlsSettings { backend, ..TlsSettings::default() });
                let window = window.parse().expect("a window");
                let face = Face { window, certificate: Kind::Good, settings };
                let mut noted = Vec::new();
                let mut note = |what| {
                    if let What::Handshake(end) = what {
                        noted.push(*end);
                    }
                };
                let accepted = accept(&tls, Gone { says, then, write }, face, None, &mut note).await;
                assert!(accepted.is_err());
                assert_eq!(noted, std::slice::from_ref(wanted), "{backend:?} {window} {then:?} {write:?}");
            }
        }
    }
}
