use jiff::Timestamp;
use postfail_session::world::Situation;

use super::*;
use crate::scenario::Source;

fn start() -> Timestamp {
    "2026-01-15T12:00:00Z".parse().unwrap()
}

fn world(id: &str, text: &str) -> World {
    let profile = Profile::parse(id, &Source { name: id, text }).unwrap();
    World::healthy(1, Arc::new(profile), &[], start())
}

macro_rules! profile {
    ($id:literal) => {
        world($id, include_str!(concat!("../../../../../scenarios/profiles/", $id, ".toml")))
    };
}

fn told(world: &mut World, name: ListenerName) -> Arc<Policy> {
    world.connect(name, "127.0.0.1:40000".parse().unwrap(), start()).policy
}

fn words(policy: &Policy, secured: bool, authenticated: bool) -> Option<Vec<String>> {
    policy.listed(Situation { secured, authenticated, ..Situation::default() })
}

#[test]
fn the_neutral_profile_lists_what_we_can_do_unasked() {
    let mut world = profile!("postfail");
    for name in ListenerName::ALL {
        let policy = told(&mut world, name);
        assert_eq!(words(&policy, true, false), None);
        assert!(policy.capabilities.unasked);
    }
    let again = told(&mut world, ListenerName::Imap);
    assert!(Arc::ptr_eq(&again, &told(&mut world, ListenerName::Imap)), "connections share it");
}

#[test]
fn a_provider_lists_in_its_own_words() {
    let mut world = profile!("gmail");
    let policy = told(&mut world, ListenerName::Imaps);
    let tls = words(&policy, true, false).unwrap();
    assert_eq!(tls[tls.len() - 2..], ["AUTH=OAUTHBEARER", "AUTH=XOAUTH"]);
    assert!(words(&policy, true, true).unwrap().contains(&"X-GM-EXT-1".to_owned()));
    assert!(!policy.capabilities.unasked);
    let granted = policy.capabilities.granted.clone().unwrap();
    assert_eq!((granted.listed, granted.text.as_str()), (true, "{user} authenticated (Success)"));
    let text = policy.capabilities.tls.clone().unwrap().text.unwrap();
    assert!(text.starts_with("Thats all she wrote! ") && !text.contains('{'), "{text}");
    let submission = told(&mut world, ListenerName::Submission);
    let text = submission.capabilities.plain.clone().unwrap().text.unwrap();
    assert_eq!(text, "smtp.gmail.com at your service, [127.0.0.1]");
}

#[test]
fn a_list_known_from_the_greeting_alone_is_listed_too() {
    let mut world = profile!("icloud");
    let policy = told(&mut world, ListenerName::Imaps);
    assert!(policy.capabilities.unasked);
    assert_eq!(words(&policy, true, false).unwrap()[2], "XAPPLEPUSHSERVICE");
    assert_eq!(words(&policy, false, false), None);
}

#[test]
fn the_words_of_a_day_hold_from_that_day() {
    let mut world = profile!("dovecot");
    let first = |world: &mut World| told(world, ListenerName::Imap).greeting.clone();
    assert_eq!(first(&mut world), "Dovecot ready.");
    let before = world.day;
    world.apply(&[crate::change::Change::Advance("2d".parse().unwrap())], start()).unwrap();
    first(&mut world);
    assert_eq!(world.day, before + jiff::Span::new().days(2));
}
