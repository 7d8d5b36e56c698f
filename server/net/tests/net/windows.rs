//! Every window against every client version, with OpenSSL as the client.
use std::net::TcpStream;
use std::sync::Arc;

use openssl::ssl::{
    Ssl, SslContext, SslContextBuilder, SslMethod, SslMode, SslStream, SslVerifyMode, SslVersion,
};
use openssl::x509::X509;
use postfail_engine::journal::Handshake;
use postfail_engine::listener::{ListenerName, TlsVersion, Window};
use postfail_net::Server;

use crate::{failure, listener, server};

/// protocol_version (70), as OpenSSL numbers alerts it received.
const ALERT_70: i32 = 1070;

fn builder() -> SslContextBuilder {
    let mut builder = SslContext::builder(SslMethod::tls_client()).expect("a context");
    builder.set_security_level(0);
    builder.set_cipher_list("DEFAULT:@SECLEVEL=0").expect("suites");
    builder
}

pub(crate) fn of_version(version: TlsVersion) -> SslContextBuilder {
    let version = match version {
        TlsVersion::V1_0 => SslVersion::TLS1,
        TlsVersion::V1_1 => SslVersion::TLS1_1,
        TlsVersion::V1_2 => SslVersion::TLS1_2,
        TlsVersion::V1_3 => SslVersion::TLS1_3,
    };
    let mut builder = builder();
    builder.set_min_proto_version(Some(version)).expect("a version");
    builder.set_max_proto_version(Some(version)).expect("a version");
    builder
}

/// A verified handshake; else the reason codes of what went wrong.
pub(crate) async fn connect(
    server: &Server,
    builder: SslContextBuilder,
) -> Result<SslStream<TcpStream>, Vec<i32>> {
    connect_to(server, builder, "localhost").await
}

/// The same, asking for the server by a name.
pub(crate) async fn connect_to(
    server: &Server,
    mut builder: SslContextBuilder,
    name: &str,
) -> Result<SslStream<TcpStream>, Vec<i32>> {
    let root = X509::from_pem(server.ca_pem().as_bytes()).expect("the root");
    builder.cert_store_mut().add_cert(root).expect("trusted");
    builder.set_verify(SslVerifyMode::PEER);
    let mut ssl = Ssl::new(&builder.build()).expect("a client");
    ssl.set_hostname(name).expect("a name");
    ssl.param_mut().set_host(name).expect("a name");
    let port = server.port(ListenerName::Imaps);
    let handshake = move || {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("connected");
        let mut stream = SslStream::new(ssl, stream).expect("a stream");
        match stream.connect() {
            Ok(()) => Ok(stream),
            Err(error) => {
                let errors = error.ssl_error().map(|stack| stack.errors().to_vec()).unwrap_or_default();
                Err(errors.iter().map(openssl::error::Error::reason_code).collect())
            }
        }
    };
    tokio::task::spawn_blocking(handshake).await.expect("no panic")
}

