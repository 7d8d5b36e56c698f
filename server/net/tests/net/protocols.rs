//! The real sessions behind the real driver: greeting to end on every listener, and what a mailbox's watcher sees.
use std::time::Duration;

use postfail_engine::change::{Change, Deliver};
use postfail_engine::listener::ListenerName;
use postfail_net::{Server, sessions};

use crate::{Client, options, world};

async fn real_server() -> Server {
    Server::start(world(), postfail_net::Options { sessions: sessions::of, ..options() })
        .await
        .expect("a server")
}

#[tokio::test]
async fn each_protocol_greets_and_parts() {
    let server = real_server().await;
    for (name, greeting, parting, answer) in [
        (ListenerName::Smtp, "220 ", "QUIT", "221"),
        (ListenerName::Submission, "220 ", "QUIT", "221"),
        (ListenerName::Pop3, "+OK", "QUIT", "+OK"),
        (ListenerName::Imap, "* OK", "a LOGOUT", "* BYE"),
    ] {
        let mut client = Client::connect(&server, name).await;
        let greeted = client.line().await;
        assert!(greeted.starts_with(greeting), "{name}: {greeted}");
        let parted = client.ask(parting).await;
        assert!(parted.starts_with(answer), "{name}: {parted}");
        client.rest().await.expect("FIN, not RST");
    }
}

#[tokio::test]
async fn an_idling_client_is_woken_by_new_mail() {
    let server = real_server().await;
    let password = server.with(|world, real| world.accounts(real)[0].password.clone());
    let mut client = Client::connect(&server, ListenerName::Imap).await;
    client.line().await;
    client.send(&format!("a LOGIN taro {password}\r\nb SELECT INBOX\r\n")).await;
    while !client.line().await.starts_with("b OK") {}
    assert!(client.ask("c IDLE").await.starts_with('+'));
    let message = "Subject: news\r\n\r\nhello\r\n".to_owned();
    server
        .apply(&[Change::Deliver(Deliver { account: "taro".to_owned(), message })])
        .await
        .expect("delivered");
    let pushed = tokio::time::timeout(Duration::from_secs(10), client.line()).await.expect("pushed");
    assert_eq!(pushed, "* 1 EXISTS");
}
