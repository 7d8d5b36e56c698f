//! Wrong passwords at the portal's sign-in, and what each scope of the lock-out makes of them.
use super::*;

/// Taro types a password at the sign-in, and reads these words.
fn enter(world: &mut World, password: &str, second: i64, status: u16, words: &str) {
    let mut browser = Browser::default();
    browser.go(world, "/portal/sign-in", second);
    let typed = [("user", "taro"), ("password", password)];
    browser.send(world, "/portal/sign-in", &typed, second).shows(status, words);
}

#[test]
fn wrong_passwords_on_the_web_lock_as_any_do() {
    let mut world = healthy();
    let own = password(&world, "taro");
    apply(&mut world, r#"[{"lockout":{"failures":3}}]"#, 0);
    for _ in 0..3 {
        enter(&mut world, "guess", 0, 403, "is wrong");
    }
    enter(&mut world, &own, 0, 403, "locked");
    assert_eq!(come(&mut world, "taro", &own, 0), "account-locked");
    apply(
        &mut world,
        r#"[{"portal":{"reset_password":{"account":"taro","by":"phone","password":"fresh-start"}}}]"#,
        1,
    );
    assert_eq!(come(&mut world, "taro", "fresh-start", 1), "in", "a new password opens the lock");
}

#[test]
fn where_each_protocol_is_locked_by_itself_the_web_is_one_more() {
    let mut world = healthy();
    let own = password(&world, "taro");
    apply(&mut world, r#"[{"lockout":{"failures":2,"duration":"1h","scope":"protocol"}}]"#, 0);
    apply(&mut world, r#"[{"wrong_passwords":{"account":"taro","count":2,"protocol":"imap"}}]"#, 0);
    assert_eq!(come(&mut world, "taro", &own, 0), "account-locked");
    enter(&mut world, "guess", 1, 403, "is wrong");
    enter(&mut world, "guess", 2, 403, "is wrong");
    enter(&mut world, &own, 3, 403, "locked");
    let locked = journal(&world, "locked");
    assert!(locked.last().unwrap().contains(r#""account":"taro","protocol":"web""#), "{locked:?}");
    assert_eq!(come(&mut world, "taro", &own, 3_601), "in", "IMAP's lock is over");
    enter(&mut world, &own, 3_601, 403, "locked");
    enter(&mut world, &own, 3_603, 200, "App passwords");
}

#[test]
fn guesses_on_the_web_ban_no_address_of_mail_programs() {
    let mut world = healthy();
    let own = password(&world, "taro");
    apply(&mut world, r#"[{"lockout":{"failures":2,"duration":"1h","scope":"address"}}]"#, 0);
    for _ in 0..5 {
        enter(&mut world, "guess", 0, 403, "is wrong");
    }
    assert_eq!(come(&mut world, "taro", &own, 0), "in");
}