async fn set(server: &Server, window: &str) -> Window {
    let window: Window = window.parse().expect("a window");
    server
        .apply(&[listener(ListenerName::Imaps, |change| change.tls = Some(window))])
        .await
        .expect("applied");
    window
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_window_takes_its_versions_and_refuses_the_others_with_alert_70() {
    let server = server().await;
    let mut failures = 0;
    for window in ["1.0", "1.1", "1.2", "1.3", "1.0-1.1", "1.0-1.2", "1.2-1.3", "1.0-1.3"] {
        let window = set(&server, window).await;
        for version in TlsVersion::ALL {
            let case = format!("client of TLS {version}, window {window}");
            let outcome = connect(&server, of_version(version)).await;
            if window.contains(version) {
                let stream = outcome.unwrap_or_else(|codes| panic!("{case}: {codes:?}"));
                assert_eq!(stream.ssl().version_str(), rfc_name(version), "{case}");
                continue;
            }
            let codes = outcome.err().unwrap_or_else(|| panic!("{case}: accepted"));
            let Handshake::Failed { reason, alert_sent, alert_received } = failure(&server, failures).await
            else {
                panic!("{case}: not a failure")
            };
            failures += 1;
            // A hello without supported_versions stands for all versions below its own (RFC 5246 appendix E.1), so
            // the server answers with a lower one and it is the client that says protocol_version.
            if version > window.max && version < TlsVersion::V1_3 {
                assert_eq!(alert_received.as_deref(), Some("protocol_version"), "{case}: {reason}");
            } else {
                assert!(codes.contains(&ALERT_70), "{case}: {codes:?}");
                assert_eq!(alert_sent.as_deref(), Some("protocol_version"), "{case}");
                let wanted = if version < window.min { "at most" } else { "only" };
                assert_eq!(reason, format!("offered {wanted} TLS {version}, window {window}"));
            }
        }
    }
}

fn rfc_name(version: TlsVersion) -> &'static str {
    match version {
        TlsVersion::V1_0 => "TLSv1",
        TlsVersion::V1_1 => "TLSv1.1",
        TlsVersion::V1_2 => "TLSv1.2",
        TlsVersion::V1_3 => "TLSv1.3",
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_needless_fallback_gets_alert_86_from_either_library() {
    let server = server().await;
    for (n, window) in ["1.2-1.3", "1.0-1.3"].into_iter().enumerate() {
        let window = set(&server, window).await;
        let mut client = of_version(TlsVersion::V1_2);
        client.set_mode(SslMode::SEND_FALLBACK_SCSV);
        let codes = connect(&server, client).await.expect_err("refused");
        assert!(codes.contains(&1086), "{codes:?}");
        let Handshake::Failed { reason, .. } = failure(&server, n).await else { panic!("not a failure") };
        assert_eq!(reason, format!("fell back to TLS 1.2, window {window}"));
    }
    set(&server, "1.2").await;
    let mut client = of_version(TlsVersion::V1_2);
    client.set_mode(SslMode::SEND_FALLBACK_SCSV);
    connect(&server, client).await.expect("nothing better was to be had");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_certificate_suits_the_client() {
    let server = server().await;
    for window in ["1.2-1.3", "1.0-1.3"] {
        set(&server, window).await;
        for (suites, key) in [("ECDHE-ECDSA-AES128-GCM-SHA256", "EC"), ("ECDHE-RSA-AES128-GCM-SHA256", "RSA")]
        {
            let mut client = of_version(TlsVersion::V1_2);
            client.set_cipher_list(suites).expect("suites");
            let stream = connect(&server, client).await.expect(suites);
            let certificate = stream.ssl().peer_certificate().expect("a certificate");
            let shown = certificate.public_key().expect("a key");
            assert_eq!(shown.rsa().is_ok(), key == "RSA", "window {window}, {suites}");
            assert_eq!(stream.ssl().peer_cert_chain().expect("a chain").len(), 2, "leaf and intermediate");
        }
        let mut rsa_in_tls13 = of_version(TlsVersion::V1_3);
        rsa_in_tls13.set_sigalgs_list("rsa_pss_rsae_sha256:RSA+SHA256").expect("algorithms");
        connect(&server, rsa_in_tls13).await.expect("TLS 1.3 with RSA");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_suites_are_there_where_openssl_serves() {
    let server = server().await;
    set(&server, "1.0-1.2").await;
    for suites in ["AES128-SHA", "DHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA", "AES256-GCM-SHA384"] {
        let mut client = builder();
        client.set_max_proto_version(Some(SslVersion::TLS1_2)).expect("a version");
        client.set_cipher_list(&format!("{suites}:@SECLEVEL=0")).expect("suites");
        let stream = connect(&server, client).await.unwrap_or_else(|codes| panic!("{suites}: {codes:?}"));
        assert_eq!(stream.ssl().current_cipher().expect("a suite").name(), suites);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_window_holds_for_the_next_connection_and_leaves_open_ones() {
    use std::io::{BufRead, BufReader, Write};

    let server = Arc::new(server().await);
    let mut open =
        connect(&server, of_version(TlsVersion::V1_2)).await.expect("TLS 1.2 is within the window");
    set(&server, "1.3").await;
    let codes = connect(&server, of_version(TlsVersion::V1_2)).await.expect_err("refused now");
    assert!(codes.contains(&ALERT_70), "{codes:?}");
    let talk = move || {
        open.write_all(b"still here\r\n").expect("written");
        BufReader::new(open).lines().nth(1).expect("a line").expect("read")
    };
    assert_eq!(tokio::task::spawn_blocking(talk).await.expect("no panic"), "still here");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_listener_passes_its_own_test_at_every_version() {
    let mut world = crate::world();
    for (name, window) in
        [(ListenerName::Imaps, "1.0-1.3"), (ListenerName::Pop3, "1.0"), (ListenerName::Smtp, "1.1")]
    {
        let change = listener(name, |change| change.tls = Some(window.parse().expect("a window")));
        world.apply(&[change], jiff::Timestamp::now()).expect("applied");
    }
    let server = Server::start(world, crate::options()).await.expect("a server");
    assert_eq!(server.self_test(), [""; 0]);
}

#[tokio::test]
async fn a_server_name_chooses_the_window() {
    let server = server().await;
    for chosen in TlsVersion::ALL {
        let name = format!("tls{}.postfail.test", chosen.as_str().replace('.', "-"));
        for offered in TlsVersion::ALL {
            let told = connect_to(&server, of_version(offered), &name).await;
            assert_eq!(told.is_ok(), offered == chosen, "{name}, offered {offered}");
            if let Err(codes) = told
                && offered < chosen
            {
                assert!(codes.contains(&ALERT_70), "{name}, offered {offered}: {codes:?}");
            }
        }
    }
    assert!(connect(&server, of_version(TlsVersion::V1_2)).await.is_ok(), "others meet the listener's own");
}
