//! The journal's file holds what a client has seen, at every moment.
use std::fs::{self, File};

use postfail_engine::listener::ListenerName;
use postfail_net::{Options, Server};

use crate::{Client, options, world};

#[tokio::test]
async fn every_event_is_in_the_file_before_its_answer_goes_out() {
    let path = std::env::temp_dir().join(format!("postfail-journal-{}.jsonl", std::process::id()));
    let file = File::create(&path).expect("a file");
    let server =
        Server::start(world(), Options { journal: Some(file), ..options() }).await.expect("a server");
    for n in 1..=20 {
        Client::greeted(&server, ListenerName::Smtp).await;
        let text = fs::read_to_string(&path).expect("the journal");
        let connects = text.lines().filter(|line| line.contains(r#""connect""#)).count();
        assert_eq!(connects, n);
        assert!(text.ends_with('\n'), "whole lines");
    }
    fs::remove_file(&path).expect("removed");
}
