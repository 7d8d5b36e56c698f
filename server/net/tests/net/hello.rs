//! What comes to a TLS port that is not a good ClientHello.
use std::sync::Arc;

use postfail_engine::change::Change;
use postfail_engine::journal::{Handshake, What};
use postfail_engine::listener::ListenerName;
use postfail_engine::span::Span;
use tokio::io::AsyncWriteExt;

use crate::{Client, failure, journalled, server};

/// A hello as rustls sends it.
pub fn client_hello() -> Vec<u8> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let name = "localhost".try_into().expect("a name");
    let mut client = rustls::ClientConnection::new(Arc::new(config), name).expect("a client");
    let mut hello = Vec::new();
    client.write_tls(&mut hello).expect("a hello");
    hello
}

/// An SSL 2.0 hello (RFC 5246 appendix E.2) that offers TLS 1.0.
fn ssl2_hello() -> Vec<u8> {
    let specs = [0, 0, 0x2f, 0, 0, 0x35, 0, 0xc0, 0x13, 0, 0xc0, 0x14];
    let length = u8::try_from(9 + specs.len() + 16).expect("short");
    let specs_length = u8::try_from(specs.len()).expect("short");
    let mut hello = vec![0x80, length, 1, 3, 1, 0, specs_length, 0, 0, 0, 16];
    hello.extend(specs);
    hello.extend([7; 16]);
    hello
}

async fn reason(server: &postfail_net::Server, n: usize) -> String {
    match failure(server, n).await {
        Handshake::Failed { reason, .. } => reason,
        done @ Handshake::Done { .. } => panic!("{done:?}"),
    }
}

#[tokio::test]
async fn a_hello_cut_at_any_byte_ends_with_a_reason() {
    let server = server().await;
    let hello = client_hello();
    for cut in 0..hello.len() {
        let mut client = Client::connect(&server, ListenerName::Imaps).await;
        client.0.write_all(&hello[..cut]).await.expect("sent");
        client.0.shutdown().await.expect("ended");
        assert_eq!(client.rest().await.expect("an orderly end"), b"", "cut at {cut}");
        let wanted = match cut {
            0 => "the client closed the connection before its ClientHello".to_owned(),
            _ => format!("the client closed the connection {cut} bytes into its ClientHello"),
        };
        assert_eq!(reason(&server, cut).await, wanted);
    }
}

#[tokio::test]
async fn text_and_garbage_are_named() {
    let server = server().await;
    let table: [(&[u8], &str, &[u8]); 4] = [
        (b"EHLO client.example\r\n", "the peer speaks text where TLS should begin", b""),
        (&[0, 1, 2, 3], "the first byte, 0x00, begins neither a TLS record nor an SSL 2.0 hello", b""),
        (
            &[22, 3, 1, 0, 5, 2, 0, 0, 1, 0],
            "handshake message 2 where a ClientHello (1) must stand",
            &[21, 3, 1, 0, 2, 2, 10],
        ),
        (
            &[23, 3, 1, 0, 1, 0],
            "a record of type 23 where a handshake record (22) must stand",
            &[21, 3, 1, 0, 2, 2, 10],
        ),
    ];
    for (n, (bytes, wanted, answer)) in table.into_iter().enumerate() {
        let mut client = Client::connect(&server, ListenerName::Pop3s).await;
        client.0.write_all(bytes).await.expect("sent");
        assert_eq!(client.rest().await.expect("an orderly end"), answer, "{wanted}");
        assert_eq!(reason(&server, n).await, wanted);
    }
}

#[tokio::test]
async fn an_ssl2_hello_is_read_and_refused_below_the_window() {
    let server = server().await;
    let mut client = Client::connect(&server, ListenerName::Imaps).await;
    client.0.write_all(&ssl2_hello()).await.expect("sent");
    assert_eq!(client.rest().await.expect("an orderly end"), [21, 3, 1, 0, 2, 2, 70]);
    assert_eq!(reason(&server, 0).await, "offered at most TLS 1.0, window 1.2 to 1.3");
}

