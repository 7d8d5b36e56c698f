//! Ten thousand ClientHellos, cut and bent: each comes to an end within the time-out, and the journal says what was wrong.
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use postfail_certs::{Authority, Kind};
use postfail_engine::change::Change;
use postfail_engine::journal::{Filter, Handshake, What};
use postfail_engine::listener::{ListenerName, Window};
use postfail_engine::span::Span;
use postfail_net::tls::accept::accept;
use postfail_net::tls::{Face, Tls};
use postfail_wire::tls::client_hello::{Progress, parse};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::io::AsyncWriteExt;
use tokio::runtime::{Builder, Runtime};

use crate::hello::client_hello;
use crate::{Client, server};

/// Cases for the library of today; the other takes a tenth of them, being slower.
const CASES: u32 = 10_000;
/// Nothing waits for it: the client has gone by then.
const PATIENCE: Duration = Duration::from_secs(20);

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// A good hello with bytes changed, cut anywhere, with anything behind it; and the size of the pieces it comes in.
fn mutants() -> impl Strategy<Value = (Vec<u8>, usize)> {
    let whole = client_hello();
    let end = whole.len();
    let bend = proptest::collection::vec((0..end, any::<u8>()), 0..6);
    let extra = proptest::collection::vec(any::<u8>(), 0..40);
    (bend, prop_oneof![Just(end), 0..=end], extra, 1..end).prop_map(move |(bends, cut, extra, piece)| {
        let mut sent = whole.clone();
        for (at, byte) in bends {
            sent[at] = byte;
        }
        sent.truncate(cut);
        sent.extend(extra);
        (sent, piece)
    })
}

/// What the server notes of a client that sends these bytes in pieces of this size, and goes.
async fn told(tls: &Tls, window: &str, sent: &[u8], piece: usize) -> Vec<What> {
    let (mut near, far) = tokio::io::duplex(256 * 1024);
    let window: Window = window.parse().expect("a window");
    let face = Face { window, certificate: Kind::Good, settings: Arc::default() };
    let mut notes = Vec::new();
    let mut note = |what| notes.push(what);
    let server = async {
        let Err(mut lost) = accept(tls, far, face, None, &mut note).await else { return false };
        lost.tell().await;
        true
    };
    let client = async move {
        for piece in sent.chunks(piece) {
            if near.write_all(piece).await.is_err() {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    let both = async { tokio::join!(server, client) };
    let (failed, ()) = tokio::time::timeout(PATIENCE, both).await.expect("an end within the time-out");
    assert!(failed, "nobody finishes a handshake who has gone");
    notes
}

/// What may be said of these bytes before a library sees them, however many pieces were read at once; empty where
/// there is nothing to say, as they are a hello.
fn reasons(sent: &[u8], piece: usize) -> Vec<String> {
    let cuts = (0..sent.len()).step_by(piece).skip(1).chain([sent.len()]);
    let mut reasons = Vec::new();
    for cut in cuts {
        match parse(&sent[..cut]) {
            Progress::NeedMore => {}
            Progress::Hello(_) => return reasons,
            Progress::Bad(what) => reasons.push(what.to_string()),
            Progress::NotTls(what) => reasons.push(what.to_string()),
        }
    }
    if reasons.is_empty() {
        let cut = sent.len();
        reasons.push(match cut {
            0 => "the client closed the connection before its ClientHello".to_owned(),
            _ => format!("the client closed the connection {cut} bytes into its ClientHello"),
        });
    }
    reasons
}

/// Why it failed; `None` for all but the end of a handshake.
fn failure(what: &What) -> Option<String> {
    match what {
        What::Handshake(end) => match &**end {
            Handshake::Failed { reason, .. } => Some(reason.clone()),
            Handshake::Done { .. } => Some(String::new()),
        },
        _ => None,
    }
}

fn storm(window: &'static str, cases: u32) {
    let runtime = runtime();
    let tls =
        Tls::start(Authority::mint(SystemTime::now()).expect("an authority"), None).expect("certificates");
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let ran = TestRunner::new(config).run(&mutants(), |(sent, piece)| {
        let notes = runtime.block_on(told(&tls, window, &sent, piece));
        let said: Vec<String> = notes.iter().filter_map(failure).collect();
        prop_assert!(matches!(said.as_slice(), [reason] if !reason.is_empty()), "{said:?}");
        let expected = reasons(&sent, piece);
        let is_hello = notes.iter().any(|what| matches!(what, What::Hello(_)));
        prop_assert_eq!(is_hello, expected.is_empty(), "{:?}", said);
        prop_assert!(is_hello || expected.contains(&said[0]), "{said:?} and not one of {expected:?}");
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

/// Clients that send such a hello and stay, and time that passes: each is dropped, and the journal says why.
async fn outstayed(window: &str, hellos: Vec<Vec<u8>>) -> Vec<String> {
    let server = server().await;
    let window = window.parse().expect("a window");
    let set = crate::listener(ListenerName::Imaps, |change| change.tls = Some(window));
    server.apply(&[set]).await.expect("applied");
    let mut clients = tokio::task::JoinSet::new();
    for hello in &hellos {
        let mut client = Client::connect(&server, ListenerName::Imaps).await;
        client.0.write_all(hello).await.expect("sent");
        clients.spawn(async move { client.rest().await.map(drop) });
    }
    let hour = Span(Duration::from_secs(3600));
    let all = async {
        // Deadlines are set when a handshake's task runs; an hour more is always beyond them.
        while !clients.is_empty() {
            if tokio::time::timeout(Duration::from_millis(50), clients.join_next()).await.is_err() {
                server.apply(&[Change::Advance(hour)]).await.expect("applied");
            }
        }
    };
    tokio::time::timeout(PATIENCE, all).await.expect("an end in virtual time");
    crate::journalled(&server, hellos.len() - 1, failure).await;
    server.with(|world, _| {
        world.journal().entries(&Filter::default()).filter_map(|entry| failure(&entry.what)).collect()
    })
}

#[test]
fn those_who_stay_are_dropped_at_the_time_out() {
    let windows: &[&str] = if cfg!(feature = "legacy-tls") { &["1.2-1.3", "1.0-1.3"] } else { &["1.2-1.3"] };
    for window in windows {
        let config =
            Config { cases: 3, max_shrink_iters: 30, failure_persistence: None, ..Config::default() };
        let hellos = proptest::collection::vec(mutants().prop_map(|(sent, _)| sent), 100);
        let ran = TestRunner::new(config).run(&hellos, |hellos| {
            let count = hellos.len();
            let said = runtime().block_on(outstayed(window, hellos));
            prop_assert_eq!(said.len(), count);
            prop_assert!(said.iter().all(|reason| !reason.is_empty()), "{:?}", said);
            let waited = said.iter().filter(|reason| *reason == "not finished within 180 s").count();
            prop_assert!(waited > 0, "nobody was waited for: {said:?}");
            Ok(())
        });
        ran.unwrap_or_else(|error| panic!("{window}: {error}"));
    }
}
