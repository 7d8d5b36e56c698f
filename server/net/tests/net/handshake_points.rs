//! The same faults at any point: cuts along the whole of the server's flight, bytes turned over under encryption, and
//! slowness and missing ends behind STARTTLS too.
use std::io::{Cursor, ErrorKind, Read, Write};

use postfail_engine::journal::Handshake;
use postfail_engine::listener::ListenerName;
use postfail_net::Server;
use rustls::ClientConnection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::failure;
use crate::faults::faulty;
use crate::handshake_faults::{WAYS, Way, all, anybodys, reason, set, trusting};

/// A fault that never acts.
const NONE: &str = "flip=1000000";
/// From cut to cut; no divisor of anything, and each row of the table begins one byte later.
const STEP: usize = 89;
/// By so much the lengths of two signatures by ECDSA may differ.
pub const SIGNATURE: usize = 4;

/// The server's first flight: what comes until the client has to speak again, or fails.
pub async fn flight(
    client: &mut ClientConnection,
    socket: &mut TcpStream,
) -> (Vec<u8>, Option<rustls::Error>) {
    let (mut hello, mut flight) = (Vec::new(), Vec::new());
    client.write_tls(&mut hello).expect("a hello");
    socket.write_all(&hello).await.expect("sent");
    // In TLS 1.3 it has something to send behind the ServerHello already: a change_cipher_spec of no meaning.
    let speaks = |client: &ClientConnection| {
        client.wants_write() && client.protocol_version() != Some(rustls::ProtocolVersion::TLSv1_3)
    };
    while client.is_handshaking() && !speaks(client) {
        let mut bytes = vec![0; 4096];
        let read = socket.read(&mut bytes).await.expect("read");
        assert!(read > 0, "the server ends behind {} bytes", flight.len());
        flight.extend_from_slice(&bytes[..read]);
        let mut taken = Cursor::new(&bytes[..read]);
        while taken.position() < read as u64 {
            client.read_tls(&mut taken).expect("taken");
            if let Err(error) = client.process_new_packets() {
                return (flight, Some(error));
            }
        }
    }
    (flight, None)
}

/// Where the first encrypted record of TLS 1.3 begins.
fn encrypted(flight: &[u8]) -> usize {
    let mut at = 0;
    while flight[at] != 23 {
        at += 5 + usize::from(u16::from_be_bytes([flight[at + 3], flight[at + 4]]));
    }
    at
}

pub async fn clean(way: Way, server: &Server, window: &str) -> Vec<u8> {
    let (n, mut socket) = way.meet(server, window, NONE).await;
    let (flight, error) = flight(&mut anybodys(), &mut socket).await;
    assert_eq!(error, None, "{way:?} {window}");
    drop(socket);
    failure(server, n).await;
    flight
}

/// All along the flight, by FIN and by RST.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_ends_behind_any_byte_of_the_flight() {
    let server = faulty(&[]).await;
    let mut row = 0;
    for way in WAYS {
        for window in ["1.2", "1.3"] {
            let length = clean(way, &server, window).await.len() - SIGNATURE;
            assert!(length > 500, "{way:?} {window}: a whole flight is longer than {length} bytes");
            for (after, then) in (row..length).step_by(STEP).zip(["close", "reset"].into_iter().cycle()) {
                let fault = format!("truncate={{ after = {after}, then = \"{then}\" }}");
                let (n, mut socket) = way.meet(&server, window, &fault).await;
                let mut hello = Vec::new();
                anybodys().write_tls(&mut hello).expect("a hello");
                socket.write_all(&hello).await.expect("sent");
                let (bytes, is_reset) = all(&mut socket).await;
                // RST may overtake bytes that nobody has read yet.
                let came = if is_reset { bytes.len() <= after } else { bytes.len() == after };
                assert!(came && is_reset == (then == "reset"), "{way:?} {window} {fault}: {}", bytes.len());
                let why = format!("a fault cut the handshake behind {after} bytes");
                assert_eq!(reason(&server, n).await, why, "{way:?} {window}");
            }
            row += 1;
        }
    }
}