#[cfg(feature = "legacy-tls")]
#[tokio::test]
async fn an_ssl2_hello_is_answered_within_the_window() {
    use tokio::io::AsyncReadExt;

    let server = server().await;
    let change = crate::listener(ListenerName::Imaps, |change| {
        change.tls = Some("1.0-1.2".parse().expect("a window"))
    });
    server.apply(&[change]).await.expect("applied");
    let mut client = Client::connect(&server, ListenerName::Imaps).await;
    client.0.write_all(&ssl2_hello()).await.expect("sent");
    let mut answer = [0; 6];
    client.0.read_exact(&mut answer).await.expect("a ServerHello");
    assert_eq!(
        (answer[0], &answer[1..3], answer[5]),
        (22, &[3, 1][..], 2),
        "a ServerHello of TLS 1.0: {answer:?}"
    );
}

#[tokio::test]
async fn a_hello_in_single_bytes_is_a_hello() {
    let server = server().await;
    let mut client = Client::connect(&server, ListenerName::Imaps).await;
    client.0.get_ref().set_nodelay(true).expect("set");
    for byte in client_hello() {
        client.0.write_all(&[byte]).await.expect("sent");
    }
    let hello = journalled(&server, 0, |what| match what {
        What::Hello(hello) => Some(hello.clone()),
        _ => None,
    })
    .await;
    assert_eq!(hello.server_name.as_deref(), Some("localhost"));
    assert_eq!(hello.versions, [0x0304, 0x0303]);
    assert_eq!(hello.fits(), Some(true));
}

#[tokio::test]
async fn a_client_that_says_nothing_is_dropped_in_virtual_time() {
    let server = server().await;
    let mut client = Client::connect(&server, ListenerName::Imaps).await;
    let connected = |what: &What| matches!(what, What::Connect { .. }).then_some(());
    journalled(&server, 0, connected).await;
    let hour = Span(std::time::Duration::from_secs(3600));
    // The handshake's deadline is set when its task runs; an hour more is always beyond it.
    while tokio::time::timeout(std::time::Duration::from_millis(50), client.0.get_ref().readable())
        .await
        .is_err()
    {
        server.apply(&[Change::Advance(hour)]).await.expect("applied");
    }
    assert_eq!(client.rest().await.expect("an orderly end"), b"");
    assert_eq!(reason(&server, 0).await, "not finished within 180 s");
}

/// How many handshakes failed, and the last word on the connection.
async fn told(server: &postfail_net::Server) -> (usize, String) {
    let closed = journalled(server, 0, |what| match what {
        What::Close { reason, .. } => Some(reason.clone()),
        _ => None,
    });
    let closed = closed.await;
    let failed =
        |what: &What| matches!(what, What::Handshake(end) if matches!(**end, Handshake::Failed { .. }));
    let failures = server.with(|world, _| {
        let all = postfail_engine::journal::Filter::default();
        world.journal().entries(&all).filter(|entry| failed(&entry.what)).count()
    });
    (failures, closed)
}

#[tokio::test]
async fn a_failure_is_told_once_though_the_deadline_passes_while_the_client_reads_why() {
    let server = server().await;
    let mut client = Client::connect(&server, ListenerName::Imaps).await;
    client.0.write_all(b"hello\r\n").await.expect("sent");
    assert_eq!(reason(&server, 0).await, "the peer speaks text where TLS should begin");
    server.apply(&[Change::Advance("11m".parse().expect("a span"))]).await.expect("advanced");
    assert_eq!(client.rest().await.expect("an orderly end"), b"");
    assert_eq!(told(&server).await, (1, "the TLS handshake failed".to_owned()));
}

#[cfg(feature = "legacy-tls")]
#[tokio::test]
async fn the_reason_of_openssl_stands_though_the_deadline_passes_while_the_client_reads_it() {
    use tokio::io::AsyncReadExt;

    let server = server().await;
    for change in ["all.backend=openssl", "all.tls=1.2", "all.suites=TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"] {
        server.apply(&[change.parse().expect(change)]).await.expect("applied");
    }
    let mut client = Client::connect(&server, ListenerName::Imaps).await;
    client.0.write_all(&client_hello()).await.expect("sent");
    let mut alert = [0; 7];
    client.0.read_exact(&mut alert).await.expect("an alert");
    assert_eq!(alert, [21, 3, 3, 0, 2, 2, 40]);
    server.apply(&[Change::Advance("11m".parse().expect("a span"))]).await.expect("advanced");
    assert_eq!(client.rest().await.expect("an orderly end"), b"");
    let why = reason(&server, 0).await;
    assert!(why.contains("no shared cipher"), "{why}");
    assert_eq!(told(&server).await, (1, "the TLS handshake failed".to_owned()));
}
