use std::collections::BTreeSet;

use super::*;
use crate::{Maildrop, Update};

fn store() -> (Store, AccountId) {
    let mut store = Store::new(1);
    let taro = store.add_account("taro", &["taro@postfail.test"], "secret").unwrap();
    for text in ["one", "two", "three"] {
        store.deliver(taro, Bytes::from(text), Timestamp::UNIX_EPOCH).unwrap();
    }
    (store, taro)
}

#[test]
fn a_mailbox_made_anew_has_its_messages_under_other_numbers() {
    let (mut store, taro) = store();
    let before = store.mailbox(taro, "INBOX").unwrap().uid_validity();
    let id = store.mailbox(taro, "INBOX").unwrap().id();
    store.remove_uids(taro, id, &BTreeSet::from([1]), None).unwrap();
    let mut view = store.open(taro, "INBOX", 7, false).unwrap();
    let used = store.used();
    store.renew(taro, "inbox").unwrap();
    let after = store.mailbox(taro, "INBOX").unwrap();
    assert!(after.uid_validity() > before);
    let held: Vec<(u32, &Bytes)> = after.messages().iter().map(|one| (one.uid(), one.bytes())).collect();
    assert_eq!(held, [(1, &Bytes::from("two")), (2, &Bytes::from("three"))]);
    assert_eq!(store.used(), used);
    assert_eq!(store.take_woken(), [7]);
    assert_eq!(view.updates(&mut store, true), [Update::Gone]);
    assert!(store.renew(taro, "None").is_err());
}

#[test]
fn a_protected_mailbox_is_read_and_not_written() {
    let (mut store, taro) = store();
    let now = Timestamp::UNIX_EPOCH;
    let open = store.open(taro, "INBOX", 1, false).unwrap();
    store.set_read_only(taro, "INBOX", true).unwrap();
    let protected = Err(StoreError::Protected("INBOX".to_owned()));
    assert_eq!(store.expunge(&open, None), protected, "one that is open already, too");
    assert!(store.open(taro, "INBOX", 2, false).unwrap().read_only());
    assert!(store.append(taro, "INBOX", Bytes::from("four"), &Flags::default(), now).is_err());
    assert_eq!(store.copy_messages(&open, &[1], "INBOX").err(), protected.err());
    let mut maildrop = Maildrop::open(&mut store, taro, 3).unwrap();
    maildrop.delete(1);
    assert!(maildrop.commit(&mut store).is_err());
    assert!(store.deliver(taro, Bytes::from("four"), now).is_ok(), "mail still comes");
    store.release();
    assert!(store.append(taro, "INBOX", Bytes::from("five"), &Flags::default(), now).is_ok());
    assert_eq!(store.mailbox(taro, "INBOX").unwrap().len(), 5);
}

#[test]
fn a_quota_counts_the_bytes_of_all_mail() {
    let (mut store, taro) = store();
    let now = Timestamp::UNIX_EPOCH;
    store.set_quota(taro, Some(15)).unwrap();
    assert_eq!(store.check_quota(taro, 4), Ok(()));
    assert_eq!(store.check_quota(taro, 5), Err(StoreError::OverQuota { most: 15 }));
    assert!(store.deliver(taro, Bytes::from("12345"), now).is_err());
    assert!(store.append(taro, "INBOX", Bytes::from("1234"), &Flags::default(), now).is_ok());
    let view = store.open(taro, "INBOX", 1, false).unwrap();
    assert!(store.copy_messages(&view, &[1], "INBOX").is_err());
    store.put(taro, "INBOX", Bytes::from("as it is"), now).unwrap();
    store.set_quota(taro, None).unwrap();
    assert!(store.deliver(taro, Bytes::from("12345"), now).is_ok());
}

#[test]
fn a_maildrop_that_another_program_holds_is_in_use() {
    let (mut store, taro) = store();
    let ours = Maildrop::open(&mut store, taro, 1).unwrap();
    store.hold_maildrop(taro, true).unwrap();
    ours.unlock(&mut store);
    assert_eq!(Maildrop::open(&mut store, taro, 2).err(), Some(StoreError::MaildropInUse));
    store.hold_maildrop(taro, false).unwrap();
    assert!(Maildrop::open(&mut store, taro, 2).is_ok());
}
