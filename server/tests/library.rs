//! The library as a test of somebody's mail program uses it.
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use postfail::change::Change;
use postfail::files::Folder;
use postfail::journal::Filter;
use postfail::{ListenerName, Postfail};

const SOON: Duration = Duration::from_secs(20);

/// A POP3 client in plaintext: log in, count the mail.
fn pop3(address: SocketAddr, user: &str, password: &str) -> Option<String> {
    let stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(SOON)).ok()?;
    let mut stream = BufReader::new(stream);
    let mut answer = String::new();
    stream.read_line(&mut answer).ok()?;
    for command in [format!("USER {user}"), format!("PASS {password}"), "STAT".to_owned()] {
        stream.get_mut().write_all(format!("{command}\r\n").as_bytes()).ok()?;
        answer.clear();
        stream.read_line(&mut answer).ok()?;
    }
    answer.starts_with("+OK").then_some(answer)
}

#[tokio::test]
async fn a_healthy_server_lets_a_client_in_and_says_so() {
    let mail = Postfail::healthy().seed(7).start().await.unwrap();
    let taro = mail.account("taro");
    assert!(pop3(mail.addr(ListenerName::Pop3), &taro.address, &taro.password).is_some());
    let login =
        mail.wait_for(Filter { kind: Some("log_in".to_owned()), ..Filter::default() }, SOON).await.unwrap();
    let (connection, listener) = login.connection.unwrap();
    assert_eq!(listener, ListenerName::Pop3);
    let transcript = mail.transcript(connection);
    assert!(transcript.contains("C: STAT") && !transcript.contains(&taro.password), "{transcript}");
    assert!(mail.ca_pem().starts_with("-----BEGIN CERTIFICATE-----"));
    assert_eq!(std::fs::read_to_string(mail.ca_file()).unwrap(), mail.ca_pem());
    mail.stop().await;
}

#[tokio::test]
async fn the_same_seed_gives_the_same_passwords() {
    let passwords = async |seed| {
        let mail = Postfail::healthy().seed(seed).start().await.unwrap();
        mail.accounts().into_iter().map(|account| account.password).collect::<Vec<_>>()
    };
    assert_eq!(passwords(7).await, passwords(7).await);
    assert_ne!(passwords(7).await, passwords(8).await);
}

#[tokio::test]
async fn time_ends_phases_where_it_was_asked_to() {
    let id = "plaintext/pop3-110-closed-use-995";
    let mail = Postfail::scenario(id).triggers(Some("after=10m".parse().unwrap())).start().await.unwrap();
    let wanted = |since| Filter { since, kind: Some("phase".to_owned()), ..Filter::default() };
    let mut since = mail.newest();
    for _ in ["breaks", "mended"] {
        mail.advance("10m").await.unwrap();
        since = mail.wait_for(wanted(since), SOON).await.unwrap().seq;
    }
    assert!(mail.title().contains("phase mended"), "{}", mail.title());
    mail.advance("10m").await.unwrap();
    tokio::time::timeout(SOON, mail.told()).await.expect("the last phase is over");
    mail.stop().await;
}

#[tokio::test]
async fn two_worlds_in_one_process_do_not_touch() {
    let one = Postfail::healthy().start().await.unwrap();
    let two = Postfail::healthy().start().await.unwrap();
    one.set("pop3.state", "closed").await.unwrap();
    assert!(TcpStream::connect(one.addr(ListenerName::Pop3)).is_err());
    let taro = two.account("taro");
    assert!(pop3(two.addr(ListenerName::Pop3), &taro.address, &taro.password).is_some());
    let of_one = Filter { kind: Some("connect".to_owned()), ..Filter::default() };
    assert!(one.entries(&of_one).is_empty());
    assert_ne!(one.control_token(), two.control_token());
    let port = two.addr(ListenerName::Pop3);
    two.stop().await;
    assert!(TcpStream::connect(port).is_err());
}

#[tokio::test]
async fn changes_hold_when_they_return_and_slips_are_told() {
    let mail = Postfail::healthy().start().await.unwrap();
    let taro = mail.account("taro");
    mail.set("pop3.require_tls", "true").await.unwrap();
    assert!(pop3(mail.addr(ListenerName::Pop3), &taro.address, &taro.password).is_none());
    mail.set("pop3.require_tls", "false").await.unwrap();
    assert!(pop3(mail.addr(ListenerName::Pop3), &taro.address, &taro.password).is_some());
    let told = mail.set("pop3.tsl", "1.2").await.unwrap_err().to_string();
    assert!(told.contains("unknown key `tsl`"), "{told}");
    let told = mail.advance("91").await.unwrap_err().to_string();
    assert!(told.contains("`91d`"), "{told}");
    let told = mail.phase("breaks").await.unwrap_err().to_string();
    assert!(told.contains("no scenario"), "{told}");
    mail.advance("91d").await.unwrap();
}

