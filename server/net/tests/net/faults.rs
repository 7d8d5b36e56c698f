//! Each fault as a client without any library meets it.
use std::io::{ErrorKind, Read};
use std::net::SocketAddr;
use std::time::Duration;

use postfail_engine::change::Change;
use postfail_engine::clock::Pace;
use postfail_engine::fault::from_lines;
use postfail_engine::journal::{Filter, Side, What};
use postfail_engine::listener::ListenerName;
use postfail_net::{Options, Server, sessions};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpSocket, TcpStream};

use crate::{Client, journalled, options, world};

/// A server with the real sessions and these faults, each as the lines of its table.
pub async fn faulty(faults: &[&[&str]]) -> Server {
    let server = Server::start(world(), Options { sessions: sessions::of, ..options() }).await;
    let server = server.expect("a server");
    add(&server, faults).await;
    server
}

async fn add(server: &Server, faults: &[&[&str]]) {
    let fault = |lines: &&[&str]| Change::Fault(from_lines(lines.iter().copied()).expect("a fault"));
    let changes: Vec<Change> = faults.iter().map(fault).collect();
    server.apply(&changes).await.expect("applied");
}

async fn advance(server: &Server, span: &str) {
    server.apply(&[Change::Advance(span.parse().expect("a span"))]).await.expect("advanced");
}

/// `taro`'s password.
fn password(server: &Server) -> String {
    server.with(|world, real| world.accounts(real)[0].password.clone())
}

fn address(server: &Server, name: ListenerName) -> SocketAddr {
    ([127, 0, 0, 1], server.port(name)).into()
}

async fn connects(server: &Server, name: ListenerName) -> Result<TcpStream, ErrorKind> {
    TcpStream::connect(address(server, name)).await.map_err(|error| error.kind())
}

const REFUSED: Result<(), ErrorKind> = Err(ErrorKind::ConnectionRefused);

#[tokio::test]
async fn a_port_is_refused_in_its_window_and_opens_by_itself() {
    let server = faulty(&[&["stage=connect", "refuse=true", "who.listener=pop3", "when.until=1h"]]).await;
    assert_eq!(connects(&server, ListenerName::Pop3).await.map(drop), REFUSED);
    Client::connect(&server, ListenerName::Imap).await;
    advance(&server, "1h").await;
    assert!(Client::connect(&server, ListenerName::Pop3).await.line().await.starts_with("+OK"));
}

#[tokio::test]
async fn a_port_is_refused_when_its_time_comes_by_itself() {
    let window = "when.window={ from = \"5m\", to = \"1d\" }";
    let server = faulty(&[&["stage=connect", "refuse=true", window]]).await;
    let mut client = Client::connect(&server, ListenerName::Imap).await;
    server.apply(&[Change::Rate(100_000.0)]).await.expect("faster");
    // The connection outlives its port; the client goes on asking until the port has closed.
    while connects(&server, ListenerName::Imap).await.map(drop) != REFUSED {}
    assert!(client.line().await.starts_with("* OK"));
}

#[tokio::test]
async fn a_port_is_refused_once_so_many_have_come() {
    let server = faulty(&[&["stage=connect", "refuse=true", "when.after=2", "who.listener=smtp"]]).await;
    let mut kept = Vec::new();
    for _ in 0..2 {
        let mut client = Client::connect(&server, ListenerName::Smtp).await;
        assert!(client.line().await.starts_with("220"));
        kept.push(client);
    }
    server.settle().await.expect("settled");
    assert_eq!(connects(&server, ListenerName::Smtp).await.map(drop), REFUSED);
    assert!(kept[0].ask("NOOP").await.starts_with("250"));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_swallowed_syn_is_a_connect_time_out() {
    let server = faulty(&[&["stage=connect", "blackhole=true", "when.until=1h"]]).await;
    let at = address(&server, ListenerName::Imaps);
    let tried = tokio::task::spawn_blocking(move || {
        std::net::TcpStream::connect_timeout(&at, Duration::from_millis(300)).map_err(|error| error.kind())
    });
    assert_eq!(tried.await.expect("no panic").map(drop), Err(ErrorKind::TimedOut));
    advance(&server, "1h").await;
    connects(&server, ListenerName::Imaps).await.expect("open again");
}

#[tokio::test]
async fn a_silent_server_is_a_read_time_out() {
    for stage in ["connect", "greeting"] {
        let server = faulty(&[&[&format!("stage={stage}"), "hang=true"]]).await;
        let at = address(&server, ListenerName::Imap);
        let tried = tokio::task::spawn_blocking(move || {
            let mut stream = std::net::TcpStream::connect(at).expect("connected");
            stream.set_read_timeout(Some(Duration::from_millis(100))).expect("a time-out");
            stream.read(&mut [0]).map_err(|error| error.kind())
        });
        // Windows has a name of its own for it.
        let kind = tried.await.expect("no panic").expect_err("nothing comes");
        assert!(matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut), "{stage}: {kind:?}");
    }
}

