//! What a client is told, case by case (in the manner of go-imap's tracker tests), and a model that must agree
//! whatever happens.
use bytes::Bytes;
use jiff::Timestamp;
use postfail_wire::imap::command::StoreAction;
use postfail_wire::imap::sequence::SequenceSet;
use proptest::prelude::*;

use super::*;
use crate::flags::System;

const ME: u64 = 1;
const OTHER: u64 = 2;

/// A store with `count` messages in INBOX, and two read-write views of it.
fn opened(count: u32) -> (Store, View, View) {
    let mut store = Store::new(7);
    let account = store.add_account("alice", &["alice@postfail.test"], "secret").unwrap();
    for _ in 0..count {
        deliver(&mut store);
    }
    let mine = store.open(account, "INBOX", ME, false).unwrap();
    let other = store.open(account, "inbox", OTHER, false).unwrap();
    (store, mine, other)
}

fn deliver(store: &mut Store) {
    store.deliver(AccountId(0), Bytes::from_static(b"\r\n"), Timestamp::UNIX_EPOCH).unwrap();
}

fn flag(store: &mut Store, view: &View, seqs: &[u32], system: System) {
    store.store_flags(view, seqs, StoreAction::Add, &Flags::system(system)).unwrap();
}

fn expunge(store: &mut Store, view: &View, seqs: &[u32]) {
    flag(store, view, seqs, System::DELETED);
    store.expunge(view, None).unwrap();
}

