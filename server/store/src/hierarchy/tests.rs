//! CREATE, DELETE, RENAME and SUBSCRIBE, with the examples of RFC 3501 section 6.3.
use bytes::Bytes;
use jiff::Timestamp;

use super::*;
use crate::{Flags, Limits};

const ALICE: AccountId = AccountId(0);

fn store() -> Store {
    let mut store = Store::new(1);
    store.add_account("alice", &["alice@postfail.test"], "secret").unwrap();
    store
}

/// Names in order; `\Noselect` ones in parentheses.
fn names(store: &Store) -> Vec<String> {
    let shown = |mailbox: &Mailbox| match mailbox.no_select {
        true => format!("({})", mailbox.name),
        false => mailbox.name.clone(),
    };
    store.mailboxes(ALICE).map(shown).collect()
}

fn append(store: &mut Store, name: &str) {
    store.append(ALICE, name, Bytes::from_static(b"x"), &Flags::default(), Timestamp::UNIX_EPOCH).unwrap();
}

#[test]
fn create_makes_superiors_too() {
    let mut store = store();
    store.create(ALICE, "owatagusiam/", None).unwrap();
    store.create(ALICE, "a/b/c", Some(Use::Sent)).unwrap();
    assert_eq!(names(&store), ["INBOX", "a", "a/b", "a/b/c", "owatagusiam"]);
    assert_eq!(store.mailbox(ALICE, "a/b/c").unwrap().special_use(), Some(Use::Sent));
    assert_eq!(store.mailbox(ALICE, "a").unwrap().special_use(), None);
    assert_eq!(store.create(ALICE, "inbox", None), Err(StoreError::MailboxExists("INBOX".into())));
    assert!(store.has_inferiors(ALICE, "a/b") && !store.has_inferiors(ALICE, "a/b/c"));
}

#[test]
fn delete_keeps_a_name_with_inferiors() {
    let mut store = store();
    store.create(ALICE, "foo/bar", None).unwrap();
    append(&mut store, "foo");
    let before = store.used();
    assert!(before > 0);
    store.delete(ALICE, "foo").unwrap();
    assert_eq!(store.used(), 0);
    assert_eq!(names(&store), ["INBOX", "(foo)", "foo/bar"]);
    assert_eq!(store.delete(ALICE, "foo"), Err(StoreError::HasInferiors("foo".into())));
    assert_eq!(store.open(ALICE, "foo", 1, false).map(drop), Err(StoreError::NoSelect("foo".into())));
    store.create(ALICE, "foo", None).unwrap();
    assert_eq!(names(&store), ["INBOX", "foo", "foo/bar"]);
    store.delete(ALICE, "foo/bar").unwrap();
    store.delete(ALICE, "foo").unwrap();
    assert_eq!(names(&store), ["INBOX"]);
    assert_eq!(store.delete(ALICE, "INBOX"), Err(StoreError::Inbox("deleted")));
    assert_eq!(store.delete(ALICE, "foo"), Err(StoreError::NoMailbox("foo".into())));
}

#[test]
fn a_mailbox_made_again_has_a_greater_uidvalidity() {
    let mut store = store();
    store.create(ALICE, "a", None).unwrap();
    let first = store.mailbox(ALICE, "a").unwrap().uid_validity();
    store.delete(ALICE, "a").unwrap();
    store.create(ALICE, "a", None).unwrap();
    assert!(store.mailbox(ALICE, "a").unwrap().uid_validity() > first);
}

#[test]
fn uidvalidity_comes_from_the_seed() {
    let of = |seed| {
        let mut store = Store::new(seed);
        store.add_account("a", &[], "").unwrap();
        store.mailbox(ALICE, "INBOX").unwrap().uid_validity()
    };
    assert_eq!(of(5), of(5));
    assert_ne!(of(5), of(6));
    assert!((0..1_000).all(|seed| of(seed) > 1));
}

