//! One POP3 session at a time, on a snapshot.
use jiff::Timestamp;

use super::*;

const ALICE: AccountId = AccountId(0);

fn store(messages: &[&'static str]) -> Store {
    let mut store = Store::new(1);
    store.add_account("alice", &[], "secret").unwrap();
    for message in messages {
        store.deliver(ALICE, Bytes::from_static(message.as_bytes()), Timestamp::UNIX_EPOCH).unwrap();
    }
    store
}

#[test]
fn a_maildrop_is_held_by_one_session() {
    let mut store = store(&["a"]);
    let first = Maildrop::open(&mut store, ALICE, 1).unwrap();
    assert_eq!(Maildrop::open(&mut store, ALICE, 2).map(drop), Err(StoreError::MaildropInUse));
    first.unlock(&mut store);
    let second = Maildrop::open(&mut store, ALICE, 2).unwrap();
    assert_eq!(second.commit(&mut store), Ok(0));
    assert!(Maildrop::open(&mut store, ALICE, 3).is_ok());
}

#[test]
fn deleted_messages_are_gone_from_every_answer_and_come_back_with_reset() {
    let mut store = store(&["a", "bb", "ccc"]);
    let mut maildrop = Maildrop::open(&mut store, ALICE, 1).unwrap();
    assert_eq!(maildrop.total(), (3, 6));
    assert!(maildrop.delete(2));
    assert!(!maildrop.delete(2) && !maildrop.delete(0) && !maildrop.delete(4));
    assert_eq!(maildrop.total(), (2, 4));
    assert_eq!(maildrop.numbers().collect::<Vec<_>>(), [1, 3]);
    assert!(maildrop.is_deleted(2) && !maildrop.is_deleted(9));
    assert_eq!((maildrop.size(2), maildrop.message(2), maildrop.unique_id(2)), (None, None, None));
    assert_eq!(maildrop.size(3), Some(3));
    maildrop.reset();
    assert_eq!(maildrop.total(), (3, 6));
}

#[test]
fn only_commit_deletes() {
    let mut store = store(&["a", "b", "c"]);
    let mut maildrop = Maildrop::open(&mut store, ALICE, 1).unwrap();
    maildrop.delete(1);
    maildrop.unlock(&mut store);
    assert_eq!(store.mailbox(ALICE, "INBOX").unwrap().len(), 3);
    let mut maildrop = Maildrop::open(&mut store, ALICE, 1).unwrap();
    let kept = [2, 3].map(|number| maildrop.unique_id(number));
    maildrop.delete(1);
    assert_eq!(maildrop.commit(&mut store), Ok(1));
    let maildrop = Maildrop::open(&mut store, ALICE, 1).unwrap();
    assert_eq!([1, 2].map(|number| maildrop.unique_id(number)), kept, "unique-ids stay");
    assert_ne!(kept[0], kept[1]);
}

#[test]
fn a_snapshot_neither_grows_nor_shrinks() {
    let mut store = store(&["a", "b"]);
    let mut maildrop = Maildrop::open(&mut store, ALICE, 1).unwrap();
    let inbox = store.mailbox(ALICE, "INBOX").unwrap().id();
    store.remove_uids(ALICE, inbox, &BTreeSet::from([1]), None).unwrap();
    store.deliver(ALICE, Bytes::from_static(b"new"), Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(maildrop.len(), 2);
    assert_eq!(maildrop.message(1).map(|bytes| &bytes[..]), Some(&b"a"[..]), "still readable");
    maildrop.delete(1);
    assert_eq!(maildrop.commit(&mut store), Ok(0), "somebody else removed it already");
    assert_eq!(store.mailbox(ALICE, "INBOX").unwrap().len(), 2);
}

#[test]
fn imap_sessions_are_woken_by_commit() {
    let mut store = store(&["a"]);
    let view = store.open(ALICE, "INBOX", 5, false).unwrap();
    let mut maildrop = Maildrop::open(&mut store, ALICE, 1).unwrap();
    maildrop.delete(1);
    maildrop.commit(&mut store).unwrap();
    assert_eq!(store.take_woken(), [5]);
    store.close_view(view);
}
