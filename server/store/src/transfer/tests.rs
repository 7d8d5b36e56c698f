//! APPEND, STORE, EXPUNGE, COPY, MOVE, the outbox, and the store's limit.
use super::*;
use crate::{Limits, OutboxMail, OutboxRecipient, Sample, Update};

const ALICE: AccountId = AccountId(0);

fn store() -> Store {
    let mut store = Store::new(1);
    store.add_account("alice", &["alice@postfail.test"], "secret").unwrap();
    for name in ["Archive", "Trash"] {
        store.create(ALICE, name, None).unwrap();
    }
    store
}

fn append(store: &mut Store, name: &str, flags: &[&str]) -> u32 {
    let at = Timestamp::from_second(1_000).unwrap();
    store.append(ALICE, name, Bytes::from_static(b"12345"), &Flags::parse(flags), at).unwrap().uid
}

fn shown(store: &Store, name: &str) -> Vec<(u32, Vec<String>)> {
    let mailbox = store.mailbox(ALICE, name).unwrap();
    let names = |message| mailbox.flags(message).names().map(str::to_owned).collect();
    mailbox.messages().iter().map(|message| (message.uid(), names(message))).collect()
}

#[test]
fn append_gives_numbers_and_keeps_flags_and_date() {
    let mut store = store();
    let appended = store
        .append(
            ALICE,
            "Archive",
            Bytes::from_static(b"x"),
            &Flags::parse(["\\Seen", "$Junk"]),
            Timestamp::UNIX_EPOCH,
        )
        .unwrap();
    let mailbox = store.mailbox(ALICE, "Archive").unwrap();
    assert_eq!(appended, Appended { uid_validity: mailbox.uid_validity(), uid: 1 });
    assert_eq!(mailbox.uid_next(), 2);
    assert_eq!(mailbox.messages()[0].date(), Timestamp::UNIX_EPOCH);
    assert_eq!(mailbox.keywords(), ["$Junk"]);
    assert_eq!(shown(&store, "Archive"), [(1, vec!["\\Seen".into(), "$Junk".into()])]);
    let nowhere = store.append(ALICE, "nowhere", Bytes::new(), &Flags::default(), Timestamp::UNIX_EPOCH);
    assert_eq!(nowhere, Err(StoreError::NoMailbox("nowhere".into())));
}

#[test]
fn store_replaces_adds_and_removes() {
    for (action, expected) in [
        (StoreAction::Replace, &["\\Flagged", "new"][..]),
        (StoreAction::Add, &["\\Flagged", "\\Seen", "old", "new"]),
        (StoreAction::Remove, &["\\Seen", "old"]),
    ] {
        let mut store = store();
        append(&mut store, "INBOX", &["\\Seen", "OLD"]);
        append(&mut store, "INBOX", &[]);
        let view = store.open(ALICE, "INBOX", 1, false).unwrap();
        let there =
            store.store_flags(&view, &[1, 3], action, &Flags::parse(["\\Flagged", "new", "\\Recent"]));
        assert_eq!(there, Ok(vec![1]), "number 3 does not exist");
        let flags = store.mailbox(ALICE, "INBOX").unwrap();
        let names = flags.flags(&flags.messages()[0]).names().map(str::to_lowercase).collect::<Vec<_>>();
        assert_eq!(names, expected.iter().map(|name| name.to_lowercase()).collect::<Vec<_>>(), "{action:?}");
    }
}

#[test]
fn expunge_removes_what_is_deleted_and_uid_expunge_only_what_is_named() {
    let mut store = store();
    for _ in 0..4 {
        append(&mut store, "INBOX", &["\\Deleted"]);
    }
    append(&mut store, "INBOX", &[]);
    let mut view = store.open(ALICE, "INBOX", 1, false).unwrap();
    append(&mut store, "INBOX", &["\\Deleted"]);
    let set = SequenceSet::parse(b"2:3,5").unwrap();
    assert_eq!(store.expunge(&view, Some(&set)), Ok(2));
    assert_eq!(store.expunge(&view, None), Ok(2), "the sixth was never told to this session");
    let updates = view.updates(&mut store, true);
    assert_eq!(
        updates[..5],
        [Update::Expunge(1), Update::Expunge(1), Update::Expunge(1), Update::Expunge(1), Update::Exists(2)]
    );
    assert_eq!(store.expunge(&view, None), Ok(1));
}

#[test]
fn copy_takes_flags_and_date_along() {
    let mut store = store();
    append(&mut store, "Archive", &["taken"]);
    append(&mut store, "INBOX", &["\\Answered", "k"]);
    append(&mut store, "INBOX", &[]);
    let view = store.open(ALICE, "INBOX", 1, true).unwrap();
    let copied = store.copy_messages(&view, &[1, 2], "Archive").unwrap();
    assert_eq!((copied.from, copied.to), (vec![1, 2], vec![2, 3]));
    assert_eq!(shown(&store, "Archive")[1], (2, vec!["\\Answered".into(), "k".into()]));
    assert_eq!(store.mailbox(ALICE, "Archive").unwrap().messages()[1].date().as_second(), 1_000);
    assert_eq!(store.mailbox(ALICE, "INBOX").unwrap().len(), 2);
}

