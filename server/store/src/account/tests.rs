//! Passwords, lock-out by count and by time.
use std::time::Duration;

use super::lock::MOST_FAILURES_KEPT;
use super::*;

fn alice() -> Account {
    Account::new(AccountId(0), "alice", &["alice@postfail.test"], "Wonder1and")
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

const THREE_IN_A_MINUTE: Lockout =
    Lockout { failures: 3, window: Duration::from_secs(60), duration: Some(Duration::from_secs(900)) };

#[test]
fn names_are_compared_without_case() {
    for user in ["alice", "ALICE", "Alice@Postfail.TEST"] {
        assert!(alice().answers_to(user), "{user}");
    }
    for user in ["", "alic", "alice@", "bob"] {
        assert!(!alice().answers_to(user), "{user}");
    }
}

#[test]
fn only_the_whole_password_is_right() {
    for (password, right) in [
        ("Wonder1and", true),
        ("wonder1and", false),
        ("Wonder1an", false),
        ("Wonder1and ", false),
        ("", false),
    ] {
        assert_eq!(alice().password_is(password.as_bytes()), right, "{password:?}");
    }
}

#[test]
fn a_changed_password_replaces_all_and_an_added_one_does_not() {
    let mut account = alice();
    assert_eq!(account.issue_app_password("phone", "app-1", at(0)), Some(1));
    assert!(account.password_is(b"Wonder1and") && account.password_is(b"app-1"));
    account.change_password("new");
    assert!(account.password_is(b"new"));
    assert!(!account.password_is(b"Wonder1and") && !account.password_is(b"app-1"));
    assert!(account.password_was(b"Wonder1and") && !account.password_was(b"app-1"));
    account.change_password("new");
    assert!(!account.password_was(b"new"), "the same again is no change");
}

#[test]
fn app_passwords_are_issued_listed_revoked_and_bounded() {
    let mut account = alice();
    let ids: Vec<Option<u32>> =
        (0..27).map(|number| account.issue_app_password("x", &format!("secret-{number}"), at(0))).collect();
    assert_eq!(ids[24..], [Some(25), None, None]);
    assert!(account.revoke_app_password(3) && !account.revoke_app_password(3));
    assert!(!account.password_is(b"secret-2") && account.password_is(b"secret-3"));
    assert_eq!(account.issue_app_password("again", "secret-99", at(1)), Some(26), "no number is given twice");
    account.note_app_password(1, at(5));
    assert_eq!(account.app_passwords()[0].used, Some(at(5)));
    assert!(account.own_password_is(b"Wonder1and") && !account.own_password_is(b"secret-3"));
    account.revoke_app_passwords();
    assert!(account.app_passwords().is_empty() && account.password_is(b"Wonder1and"));
}

#[test]
fn debug_hides_passwords() {
    let mut account = alice();
    account.issue_app_password("phone", "sesame", at(0));
    let shown = format!("{account:?}");
    assert!(!shown.contains("Wonder1and") && !shown.contains("sesame"), "{shown}");
    assert!(shown.contains("2 hidden"), "{shown}");
}

#[test]
fn the_third_failure_within_the_window_locks_until_its_time_is_over() {
    let mut account = alice();
    assert!(!account.note_failure(at(0), &THREE_IN_A_MINUTE));
    assert!(!account.note_failure(at(10), &THREE_IN_A_MINUTE));
    assert!(account.note_failure(at(20), &THREE_IN_A_MINUTE));
    assert!(!account.note_failure(at(30), &THREE_IN_A_MINUTE), "locked already");
    assert_eq!(account.locked_until(), Some(at(920)));
    assert_eq!(account.state(at(919)), State::Locked);
    assert_eq!(account.state(at(920)), State::Active);
    assert!(!account.note_failure(at(921), &THREE_IN_A_MINUTE), "counting began anew");
    assert_eq!(account.failures(), 1);
}

#[test]
fn failures_out_of_the_window_and_before_a_success_do_not_count() {
    let mut account = alice();
    account.note_failure(at(0), &THREE_IN_A_MINUTE);
    account.note_failure(at(1), &THREE_IN_A_MINUTE);
    assert!(!account.note_failure(at(62), &THREE_IN_A_MINUTE));
    account.note_failure(at(63), &THREE_IN_A_MINUTE);
    account.note_success(at(64));
    assert!(!account.note_failure(at(65), &THREE_IN_A_MINUTE));
    assert_eq!(account.state(at(65)), State::Active);
}

#[test]
fn a_lock_without_end_waits_for_unlock() {
    let mut account = alice();
    let policy = Lockout { failures: 1, window: Duration::from_secs(1), duration: None };
    assert!(account.note_failure(at(0), &policy));
    assert_eq!(account.locked_until(), None);
    assert_eq!(account.state(at(1_000_000)), State::Locked);
    assert_eq!(account.act(Act::Unlock), State::Active);
    assert_eq!(account.failures(), 0);
}

#[test]
fn a_policy_of_zero_never_locks_and_keeps_a_bounded_list() {
    let mut account = alice();
    let policy = Lockout { failures: 0, window: Duration::MAX, duration: Some(Duration::MAX) };
    for second in 0..3_000 {
        assert!(!account.note_failure(at(second), &policy));
    }
    assert_eq!(account.failures(), MOST_FAILURES_KEPT);
}

#[test]
fn a_disabled_account_is_not_locked_by_failures() {
    let mut account = alice();
    account.act(Act::Disable);
    for second in 0..5 {
        assert!(!account.note_failure(at(second), &THREE_IN_A_MINUTE));
    }
    assert_eq!(account.state(at(9)), State::Disabled);
}
