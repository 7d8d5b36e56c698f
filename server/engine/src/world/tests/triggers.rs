//! Phases that move on by themselves.
use super::*;

const DOOR: ListenerName = ListenerName::Imaps;

/// The lock-out's story with these ends of its first and second phase.
fn told_until(first: &str, second: &str) -> World {
    let text = include_str!("../../../../../scenarios/account/locked-after-failures.toml")
        .replace("name = \"works\"\n", &format!("name = \"works\"\n{first}\n"))
        .replace("name = \"breaks\"\n", &format!("name = \"breaks\"\n{second}\n"));
    let mut world = told("account/locked-after-failures", &text);
    world.follow_triggers();
    world.enter("works", at(0)).unwrap();
    world
}

#[test]
fn log_ins_end_a_phase_and_count_anew_in_the_next() {
    let mut world = told_until("until = { logins = 2 }", "until = { failed_logins = 1 }");
    let own = password(&world, "taro");
    assert_eq!(log_in(&mut world, DOOR, "taro", &own, at(1)), Ok(()));
    assert_eq!(world.phase(), Some("works"));
    assert_eq!(log_in(&mut world, DOOR, "taro", &own, at(1)), Ok(()), "the one that ends it still works");
    assert_eq!(world.phase(), Some("breaks"));
    assert_eq!(log_in(&mut world, DOOR, "taro", &own, at(1)), Err("account-locked".to_owned()));
    assert_eq!(world.phase(), Some("mended"));
    assert_eq!(log_in(&mut world, DOOR, "taro", &own, at(1)), Ok(()));
    assert!(!world.is_told(at(1)), "the last phase has no end");
}

#[test]
fn connections_and_time_end_a_phase() {
    let mut world = told_until("until = { connections = 2 }", "until = { after = \"10m\" }");
    connect(&mut world, DOOR);
    assert_eq!((world.phase(), world.due(at(0))), (Some("works"), None));
    connect(&mut world, ListenerName::Pop3);
    assert_eq!((world.phase(), world.due(at(60))), (Some("breaks"), Some(Duration::from_secs(540))));
    world.follow(at(599));
    assert_eq!(world.phase(), Some("breaks"));
    world.apply(&changes(r#"[{"rate":60.0}]"#), at(300)).unwrap();
    assert_eq!(world.due(at(300)), Some(Duration::from_secs(5)), "virtual time runs faster");
    world.apply(&changes(r#"[{"advance":"5m"}]"#), at(300)).unwrap();
    world.follow(at(300));
    assert_eq!((world.phase(), world.due(at(300))), (Some("mended"), None));
}

#[test]
fn the_story_is_over_with_the_trigger_of_its_last_phase() {
    let mut world = told_until("until = { after = \"0s\" }", "until = { after = \"0s\" }\n");
    world.follow(at(0));
    assert_eq!(world.phase(), Some("mended"), "both at once");
    let text = include_str!("../../../../../scenarios/plaintext/pop3-110-closed-use-995.toml");
    let text = text.replace("name = \"mended\"\n", "name = \"mended\"\nuntil = { logins = 1 }\n");
    world = told("plaintext/pop3-110-closed-use-995", &text);
    world.follow_triggers();
    world.enter("mended", at(0)).unwrap();
    let own = password(&world, "taro");
    assert!(!world.is_told(at(0)));
    assert_eq!(log_in(&mut world, DOOR, "taro", &own, at(1)), Ok(()));
    assert!(world.is_told(at(1)));
}

#[test]
fn nothing_moves_unless_it_was_asked_for() {
    let text = include_str!("../../../../../scenarios/account/locked-after-failures.toml");
    let text = text.replace("name = \"works\"\n", "name = \"works\"\nuntil = { connections = 1 }\n");
    let mut world = told("account/locked-after-failures", &text);
    world.enter("works", at(0)).unwrap();
    connect(&mut world, DOOR);
    world.follow(at(0));
    assert_eq!(world.phase(), Some("works"));
}