#[tokio::test]
async fn connections_are_cut_at_any_stage() {
    for (name, stage, command) in [
        (ListenerName::Smtp, "stage=connect", ""),
        (ListenerName::Imaps, "stage=connect", ""),
        (ListenerName::Pop3, "stage=greeting", ""),
        (ListenerName::Imap, "stage=capability", "a CAPABILITY\r\n"),
        (ListenerName::Submission, "command=NOOP", "NOOP\r\n"),
        (ListenerName::Pop3, "stage=quit", "QUIT\r\n"),
    ] {
        for (effect, how) in [("reset=true", Err(ErrorKind::ConnectionReset)), ("close=true", Ok(()))] {
            let server = faulty(&[&[stage, effect]]).await;
            let mut client = Client::connect(&server, name).await;
            if !command.is_empty() {
                client.line().await;
                client.send(command).await;
            }
            let rest = client.rest().await.map_err(|error| error.kind());
            assert_eq!(rest.map(|bytes| assert_eq!(bytes, b"")), how, "{name} {stage} {effect}");
        }
    }
}

#[tokio::test]
async fn an_answer_is_truncated_and_then_closed_reset_or_left_hanging() {
    let server = faulty(&[
        &["command=CAPA", "truncate=5"],
        &["command=STAT", "truncate={ after = 5, then = \"reset\" }"],
        &["command=NOOP", "truncate={ after = 0, then = \"hang\" }"],
    ])
    .await;
    let ask = async |command: &str| {
        let mut client = Client::connect(&server, ListenerName::Pop3).await;
        client.line().await;
        client.send(&format!("{command}\r\n")).await;
        client
    };
    assert_eq!(ask("CAPA").await.rest().await.expect("an orderly end"), b"+OK C");
    let mut client = ask("STAT").await;
    let mut five = [0; 5];
    client.0.read_exact(&mut five).await.expect("five bytes");
    assert_eq!(client.rest().await.expect_err("RST").kind(), ErrorKind::ConnectionReset);
    let mut client = ask("NOOP").await;
    client.send("CAPA\r\n").await;
    journalled(&server, 2, |what| (what.kind() == "fault").then_some(())).await;
    server.stop().await;
    assert_eq!(client.rest().await.expect("an orderly end"), b"", "nothing was said");
}

#[tokio::test]
async fn a_mail_is_taken_and_its_reply_lost() {
    let server = faulty(&[&["command=.", "truncate=0"]]).await;
    let mut client = Client::connect(&server, ListenerName::Smtp).await;
    client.line().await;
    for command in ["HELO me", "MAIL FROM:<a@example.org>", "RCPT TO:<taro@postfail.test>"] {
        assert!(client.ask(command).await.starts_with("250"));
    }
    assert!(client.ask("DATA").await.starts_with("354"));
    client.send("Subject: once\r\n\r\n.\r\n").await;
    assert_eq!(client.rest().await.expect("an orderly end"), b"");
    let kept = server.with(|world, _| {
        let store = world.store();
        let taro = store.find("taro").expect("taro");
        store.mailbox(taro, "INBOX").expect("an INBOX").messages().len()
    });
    assert_eq!(kept, 1);
}

#[tokio::test]
async fn bytes_drip_and_trickle_by_the_worlds_clock() {
    for (effect, first, span) in
        [("drip=1s", 1, "1s"), ("drip={ bytes = 3, every = \"1m\" }", 3, "1m"), ("throttle=40", 4, "100ms")]
    {
        let server = faulty(&[&["stage=greeting", effect]]).await;
        server.apply(&[Change::Freeze(true)]).await.expect("frozen");
        let mut client = Client::connect(&server, ListenerName::Imap).await;
        let mut said = Vec::new();
        for _ in 0..3 {
            let mut piece = [0; 64];
            let size = client.0.read(&mut piece).await.expect("a piece");
            assert_eq!(size, first, "{effect}");
            said.extend_from_slice(&piece[..size]);
            advance(&server, span).await;
        }
        assert!(b"* OK mail.postfail.test".starts_with(&said[..]), "{effect}: {said:?}");
        server.apply(&[Change::Pace(Pace::Instant)]).await.expect("at once");
        assert!(client.line().await.ends_with(".test"), "{effect}");
    }
}

