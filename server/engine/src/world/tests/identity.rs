//! Tokens at the door: let in, expired, revoked, mended.
use postfail_identity::TokenRefusal;

use super::*;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// Show a token on the IMAP port; the failure when it is refused.
fn show(world: &mut World, user: &str, token: &str, seconds: i64) -> Result<(), String> {
    let connection = connect(world, ListenerName::Imap);
    let (mechanism, authorization, proof) = ("XOAUTH2", "", Proof::Bearer { token });
    let attempt = Attempt { user, authorization, mechanism, proof, secured: true };
    world.visit(&connection, at(seconds)).log_in(&attempt).map(|_| ()).map_err(|refusal| refusal.failure)
}

fn of_profile(name: &str) -> World {
    let text = match name {
        "outlook.com" => include_str!("../../../../../scenarios/profiles/outlook.com.toml"),
        _ => include_str!("../../../../../scenarios/profiles/gmail.toml"),
    };
    let profile = Profile::parse(name, &Source { name, text }).unwrap();
    World::healthy(1, Arc::new(profile), &[WELCOME], at(0))
}

fn refresh(world: &mut World, token: &str, seconds: i64) -> Result<String, postfail_identity::Reason> {
    let now = world.now(at(seconds));
    let (provider, mut draw) = world.provider_mut();
    let refreshed = provider.refresh(token, crate::world::identity::CLIENT, None, None, now, &mut draw);
    refreshed.map(|tokens| tokens.access).map_err(|denial| denial.reason)
}

#[test]
fn a_token_lets_its_person_in_for_an_hour() {
    let mut world = healthy();
    let token = world.held("taro").unwrap().access.clone();
    assert_eq!(show(&mut world, "taro", &token, 0), Ok(()));
    assert_eq!(show(&mut world, "taro@postfail.test", &token, HOUR - 1), Ok(()));
    assert_eq!(show(&mut world, "hanako", &token, 0), Err("oauth-token-expired".to_owned()));
    assert_eq!(show(&mut world, "taro", &token, HOUR), Err("oauth-token-expired".to_owned()));
    assert_eq!(show(&mut world, "taro", "a b", 0), Err("oauth-malformed".to_owned()));
    assert_eq!(show(&mut world, "nobody", &token, 0), Err("oauth-token-expired".to_owned()));
    let refresh_token = world.held("taro").unwrap().refresh.clone();
    let token = refresh(&mut world, &refresh_token, HOUR).unwrap();
    assert_eq!(show(&mut world, "taro", &token, HOUR), Ok(()));
}

#[test]
fn ninety_days_of_silence_end_it_and_signing_in_mends() {
    let mut world = of_profile("outlook.com");
    let old = world.held("taro").unwrap().refresh.clone();
    assert!(refresh(&mut world, &old, 89 * DAY).is_ok());
    world.apply(&changes(r#"[{"advance": "180d"}]"#), at(0)).unwrap();
    assert_eq!(refresh(&mut world, &old, 0), Err(postfail_identity::Reason::RefreshIdle));
    world.apply(&changes(r#"[{"consent": {"account": "taro"}}]"#), at(0)).unwrap();
    let held = world.held("taro").unwrap().clone();
    assert_eq!(show(&mut world, "taro", &held.access, 0), Ok(()));
    assert!(refresh(&mut world, &held.refresh, 0).is_ok());
}

#[test]
fn a_new_password_ends_the_tokens_of_the_old_one() {
    let table = [
        r#"[{"account": {"name": "taro", "password": "another"}}]"#,
        r#"[{"revoke_tokens": {"account": "taro"}}]"#,
        r#"[{"revoke_tokens": {"account": "taro", "why": "consent"}}]"#,
    ];
    for json in table {
        let mut world = of_profile("gmail");
        let held = world.held("taro").unwrap().clone();
        let hers = world.held("hanako").unwrap().clone();
        world.apply(&changes(json), at(0)).unwrap();
        assert!(refresh(&mut world, &held.refresh, 1).is_err(), "{json}");
        assert_eq!(show(&mut world, "taro", &held.access, 1), Err("oauth-token-expired".to_owned()));
        assert_eq!(show(&mut world, "hanako", &hers.access, 1), Ok(()));
    }
}

#[test]
fn an_issuer_changes_its_mind() {
    let mut world = healthy();
    let json = r#"[{"identity": {"issuer": "generic", "access": "10m", "tokens": "wrong-audience"}}]"#;
    world.apply(&changes(json), at(0)).unwrap();
    world.apply(&changes(r#"[{"consent": {"account": "taro"}}]"#), at(0)).unwrap();
    let token = world.held("taro").unwrap().access.clone();
    let found = world.check_token(&token, Protocol::Imap, at(1));
    assert_eq!(found, Err(TokenRefusal::WrongAudience));
    let found = world.check_token(&token, Protocol::Imap, at(600));
    assert_eq!(found, Err(TokenRefusal::Expired));
    let empty = world.apply(&changes(r#"[{"identity": {"issuer": "google"}}]"#), at(0)).unwrap_err();
    assert!(empty.to_string().contains("nothing to alter"), "{empty}");
    let unknown = world.apply(&changes(r#"[{"consent": {"account": "jiro"}}]"#), at(0)).unwrap_err();
    assert!(unknown.to_string().contains("jiro"), "{unknown}");
    for json in [r#"[{"identity": {"tokens": "wrong"}}]"#, r#"[{"identity": {"endpoint": "away"}}]"#] {
        assert!(serde_json::from_str::<Vec<Change>>(json).is_err(), "{json}");
    }
}

#[test]
fn a_wrong_token_locks_nobody_out() {
    let mut world = healthy();
    world.apply(&changes(r#"[{"lockout": {"failures": 2}}]"#), at(0)).unwrap();
    for _ in 0..5 {
        assert!(show(&mut world, "taro", "wrong", 0).is_err());
    }
    let password = password(&world, "taro");
    assert_eq!(log_in(&mut world, ListenerName::Imaps, "taro", &password, at(1)), Ok(()));
}
