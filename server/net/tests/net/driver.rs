//! The driver's promises to a session, and to the peer.
use std::time::Duration;

use postfail_engine::change::Change;
use postfail_engine::journal::{Filter, Side, What};
use postfail_engine::listener::ListenerName;
use postfail_engine::span::Span;
use postfail_net::Server;
use postfail_session::Event;

use crate::echo::CLOSED;
use crate::{Client, journalled, server};

/// How the first connection ended, and how often its session was told so by then.
async fn end(server: &Server) -> (Side, String, usize) {
    let (by, reason) = journalled(server, 0, |what| match what {
        What::Close { by, reason } => Some((*by, reason.clone())),
        _ => None,
    })
    .await;
    let told = server.with(|world, _| {
        let all = Filter::default();
        let is_closed =
            |what: &What| matches!(what, What::Session(Event::Closing { reason }) if reason == CLOSED);
        world.journal().entries(&all).filter(|entry| is_closed(&entry.what)).count()
    });
    (by, reason, told)
}

#[tokio::test]
async fn lines_come_back_in_order_however_they_are_cut() {
    let server = server().await;
    let mut client = Client::greeted(&server, ListenerName::Imap).await;
    for piece in ["on", "e\r", "\ntwo\r\nth", "ree\r\n"] {
        client.send(piece).await;
    }
    for line in ["one", "two", "three"] {
        assert_eq!(client.line().await, line);
    }
    assert_eq!(client.ask("quit").await, "bye");
    assert_eq!(client.rest().await.expect("FIN, not RST"), b"");
    assert_eq!(end(&server).await, (Side::Server, "the session ended".to_owned(), 1));
}

#[tokio::test]
async fn many_pieces_and_a_large_one_arrive_whole() {
    let server = server().await;
    let mut client = Client::greeted(&server, ListenerName::Imap).await;
    client.send("pieces 1000\r\nbig 3000000\r\nquit\r\n").await;
    let rest = client.rest().await.expect("an orderly end");
    assert!(rest.starts_with(b"piece piece "));
    assert!(rest.ends_with(b"xbye\r\n"));
    assert_eq!(rest.len(), 6 * 1000 + 3_000_000 + 5);
}

#[tokio::test]
async fn an_answer_in_portions_is_asked_for_to_its_end() {
    let server = server().await;
    let mut client = Client::greeted(&server, ListenerName::Imap).await;
    client.send("portions 3\r\nnext\r\n").await;
    for line in ["next", "2 to come", "1 to come", "0 to come"] {
        assert_eq!(client.line().await, line);
    }
}

#[tokio::test]
async fn a_half_closed_client_still_gets_its_answer() {
    use tokio::io::AsyncWriteExt;

    let server = server().await;
    let mut client = Client::greeted(&server, ListenerName::Imap).await;
    client.send("last words\r\n").await;
    client.0.shutdown().await.expect("ended");
    assert_eq!(client.rest().await.expect("an orderly end"), b"last words\r\n");
    assert_eq!(end(&server).await, (Side::Client, "the client closed the connection".to_owned(), 1));
}

#[tokio::test]
async fn a_reset_is_a_reset() {
    let server = server().await;
    let mut client = Client::greeted(&server, ListenerName::Imap).await;
    client.send("reset\r\n").await;
    assert_eq!(client.rest().await.expect_err("RST").kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(end(&server).await.2, 1);
}

#[tokio::test]
async fn a_panic_ends_one_connection_and_no_other() {
    let server = server().await;
    let mut other = Client::greeted(&server, ListenerName::Pop3).await;
    let mut client = Client::greeted(&server, ListenerName::Imap).await;
    client.send("panic\r\n").await;
    let (by, reason, told) = end(&server).await;
    assert!(by == Side::Server && reason.starts_with("internal error"), "{reason}");
    assert_eq!(told, 1);
    assert_eq!(other.ask("still here").await, "still here");
}

#[tokio::test]
async fn a_wait_is_in_virtual_time_and_comes_behind_what_was_said() {
    let server = server().await;
    let mut client = Client::greeted(&server, ListenerName::Imap).await;
    server.apply(&[Change::Freeze(true)]).await.expect("frozen");
    assert_eq!(client.ask("wait 86400").await, "before");
    server.apply(&[Change::Advance(Span(Duration::from_secs(86_400)))]).await.expect("advanced");
    assert_eq!(client.line().await, "after");
    assert_eq!(client.ask("noop").await, "noop", "a wait of ours is not the client's silence");
}

#[tokio::test]
async fn a_deadline_is_in_virtual_time() {
    let server = server().await;
    let mut client = Client::greeted(&server, ListenerName::Imap).await;
    assert_eq!(client.ask("noop").await, "noop");
    server.apply(&[Change::Advance(Span(crate::echo::SILENCE))]).await.expect("advanced");
    assert_eq!(client.line().await, "timed out");
}

#[tokio::test]
async fn a_fast_clock_needs_no_nudge() {
    let server = server().await;
    let mut client = Client::greeted(&server, ListenerName::Imap).await;
    server.apply(&[Change::Rate(1000.0)]).await.expect("faster");
    assert_eq!(client.line().await, "timed out");
}

#[tokio::test]
async fn a_client_that_never_reads_is_dropped() {
    let server = server().await;
    let mut client = Client::greeted(&server, ListenerName::Imap).await;
    client.send("big 50000000\r\n").await;
    // The first byte shows that the driver is writing; then 30 minutes of silence are allowed.
    tokio::io::AsyncBufReadExt::fill_buf(&mut client.0).await.expect("the beginning");
    server.apply(&[Change::Rate(100_000.0)]).await.expect("faster");
    let (by, reason, told) = end(&server).await;
    assert_eq!((by, reason.as_str(), told), (Side::Server, "the client does not read", 1));
}

#[tokio::test]
async fn stop_ends_connections_in_good_order() {
    let server = server().await;
    let mut client = Client::greeted(&server, ListenerName::Imap).await;
    let port = server.port(ListenerName::Imap);
    server.stop().await;
    assert_eq!(client.rest().await.expect("FIN"), b"");
    assert!(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err());
}

#[cfg(feature = "legacy-tls")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_pipelined_behind_starttls_is_dropped() {
    use std::io::{BufRead, BufReader, Read, Write};

    for window in ["1.2-1.3", "1.0-1.2"] {
        let server = server().await;
        let window = Some(window.parse().expect("a window"));
        let change = crate::listener(ListenerName::Imap, |change| change.tls = window);
        server.apply(&[change]).await.expect("applied");
        let port = server.port(ListenerName::Imap);
        let talk = move || {
            let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).expect("connected");
            let mut greeting = [0; 11];
            stream.write_all(b"starttls\r\ninjected\r\n").expect("sent");
            stream.read_exact(&mut greeting).expect("hello, go");
            assert_eq!(&greeting, b"hello\r\ngo\r\n");
            let context =
                openssl::ssl::SslContext::builder(openssl::ssl::SslMethod::tls_client()).expect("a context");
            let ssl = openssl::ssl::Ssl::new(&context.build()).expect("a client");
            let mut stream = openssl::ssl::SslStream::new(ssl, stream).expect("a stream");
            stream.connect().expect("secured");
            stream.write_all(b"after\r\nquit\r\n").expect("sent");
            BufReader::new(stream)
                .lines()
                .map(|line| line.expect("close_notify at the end"))
                .collect::<Vec<_>>()
        };
        let lines = tokio::task::spawn_blocking(talk).await.expect("no panic");
        assert_eq!(lines, ["secured, 0 bytes left", "after", "bye"]);
    }
}