#[tokio::test]
async fn a_client_that_breaks_an_expectation_is_shown_its_journal() {
    let mail = Postfail::scenario("plaintext/pop3-110-closed-use-995").start().await.unwrap();
    let taro = mail.account("taro");
    assert!(pop3(mail.addr(ListenerName::Pop3), &taro.address, &taro.password).is_some());
    mail.verify();
    // The lesson is TLS on port 995; this client goes on in the clear, elsewhere.
    mail.phase("mended").await.unwrap();
    let since = mail.newest();
    mail.set("imap.security", "plain").await.unwrap();
    let mut imap = TcpStream::connect(mail.addr(ListenerName::Imap)).unwrap();
    imap.write_all(format!("a LOGIN {} {}\r\n", taro.address, taro.password).as_bytes()).unwrap();
    mail.wait_for(Filter { since, kind: Some("log_in".to_owned()), connection: None }, SOON).await.unwrap();
    let panic = catch_unwind(AssertUnwindSafe(|| mail.verify())).unwrap_err();
    let told = panic.downcast_ref::<String>().unwrap();
    assert!(told.contains("password_in_clear: expected no password without TLS"), "{told}");
    assert!(told.contains("#2 imap @ log-in of"), "{told}");
    assert!(!told.contains(&taro.password), "{told}");
}

#[tokio::test]
async fn a_broken_expectation_is_found_when_the_handle_is_dropped() {
    let start = || Postfail::scenario("plaintext/pop3-110-closed-use-995");
    let wrong = async |mail: postfail::Handle| {
        // In this phase the client is set up for POP3 on port 110, and for nothing else.
        drop(TcpStream::connect(mail.addr(ListenerName::Imap)).unwrap());
        mail.wait_for(Filter { kind: Some("close".to_owned()), ..Filter::default() }, SOON).await.unwrap();
        mail
    };
    let mail = wrong(start().start().await.unwrap()).await;
    let panic = catch_unwind(AssertUnwindSafe(|| drop(mail))).unwrap_err();
    assert!(panic.downcast_ref::<String>().unwrap().contains("listeners: expected connections to pop3 only"));
    drop(wrong(start().verify_on_drop(false).start().await.unwrap()).await);
}

#[tokio::test]
async fn what_did_not_come_in_time_is_told_with_what_came() {
    let mail = Postfail::healthy().start().await.unwrap();
    let wanted = Filter { kind: Some("mail_accepted".to_owned()), ..Filter::default() };
    let told = mail.wait_for(wanted, Duration::ZERO).await.unwrap_err().to_string();
    assert!(told.contains("no mail_accepted within 0 s") && told.contains("start"), "{told}");
}

/// Thirty log-ins one after the other, under faults by chance; the journal without what is of this hour and this
/// machine.
async fn story(seed: u64) -> Vec<serde_json::Value> {
    let folder = Folder::new().unwrap();
    let journal = folder.path().join("journal.jsonl");
    let asked = Postfail::healthy().era("2026-01-15".parse().unwrap()).seed(seed);
    let mail = asked.journal_file(&journal).start().await.unwrap();
    let faults = serde_json::json!([
        { "freeze": true },
        { "fault": { "stage": "auth", "reset": true, "when": { "probability": 0.2 } } },
        { "fault": { "command": "STAT", "close": true, "when": { "probability": 0.3 } } },
        { "fault": { "command": "STAT", "reply": "-ERR no", "when": { "probability": 0.5, "seed": 7 } } },
        { "refuse": { "failure": "temp-failure", "percent": 30 } },
    ]);
    mail.apply(&serde_json::from_value::<Vec<Change>>(faults).unwrap()).await.unwrap();
    let taro = mail.account("taro");
    for connection in 1..=30 {
        let _ = pop3(mail.addr(ListenerName::Pop3), &taro.address, &taro.password);
        let closed =
            Filter { kind: Some("close".to_owned()), connection: Some(connection), ..Filter::default() };
        mail.wait_for(closed, SOON).await.unwrap();
    }
    mail.stop().await;
    let read = |line: &str| {
        let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
        let fields = line.as_object_mut().unwrap();
        // The moment the world started is real; frozen, virtual time stands as long behind noon.
        ["time", "virtual", "peer"].iter().for_each(|field| _ = fields.remove(*field));
        // So is the moment in the APOP timestamp of a greeting (RFC 1939 section 7).
        if let Some(greeting) = fields.get_mut("line")
            && let Some((before, _)) = greeting.as_str().and_then(|text| text.split_once(" <"))
        {
            *greeting = before.into();
        }
        line
    };
    std::fs::read_to_string(&journal).unwrap().lines().map(read).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_seed_tells_the_same_story() {
    let (first, second, other) = (story(7).await, story(7).await, story(8).await);
    for (number, (first, second)) in first.iter().zip(&second).enumerate() {
        assert_eq!(first, second, "line {number}, seed 7");
    }
    assert_eq!(first.len(), second.len());
    let faults = |story: &[serde_json::Value]| -> Vec<serde_json::Value> {
        let of = |line: &&serde_json::Value| ["fault", "refused"].contains(&line["kind"].as_str().unwrap());
        story.iter().filter(of).map(|line| line["connection"].clone()).collect()
    };
    assert!(faults(&first).len() > 10 && faults(&first) != faults(&other), "{:?}", faults(&first));
}
