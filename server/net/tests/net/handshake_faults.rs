//! Faults below TLS, byte by byte: by both libraries, on a port of TLS and behind STARTTLS.
use std::io::ErrorKind;
use std::sync::Arc;

use postfail_engine::change::Change;
use postfail_engine::fault::from_lines;
use postfail_engine::journal::{Filter, Handshake, What};
use postfail_engine::listener::ListenerName;
use postfail_net::Server;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::faults::faulty;
use crate::{PATIENCE, failure, journalled};

#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}

/// A client of TLS 1.2 and 1.3 that takes anybody.
pub fn anybodys() -> ClientConnection {
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody))
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("a name");
    ClientConnection::new(Arc::new(config), name).expect("a client")
}

/// Its ClientHello.
fn hello() -> Vec<u8> {
    let mut bytes = Vec::new();
    anybodys().write_tls(&mut bytes).expect("written");
    bytes
}

pub async fn set(server: &Server, text: &str) {
    let change: Change = text.parse().expect(text);
    server.apply(&[change]).await.expect("applied");
}

/// A way to TLS, with the server's library.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    pub listener: ListenerName,
    pub backend: &'static str,
}

pub const WAYS: [Way; 4] = [
    Way { listener: ListenerName::Imaps, backend: "rustls" },
    Way { listener: ListenerName::Imaps, backend: "openssl" },
    Way { listener: ListenerName::Imap, backend: "rustls" },
    Way { listener: ListenerName::Imap, backend: "openssl" },
];

impl Way {
    /// The fault in place of the last one, how many handshakes failed before, and a client that has sent its hello.
    async fn begin(self, server: &Server, window: &str, fault: &str) -> (usize, TcpStream) {
        let (failures, mut socket) = self.meet(server, window, fault).await;
        socket.write_all(&hello()).await.expect("sent");
        (failures, socket)
    }

    /// The same, and the client has yet to say its hello.
    pub async fn meet(self, server: &Server, window: &str, fault: &str) -> (usize, TcpStream) {
        let before = server.with(|world, _| world.faults().last());
        let mut changes: Vec<Change> =
            if before > 0 { vec![Change::RemoveFault(before)] } else { Vec::new() };
        changes.push(Change::Fault(from_lines(["stage=handshake", fault]).expect(fault)));
        server.apply(&changes).await.expect("applied");
        set(server, &format!("all.tls={window}")).await;
        set(server, &format!("all.backend={}", self.backend)).await;
        let failed =
            |what: &What| matches!(what, What::Handshake(end) if matches!(**end, Handshake::Failed { .. }));
        let failures = server
            .with(|world, _| world.journal().entries(&Filter::default()).filter(|e| failed(&e.what)).count());
        (failures, self.connect(server).await)
    }

    /// Up to where TLS begins.
    pub async fn connect(self, server: &Server) -> TcpStream {
        let mut socket =
            TcpStream::connect(("127.0.0.1", server.port(self.listener))).await.expect("connected");
        if self.listener == ListenerName::Imap {
            line(&mut socket).await;
            socket.write_all(b"a STARTTLS\r\n").await.expect("sent");
            assert!(line(&mut socket).await.starts_with("a OK"));
        }
        socket
    }
}

async fn line(socket: &mut TcpStream) -> String {
    let mut line = String::new();
    while !line.ends_with('\n') {
        line.push(char::from(socket.read_u8().await.expect("a byte")));
    }
    line
}

/// All the server sends, and whether a reset ended it.
pub async fn all(socket: &mut TcpStream) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(PATIENCE, socket.read_to_end(&mut bytes)).await.expect("an end in time");
    (bytes, read.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset))
}

/// The types of the records, and what is left.
fn records(mut bytes: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut types = Vec::new();
    while let [kind, 3, _, high, low, rest @ ..] = bytes {
        let Some(behind) = rest.get(usize::from(u16::from_be_bytes([*high, *low]))..) else { break };
        types.push(*kind);
        bytes = behind;
    }
    (types, bytes)
}

