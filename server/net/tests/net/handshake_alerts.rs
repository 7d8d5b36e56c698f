//! Alerts that a fault says under TLS 1.3: encrypted as a server of its own would, so that clients of both libraries tell which it
//! was, wherever in the server's part of the handshake it stands.
use std::io::{ErrorKind, Read};

use postfail_engine::journal::Handshake;
use postfail_engine::listener::{ListenerName, TlsVersion};
use postfail_net::Server;
use rustls::{AlertDescription, ClientConnection};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::failure;
use crate::faults::faulty;
use crate::handshake_faults::{WAYS, anybodys, set, trusting};
use crate::handshake_points::{SIGNATURE, clean, flight};
use crate::windows::{connect, of_version};

const SUITES: [&str; 5] = [
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_128_CCM_SHA256",
    "TLS_AES_128_CCM_8_SHA256",
];

fn alert_at(after: &str) -> String {
    format!("alert={{ name = \"certificate_expired\", after = {after} }}")
}

/// What the journal says it sent.
async fn told(server: &Server, n: usize) -> Option<String> {
    let Handshake::Failed { alert_sent, .. } = failure(server, n).await else { panic!("not a failure") };
    alert_sent
}

/// The alert a client of rustls meets, in the handshake or behind its own Finished.
async fn by_rustls(server: &Server, socket: TcpStream, case: &str) -> AlertDescription {
    let read = match trusting(server, socket).await {
        Ok(mut stream) => stream.read_u8().await.map(drop),
        Err(error) => Err(error),
    };
    let error = read.expect_err("an alert");
    match error.get_ref().and_then(|error| error.downcast_ref()) {
        Some(rustls::Error::AlertReceived(alert)) => *alert,
        _ => panic!("{case}: {error}"),
    }
}

/// The same of OpenSSL.
async fn by_openssl(server: &Server, suite: Option<&str>) -> Vec<i32> {
    let mut client = of_version(TlsVersion::V1_3);
    client.set_ciphersuites(suite.unwrap_or("TLS_AES_128_GCM_SHA256")).expect("a suite");
    let mut stream = match connect(server, client).await {
        Ok(stream) => stream,
        Err(codes) => return codes,
    };
    let read = tokio::task::spawn_blocking(move || stream.read(&mut [0])).await.expect("no panic");
    let error = read.expect_err("an alert");
    let inner = error.get_ref().and_then(|error| error.downcast_ref::<openssl::ssl::Error>());
    let stack = inner.and_then(openssl::ssl::Error::ssl_error).unwrap_or_else(|| panic!("{error}"));
    stack.errors().iter().map(openssl::error::Error::reason_code).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_of_both_libraries_tell_the_alert_in_every_suite() {
    let server = faulty(&[]).await;
    for way in WAYS.into_iter().filter(|way| way.listener == ListenerName::Imaps) {
        for suite in SUITES {
            let has = |library: &str| library == "openssl" || !suite.contains("CCM");
            if !has(way.backend) {
                continue;
            }
            set(&server, "all.backend=auto").await;
            set(&server, &format!("all.suites={suite}")).await;
            // Within the Finished, which is the last record, unless all lengths are as short as they can be.
            let whole = if has("rustls") { clean(way, &server, "1.3").await.len() } else { 0 };
            let behind_all = format!("{}", whole.saturating_sub(SIGNATURE + 1));
            for after in ["\"server-hello\"", "140", &behind_all].into_iter().filter(|after| *after != "0") {
                let case = format!("{way:?} {suite} behind {after}");
                if has("rustls") {
                    let (n, socket) = way.meet(&server, "1.3", &alert_at(after)).await;
                    let alert = by_rustls(&server, socket, &case).await;
                    assert_eq!(alert, AlertDescription::CertificateExpired, "{case}");
                    assert_eq!(told(&server, n).await.as_deref(), Some("certificate_expired"), "{case}");
                }
                let (n, unused) = way.meet(&server, "1.3", &alert_at(after)).await;
                drop(unused);
                failure(&server, n).await;
                let codes = by_openssl(&server, Some(suite)).await;
                assert!(codes.contains(&1045), "{case}: {codes:?}");
                assert_eq!(told(&server, n + 1).await.as_deref(), Some("certificate_expired"), "{case}");
            }
        }
    }
}

/// Between any two records, by both libraries and behind STARTTLS.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_told_anywhere_in_the_flight_and_behind_the_clients_finished() {
    const STEP: usize = 97;
    let server = faulty(&[]).await;
    for way in WAYS {
        let whole = clean(way, &server, "1.3").await.len();
        // The last one lies in the tickets, which come when the client has finished.
        for after in (1..whole).step_by(STEP).chain([whole + 2 * SIGNATURE]) {
            let (n, socket) = way.meet(&server, "1.3", &alert_at(&after.to_string())).await;
            let case = format!("{way:?} behind {after} of {whole}");
            let alert = by_rustls(&server, socket, &case).await;
            assert_eq!(alert, AlertDescription::CertificateExpired, "{case}");
            assert_eq!(told(&server, n).await.as_deref(), Some("certificate_expired"), "{case}");
        }
    }
}

/// In the clear where a server has no keys yet, and a warning ends what knows no warnings.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_in_the_clear_before_the_server_hello_and_no_warning_is_gone_on_behind() {
    let server = faulty(&[]).await;
    for way in WAYS {
        let (n, mut socket) = way.meet(&server, "1.3", "alert=certificate_expired").await;
        let mut client = anybodys();
        let (bytes, error) = flight(&mut client, &mut socket).await;
        assert_eq!(bytes, [21, 3, 3, 0, 2, 2, 45], "{way:?}");
        assert_eq!(error, Some(rustls::Error::AlertReceived(AlertDescription::CertificateExpired)));
        told(&server, n).await;

        let warning =
            "alert={ name = \"112\", level = \"warning\", then = \"keep\", after = \"server-hello\" }";
        let (n, mut socket) = way.meet(&server, "1.3", warning).await;
        let mut client: ClientConnection = anybodys();
        let (_, error) = flight(&mut client, &mut socket).await;
        assert_eq!(error, Some(rustls::Error::AlertReceived(AlertDescription::UnrecognisedName)), "{way:?}");
        let Handshake::Failed { reason, alert_sent, .. } = failure(&server, n).await else {
            panic!("failed")
        };
        assert_eq!(alert_sent.as_deref(), Some("unrecognized_name"), "{way:?}");
        let ended = "a fault ended the handshake with unrecognized_name (112) behind";
        assert!(reason.starts_with(ended), "{way:?}: {reason}");
        let read = socket.read(&mut [0; 64]).await.map_err(|error| error.kind());
        assert!(matches!(read, Ok(0) | Err(ErrorKind::ConnectionReset)), "{way:?}: {read:?}");
    }
}

/// A client that has to be asked for another key share gets the alert behind the request in the clear.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_hello_retry_request_it_is_in_the_clear() {
    let server = faulty(&[]).await;
    for way in WAYS {
        set(&server, "all.groups=secp384r1").await;
        let (_, mut socket) = way.meet(&server, "1.3", &alert_at("\"server-hello\"")).await;
        let (bytes, error) = flight(&mut anybodys(), &mut socket).await;
        assert_eq!(bytes.get(bytes.len() - 7..), Some(&[21, 3, 3, 0, 2, 2, 45][..]), "{way:?}");
        assert_eq!(
            error,
            Some(rustls::Error::AlertReceived(AlertDescription::CertificateExpired)),
            "{way:?}"
        );
    }
}