#[test]
fn copy_into_the_same_mailbox_and_move_within_it() {
    let mut store = store();
    append(&mut store, "INBOX", &[]);
    append(&mut store, "INBOX", &[]);
    let mut view = store.open(ALICE, "INBOX", 1, false).unwrap();
    assert_eq!(store.copy_messages(&view, &[2], "inbox").unwrap().to, [3]);
    assert_eq!(store.move_messages(&view, &[1], "INBOX").unwrap().to, [4]);
    assert_eq!(view.updates(&mut store, true), [Update::Expunge(1), Update::Exists(3), Update::Recent(3)]);
    assert_eq!(shown(&store, "INBOX").iter().map(|(uid, _)| *uid).collect::<Vec<_>>(), [2, 3, 4]);
}

#[test]
fn move_empties_one_and_fills_the_other_without_more_room() {
    let mut store = store();
    for _ in 0..3 {
        append(&mut store, "INBOX", &["\\Seen"]);
    }
    store.set_limits(Limits { bytes: store.used(), ..Limits::default() });
    let mut view = store.open(ALICE, "INBOX", 1, false).unwrap();
    assert!(matches!(store.copy_messages(&view, &[1], "Trash"), Err(StoreError::Full { .. })));
    let used = store.used();
    let moved = store.move_messages(&view, &[1, 3], "Trash").unwrap();
    assert_eq!((moved.from, moved.to), (vec![1, 3], vec![1, 2]));
    assert_eq!(store.used(), used);
    assert_eq!(view.updates(&mut store, true), [Update::Expunge(1), Update::Expunge(2), Update::Recent(1)]);
    assert_eq!(shown(&store, "Trash").len(), 2);
}

#[test]
fn a_read_only_view_changes_nothing() {
    let mut store = store();
    append(&mut store, "INBOX", &["\\Deleted"]);
    let view = store.open(ALICE, "INBOX", 1, true).unwrap();
    let flags = Flags::default();
    assert_eq!(store.store_flags(&view, &[1], StoreAction::Replace, &flags), Err(StoreError::ReadOnly));
    assert_eq!(store.expunge(&view, None), Err(StoreError::ReadOnly));
    assert_eq!(store.move_messages(&view, &[1], "Trash"), Err(StoreError::ReadOnly));
    assert_eq!(shown(&store, "INBOX"), [(1, vec!["\\Deleted".to_owned()])]);
}

#[test]
fn too_many_keywords_are_refused_and_change_nothing() {
    let mut store = store();
    append(&mut store, "INBOX", &[]);
    let view = store.open(ALICE, "INBOX", 1, false).unwrap();
    let many = Flags::parse((0..=MOST_KEYWORDS).map(|n| format!("k{n}")));
    let refused = store.store_flags(&view, &[1], StoreAction::Add, &many);
    assert!(matches!(refused, Err(StoreError::Full { .. })), "{refused:?}");
    let refused = store.append(ALICE, "INBOX", Bytes::new(), &many, Timestamp::UNIX_EPOCH);
    assert!(matches!(refused, Err(StoreError::Full { .. })), "{refused:?}");
    assert_eq!(store.mailbox(ALICE, "INBOX").unwrap().keywords(), [""; 0]);
    assert_eq!(shown(&store, "INBOX").len(), 1);
}

#[test]
fn the_store_fills_and_empties() {
    let mut store = Store::with_limits(1, Limits { bytes: 1_000, ..Limits::default() });
    store.add_account("alice", &[], "secret").unwrap();
    let kilobyte = Bytes::from(vec![b'x'; 1_000]);
    let refused = store.deliver(ALICE, kilobyte.clone(), Timestamp::UNIX_EPOCH);
    assert_eq!(refused, Err(StoreError::Full { what: "bytes in the store", most: 1_000 }));
    store.deliver(ALICE, kilobyte.slice(..700), Timestamp::UNIX_EPOCH).unwrap();
    let mail = OutboxMail {
        reverse_path: "alice@postfail.test".into(),
        recipients: vec![OutboxRecipient {
            address: "carol@example.org".into(),
            ..OutboxRecipient::default()
        }],
        ret: None,
        envid: None,
        message: kilobyte.slice(..100),
        received_at: Timestamp::UNIX_EPOCH,
    };
    assert!(matches!(store.keep_outgoing(mail.clone()), Err(StoreError::Full { .. })));
    let inbox = store.mailbox(ALICE, "INBOX").unwrap().id();
    assert_eq!(store.remove_uids(ALICE, inbox, &BTreeSet::from([1, 2]), None), Ok(1));
    assert_eq!(store.used(), 0);
    store.keep_outgoing(mail.clone()).unwrap();
    assert_eq!(store.outbox(), [mail]);
    assert!(store.used() > 100);
    store.clear_outbox();
    assert_eq!((store.used(), store.outbox().len()), (0, 0));
}

#[test]
fn fill_makes_mailboxes_as_needed() {
    let mut store = store();
    let sample = |mailbox: &str| Sample {
        mailbox: mailbox.into(),
        message: Bytes::from_static(b"x"),
        flags: Flags::parse(["\\Seen"]),
        date: Timestamp::UNIX_EPOCH,
    };
    let filled = store.fill(ALICE, [sample("INBOX"), sample("Projects/2026"), sample("inbox")]).unwrap();
    assert_eq!(filled.iter().map(|appended| appended.uid).collect::<Vec<_>>(), [1, 1, 2]);
    assert_eq!(store.mailbox(ALICE, "Projects/2026").unwrap().len(), 1);
}

#[test]
fn a_message_at_rest_is_small() {
    assert!(size_of::<Message>() <= 80, "{}", size_of::<Message>());
}
