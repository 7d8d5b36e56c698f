//! Ten thousand ClientHellos, cut and bent: each comes to an end within the time-out, and the journal says what was wrong.
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use postfail_certs::{Authority, Kind};
use postfail_engine::journal::{Handshake, What};
use postfail_engine::listener::Window;
use postfail_net::tls::accept::accept;
use postfail_net::tls::{Face, Tls};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::io::AsyncWriteExt;

use crate::hello::client_hello;

/// Cases for the library of today; the other takes a tenth of them, being slower.
const CASES: u32 = 10_000;
/// Nothing waits for it: the client has gone by then.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the server notes of a client that sends these bytes in pieces of this size, and goes.
async fn told(tls: &Tls, window: &str, sent: &[u8], piece: usize) -> Vec<What> {
    let (mut near, far) = tokio::io::duplex(256 * 1024);
    let window: Window = window.parse().expect("a window");
    let face = Face { window, certificate: Kind::Good, settings: Arc::default() };
    let mut notes = Vec::new();
    let mut note = |what| notes.push(what);
    let server = accept(tls, far, face, None, &mut note);
    let client = async move {
        for piece in sent.chunks(piece) {
            if near.write_all(piece).await.is_err() {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    let both = async { tokio::join!(server, client) };
    let (accepted, ()) = tokio::time::timeout(PATIENCE, both).await.expect("an end within the time-out");
    assert!(accepted.is_err(), "nobody finishes a handshake who has gone");
    notes
}

fn storm(window: &'static str, cases: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let tls =
        Tls::start(Authority::mint(SystemTime::now()).expect("an authority"), None).expect("certificates");
    let whole = client_hello();
    let end = whole.len();
    let bend = proptest::collection::vec((0..end, any::<u8>()), 0..6);
    let extra = proptest::collection::vec(any::<u8>(), 0..40);
    let strategy = (bend, prop_oneof![Just(end), 0..=end], extra, 1..end);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let ran = TestRunner::new(config).run(&strategy, |(bends, cut, extra, piece)| {
        let mut sent = whole.clone();
        for (at, byte) in bends {
            sent[at] = byte;
        }
        sent.truncate(cut);
        sent.extend(extra);
        let notes = runtime.block_on(told(&tls, window, &sent, piece));
        let reasons = notes.iter().filter_map(|what| match what {
            What::Handshake(end) => match &**end {
                Handshake::Failed { reason, .. } => Some(reason.clone()),
                Handshake::Done { .. } => None,
            },
            _ => None,
        });
        let reasons: Vec<String> = reasons.collect();
        prop_assert!(matches!(reasons.as_slice(), [reason] if !reason.is_empty()), "{reasons:?}");
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn ten_thousand_by_rustls() {
    storm("1.2-1.3", CASES);
}

#[cfg(feature = "legacy-tls")]
#[test]
fn a_thousand_by_openssl() {
    storm("1.0-1.3", CASES / 10);
}
