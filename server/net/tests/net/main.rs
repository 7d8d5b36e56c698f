//! The server over real sockets, with a small session of the tests' own.
#[cfg(feature = "legacy-tls")]
mod certificates;
mod driver;
mod echo;
mod fault_bytes;
mod faults;
#[cfg(feature = "legacy-tls")]
mod handshake_alerts;
#[cfg(feature = "legacy-tls")]
mod handshake_ends;
#[cfg(feature = "legacy-tls")]
mod handshake_faults;
#[cfg(feature = "legacy-tls")]
mod handshake_points;
mod hello;
mod journal_file;
mod listeners;
mod mutated;
mod protocols;
#[cfg(feature = "legacy-tls")]
mod settings;
#[cfg(feature = "legacy-tls")]
mod windows;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use postfail_certs::Authority;
use postfail_engine::change::{Change, ListenerChange, Listeners};
use postfail_engine::journal::{Filter, Handshake, What};
use postfail_engine::listener::ListenerName;
use postfail_engine::scenario::diagnostic::Source;
use postfail_engine::{Profile, World};
use postfail_net::{Options, Ports, Server};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Long enough for a slow machine; nothing waits for it when all is well.
const PATIENCE: Duration = Duration::from_secs(20);

const PROFILE: &str = r#"
title = { en = "test", ja = "test" }
note = "for the tests of this crate"
mechanisms = { smtp = ["PLAIN"], pop3 = ["PLAIN"], imap = ["PLAIN"] }
greeting.smtp = { text = "{host}", source = "own", certainty = "own", wire = "own" }
greeting.pop3 = { text = "{host}", source = "own", certainty = "own", wire = "own" }
greeting.imap = { text = "{host}", source = "own", certainty = "own", wire = "own" }
"#;

fn world() -> World {
    world_of(7, Timestamp::now())
}

fn world_of(seed: u64, real: Timestamp) -> World {
    let profile = Profile::parse("test", &Source { name: "test.toml", text: PROFILE }).expect("a profile");
    World::healthy(seed, Arc::new(profile), &[], real)
}

fn options() -> Options {
    let authority = Authority::mint(SystemTime::now()).expect("an authority");
    Options { ports: Ports::Random, sessions: echo::of, ..Options::new(authority) }
}

async fn server() -> Server {
    Server::start(world(), options()).await.expect("a server")
}

/// Alters one listener.
fn listener(name: ListenerName, alter: impl FnOnce(&mut ListenerChange)) -> Change {
    let mut change = ListenerChange::of(Listeners::One(name));
    alter(&mut change);
    Change::Listener(change)
}

/// Waits until the journal holds the `n`th event that `wanted` takes, from 0.
async fn journalled<T>(server: &Server, n: usize, wanted: impl Fn(&What) -> Option<T>) -> T {
    let mut newest = server.subscribe();
    let search = async {
        loop {
            newest.borrow_and_update();
            let found = server.with(|world, _| {
                let all = Filter::default();
                world.journal().entries(&all).filter_map(|entry| wanted(&entry.what)).nth(n)
            });
            match found {
                Some(found) => return found,
                None => newest.changed().await.expect("the server lives"),
            }
        }
    };
    tokio::time::timeout(PATIENCE, search).await.expect("it comes into the journal")
}

/// The `n`th handshake that failed, from 0.
async fn failure(server: &Server, n: usize) -> Handshake {
    journalled(server, n, |what| match what {
        What::Handshake(end) if matches!(**end, Handshake::Failed { .. }) => Some((**end).clone()),
        _ => None,
    })
    .await
}

/// A client that speaks lines in the clear.
struct Client(BufReader<TcpStream>);

impl Client {
    async fn connect(server: &Server, name: ListenerName) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", server.port(name))).await.expect("connected");
        Self(BufReader::new(stream))
    }

    async fn greeted(server: &Server, name: ListenerName) -> Self {
        let mut client = Self::connect(server, name).await;
        assert_eq!(client.line().await, "hello");
        client
    }

    async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.expect("sent");
    }

    /// A line without its end; empty at the end of the stream.
    async fn line(&mut self) -> String {
        let mut line = String::new();
        let read = tokio::time::timeout(PATIENCE, self.0.read_line(&mut line)).await;
        read.expect("an answer in time").expect("read");
        line.trim_end().to_owned()
    }

    async fn ask(&mut self, text: &str) -> String {
        self.send(&format!("{text}\r\n")).await;
        self.line().await
    }

    /// Everything up to the end; an error is RST.
    async fn rest(&mut self) -> std::io::Result<Vec<u8>> {
        let mut rest = Vec::new();
        let read = tokio::time::timeout(PATIENCE, self.0.read_to_end(&mut rest)).await;
        read.expect("an end in time").map(|_| rest)
    }
}
