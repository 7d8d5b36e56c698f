//! Ports: reserved while closed, silent, swallowed, in use.
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use postfail_engine::journal::What;
use postfail_engine::listener::{ListenerName, State};
use postfail_net::socket::Reserved;
use postfail_net::{Ports, Server, ServerError, socket};
use tokio::net::TcpStream;

use crate::{Client, journalled, listener, options, server, world};

const NAME: ListenerName = ListenerName::Pop3;

async fn set(server: &Server, state: State) {
    server.apply(&[listener(NAME, |change| change.state = Some(state))]).await.expect("applied");
}

#[tokio::test]
async fn a_closed_port_refuses_and_stays_ours_and_open_connections_go_on() {
    let server = server().await;
    let port = server.port(NAME);
    let mut before = Client::greeted(&server, NAME).await;
    for _ in 0..20 {
        set(&server, State::Closed).await;
        let refused = TcpStream::connect(("127.0.0.1", port)).await.expect_err("refused");
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        assert_ne!(taken.local_addr().expect("an address").port(), port, "nobody is given our port");
        set(&server, State::Open).await;
        Client::greeted(&server, NAME).await;
    }
    assert_eq!(before.ask("still here").await, "still here");
}

#[tokio::test]
async fn a_silent_port_accepts_and_says_nothing() {
    let server = server().await;
    set(&server, State::Silent).await;
    let mut client = Client::connect(&server, NAME).await;
    client.send("anybody there?\r\n").await;
    journalled(&server, 0, |what| matches!(what, What::Connect { .. }).then_some(())).await;
    server.stop().await;
    assert_eq!(client.rest().await.expect("an orderly end"), b"", "nothing was ever said");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_black_hole_leaves_connections_hanging_until_it_opens() {
    let server = server().await;
    let address = ([127, 0, 0, 1], server.port(NAME)).into();
    set(&server, State::Blackhole).await;
    let swallowed = tokio::task::spawn_blocking(move || socket::answers(address, Duration::from_millis(300)));
    assert!(!swallowed.await.expect("no panic"));
    set(&server, State::Open).await;
    Client::greeted(&server, NAME).await;
}

#[tokio::test]
async fn a_port_in_use_is_one_sentence_with_a_way_out() {
    let holder = std::net::TcpListener::bind(("127.0.0.1", NAME.usual_port()));
    let options = postfail_net::Options { ports: Ports::Usual, ..options() };
    let Err(error) = Server::start(world(), options).await else { panic!("the port is in use") };
    let said = error.to_string();
    assert!(matches!(error, ServerError::InUse { .. }), "{said}");
    assert!(said.contains("is in use by ") && said.contains("--ports random"), "{said}");
    drop(holder);
}

#[cfg(not(feature = "legacy-tls"))]
#[tokio::test]
async fn a_window_below_this_build_is_refused_and_nothing_is_changed() {
    let server = server().await;
    let change = listener(NAME, |change| change.tls = Some("1.0-1.2".parse().expect("a window")));
    let refused = server.apply(&[change]).await.expect_err("refused").to_string();
    assert!(refused.contains("`legacy-tls`"), "{refused}");
    assert_eq!(server.with(|world, _| world.listener(NAME).window.to_string()), "1.2 to 1.3");
}

#[tokio::test]
async fn a_connection_too_many_is_closed_at_once_and_the_journal_says_why() {
    let server = server().await;
    server.with(|world, _| world.bound_connections(1));
    let first = Client::greeted(&server, NAME).await;
    let mut second = Client::connect(&server, NAME).await;
    assert!(second.rest().await.is_ok_and(|said| said.is_empty()));
    journalled(&server, 0, |what| match what {
        What::Limit { what } if what.contains("turned 127.0.0.1:") => Some(()),
        _ => None,
    })
    .await;
    drop(first);
    journalled(&server, 0, |what| matches!(what, What::Close { .. }).then_some(())).await;
    Client::greeted(&server, NAME).await;
}

#[tokio::test]
async fn localhost_is_both_loopback_addresses() {
    let server = server().await;
    let port = server.port(NAME);
    for state in [State::Open, State::Closed, State::Open] {
        set(&server, state).await;
        for address in [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)] {
            let there = std::net::TcpListener::bind((address, 0)).is_ok();
            let answers = TcpStream::connect((address, port)).await.is_ok();
            assert_eq!(answers, there && state == State::Open, "{address} {state:?}");
        }
    }
}

#[test]
fn a_free_port_is_free_on_both_and_a_taken_one_is_refused() {
    let Ok(taken) = std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) else { return };
    let port = taken.local_addr().expect("an address").port();
    let refused = Reserved::bind_all(Ipv4Addr::LOCALHOST.into(), port).expect_err("taken on ::1");
    assert_eq!(refused.kind(), ErrorKind::AddrInUse);
    let ports = Reserved::bind_all(Ipv4Addr::LOCALHOST.into(), 0).expect("a free port");
    assert_eq!(ports.len(), 2);
    assert_eq!(ports[0].address().port(), ports[1].address().port());
}