/// In what TLS 1.3 encrypts of the handshake: the client finds out, and the server hears of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_byte_turned_over_in_an_encrypted_handshake_is_a_bad_record_mac() {
    let server = faulty(&[]).await;
    for way in WAYS {
        let whole = clean(way, &server, "1.3").await;
        let begin = encrypted(&whole) + 5;
        // The first byte of the record, one within, and one of the last record.
        for at in [begin, begin + 7, whole.len() - SIGNATURE - 1] {
            let (n, mut socket) = way.meet(&server, "1.3", &format!("flip={at}")).await;
            let mut client = anybodys();
            let (_, error) = flight(&mut client, &mut socket).await;
            assert_eq!(error, Some(rustls::Error::DecryptError), "{way:?} {at}");
            let mut alert = Vec::new();
            while client.wants_write() {
                client.write_tls(&mut alert).expect("an alert");
            }
            socket.write_all(&alert).await.expect("sent");
            let Handshake::Failed { alert_received, .. } = failure(&server, n).await else {
                panic!("not a failure")
            };
            assert_eq!(alert_received.as_deref(), Some("bad_record_mac"), "{way:?} {at}");
        }
    }
}

/// In what comes behind the handshake, in both versions.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_byte_turned_over_in_mail_is_a_bad_record_mac() {
    let server = faulty(&[]).await;
    for way in WAYS {
        for window in ["1.2", "1.3"] {
            let (_, socket) = way.meet(&server, window, NONE).await;
            let (total, error) = talk(socket).await;
            assert_eq!(error, None, "{way:?} {window}");
            // Within the last record, whatever length a signature has.
            let (_, socket) = way.meet(&server, window, &format!("flip={}", total - 12)).await;
            let (_, error) = talk(socket).await;
            assert_eq!(error, Some(rustls::Error::DecryptError), "{way:?} {window} {total}");
        }
    }
}

/// A handshake and one command: how many bytes came, and what was wrong with them.
async fn talk(mut socket: TcpStream) -> (usize, Option<rustls::Error>) {
    let (mut client, mut received, mut asked, mut said) = (anybodys(), 0, false, Vec::new());
    while !said.windows(4).any(|word| word == b"b OK") {
        if !client.is_handshaking() && !asked {
            client.writer().write_all(b"b CAPABILITY\r\n").expect("room");
            asked = true;
        }
        let mut out = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut out).expect("written");
        }
        socket.write_all(&out).await.expect("sent");
        let mut bytes = vec![0; 4096];
        let read = socket.read(&mut bytes).await.expect("read");
        assert!(read > 0, "the server ends behind {received} bytes");
        received += read;
        let mut taken = Cursor::new(&bytes[..read]);
        while taken.position() < read as u64 {
            client.read_tls(&mut taken).expect("taken");
            if let Err(error) = client.process_new_packets() {
                return (received, Some(error));
            }
        }
        // WouldBlock at the end of what there is.
        let _ = client.reader().read_to_end(&mut said);
    }
    (received, None)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_handshakes_behind_starttls_come_to_their_end() {
    let server = faulty(&[]).await;
    for way in WAYS.into_iter().filter(|way| way.listener == ListenerName::Imap) {
        for window in ["1.2", "1.3"] {
            for fault in ["drip={ bytes = 100, every = \"1ms\" }", "throttle=200000"] {
                let (_, socket) = way.meet(&server, window, fault).await;
                let (received, error) = talk(socket).await;
                assert!(received > 500 && error.is_none(), "{way:?} {window} {fault}: {error:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_comes_without_close_notify_behind_starttls() {
    for way in WAYS.into_iter().filter(|way| way.listener == ListenerName::Imap) {
        for window in ["1.2", "1.3"] {
            for (fault, wanted) in [(NONE, Ok(0)), ("no_close_notify=true", Err(ErrorKind::UnexpectedEof))] {
                let server = faulty(&[&["stage=handshake", fault], &["command=NOOP", "close=true"]]).await;
                set(&server, &format!("all.tls={window}")).await;
                set(&server, &format!("all.backend={}", way.backend)).await;
                let socket = way.connect(&server).await;
                let mut stream = trusting(&server, socket).await.expect("a handshake");
                stream.write_all(b"b NOOP\r\n").await.expect("sent");
                let read = stream.read(&mut [0; 16]).await.map_err(|error| error.kind());
                assert_eq!(read, wanted, "{way:?} {window} {fault}");
            }
        }
    }
}
