//! An account's life: by clients' acts, by the clock, by changes.
use super::*;

const DAY: i64 = 86_400;

fn apply(world: &mut World, json: &str, real: Timestamp) {
    world.apply(&changes(json), real).unwrap_or_else(|wrong| panic!("{json}: {wrong}"));
}

fn come(world: &mut World, listener: ListenerName, password: &str, second: i64) -> String {
    log_in(world, listener, "taro", password, at(second)).err().unwrap_or_else(|| "in".to_owned())
}

#[test]
fn each_switch_and_state_has_its_failure() {
    let mut world = healthy();
    let own = password(&world, "taro");
    for (json, right, wrong) in [
        (r#"{"name":"taro","act":"lock"}"#, "account-locked", "account-locked"),
        (r#"{"name":"taro","act":"unlock"}"#, "in", "bad-password"),
        (r#"{"name":"taro","act":"disable"}"#, "account-disabled", "account-disabled"),
        (r#"{"name":"taro","act":"enable"}"#, "in", "bad-password"),
        (r#"{"name":"taro","act":"suspend"}"#, "account-suspended", "account-suspended"),
        (r#"{"name":"taro","act":"resume"}"#, "in", "bad-password"),
        (r#"{"name":"taro","act":"suspect"}"#, "web-login-required", "bad-password"),
        (r#"{"name":"taro","act":"verify"}"#, "in", "bad-password"),
        (r#"{"name":"taro","act":"fall-asleep"}"#, "inactive-account", "inactive-account"),
        (r#"{"name":"taro","act":"verify"}"#, "in", "bad-password"),
        (r#"{"name":"taro","act":"expire-password"}"#, "password-expired", "bad-password"),
        (r#"{"name":"taro","act":"migrate","password":"new"}"#, "account-migrated", "account-migrated"),
        (r#"{"name":"taro","act":"move-back"}"#, "bad-password", "bad-password"),
        (r#"{"name":"taro","act":"delete"}"#, "bad-password", "bad-password"),
    ] {
        apply(&mut world, &format!(r#"[{{"account":{json}}},{{"lockout":{{"failures":0}}}}]"#), at(1));
        assert_eq!(come(&mut world, ListenerName::Imaps, &own, 1), right, "{json}");
        assert_eq!(come(&mut world, ListenerName::Imaps, "wrong", 1), wrong, "{json}");
    }
    assert_eq!(world.store().find_recipient("taro@postfail.test"), None, "nobody gets his mail");

    let mut world = healthy();
    apply(&mut world, r#"[{"account":{"name":"taro","off":["imap"],"app_password":"apps-only"}}]"#, at(1));
    assert_eq!(come(&mut world, ListenerName::Imap, &own, 1), "protocol-disabled");
    assert_eq!(come(&mut world, ListenerName::Pop3, &own, 1), "in");
    apply(&mut world, r#"[{"account":{"name":"taro","off":[],"mfa":"app-passwords"}}]"#, at(1));
    assert_eq!(come(&mut world, ListenerName::Imap, &own, 1), "app-password-required");
    assert_eq!(come(&mut world, ListenerName::Imap, "wrong", 1), "bad-password");
    assert_eq!(come(&mut world, ListenerName::Imap, "apps-only", 7), "in");
    let shown = world.switches("taro", at(7)).unwrap();
    assert_eq!(shown.app_passwords[0].used, Some(at(7)));
    apply(&mut world, r#"[{"account":{"name":"taro","mfa":"required"}}]"#, at(1));
    assert_eq!(come(&mut world, ListenerName::Imap, "apps-only", 1), "mfa-required");
    apply(&mut world, r#"[{"account":{"name":"taro","mfa":"off","revoke_app_password":1}}]"#, at(1));
    assert_eq!(come(&mut world, ListenerName::Imap, "apps-only", 1), "bad-password");
    apply(&mut world, r#"[{"account":{"name":"taro","basic_auth":false}}]"#, at(1));
    assert_eq!(come(&mut world, ListenerName::Submission, "wrong", 1), "basic-auth-disabled");
}

#[test]
fn a_lock_can_be_of_one_protocol() {
    let mut world = healthy();
    let own = password(&world, "taro");
    apply(&mut world, r#"[{"lockout":{"failures":2,"duration":"1h","scope":"protocol"}}]"#, at(0));
    assert_eq!(come(&mut world, ListenerName::Imap, "wrong", 0), "bad-password");
    apply(&mut world, r#"[{"wrong_passwords":{"account":"taro","count":2,"protocol":"smtp"}}]"#, at(1));
    assert_eq!(come(&mut world, ListenerName::Submission, &own, 2), "account-locked");
    assert_eq!(come(&mut world, ListenerName::Imap, &own, 2), "in");
    assert_eq!(world.switches("taro", at(2)).unwrap().locked, [Protocol::Smtp]);
    assert!(journal(&world, "locked")[0].contains(r#""account":"taro","protocol":"smtp""#));
    assert_eq!(come(&mut world, ListenerName::Submission, &own, 3_602), "in");
}

#[test]
fn an_address_is_banned_by_failures_and_by_hand_and_for_a_time() {
    let mut world = healthy();
    let (own, peer) = (password(&world, "taro"), "127.0.0.1:40000".parse().unwrap());
    apply(&mut world, r#"[{"lockout":{"failures":2,"duration":"1h","scope":"address"}}]"#, at(0));
    apply(&mut world, r#"[{"wrong_passwords":{"account":"taro","count":9,"address":"127.0.0.9"}}]"#, at(0));
    assert!(world.admits(ListenerName::Imap, peer, at(0)), "it was another address");
    assert_eq!(come(&mut world, ListenerName::Imap, "wrong", 0), "bad-password");
    assert_eq!(come(&mut world, ListenerName::Pop3, "wrong", 0), "account-locked");
    assert!(!world.admits(ListenerName::Imap, peer, at(1)));
    assert_eq!(world.connections(), 2, "who is turned away is not left open");
    let banned: Vec<String> = world.banned(at(1)).iter().map(|ban| ban.address.to_string()).collect();
    assert_eq!(banned, ["127.0.0.1", "127.0.0.9"]);
    assert!(world.admits(ListenerName::Imap, peer, at(3_600)));
    assert_eq!(come(&mut world, ListenerName::Imap, &own, 3_600), "in", "the account was never locked");

    apply(&mut world, r#"[{"ban":{"address":"127.0.0.1","for":"10m"}}]"#, at(4_000));
    assert!(!world.admits(ListenerName::Imap, peer, at(4_599)));
    apply(&mut world, r#"[{"unban":{"address":"127.0.0.2"}}]"#, at(4_000));
    assert!(!world.admits(ListenerName::Imap, peer, at(4_599)));
    apply(&mut world, r#"[{"unban":{}}]"#, at(4_000));
    assert!(world.admits(ListenerName::Imap, peer, at(4_001)));
}

#[test]
fn the_clock_puts_accounts_to_sleep_and_deletes_them() {
    let mut world = healthy();
    let own = password(&world, "taro");
    apply(&mut world, r#"[{"aging":{"sleep":"365d","delete":"730d"}}]"#, at(0));
    assert_eq!(come(&mut world, ListenerName::Imap, &own, 364 * DAY), "in", "to use it is to keep it");
    assert_eq!(come(&mut world, ListenerName::Imap, &own, 700 * DAY), "in");
    let late = 700 * DAY + 365 * DAY;
    assert_eq!(come(&mut world, ListenerName::Imap, &own, late), "inactive-account");
    apply(&mut world, r#"[{"account":{"name":"taro","act":"verify"}}]"#, at(late));
    assert_eq!(come(&mut world, ListenerName::Imap, &own, late), "in");
    apply(&mut world, r#"[{"advance":"731d"}]"#, at(late));
    assert_eq!(come(&mut world, ListenerName::Imap, &own, late), "bad-password");
    assert_eq!(world.accounts(at(late))[0].state, AccountState::Deleted);
    let by_clock: Vec<String> =
        journal(&world, "change").into_iter().filter(|line| line.contains(r#""by":"clock""#)).collect();
    assert!(by_clock.iter().any(|line| line.contains("fall-asleep")), "{by_clock:?}");
    assert!(by_clock.iter().any(|line| line.contains("outlive")), "{by_clock:?}");
}

#[test]
fn a_password_expires_by_the_clock_until_it_is_changed() {
    let mut world = healthy();
    let own = password(&world, "taro");
    apply(&mut world, r#"[{"aging":{"password":"90d"}}]"#, at(0));
    assert_eq!(come(&mut world, ListenerName::Imap, &own, 90 * DAY - 1), "in");
    assert_eq!(come(&mut world, ListenerName::Imap, &own, 90 * DAY), "password-expired");
    apply(&mut world, r#"[{"account":{"name":"taro","password":"fresh"}}]"#, at(90 * DAY));
    assert_eq!(come(&mut world, ListenerName::Imap, "fresh", 91 * DAY), "in");
    apply(&mut world, r#"[{"aging":{"password":"0s"}},{"advance":"900d"}]"#, at(91 * DAY));
    assert_eq!(come(&mut world, ListenerName::Imap, "fresh", 92 * DAY), "in");
}
