//! Suites, groups, resumption, ALPN, client certificates and DHE, by both libraries, with OpenSSL as the client.
use std::sync::Arc;

use openssl::pkey::Id;
use postfail_engine::change::{Change, ListenerChange};
use postfail_engine::journal::{Handshake, What};
use postfail_engine::listener::{ListenerName, TlsVersion};
use postfail_net::Server;
use rustls::client::{Resumption, Tls12Resumption};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::windows::{connect, of_version};
use crate::{failure, journalled, listener, server};

fn change(alter: impl FnOnce(&mut ListenerChange)) -> Change {
    listener(ListenerName::Imaps, alter)
}

/// Changes in the short form.
async fn set(server: &Server, changes: &[&str]) {
    let changes: Vec<Change> = changes.iter().map(|text| text.parse().expect(text)).collect();
    server.apply(&changes).await.unwrap_or_else(|error| panic!("{error}"));
}

/// The `n`th handshake that went well.
async fn done(server: &Server, n: usize) -> Handshake {
    journalled(server, n, |what| match what {
        What::Handshake(end) if matches!(**end, Handshake::Done { .. }) => Some((**end).clone()),
        _ => None,
    })
    .await
}

const OLD: &str =
    "TLS_RSA_WITH_AES_256_CBC_SHA,TLS_DHE_RSA_WITH_AES_128_CBC_SHA,TLS_RSA_WITH_AES_128_CBC_SHA";
