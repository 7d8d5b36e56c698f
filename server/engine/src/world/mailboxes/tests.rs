use std::sync::Arc;

use postfail_store::AccountId;

use super::*;
use crate::profile::neutral;

fn start() -> Timestamp {
    "2026-01-15T12:00:00Z".parse().unwrap()
}

fn world() -> World {
    World::healthy(1, Arc::new(neutral().clone()), &[("one.eml", b"Subject: one\r\n\r\n")], start())
}

fn apply(world: &mut World, json: &str) -> Result<(), String> {
    let changes: Vec<Change> = serde_json::from_str(json).unwrap_or_else(|wrong| panic!("{json}: {wrong}"));
    world.apply(&changes, start()).map_err(|wrong| wrong.to_string())
}

fn inbox(world: &World) -> &Mailbox {
    world.store().mailbox(AccountId(0), "INBOX").unwrap()
}

#[test]
fn what_no_client_does_happens_to_the_mail() {
    let mut world = world();
    let before = inbox(&world).uid_validity();
    apply(&mut world, r#"[{"uidvalidity":{"account":"taro"}}]"#).unwrap();
    assert!(inbox(&world).uid_validity() > before);
    apply(&mut world, r#"[{"remove_message":{"account":"taro","uid":1}}]"#).unwrap();
    assert!(inbox(&world).is_empty());
    apply(&mut world, r#"[{"fill":{"account":"taro","messages":1000}}]"#).unwrap();
    let last = inbox(&world).messages().last().unwrap();
    let text = String::from_utf8(last.bytes().to_vec()).unwrap();
    assert!(text.contains("Date: Thu, 15 Jan 2026 12:00:00 +0000\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\nThis is message 1000 of 1000.\r\n"), "{text}");
    assert!(text.len() as u64 <= MESSAGE);
    let used = inbox(&world).size();
    apply(&mut world, &format!(r#"[{{"quota":{{"account":"taro","bytes":{used}}}}}]"#)).unwrap();
    assert!(world.store().check_quota(AccountId(0), 1).is_err());
    apply(&mut world, r#"[{"quota":{"account":"taro"}}]"#).unwrap();
    assert!(world.store().check_quota(AccountId(0), 1).is_ok());
    let next = inbox(&world).uid_next();
    apply(&mut world, r#"[{"drain":{"account":"taro"}}, {"drain":{"account":"outbox"}}]"#).unwrap();
    assert!(inbox(&world).is_empty() && inbox(&world).uid_next() == next);
}

#[test]
fn what_cannot_be_is_named() {
    for (json, message) in [
        (
            r#"{"uidvalidity":{"account":"taro","mailbox":"Sent"}}"#,
            "mailbox `Sent`: no mailbox \"Sent\": CREATE it first",
        ),
        (
            r#"{"remove_message":{"account":"taro","uid":7}}"#,
            "mailbox `INBOX`: no message of `taro` has UID 7; the last one has 1",
        ),
        (r#"{"drain":{"account":"jiro"}}"#, "unknown account `jiro`"),
        (
            r#"{"fill":{"account":"taro","messages":0}}"#,
            "0 messages at once are too many or too few; give 1 to 200000",
        ),
        (
            r#"{"hold_maildrop":{"account":"tarou","on":true}}"#,
            "unknown account `tarou`, did you mean `taro`?",
        ),
    ] {
        let wrong = apply(&mut world(), &format!("[{json}]")).unwrap_err();
        assert!(wrong.starts_with(&format!("change 1: {message}")), "{wrong}");
    }
}
