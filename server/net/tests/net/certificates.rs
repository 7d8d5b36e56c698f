//! Every kind of certificate, served by each library, as OpenSSL's client judges it at level 2.
use std::net::TcpStream;

use openssl::ssl::{Ssl, SslContext, SslMethod, SslStream, SslVerifyMode, StatusType};
use openssl::x509::X509;
use postfail_certs::Kind;
use postfail_engine::journal::{Handshake, What};
use postfail_engine::listener::{ListenerName, Window};
use postfail_net::Server;

use crate::{journalled, listener, server};

/// What a handshake showed.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    /// X509_V_ERR of the verification.
    code: i32,
    /// Reason codes of a handshake that failed.
    reasons: Vec<i32>,
    stapled: bool,
}

async fn shake_hands(server: &Server, name: &str, checked: &str) -> Shown {
    let mut builder = SslContext::builder(SslMethod::tls_client()).expect("a context");
    builder.set_security_level(0);
    builder.set_cipher_list("DEFAULT:@SECLEVEL=0").expect("suites");
    let root = X509::from_pem(server.ca_pem().as_bytes()).expect("the root");
    builder.cert_store_mut().add_cert(root).expect("trusted");
    builder.set_verify(SslVerifyMode::PEER);
    let mut ssl = Ssl::new(&builder.build()).expect("a client");
    ssl.set_hostname(name).expect("a name");
    ssl.param_mut().set_host(checked).expect("a name");
    ssl.param_mut().set_auth_level(2);
    ssl.set_status_type(StatusType::OCSP).expect("asks for a staple");
    let port = server.port(ListenerName::Imaps);
    let handshake = move || {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("connected");
        let mut stream = SslStream::new(ssl, stream).expect("a stream");
        let reasons = match stream.connect() {
            Ok(()) => Vec::new(),
            Err(error) => {
                let errors = error.ssl_error().map(|stack| stack.errors().to_vec()).unwrap_or_default();
                errors.iter().map(openssl::error::Error::reason_code).collect()
            }
        };
        let ssl = stream.ssl();
        let stapled = ssl.ocsp_status().is_some_and(|response| !response.is_empty());
        Shown { code: ssl.verify_result().as_raw(), reasons, stapled }
    };
    tokio::task::spawn_blocking(handshake).await.expect("no panic")
}

/// The code `openssl verify` gives too (see the tests of `certs`).
fn code(kind: Kind) -> i32 {
    match kind {
        Kind::Expired | Kind::ExpiredIntermediate => 10,
        Kind::NotYetValid => 9,
        Kind::WrongHost => 62,
        Kind::SelfSigned => 18,
        Kind::UntrustedRoot => 19,
        Kind::MissingIntermediate | Kind::RootReplaced => 20,
        Kind::IssuerNotACa => 79,
        Kind::PathLengthExceeded => 25,
        Kind::NameConstraintViolation => 47,
        Kind::WrongExtendedKeyUsage | Kind::WrongKeyUsage => 26,
        Kind::WeakKey => 66,
        Kind::Sha1Signed | Kind::Md5Signed => 68,
        Kind::BrokenSignature => 7,
        Kind::UnknownCriticalExtension => 34,
        _ => 0,
    }
}

async fn show(server: &Server, kind: Kind, window: Window) {
    let change = listener(ListenerName::Imaps, |change| {
        change.tls = Some(window);
        change.certificate = Some(kind.as_str().to_owned());
    });
    server.apply(&[change]).await.unwrap_or_else(|e| panic!("{kind}: {e}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_libraries_show_every_kind() {
    let server = server().await;
    for (backend, window) in [("rustls", Window::MODERN), ("openssl", Window::ALL)] {
        for (name, kind) in Kind::ALL {
            show(&server, kind, window).await;
            let shown = shake_hands(&server, "localhost", "localhost").await;
            let stapled = matches!(kind, Kind::StapledGood | Kind::StapledRevoked | Kind::StapledExpired);
            if kind == Kind::HugeChain {
                // SSL_R_EXCESSIVE_MESSAGE_SIZE: OpenSSL reads 100 kilobytes of chain at most.
                assert_eq!(shown.reasons, [152], "{name} by {backend}");
                continue;
            }
            assert_eq!(shown.code, code(kind), "{name} by {backend}: {shown:?}");
            assert_eq!(shown.reasons.is_empty(), code(kind) == 0, "{name} by {backend}: {shown:?}");
            assert_eq!(shown.stapled, stapled, "{name} by {backend}: {shown:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_name_chooses_the_certificate() {
    let server = server().await;
    for kind in [Kind::Expired, Kind::WeakKey, Kind::Good, Kind::Sha1Signed, Kind::WrongHost] {
        let name = format!("{kind}.postfail.test");
        let shown = shake_hands(&server, &name, &name).await;
        assert_eq!(shown.code, code(kind), "{name}");
    }
    assert_eq!(shake_hands(&server, "localhost", "localhost").await.code, 0, "the others see what is set");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_journal_tells_by_which_alert_a_certificate_was_refused() {
    let server = server().await;
    for (n, (kind, alert)) in
        [(Kind::Expired, "certificate_expired"), (Kind::SelfSigned, "unknown_ca")].into_iter().enumerate()
    {
        show(&server, kind, Window::MODERN).await;
        shake_hands(&server, "localhost", "localhost").await;
        let received = journalled(&server, n, |what| match what {
            What::Handshake(end) => match &**end {
                Handshake::Failed { alert_received, .. } => Some(alert_received.clone()),
                Handshake::Done { .. } => None,
            },
            _ => None,
        });
        assert_eq!(received.await.as_deref(), Some(alert), "{kind}");
    }
}