pub async fn reason(server: &Server, n: usize) -> String {
    let Handshake::Failed { reason, .. } = failure(server, n).await else { panic!("not a failure") };
    reason
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_ends_at_any_byte() {
    let server = faulty(&[]).await;
    for way in WAYS {
        for (after, then) in [(0_usize, "close"), (1, "reset"), (60, "close"), (700, "close")] {
            let fault = format!("truncate={{ after = {after}, then = \"{then}\" }}");
            let (n, mut socket) = way.begin(&server, "1.2-1.3", &fault).await;
            let (bytes, is_reset) = all(&mut socket).await;
            assert_eq!((bytes.len(), is_reset), (after, then == "reset"), "{way:?} {fault}");
            assert_eq!(reason(&server, n).await, format!("a fault cut the handshake behind {after} bytes"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_stalls_behind_the_server_hello_until_the_client_goes() {
    let server = faulty(&[]).await;
    for way in WAYS {
        for window in ["1.2", "1.3"] {
            let fault = "truncate={ after = \"server-hello\", then = \"hang\" }";
            let (n, mut socket) = way.begin(&server, window, fault).await;
            let mut bytes = vec![0; 9];
            socket.read_exact(&mut bytes).await.expect("a header");
            assert_eq!((bytes[0], bytes[5]), (22, 2), "{way:?}: a ServerHello");
            let rest = usize::from(u16::from_be_bytes([bytes[7], bytes[8]]));
            bytes.resize(9 + rest, 0);
            socket.read_exact(&mut bytes[9..]).await.expect("a ServerHello");
            let cut = format!("a fault cut the handshake behind {} bytes", 9 + rest);
            assert_eq!(reason(&server, n).await, cut, "{way:?} {window}");
            socket.shutdown().await.expect("gone");
            assert_eq!(socket.read(&mut [0]).await.expect("an end"), 0, "{way:?} {window}: nothing more");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_byte_is_turned_over() {
    let server = faulty(&[]).await;
    for way in WAYS {
        for (at, wanted) in [(0, !22), (5, !2)] {
            let (_, mut socket) = way.begin(&server, "1.2", &format!("flip={at}")).await;
            let mut bytes = [0; 9];
            socket.read_exact(&mut bytes).await.expect("bytes");
            assert_eq!(bytes[at], wanted, "{way:?} {at}");
            let whole = [22, 3, 3, bytes[3], bytes[4], 2];
            let others = (0..6).filter(|other| *other != at);
            assert!(others.into_iter().all(|other| bytes[other] == whole[other]), "{way:?} {at}: {bytes:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_answers_the_hello_or_stands_between_records() {
    let server = faulty(&[]).await;
    for way in WAYS {
        let (n, mut socket) = way.begin(&server, "1.2-1.3", "alert=unrecognized_name").await;
        assert_eq!(all(&mut socket).await, (vec![21, 3, 3, 0, 2, 2, 112], false), "{way:?}");
        assert_eq!(reason(&server, n).await, "a fault answers the ClientHello with unrecognized_name (112)");

        let warning = "alert={ name = \"112\", level = \"warning\", then = \"keep\" }";
        let (n, mut socket) = way.begin(&server, "1.2", warning).await;
        let mut bytes = [0; 8];
        socket.read_exact(&mut bytes).await.expect("bytes");
        assert_eq!(bytes, [21, 3, 3, 0, 2, 1, 112, 22], "{way:?}: it goes on");

        let fault = "alert={ name = \"internal_error\", after = \"server-hello\", then = \"reset\" }";
        drop(socket);
        failure(&server, n).await;
        let (n, mut socket) = way.begin(&server, "1.2", fault).await;
        let (bytes, _) = all(&mut socket).await;
        let (types, left) = records(&bytes);
        assert_eq!(
            (types.first(), types.last(), left.len()),
            (Some(&22), Some(&21), 0),
            "{way:?}: {types:?}"
        );
        let Handshake::Failed { alert_sent, .. } = failure(&server, n).await else { panic!("not a failure") };
        assert_eq!(alert_sent.as_deref(), Some("internal_error"), "{way:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_of_garbage() {
    let server = faulty(&[]).await;
    for way in WAYS {
        let (_, mut socket) = way.begin(&server, "1.2-1.3", "garbage={ bytes = 64, record = true }").await;
        let mut bytes = [0; 69];
        socket.read_exact(&mut bytes).await.expect("bytes");
        assert_eq!(records(&bytes), (vec![22], &[][..]), "{way:?}");
        assert_eq!(bytes[..5], [22, 3, 3, 0, 64]);
    }
}

/// A client that trusts the server, on a port of TLS.
async fn whole(server: &Server) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let socket = TcpStream::connect(("127.0.0.1", server.port(ListenerName::Imaps))).await?;
    trusting(server, socket).await
}

/// A client that trusts the server, from here on.
pub async fn trusting(
    server: &Server,
    socket: TcpStream,
) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(server.ca_pem().as_bytes()).expect("the root"))
        .expect("trusted");
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("a name");
    tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, socket).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_handshakes_come_to_their_end_and_what_follows_is_quick() {
    for backend in ["rustls", "openssl"] {
        for fault in ["drip={ bytes = 100, every = \"1ms\" }", "throttle=200000"] {
            let server = faulty(&[&["stage=handshake", fault]]).await;
            set(&server, &format!("all.backend={backend}")).await;
            let mut stream =
                whole(&server).await.unwrap_or_else(|error| panic!("{backend} {fault}: {error}"));
            assert_eq!(stream.read_u8().await.expect("a greeting"), b'*');
        }
        // Slowness of our own meets the deadline as well.
        let server = Arc::new(faulty(&[&["stage=handshake", "drip=1h"]]).await);
        set(&server, &format!("all.backend={backend}")).await;
        let client = tokio::spawn({
            let server = Arc::clone(&server);
            async move { whole(&server).await.map(drop).map_err(|error| error.kind()) }
        });
        journalled(&server, 0, |what| matches!(what, What::Hello(_)).then_some(())).await;
        server.apply(&[Change::Advance("10m".parse().expect("a span"))]).await.expect("advanced");
        let outcome =
            tokio::time::timeout(PATIENCE, client).await.expect("an end in time").expect("no panic");
        assert_eq!(outcome, Err(ErrorKind::UnexpectedEof), "{backend}");
        assert!(reason(&server, 0).await.contains("not finished within"), "{backend}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_comes_without_close_notify() {
    for backend in ["rustls", "openssl"] {
        for (faults, wanted) in [
            (&[&["stage=greeting", "close=true"][..]][..], Ok(0)),
            (
                &[&["stage=handshake", "no_close_notify=true"], &["stage=greeting", "close=true"]],
                Err(ErrorKind::UnexpectedEof),
            ),
        ] {
            let server = faulty(faults).await;
            set(&server, &format!("all.backend={backend}")).await;
            let mut stream = whole(&server).await.expect("a handshake");
            let read = stream.read(&mut [0; 16]).await.map_err(|error| error.kind());
            assert_eq!(read, wanted, "{backend} {faults:?}");
        }
    }
}

#[tokio::test]
async fn every_stall_of_the_client_meets_the_deadline() {
    let (server, hello) = (faulty(&[]).await, hello());
    let mut n = 0;
    for way in WAYS {
        set(&server, &format!("all.backend={}", way.backend)).await;
        // Nothing, a part of the hello, all of it and then nothing.
        for sent in [0, 1, 5, hello.len() / 2, hello.len() - 1, hello.len()] {
            let mut socket = way.connect(&server).await;
            socket.write_all(&hello[..sent]).await.expect("sent");
            if sent == hello.len() {
                // The server has answered, and waits for the client's Finished.
                socket.read_u8().await.expect("a ServerHello");
            }
            let rate = |rate| [Change::Rate(rate)];
            server.apply(&rate(5_000.0)).await.expect("three minutes in the blink of an eye");
            all(&mut socket).await;
            assert!(reason(&server, n).await.contains("not finished within"), "{way:?} {sent} bytes");
            let closed = journalled(&server, n, |what| match what {
                What::Close { reason, .. } => Some(reason.clone()),
                _ => None,
            });
            assert_eq!(closed.await, "the TLS handshake took too long", "{way:?} {sent} bytes");
            server.apply(&rate(1.0)).await.expect("applied");
            n += 1;
        }
    }
}