const NEW: &str = "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn suites_are_those_set_and_in_the_servers_order() {
    let server = server().await;
    for (n, (suites, window, backend)) in [
        (OLD, "1.0-1.2", "openssl"),
        (OLD, "1.2", "openssl"),
        (NEW, "1.2", "rustls"),
        (NEW, "1.1-1.2", "openssl"),
    ]
    .into_iter()
    .enumerate()
    {
        set(&server, &[&format!("imaps.tls={window}"), &format!("imaps.suites={suites}")]).await;
        let case = format!("{suites} by {backend} in {window}");
        connect(&server, of_version(TlsVersion::V1_2))
            .await
            .unwrap_or_else(|codes| panic!("{case}: {codes:?}"));
        let Handshake::Done { suite, backend: by, group, .. } = done(&server, n).await else {
            panic!("done")
        };
        assert_eq!((Some(&*suite), by), (suites.split(',').next(), backend), "{case}");
        assert_eq!(group.is_some(), backend == "rustls", "{case}");
        // None in common.
        let mut other = of_version(TlsVersion::V1_2);
        other.set_cipher_list("ECDHE-RSA-AES256-GCM-SHA384:AES256-SHA256:@SECLEVEL=0").expect("suites");
        let codes = connect(&server, other).await.expect_err("no suite in common");
        assert!(codes.contains(&1040), "{case}: {codes:?}");
        let Handshake::Failed { reason, alert_sent, .. } = failure(&server, n).await else {
            panic!("not a failure")
        };
        assert_eq!(alert_sent.as_deref(), Some("handshake_failure"), "{case}");
        let words =
            if backend == "openssl" { "no shared cipher (0A0000C1)" } else { "NoCipherSuitesInCommon" };
        assert!(reason.ends_with(words), "{case}: {reason}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_1_3_keeps_its_suites_unless_one_of_them_is_named() {
    let server = server().await;
    for (n, backend) in ["rustls", "openssl"].into_iter().enumerate() {
        for (m, (suites, wanted)) in [
            (NEW, "TLS_AES_256_GCM_SHA384"),
            ("TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256"),
        ]
        .into_iter()
        .enumerate()
        {
            set(&server, &[&format!("imaps.backend={backend}"), &format!("imaps.suites={suites}")]).await;
            connect(&server, of_version(TlsVersion::V1_3)).await.expect(suites);
            let Handshake::Done { suite, backend: by, .. } = done(&server, 2 * n + m).await else {
                panic!("done")
            };
            assert_eq!((&*suite, by), (wanted, backend));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_are_those_set() {
    let server = server().await;
    let mut n = 0;
    let (x25519, x448) = (format!("{:?}", Id::X25519), format!("{:?}", Id::X448));
    for (group, backend, named) in [
        ("secp384r1", "auto", "secp384r1"),
        ("x25519", "rustls", &x25519),
        ("secp256r1", "openssl", "prime256v1"),
        ("secp521r1", "auto", "secp521r1"),
        ("x448", "auto", &x448),
    ] {
        for version in [TlsVersion::V1_2, TlsVersion::V1_3] {
            set(&server, &[&format!("imaps.backend={backend}"), &format!("imaps.groups={group}")]).await;
            let mut client = of_version(version);
            client.set_groups_list("X25519:P-256:P-384:P-521:X448").expect("groups");
            let stream = connect(&server, client).await.expect(group);
            let key = stream.ssl().peer_tmp_key().expect("a key");
            let curve = key.ec_key().ok().and_then(|key| key.group().curve_name());
            let curve = curve.map_or_else(
                || format!("{:?}", key.id()),
                |curve| curve.short_name().expect("named").to_owned(),
            );
            assert_eq!(curve, named, "TLS {version}");
            let Handshake::Done { group: used, backend: by, .. } = done(&server, n).await else {
                panic!("done")
            };
            // OpenSSL does not tell for TLS 1.2.
            let wanted = Some(group).filter(|_| by == "rustls" || version == TlsVersion::V1_3);
            assert_eq!(used.as_deref(), wanted, "TLS {version}");
            n += 1;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dhe_has_as_many_bits_as_set() {
    let server = server().await;
    let suites = "imaps.suites=TLS_DHE_RSA_WITH_AES_128_GCM_SHA256";
    for bits in [1024_u32, 2048, 3072] {
        set(&server, &["imaps.tls=1.2", suites, &format!("imaps.dh_bits={bits}")]).await;
        let stream = connect(&server, of_version(TlsVersion::V1_2)).await.expect("accepted at level 0");
        assert_eq!(stream.ssl().peer_tmp_key().expect("a key").bits(), bits);
    }
    // Nothing is asked for any more, and of DHE there is what OpenSSL has anyway; rustls has none.
    set(&server, &["imaps.dh_bits=1024", "imaps.dh_bits=none"]).await;
    let stream = connect(&server, of_version(TlsVersion::V1_2)).await.expect("accepted at level 0");
    assert_eq!(stream.ssl().peer_tmp_key().expect("a key").bits(), 2048);
    set(&server, &["imaps.dh_bits=1024", "imaps.suites="]).await;
    let rustls: Change = "imaps.backend=rustls".parse().expect("a change");
    let refused = server.apply(std::slice::from_ref(&rustls)).await.expect_err("DHE").to_string();
    assert!(refused.contains("rustls has no DHE (`dh_bits`)"), "{refused}");
    set(&server, &["imaps.dh_bits=none"]).await;
    server.apply(&[rustls]).await.expect("rustls serves again");
    set(&server, &["imaps.backend=auto", suites]).await;
    // What a client of today says to 1024 bits.
    set(&server, &["imaps.dh_bits=1024"]).await;
    let mut wary = of_version(TlsVersion::V1_2);
    wary.set_security_level(2);
    connect(&server, wary).await.expect_err("dh key too small");
}

/// Two connections of one rustls client that remembers; was the second one resumed?
async fn comes_back(server: &Server, version: TlsVersion, tickets: bool) -> bool {
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(server.ca_pem().as_bytes()).expect("the root"))
        .expect("trusted");
    let versions =
        if version == TlsVersion::V1_3 { &rustls::version::TLS13 } else { &rustls::version::TLS12 };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[versions])
        .expect("a version")
        .with_root_certificates(roots)
        .with_no_client_auth();
    if !tickets {
        config.resumption =
            Resumption::in_memory_sessions(8).tls12_resumption(Tls12Resumption::SessionIdOnly);
    }
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let mut kinds = Vec::new();
    for _ in 0..2 {
        let socket =
            TcpStream::connect(("127.0.0.1", server.port(ListenerName::Imaps))).await.expect("connected");
        let name = ServerName::try_from("localhost").expect("a name");
        let mut stream = connector.connect(name, socket).await.expect("a handshake");
        // The greeting comes behind the tickets.
        stream.read_u8().await.expect("a greeting");
        kinds.push(stream.get_ref().1.handshake_kind());
    }
    kinds.last() == Some(&Some(rustls::HandshakeKind::Resumed))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resumption_is_as_set() {
    let server = server().await;
    for backend in ["rustls", "openssl"] {
        for (resumption, with_tickets, without) in
            [("on", true, true), ("tickets", true, false), ("sessions", true, true), ("off", false, false)]
        {
            set(&server, &[&format!("imaps.backend={backend}"), &format!("imaps.resumption={resumption}")])
                .await;
            let case = format!("{backend}, {resumption}");
            // TLS 1.3 has nothing but tickets.
            assert_eq!(comes_back(&server, TlsVersion::V1_3, true).await, with_tickets, "{case}, TLS 1.3");
            assert_eq!(comes_back(&server, TlsVersion::V1_2, true).await, with_tickets, "{case}, TLS 1.2");
            assert_eq!(comes_back(&server, TlsVersion::V1_2, false).await, without, "{case}, no tickets");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alpn_is_chosen_or_refused_with_alert_120() {
    let server = server().await;
    let mut n = 0;
    for (failed, backend) in ["rustls", "openssl"].into_iter().enumerate() {
        set(&server, &[&format!("imaps.backend={backend}"), "imaps.alpn=imap,pop3"]).await;
        for (offer, chosen) in [(&b"\x02h2\x04imap"[..], Some("imap")), (b"", None)] {
            let mut client = of_version(TlsVersion::V1_3);
            if !offer.is_empty() {
                client.set_alpn_protos(offer).expect("names");
            }
            connect(&server, client).await.expect("accepted");
            let Handshake::Done { alpn, .. } = done(&server, n).await else { panic!("done") };
            assert_eq!(alpn.as_deref(), chosen, "{backend}");
            n += 1;
        }
        let mut other = of_version(TlsVersion::V1_2);
        other.set_alpn_protos(b"\x02h2").expect("names");
        let codes = connect(&server, other).await.expect_err("nothing in common");
        assert!(codes.contains(&1120), "{backend}: {codes:?}");
        let Handshake::Failed { alert_sent, .. } = failure(&server, failed).await else {
            panic!("not a failure")
        };
        assert_eq!(alert_sent.as_deref(), Some("no_application_protocol"), "{backend}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_without_a_certificate_is_taken_unless_one_is_required() {
    let server = server().await;
    let mut failures = 0;
    for backend in ["rustls", "openssl"] {
        for (wanted, taken) in [("wanted", true), ("required", false)] {
            set(
                &server,
                &[&format!("imaps.backend={backend}"), &format!("imaps.client_certificate={wanted}")],
            )
            .await;
            let outcome = connect(&server, of_version(TlsVersion::V1_2)).await;
            assert_eq!(outcome.is_ok(), taken, "{backend}, {wanted}");
            if !taken {
                let Handshake::Failed { reason, alert_sent, .. } = failure(&server, failures).await else {
                    panic!("failed")
                };
                assert!(alert_sent.is_some(), "{backend}");
                assert_eq!(reason, "the client showed no certificate", "{backend}");
                failures += 1;
            }
        }
    }
}

#[tokio::test]
async fn what_this_build_cannot_serve_is_refused_at_once() {
    let server = server().await;
    for (changes, words) in [
        (vec!["imaps.backend=rustls", "imaps.tls=1.1-1.2"], "rustls has no TLS 1.1 to 1.2"),
        (
            vec!["imaps.backend=rustls", "imaps.suites=TLS_RSA_WITH_AES_128_CBC_SHA"],
            "TLS_RSA_WITH_AES_128_CBC_SHA",
        ),
        (vec!["imaps.suites=TLS_RSA_EXPORT_WITH_RC4_40_MD5"], "has no TLS_RSA_EXPORT_WITH_RC4_40_MD5"),
        (vec!["imaps.groups=sect163k1x25519"], "unknown group"),
    ] {
        let parsed: Result<Vec<Change>, _> = changes.iter().map(|text| text.parse()).collect();
        let refused = match parsed {
            Ok(parsed) => server.apply(&parsed).await.expect_err(words).to_string(),
            Err(error) => error.to_string(),
        };
        assert!(refused.contains(words), "{refused}");
    }
    assert!(
        server
            .apply(&[change(|_| {})])
            .await
            .expect_err("nothing")
            .to_string()
            .contains("client_certificate")
    );
}