#[test]
fn rename_takes_inferiors_along() {
    let mut store = store();
    for name in ["foo/bar", "foo/baz/deep", "food"] {
        store.create(ALICE, name, None).unwrap();
    }
    append(&mut store, "foo/bar");
    let view = store.open(ALICE, "foo/bar", 1, false).unwrap();
    store.rename(ALICE, "foo", "x/zap").unwrap();
    assert_eq!(names(&store), ["INBOX", "food", "x", "x/zap", "x/zap/bar", "x/zap/baz", "x/zap/baz/deep"]);
    assert_eq!(view.mailbox(&store).unwrap().name(), "x/zap/bar", "an open mailbox stays open");
    for (from, to, error) in [
        ("x", "x/y", "lies below"),
        ("x", "food", "exists already"),
        ("nothing", "new", "no mailbox"),
        ("food", "INBOX", "exists already"),
        ("food", "a//b", "empty level"),
    ] {
        let refusal = store.rename(ALICE, from, to).unwrap_err().to_string();
        assert!(refusal.contains(error), "{from} to {to}: {refusal}");
    }
}

#[test]
fn rename_of_inbox_moves_its_messages_only() {
    let mut store = store();
    store.create(ALICE, "INBOX/bar", None).unwrap();
    append(&mut store, "INBOX");
    append(&mut store, "INBOX");
    let used = store.used();
    store.rename(ALICE, "inbox", "old-mail").unwrap();
    assert_eq!(names(&store), ["INBOX", "INBOX/bar", "old-mail"]);
    assert!(store.mailbox(ALICE, "INBOX").unwrap().is_empty());
    assert_eq!(store.mailbox(ALICE, "old-mail").unwrap().len(), 2);
    assert_eq!(store.used(), used);
    append(&mut store, "INBOX");
    assert_eq!(store.mailbox(ALICE, "INBOX").unwrap().messages()[0].uid(), 3, "UIDs go on");
}

#[test]
fn a_subscription_outlives_its_mailbox() {
    let mut store = store();
    store.create(ALICE, "news", None).unwrap();
    store.subscribe(ALICE, "news").unwrap();
    store.subscribe(ALICE, "news").unwrap();
    store.delete(ALICE, "news").unwrap();
    assert_eq!(store.subscriptions(ALICE).collect::<Vec<_>>(), ["INBOX", "news"]);
    store.subscribe(ALICE, "news").unwrap();
    store.unsubscribe(ALICE, "news").unwrap();
    assert!(!store.is_subscribed(ALICE, "news"));
    assert_eq!(store.subscribe(ALICE, "news"), Err(StoreError::NoMailbox("news".into())));
}

#[test]
fn mailboxes_and_subscriptions_are_bounded() {
    let mut store = Store::with_limits(1, Limits { mailboxes: 3, ..Limits::default() });
    store.add_account("alice", &[], "secret").unwrap();
    assert!(matches!(store.create(ALICE, "a/b/c", None), Err(StoreError::Full { most: 3, .. })));
    assert_eq!(names(&store), ["INBOX"], "all or nothing");
    store.create(ALICE, "a/b", None).unwrap();
    assert!(matches!(store.create(ALICE, "c", None), Err(StoreError::Full { .. })));
    for (new, name) in [("c", "a/b"), ("d", "c")] {
        store.subscribe(ALICE, name).unwrap();
        store.rename(ALICE, name, new).unwrap();
    }
    assert!(matches!(store.subscribe(ALICE, "d"), Err(StoreError::Full { .. })));
}

#[test]
fn accounts_are_found_by_any_name_and_names_are_taken_once() {
    let mut store = store();
    let bob = store.add_account("bob", &["bob@postfail.test", "robert@postfail.test"], "x").unwrap();
    for user in ["BOB", "Robert@Postfail.test"] {
        assert_eq!(store.find(user), Some(bob));
    }
    assert_eq!(store.find("carol"), None);
    assert_eq!(
        store.add_account("carol", &["ALICE@postfail.test"], "x"),
        Err(StoreError::AccountExists("ALICE@postfail.test".into()))
    );
    assert_eq!(store.mailbox(AccountId(9), "INBOX").map(drop), Err(StoreError::NoAccount("9".into())));
}