/// What another session does before we poll, in its own numbers of five messages.
enum Deed {
    Append,
    Expunge(&'static [u32]),
    Flag(&'static [u32]),
}

#[test]
fn updates_case_by_case() {
    use Deed::{Append, Expunge, Flag};
    use Update::Exists;
    let flags = |seq, uid| Update::Flags { seq, uid };
    let cases: &[(&str, &[Deed], bool, &[Update])] = &[
        ("nothing", &[], true, &[]),
        ("append", &[Append], true, &[Exists(6)]),
        ("append_append", &[Append, Append], true, &[Exists(7)]),
        ("expunge_first", &[Expunge(&[1])], true, &[Update::Expunge(1)]),
        ("expunge_last", &[Expunge(&[5])], true, &[Update::Expunge(5)]),
        // RFC 3501 section 6.4.3: each number is the one left by those before it.
        ("expunge_many", &[Expunge(&[1, 2, 4])], true, &[1, 1, 2].map(Update::Expunge)),
        ("expunge_all", &[Expunge(&[1, 2, 3, 4, 5])], true, &[1; 5].map(Update::Expunge)),
        ("expunge_withheld", &[Expunge(&[2])], false, &[]),
        ("expunge_append", &[Expunge(&[2]), Append], true, &[Update::Expunge(2), Exists(5)]),
        ("expunge_append_withheld", &[Expunge(&[2]), Append], false, &[Exists(6)]),
        ("flag_lt_expunge", &[Flag(&[1]), Expunge(&[3])], true, &[Update::Expunge(3), flags(1, 1)]),
        ("flag_eq_expunge", &[Flag(&[3]), Expunge(&[3])], true, &[Update::Expunge(3)]),
        ("flag_gt_expunge", &[Flag(&[5]), Expunge(&[3])], true, &[Update::Expunge(3), flags(4, 5)]),
        ("flag_gt_expunge_withheld", &[Flag(&[5]), Expunge(&[3])], false, &[flags(5, 5)]),
        ("flag_eq_expunge_withheld", &[Flag(&[3]), Expunge(&[3])], false, &[]),
        ("flag_twice", &[Flag(&[2]), Flag(&[2, 4])], true, &[flags(2, 2), flags(4, 4)]),
        ("flag_append", &[Flag(&[2]), Append], true, &[Exists(6), flags(2, 2)]),
    ];
    for (name, deeds, may_expunge, expected) in cases {
        let (mut store, mut mine, mut other) = opened(5);
        for deed in *deeds {
            match deed {
                Append => deliver(&mut store),
                Expunge(seqs) => expunge(&mut store, &other, seqs),
                Flag(seqs) => flag(&mut store, &other, seqs, System::FLAGGED),
            }
            // The other session polls first, so it takes what is \Recent.
            other.updates(&mut store, false);
        }
        let mut updates = mine.updates(&mut store, *may_expunge);
        updates.retain(|update| !matches!(update, Update::Recent(_)));
        assert_eq!(updates, *expected, "{name}");
        assert_eq!(mine.updates(&mut store, false), [], "{name}: told once");
        assert!(mine.is_current(&store) || !may_expunge, "{name}");
    }
}

#[test]
fn withheld_expunges_come_later_with_the_numbers_of_then() {
    let (mut store, mut mine, other) = opened(3);
    expunge(&mut store, &other, &[2]);
    deliver(&mut store);
    assert_eq!(mine.updates(&mut store, false), [Update::Exists(4), Update::Recent(4)]);
    assert_eq!((mine.uid(2), mine.uid(4)), (Some(2), Some(4)));
    assert!(mine.message(&store, 2).is_none(), "the number is kept, the message is gone");
    assert_eq!(mine.updates(&mut store, true), [Update::Expunge(2), Update::Recent(3)]);
    assert_eq!((mine.uid(2), mine.seq(4), mine.uid(4)), (Some(3), Some(3), None));
}

#[test]
fn a_message_that_came_and_went_is_never_told() {
    let (mut store, mut mine, mut other) = opened(1);
    deliver(&mut store);
    other.updates(&mut store, true);
    expunge(&mut store, &other, &[2]);
    assert_eq!(mine.updates(&mut store, true), []);
    deliver(&mut store);
    assert_eq!(mine.updates(&mut store, true)[0], Update::Exists(2));
    assert_eq!(mine.uid(2), Some(3));
}

#[test]
fn own_flag_changes_are_not_told_twice_but_others_on_top_are() {
    let (mut store, mut mine, other) = opened(2);
    flag(&mut store, &mine, &[1], System::SEEN);
    assert_eq!(mine.updates(&mut store, true), []);
    flag(&mut store, &other, &[1], System::FLAGGED);
    flag(&mut store, &mine, &[1], System::ANSWERED);
    assert_eq!(mine.updates(&mut store, true), [Update::Flags { seq: 1, uid: 1 }]);
    let flags = mine.flags(&store, 1).unwrap();
    assert_eq!(flags.names().collect::<Vec<_>>(), ["\\Answered", "\\Flagged", "\\Seen", "\\Recent"]);
}

#[test]
fn a_change_that_changes_nothing_is_no_change() {
    let (mut store, mine, mut other) = opened(1);
    flag(&mut store, &mine, &[1], System::SEEN);
    assert_eq!(other.updates(&mut store, true).len(), 1);
    flag(&mut store, &mine, &[1], System::SEEN);
    assert_eq!(other.updates(&mut store, true), []);
}

#[test]
fn only_the_first_read_write_session_sees_recent() {
    let (mut store, mut mine, mut other) = opened(2);
    assert_eq!((mine.recent(), other.recent()), (2, 0));
    deliver(&mut store);
    let mut looker = store.open(AccountId(0), "INBOX", 3, true).unwrap();
    assert_eq!(looker.recent(), 1, "EXAMINE sees it and leaves it");
    assert_eq!(other.updates(&mut store, true), [Update::Exists(3), Update::Recent(1)]);
    assert_eq!(mine.updates(&mut store, true), [Update::Exists(3)]);
    assert!(other.is_recent(3) && !mine.is_recent(3) && mine.is_recent(2));
    deliver(&mut store);
    assert_eq!(store.mailbox(AccountId(0), "INBOX").unwrap().recent(), 1);
    assert_eq!(looker.updates(&mut store, true), [Update::Exists(4), Update::Recent(2)]);
    assert_eq!(store.mailbox(AccountId(0), "INBOX").unwrap().recent(), 1);
}

#[test]
fn a_view_that_never_polls_costs_nothing_and_catches_up() {
    let (mut store, mut mine, mut other) = opened(100);
    for round in 0..100 {
        let action = if round % 2 == 0 { StoreAction::Add } else { StoreAction::Remove };
        let all: Vec<u32> = (1..=100).collect();
        store.store_flags(&other, &all, action, &Flags::system(System::DRAFT)).unwrap();
    }
    expunge(&mut store, &other, &[10, 20]);
    deliver(&mut store);
    other.updates(&mut store, true);
    let updates = mine.updates(&mut store, true);
    let first = [Update::Expunge(10), Update::Expunge(19), Update::Exists(99), Update::Recent(98)];
    assert_eq!(updates[..4], first);
    assert_eq!(updates.len(), 4 + 98, "the flags of all 98 old messages were touched");
    assert_eq!(mine.uids, other.uids);
}

#[test]
fn a_deleted_mailbox_is_told_once() {
    let (mut store, _, _) = opened(0);
    store.create(AccountId(0), "work", None).unwrap();
    let mut view = store.open(AccountId(0), "work", 9, false).unwrap();
    store.delete(AccountId(0), "work").unwrap();
    assert_eq!(store.take_woken(), [9]);
    store.create(AccountId(0), "work", None).unwrap();
    assert_eq!(view.updates(&mut store, false), [Update::Gone]);
    assert_eq!(view.updates(&mut store, true), []);
    assert!(view.mailbox(&store).is_none());
    store.close_view(view);
}

#[test]
fn everyone_else_is_woken_once() {
    let (mut store, mine, other) = opened(1);
    assert_eq!(store.take_woken(), []);
    flag(&mut store, &mine, &[1], System::SEEN);
    flag(&mut store, &mine, &[1], System::DRAFT);
    assert_eq!(store.take_woken(), [OTHER]);
    deliver(&mut store);
    assert_eq!(store.take_woken(), [ME, OTHER]);
    store.close_view(other);
    deliver(&mut store);
    assert_eq!(store.take_woken(), [ME]);
    store.close_view(mine);
    deliver(&mut store);
    assert_eq!(store.take_woken(), []);
}

#[test]
fn sets_by_number_and_by_uid() {
    let (mut store, mut mine, other) = opened(6);
    expunge(&mut store, &other, &[2, 4]);
    mine.updates(&mut store, true);
    let set = |text: &str| SequenceSet::parse(text.as_bytes()).unwrap();
    for (text, expected) in
        [("1", &[1][..]), ("4,1:2,2", &[1, 2, 4]), ("3:*", &[3, 4]), ("*:3", &[3, 4]), ("*", &[4])]
    {
        assert_eq!(mine.by_seq(&set(text)).as_deref(), Ok(expected), "{text}");
    }
    assert_eq!(mine.by_seq(&set("2,5")), Err(StoreError::NoMessage(5)));
    // UIDs are now 1, 3, 5, 6.
    for (text, expected) in
        [("1", &[1][..]), ("2", &[]), ("2:5,3", &[2, 3]), ("*", &[4]), ("100:*", &[4]), ("4294967295", &[])]
    {
        assert_eq!(mine.by_uid(&set(text)), expected, "{text}");
    }
    let (_, empty, _) = opened(0);
    assert_eq!(empty.by_seq(&set("*")), Err(StoreError::NoMessage(1)));
    assert_eq!(empty.by_uid(&set("1:*")), []);
}

/// What a client makes of what it is told: it knows only numbers, and asks for the UID when it hears of a message.
#[derive(Default)]
struct Client {
    uids: Vec<u32>,
}

impl Client {
    fn hear(&mut self, updates: &[Update], view: &View) {
        let mut exists = self.uids.len();
        for update in updates {
            match *update {
                Update::Expunge(seq) => {
                    self.uids.remove(seq as usize - 1);
                    exists -= 1;
                }
                Update::Exists(count) => {
                    assert!(count as usize >= exists, "EXISTS never takes away");
                    exists = count as usize;
                    for seq in self.uids.len() as u32 + 1..=count {
                        self.uids.push(view.uid(seq).expect("told of it"));
                    }
                }
                Update::Flags { seq, uid } => assert_eq!(self.uids.get(seq as usize - 1), Some(&uid)),
                Update::Recent(count) => assert!(count as usize <= exists),
                Update::Gone => panic!("nobody deleted it"),
            }
        }
        assert_eq!(self.uids, view.uids);
    }
}

#[derive(Clone, Debug)]
enum Act {
    Deliver,
    Flag(usize, u32, bool),
    Expunge(usize),
    MoveToItself(usize, u32),
    Poll(usize, bool),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => Just(Act::Deliver),
        4 => (0..3usize, 1..12u32, any::<bool>()).prop_map(|(who, seq, deleted)| Act::Flag(who, seq, deleted)),
        2 => (0..3usize).prop_map(Act::Expunge),
        1 => (0..3usize, 1..12u32).prop_map(|(who, seq)| Act::MoveToItself(who, seq)),
        4 => (0..3usize, any::<bool>()).prop_map(|(who, may)| Act::Poll(who, may)),
    ]
}

proptest! {
    #[test]
    fn all_views_agree_in_the_end(acts in prop::collection::vec(act(), 0..80)) {
        let (mut store, one, two) = opened(5);
        let three = store.open(AccountId(0), "INBOX", 3, false).unwrap();
        let mut views = [one, two, three];
        let mut clients = [(); 3].map(|()| Client { uids: (1..=5).collect() });
        for act in acts {
            match act {
                Act::Deliver => deliver(&mut store),
                Act::Flag(who, seq, deleted) => {
                    let system = if deleted { System::DELETED } else { System::SEEN };
                    flag(&mut store, &views[who], &[seq], system);
                }
                Act::Expunge(who) => {
                    store.expunge(&views[who], None).unwrap();
                }
                Act::MoveToItself(who, seq) => {
                    store.move_messages(&views[who], &[seq], "INBOX").unwrap();
                }
                Act::Poll(who, may_expunge) => {
                    let updates = views[who].updates(&mut store, may_expunge);
                    prop_assert!(may_expunge || !updates.iter().any(|told| matches!(told, Update::Expunge(_))));
                    clients[who].hear(&updates, &views[who]);
                }
            }
        }
        let uids: Vec<u32> =
            store.mailbox(AccountId(0), "INBOX").unwrap().messages().iter().map(Message::uid).collect();
        for (view, client) in views.iter_mut().zip(&mut clients) {
            let updates = view.updates(&mut store, true);
            client.hear(&updates, view);
            prop_assert_eq!(&client.uids, &uids);
            prop_assert!(view.is_current(&store));
            prop_assert!(view.updates(&mut store, true).is_empty());
        }
        let recent: usize = views.iter().map(|view| view.recent.len()).sum();
        prop_assert!(recent <= uids.len(), "each message is recent in one session at most");
    }
}
