//! Every profile that ships: it loads, each thing it can say is well formed, and nothing in braces is left over.
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use postfail_engine::listener::ListenerName;
use postfail_engine::profile::placeholder::{ISSUER, SESSION, names};
use postfail_engine::profile::{Certainty, FAILURES, Occasion, Wire};
use postfail_engine::scenario::Source;
use postfail_engine::{Change, Profile, World};
use postfail_session::World as _;
use postfail_session::world::{Protocol, Stage};

const PROTOCOLS: [Protocol; 3] = [Protocol::Smtp, Protocol::Pop3, Protocol::Imap];

fn profiles() -> Vec<Profile> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/profiles");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let read = |path: &Path| {
        let text = std::fs::read_to_string(path).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap();
        Profile::parse(name, &Source { name, text: &text }).unwrap_or_else(|wrong| panic!("{wrong}"))
    };
    paths.iter().map(|path| read(path)).collect()
}

fn occasion(date: &str) -> Occasion {
    let now = format!("{date}T12:00:00Z").parse().unwrap();
    Occasion { now, seed: 7, connection: 1, client: "198.51.100.7".parse().ok() }
}

#[test]
fn all_load_with_facts_that_are_founded() {
    let profiles = profiles();
    assert!(profiles.len() >= 35, "{}", profiles.len());
    let mut ids = BTreeSet::new();
    for profile in &profiles {
        assert!(!profile.title.en.is_empty() && !profile.title.ja.is_empty() && !profile.note.is_empty());
        let own = profile.id == "postfail";
        for response in &profile.responses {
            assert!(ids.insert(response.id.clone()), "{} is there twice", response.id);
            assert_eq!(response.certainty == Certainty::Own, own, "{}", response.id);
            let empty = matches!(response.wire, Wire::Event | Wire::None);
            assert_eq!(response.lines().next().is_none(), empty, "{}", response.id);
        }
        for response in &profile.token_responses {
            assert!(ids.insert(response.id.clone()), "{} is there twice", response.id);
            assert!((200..600).contains(&response.status), "{}", response.id);
        }
    }
}

#[test]
fn nothing_in_braces_reaches_the_wire() {
    let known = |name: &&str| SESSION.contains(name);
    for profile in profiles() {
        for date in ["2012-01-01", "2018-01-01", "2024-09-15", "2026-12-01"] {
            let occasion = occasion(date);
            for protocol in PROTOCOLS {
                let all = profile.responses.iter().map(|response| response.id.as_str());
                for name in all.chain(FAILURES) {
                    let refusal = profile.wording(name, protocol, &occasion);
                    let left: Vec<&str> = refusal.lines.iter().flat_map(|line| names(line)).collect();
                    assert!(left.iter().all(known), "{} {name}: {left:?}", profile.id);
                    assert!(!refusal.lines.iter().any(|line| line.starts_with("C: ")), "{name}");
                }
                assert!(names(&profile.greeting(protocol, &occasion)).iter().all(|name| *name == "host"));
            }
            for response in &profile.token_responses {
                let value = |name: &str| ISSUER.contains(&name).then(|| format!("some {name}"));
                let body = response.body(&occasion, value);
                assert!(names(&body).is_empty(), "{}: {body}", response.id);
                let json: Result<serde_json::Value, _> = serde_json::from_str(&body);
                assert!(json.is_ok_and(|json| json.is_object()), "{}: {body}", response.id);
            }
        }
    }
}

#[test]
fn capability_lists_can_be_read() {
    let mut lists = 0;
    for profile in profiles() {
        for baseline in profile.baseline.iter().filter(|baseline| baseline.stage == Stage::Capability) {
            let list = baseline.capabilities();
            assert!(list.len() >= 3 && list.iter().all(|item| !item.is_empty()), "{}: {list:?}", baseline.id);
            let first = baseline.text.lines().next().unwrap_or_default();
            let start = match baseline.protocol {
                Protocol::Smtp => "250-",
                Protocol::Pop3 => "+OK",
                Protocol::Imap => "* CAPABILITY ",
            };
            assert!(first.starts_with(start), "{}: {first}", baseline.id);
            lists += 1;
        }
    }
    assert!(lists >= 10, "{lists}");
}

#[test]
fn a_wrong_password_has_three_true_wordings() {
    let profiles = profiles();
    for (failure, wanted) in [("basic-auth-disabled", 2), ("app-password-required", 5), ("bad-password", 12)]
    {
        let told: BTreeSet<Vec<String>> = profiles
            .iter()
            .filter(|profile| profile.responses.iter().any(|response| response.failure == failure))
            .flat_map(|profile| {
                PROTOCOLS.map(|protocol| profile.wording(failure, protocol, &occasion("2026-10-01")).lines)
            })
            .collect();
        assert!(told.len() >= wanted, "{failure}: {told:#?}");
    }
}

#[test]
fn the_example_of_the_readme_is_a_profile() {
    let text = include_str!("../../../scenarios/profiles/README.md");
    let example = text.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let profile = Profile::parse("README", &Source { name: "README.md", text: example });
    let profile = profile.unwrap_or_else(|wrong| panic!("{wrong}"));
    let told = profile.wording("bad-password", Protocol::Imap, &occasion("2024-01-01"));
    assert_eq!(told.lines, ["{tag} NO [ALERT] No."]);
    assert_eq!(profile.greeting(Protocol::Imap, &occasion("2023-01-01")), "Ready.");
}

#[test]
fn a_world_speaks_by_its_clock_to_each_client_in_turn() {
    let profile = |name| profiles().into_iter().find(|profile: &Profile| profile.id == name).unwrap();
    let start = occasion("2024-10-01").now;
    let mut world = World::healthy(7, Arc::new(profile("gmail")), &[], start);
    let peer = "198.51.100.7:40000".parse().unwrap();
    let greetings = [(); 2].map(|()| world.connect(ListenerName::Imaps, peer, start).policy.greeting.clone());
    assert!(greetings[0].starts_with("Gimap ready for requests from 198.51.100.7 "), "{greetings:?}");
    assert_ne!(greetings[0], greetings[1], "each connection has its session");

    let mut world = World::healthy(7, Arc::new(profile("outlook.com")), &[], start);
    let connection = world.connect(ListenerName::Imaps, peer, start);
    let told = |world: &mut World| world.visit(&connection, start).wording("basic-auth-disabled").lines;
    assert_eq!(told(&mut world), ["{tag} NO LOGIN failed."]);
    let two_years = Change::Advance("730d".parse().unwrap());
    world.apply(&[two_years], start).unwrap();
    assert_eq!(told(&mut world)[0], "{tag} NO Basic authentication is disabled.");
}
