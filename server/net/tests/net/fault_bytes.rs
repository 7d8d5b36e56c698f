//! Faults that put other bytes on the wire: on each protocol, in the clear, under TLS, and where one becomes the other.
use std::sync::Arc;

use postfail_engine::journal::What;
use postfail_engine::listener::ListenerName;
use postfail_net::Server;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::faults::faulty;
use crate::hello::client_hello;
use crate::{Client, PATIENCE, journalled};

/// Listener, fault, what the client says behind the greeting, what it gets for it up to the end.
type Row = (ListenerName, &'static [&'static str], &'static str, &'static str);

/// The last command is always one that ends the connection.
const ROWS: &[Row] = &[
    (
        ListenerName::Imap,
        &["command=NOOP", r"raw=* OK {5}\r\n"],
        "a NOOP\r\nb LOGOUT\r\n",
        "* OK {5}\r\n* BYE Logging out\r\nb OK LOGOUT completed\r\n",
    ),
    (
        ListenerName::Imap,
        &["command=NOOP", r#"inject={ before = '* 9 EXISTS\r\n', behind = '* BYE\r\n', then = "close" }"#],
        "a NOOP\r\nb LOGOUT\r\n",
        "* 9 EXISTS\r\na OK NOOP completed\r\n* BYE\r\n",
    ),
    (ListenerName::Imap, &["stage=quit", "bye=true"], "a LOGOUT\r\n", "* BYE Server is shutting down\r\n"),
    (
        ListenerName::Pop3,
        &["stage=capability", "hide=true"],
        "CAPA\r\nQUIT\r\n",
        "-ERR Unknown command\r\n+OK Bye\r\n",
    ),
    (ListenerName::Pop3, &["command=STAT", "ignore=true"], "STAT\r\nQUIT\r\n", "+OK Bye\r\n"),
    (ListenerName::Pop3, &["stage=quit", "bye=going"], "QUIT\r\n", "-ERR [SYS/TEMP] going\r\n"),
    (
        ListenerName::Smtp,
        &["stage=mailbox", "reply={ text = \"450 4.7.1 {host} greylists\", then = \"close\" }"],
        "HELO me\r\nMAIL FROM:<a@b.example>\r\nQUIT\r\n",
        "250 mail.postfail.test\r\n450 4.7.1 mail.postfail.test greylists\r\n",
    ),
    (
        ListenerName::Smtp,
        &["stage=quit", r#"raw={ bytes = '\x00\xff', then = "close" }"#],
        "QUIT\r\n",
        "\\x00\\xff",
    ),
    (
        ListenerName::Submission,
        &["command=NOOP", "bye=true"],
        "NOOP\r\n",
        "421 4.3.2 mail.postfail.test Server is shutting down\r\n",
    ),
];

fn escaped(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string().replace("\\r\\n", "\r\n")
}

#[tokio::test]
async fn the_bytes_are_those_of_the_fault() {
    for (name, fault, said, wanted) in ROWS {
        let server = faulty(&[fault]).await;
        let mut client = Client::connect(&server, *name).await;
        client.line().await;
        client.send(said).await;
        let rest = client.rest().await.expect("an orderly end");
        assert_eq!(escaped(&rest), *wanted, "{name} {fault:?}");
    }
}

#[tokio::test]
async fn garbage_is_of_its_length_and_the_session_goes_on() {
    let server = faulty(&[&["command=NOOP", "garbage=40"]]).await;
    let mut client = Client::connect(&server, ListenerName::Smtp).await;
    client.line().await;
    client.send("NOOP\r\nQUIT\r\n").await;
    let rest = client.rest().await.expect("an orderly end");
    let (noise, parting) = rest.split_at(40);
    assert!(parting.starts_with(b"221 "), "{}", parting.escape_ascii());
    assert!(noise.iter().any(|byte| !byte.is_ascii()), "{}", noise.escape_ascii());
}

/// TLS as a client that trusts the server's root.
async fn secure<S: AsyncRead + AsyncWrite + Unpin>(server: &Server, stream: S) -> TlsStream<S> {
    let mut roots = rustls::RootCertStore::empty();
    let root = CertificateDer::from_pem_slice(server.ca_pem().as_bytes()).expect("PEM");
    roots.add(root).expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "localhost".try_into().expect("a name");
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.expect("a handshake")
}

/// All to the end, which must be close_notify.
async fn rest(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut rest = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
    read.expect("an end in time").expect("close_notify");
    escaped(&rest)
}

#[tokio::test]
async fn under_tls_the_bytes_are_those_of_the_protocol() {
    let server = faulty(&[
        &["stage=connect", "truncate=4", "who.listener=pop3s"],
        &["stage=greeting", r"raw=220 wrong protocol\r\n", "who.listener=imaps"],
        &["command=NOOP", "throttle=1000000"],
        &["command=NOOP", "reset=true", "when.nth=2"],
    ])
    .await;
    let connect = async |name| {
        let stream = TcpStream::connect(("127.0.0.1", server.port(name))).await.expect("connected");
        secure(&server, stream).await
    };
    assert_eq!(rest(&mut connect(ListenerName::Pop3s).await).await, "+OK ");
    let mut imaps = connect(ListenerName::Imaps).await;
    imaps.write_all(b"a LOGOUT\r\n").await.expect("sent");
    let said = rest(&mut imaps).await;
    assert!(said.starts_with("220 wrong protocol\r\n* BYE"), "{said}");
    let mut smtps = connect(ListenerName::Smtps).await;
    smtps.write_all(b"NOOP\r\nQUIT\r\n").await.expect("sent");
    let said = rest(&mut smtps).await;
    assert!(said.contains("\r\n250 2.0.0 Ok\r\n221 "), "{said}");
}

#[tokio::test]
async fn bytes_behind_starttls_come_in_the_clear_and_faults_go_on_under_tls() {
    for (name, greeting, command, ok, injected, parting) in [
        (ListenerName::Imap, "* OK", "a STARTTLS", "a OK", "a OK evil", "b LOGOUT"),
        (ListenerName::Pop3, "+OK", "STLS", "+OK", "+OK evil", "QUIT"),
        (ListenerName::Submission, "220", "STARTTLS", "220", "250 evil", "QUIT"),
    ] {
        let inject = format!("inject.behind={injected}\\r\\n");
        let server = faulty(&[
            &["stage=starttls", &inject],
            &["stage=quit", r#"raw={ bytes = "end", then = "close" }"#],
        ])
        .await;
        let mut client = Client::connect(&server, name).await;
        assert!(client.line().await.starts_with(greeting));
        let answer = client.ask(command).await;
        assert!(answer.starts_with(ok), "{name}: {answer}");
        assert_eq!(client.line().await, injected, "{name}");
        let mut secured = secure(&server, client.0).await;
        secured.write_all(format!("{parting}\r\n").as_bytes()).await.expect("sent");
        assert_eq!(rest(&mut secured).await, "end", "{name}");
    }
}

#[tokio::test]
async fn a_handshake_ends_as_the_fault_wants_and_its_hello_is_kept() {
    for (effect, wanted) in [
        ("close=true", Ok(0)),
        ("reset=true", Err(std::io::ErrorKind::ConnectionReset)),
        (r#"raw={ bytes = "* OK plain", then = "close" }"#, Ok(10)),
    ] {
        let server = faulty(&[&["stage=handshake", effect]]).await;
        let mut client = Client::connect(&server, ListenerName::Imaps).await;
        client.0.write_all(&client_hello()).await.expect("sent");
        let rest = client.rest().await;
        assert_eq!(rest.map(|bytes| bytes.len()).map_err(|error| error.kind()), wanted, "{effect}");
        journalled(&server, 0, |what| matches!(what, What::Hello(_)).then_some(())).await;
    }
}

#[tokio::test]
async fn a_handshake_stalls_or_is_noise() {
    let server = faulty(&[
        &["stage=handshake", "hang=true", "who.listener=imaps"],
        &["stage=handshake", "garbage=50", "who.listener=pop3s"],
    ])
    .await;
    let mut noisy = Client::connect(&server, ListenerName::Pop3s).await;
    noisy.0.write_all(&client_hello()).await.expect("sent");
    noisy.0.read_exact(&mut [0; 50]).await.expect("noise");
    let mut stalled = Client::connect(&server, ListenerName::Imaps).await;
    stalled.0.write_all(&client_hello()).await.expect("sent");
    for n in 0..2 {
        journalled(&server, n, |what| matches!(what, What::Hello(_)).then_some(())).await;
    }
    server.stop().await;
    assert_eq!(stalled.rest().await.expect("an orderly end"), b"", "nothing was said");
    assert_eq!(noisy.rest().await.expect("an orderly end"), b"", "and nothing more");
}