#[tokio::test]
async fn a_delay_follows_the_clock_and_the_pace() {
    let delays: &[&[&str]] =
        &[&["stage=connect", "delay=1h"], &["stage=greeting", "delay=1h"], &["command=NOOP", "delay=1h"]];
    let server = faulty(delays).await;
    server.apply(&[Change::Rate(10_000.0)]).await.expect("faster");
    assert!(Client::connect(&server, ListenerName::Pop3).await.line().await.starts_with("+OK"));
    let server = faulty(delays).await;
    server.apply(&[Change::Pace(Pace::Instant)]).await.expect("at once");
    let mut client = Client::connect(&server, ListenerName::Pop3).await;
    assert!(client.line().await.starts_with("+OK"));
    assert_eq!(client.ask("NOOP").await, "-ERR Log in first");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_client_that_will_not_wait_is_missed_at_once() {
    let server = faulty(&[&["stage=greeting", "delay=1h"]]).await;
    drop(Client::connect(&server, ListenerName::Imap).await);
    let by = journalled(&server, 0, |what| match what {
        What::Close { by, .. } => Some(*by),
        _ => None,
    });
    assert_eq!(by.await, Side::Client);
}

#[tokio::test]
async fn a_quota_recovers_with_the_clock() {
    let quota = "when.quota={ count = 2, per = \"1m\" }";
    let refusal = "reply=-ERR [LOGIN-DELAY] minimum time between mail checks violation";
    let server = faulty(&[&["stage=auth", quota, refusal, "who.account=taro"]]).await;
    server.apply(&[Change::Freeze(true)]).await.expect("frozen");
    let password = password(&server);
    let log_in = async || {
        let mut client = Client::connect(&server, ListenerName::Pop3).await;
        client.line().await;
        client.ask("USER taro").await;
        let answer = client.ask(&format!("PASS {password}")).await;
        client.ask("QUIT").await;
        client.rest().await.expect("an orderly end");
        answer
    };
    for (granted, pass) in [(true, "1s"), (true, "1s"), (false, "1s"), (false, "1m"), (true, "1s")] {
        let answer = log_in().await;
        assert_eq!(answer.starts_with("+OK"), granted, "{answer}");
        assert!(granted || answer.starts_with("-ERR [LOGIN-DELAY]"), "{answer}");
        advance(&server, pass).await;
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_fault_can_mean_one_address() {
    let server = faulty(&[&["stage=greeting", "bye=not you", "who.address=127.0.0.2"]]).await;
    for (from, said) in [("127.0.0.2:0", "* BYE not you"), ("127.0.0.1:0", "* OK")] {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(from.parse().expect("an address")).expect("bound");
        let stream = socket.connect(address(&server, ListenerName::Imap)).await.expect("connected");
        let mut client = Client(tokio::io::BufReader::new(stream));
        assert!(client.line().await.starts_with(said), "{from}");
    }
}

/// What was said, to whom, and which faults acted: without ports and times of the machine.
async fn story(seed: u64) -> Vec<String> {
    let fixed = jiff::Timestamp::from_second(1_800_000_000).expect("a time");
    let mut world = crate::world_of(seed, fixed);
    world.apply(&[Change::Freeze(true)], fixed).expect("frozen");
    let server =
        Server::start(world, Options { sessions: sessions::of, ..options() }).await.expect("a server");
    add(
        &server,
        &[
            &["command=NOOP", "garbage=8", "when.probability=0.3"],
            &["command=NOOP", "delay=0s", "when.probability=0.5"],
            &["command=QUIT", "reset=true", "when.probability=0.5"],
        ],
    )
    .await;
    for n in 0..6 {
        let mut client = Client::connect(&server, ListenerName::Smtp).await;
        client.line().await;
        for _ in 0..4 {
            client.send("NOOP\r\nVRFY x\r\n").await;
            let mut met = Vec::new();
            while !met.windows(5).any(|five| five == b"252 2") {
                met.push(client.0.read_u8().await.expect("a byte"));
            }
        }
        client.send("QUIT\r\n").await;
        let _ = client.rest().await;
        journalled(&server, n, |what| matches!(what, What::Close { .. }).then_some(())).await;
    }
    server.with(|world, _| {
        let journal = world.journal();
        let shown = |entry| {
            let mut line: serde_json::Value = serde_json::from_str(&journal.json(entry)).expect("JSON");
            for key in ["time", "peer"] {
                line.as_object_mut().expect("an object").remove(key);
            }
            line.to_string()
        };
        journal.entries(&Filter::default()).map(shown).collect()
    })
}

#[tokio::test]
async fn one_seed_is_one_story() {
    let (first, second, other) = (story(7).await, story(7).await, story(8).await);
    for (one, two) in first.iter().zip(&second) {
        assert_eq!(one, two, "seed 7 twice");
    }
    assert_eq!(first.len(), second.len());
    assert!(first != other, "seeds 7 and 8 tell one story");
    assert!(first.iter().filter(|line| line.contains("\"fault\"")).count() > 6);
}
