//! What one client, or all of them together, cannot make a world do.
use postfail_session::smtp::Smtp;
use postfail_session::{Output, Session};
use postfail_store::Limits;

use super::*;
use crate::profile::FAILURES;

#[test]
fn to_act_as_somebody_else_is_a_failed_attempt() {
    let mut world = healthy();
    world.apply(&changes(r#"[{"lockout":{"failures":2}}]"#), at(0)).unwrap();
    let own = password(&world, "taro");
    let connection = connect(&mut world, ListenerName::Imaps);
    let mut try_as = |authorization, real| {
        let proof = Proof::Password(own.as_bytes());
        let attempt = Attempt { user: "taro", authorization, mechanism: "PLAIN", proof, secured: true };
        world.visit(&connection, real).log_in(&attempt).map(|_| ()).map_err(|refusal| refusal.failure)
    };
    assert_eq!(try_as("taro@postfail.test", at(0)), Ok(()));
    assert_eq!(try_as("hanako", at(1)), Err("bad-password".to_owned()));
    assert_eq!(try_as("nobody", at(2)), Err("bad-password".to_owned()));
    assert_eq!(try_as("", at(3)), Err("account-locked".to_owned()));
    assert_eq!(journal(&world, "log_in").len(), 4);
}

/// All that a session says to these bytes.
fn say(world: &mut World, connection: &Connection, session: &mut dyn Session, bytes: &[u8]) -> String {
    session.receive(bytes, at(0), &mut world.visit(connection, at(0)));
    let mut said = Vec::new();
    while let Some(output) = session.next_output() {
        if let Output::Send(bytes) = output {
            said.extend_from_slice(&bytes);
        }
    }
    String::from_utf8(said).unwrap()
}

#[test]
fn unfinished_mail_of_all_connections_has_one_bound_with_the_store() {
    let mut world = healthy();
    let mut limits = world.store().limits();
    limits.bytes = world.store().used() + 100_000;
    world.store_mut().set_limits(limits);
    let begin = "HELO me\r\nMAIL FROM:<>\r\nRCPT TO:<taro@postfail.test>\r\nDATA\r\n";
    let begin = [begin.as_bytes(), &[b'x'; 40_000]].concat();
    let open = |world: &mut World| {
        let connection = connect(world, ListenerName::Smtp);
        let mut session = Smtp::new();
        session.start(at(0), &mut world.visit(&connection, at(0)));
        assert!(
            say(world, &connection, &mut session, &begin)
                .ends_with("354 End data with <CR><LF>.<CR><LF>\r\n")
        );
        (connection, session)
    };
    let (mut first, mut second, mut third) = (open(&mut world), open(&mut world), open(&mut world));
    let end = |world: &mut World, of: &mut (Connection, Smtp)| say(world, &of.0, &mut of.1, b"\r\n.\r\n");
    assert!(end(&mut world, &mut third).starts_with("452 4.3.1 "), "there is room for two");
    world.disconnect(&first.0, Side::Client, "gone", at(0));
    let mut fourth = open(&mut world);
    assert!(end(&mut world, &mut second).starts_with("250 "));
    assert!(end(&mut world, &mut fourth).starts_with("250 "));
    first = open(&mut world);
    assert!(end(&mut world, &mut first).starts_with("452 4.3.1 "), "what is kept counts too");
}

#[test]
fn mail_for_here_and_elsewhere_is_kept_whole_or_not_at_all() {
    let mut world = healthy();
    let account = world.store().find("hanako").unwrap();
    let connection = connect(&mut world, ListenerName::Smtp);
    let here = |address: &str| Recipient::Local { account, address: address.to_owned() };
    let elsewhere = OutboxRecipient { address: "x@example.org".to_owned(), ..Default::default() };
    let recipients = [here("hanako@postfail.test"), here("info@postfail.test"), Recipient::Outbox(elsewhere)];
    let message = Bytes::from_static(b"Return-Path: <>\r\nSubject: new\r\n\r\n");
    let (return_path, ret, envid, sender) = (17, None, None, None);
    let mail = Mail { reverse_path: "", recipients: &recipients, message, return_path, ret, envid, sender };
    let free = world.store().limits();
    // Room for one copy and not for two.
    let bytes = world.store().used() + 1_200;
    world.store_mut().set_limits(Limits { bytes, ..free });
    assert!(world.visit(&connection, at(0)).take_mail(&mail).is_err());
    assert_eq!(world.store().mailbox(account, "INBOX").unwrap().len(), 1);
    world.store_mut().set_limits(free);
    // Room in the store, and one of two accounts over its quota.
    let taro = world.store().find("taro").unwrap();
    let both = [here("hanako@postfail.test"), Recipient::Local { account: taro, address: "taro".to_owned() }];
    for over in [account, taro] {
        world.store_mut().set_quota(over, Some(1)).unwrap();
        let mail = Mail { recipients: &both, ..mail.clone() };
        assert!(world.visit(&connection, at(0)).take_mail(&mail).is_err());
        world.store_mut().set_quota(over, None).unwrap();
    }
    let kept = [account, taro].map(|id| world.store().mailbox(id, "INBOX").unwrap().len());
    assert_eq!(kept, [1, 1]);
    assert!(world.visit(&connection, at(0)).take_mail(&mail).is_ok());
    assert_eq!(world.store().mailbox(account, "INBOX").unwrap().len(), 2, "one account, one copy");
    assert!(world.store().outbox()[0].message.starts_with(b"Subject: "), "no Return-Path");
}

#[test]
fn connections_have_a_bound_and_the_journal_names_it() {
    let mut world = healthy();
    world.bound_connections(1);
    let peer = "127.0.0.1:40000".parse().unwrap();
    assert!(world.admits(ListenerName::Imap, peer, at(0)));
    let connection = connect(&mut world, ListenerName::Imap);
    assert!(!world.admits(ListenerName::Imap, peer, at(0)));
    let reason = "imap turned 127.0.0.1:40000 away: 1 connections are open, at most 1";
    assert!(journal(&world, "limit").concat().contains(reason));
    world.disconnect(&connection, Side::Client, "gone", at(0));
    assert!(world.admits(ListenerName::Imap, peer, at(0)));
}

/// The names of failures that a session's source has the world put into words: in calls of these functions.
fn asked_for(source: &str) -> Vec<String> {
    let calls = ["say_failure(", "say_wrong(", ".say(world, ", ".bye(", ".wording("];
    let is_name =
        |text: &&str| text.contains('-') && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let behind = calls.iter().flat_map(|call| source.split(call).skip(1));
    let named = behind.filter_map(|rest| rest.split(';').next()?.split('"').nth(1).filter(is_name));
    named.map(str::to_owned).collect()
}

#[test]
fn every_failure_a_session_speaks_of_has_words_of_its_own() {
    let mut world = healthy();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../session/src");
    let mut found = 0;
    for (listener, protocol) in
        [(ListenerName::Smtp, "smtp"), (ListenerName::Pop3, "pop3"), (ListenerName::Imap, "imap")]
    {
        let parts = std::fs::read_dir(format!("{root}/{protocol}")).unwrap().map(|part| part.unwrap().path());
        let files = parts.filter(|path| path.is_file()).chain([format!("{root}/{protocol}.rs").into()]);
        let connection = connect(&mut world, listener);
        for path in files {
            for name in asked_for(&std::fs::read_to_string(&path).unwrap()) {
                assert!(FAILURES.contains(&name.as_str()), "{name} in {}", path.display());
                let own = world.profile.response(&name, listener.protocol(), world.day).is_some();
                let words = world.visit(&connection, at(0)).wording(&name);
                // RFC 1939 section 3: POP3 says nothing to a client that was silent.
                let silent = (protocol, name.as_str()) == ("pop3", "idle-timeout");
                assert_eq!((own, words.lines.is_empty()), (true, silent), "{name} in {protocol}");
                found += 1;
            }
        }
    }
    assert!(found >= 18, "only {found} were found");
}
