//! The faults of a world, numbered, each with its count, asked at every cue of a session.
use core::net::IpAddr;

use jiff::Timestamp;
use postfail_session::world::{Cue, Protocol, Refusal, Ruling};
use serde::Serialize;

use super::count::Tally;
use super::{Effect, Fault, Place};
use crate::listener::{ListenerName, State};
use crate::seed::Seed;

/// Most faults a world holds: each cue asks all of them.
pub const RULES_MAX: usize = 1_000;

/// A fault in force.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rule {
    /// Its number, from 1; never given twice in a world.
    pub id: u64,
    pub fault: Fault,
    /// How often its place and people were met.
    #[serde(rename = "met", serialize_with = "met")]
    pub tally: Tally,
}

fn met<S: serde::Serializer>(tally: &Tally, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(tally.met())
}

/// A fault that acts on this cue.
#[derive(Clone, Debug, PartialEq)]
pub struct Fired {
    pub id: u64,
    pub word: &'static str,
    pub ruling: Ruling,
}

/// Who asks, and when.
#[derive(Clone, Copy, Debug)]
pub struct Asker {
    pub listener: ListenerName,
    pub protocol: Protocol,
    pub client: IpAddr,
    /// TLS stands.
    pub secured: bool,
    /// Virtual.
    pub now: Timestamp,
}

/// All faults of a world, in the order they were added.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Rules {
    rules: Vec<Rule>,
    #[serde(skip)]
    last: u64,
    #[serde(skip)]
    seed: u64,
}

impl Rules {
    /// None yet; chance will follow the seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// Add a fault at a virtual time; its number.
    pub fn add(&mut self, fault: Fault, now: Timestamp) -> u64 {
        self.last += 1;
        // Each rule draws from a stream of its own: what else is random in the world does not change its story.
        let mut stream = Seed::new(self.seed ^ 0x6661_756c_7473);
        let own = fault.when.seed();
        let random = Seed::new(own.unwrap_or_else(|| stream.draw().wrapping_add(self.last)));
        self.rules.push(Rule { id: self.last, fault, tally: Tally::new(now, random) });
        self.last
    }

    /// Take a fault away; false when there is none with this number.
    pub fn remove(&mut self, id: u64) -> bool {
        let before = self.rules.len();
        self.rules.retain(|rule| rule.id != id);
        self.rules.len() < before
    }

    /// Take all away; numbers go on.
    pub fn clear(&mut self) {
        self.rules.clear();
    }

    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }

    pub fn len(&self) -> usize {
        self.rules.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Number of the fault added last; 0 before the first.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// The first fault that acts. Every rule that is met counts, whichever acts.
    pub fn answer(
        &mut self,
        cue: &Cue<'_>,
        asker: &Asker,
        wording: impl Fn(&str) -> Refusal,
    ) -> Option<Fired> {
        let mut fired = None;
        for rule in &mut self.rules {
            let Fault { place, effect, when, who } = &rule.fault;
            let is_there = is_at(place, cue) && who.tls.is_none_or(|tls| tls == asker.secured);
            if !is_there || !who.means(asker.listener, asker.client, cue.account) {
                continue;
            }
            if rule.tally.meet(*when, asker.now) && fired.is_none() {
                let ruling = effect.ruling(asker.protocol, &wording, rule.tally.random());
                fired = Some(Fired { id: rule.id, word: effect.word(), ruling });
            }
        }
        fired
    }

    /// What a fault makes of a listener's port; `None`: nothing.
    pub fn port(&self, listener: ListenerName, now: Timestamp) -> Option<State> {
        self.ports().filter(|rule| rule.fault.who.listener.is_none_or(|wanted| wanted == listener)).find_map(
            |rule| {
                let state =
                    if rule.fault.effect == Effect::Refuse { State::Closed } else { State::Blackhole };
                rule.tally.holds(rule.fault.when, now).then_some(state)
            },
        )
    }

    /// The next virtual time at which `port` answers otherwise for some listener.
    pub fn next_turn(&self, now: Timestamp) -> Option<Timestamp> {
        self.ports().filter_map(|rule| rule.tally.turns(rule.fault.when, now)).min()
    }

    fn ports(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(|rule| rule.fault.effect.is_of_port())
    }
}

fn is_at(place: &Place, cue: &Cue<'_>) -> bool {
    match place {
        Place::Stage(stage) => *stage == cue.stage,
        // `FETCH` means `UID FETCH` too (RFC 3501 section 6.4.8): clients use one or the other.
        Place::Command(verb) => verb == cue.verb || cue.verb.strip_prefix("UID ") == Some(verb),
    }
}

#[cfg(test)]
mod tests {
    use postfail_session::world::Stage;

    use super::*;

    fn fault(toml: &str) -> Fault {
        toml::from_str(toml).unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn cue<'a>(stage: Stage, verb: &'a str, account: Option<&'a str>) -> Cue<'a> {
        Cue { stage, verb, account, tag: "a1" }
    }

    fn ask(rules: &mut Rules, cue: &Cue<'_>) -> Option<u64> {
        let asker = Asker {
            listener: ListenerName::Imaps,
            protocol: Protocol::Imap,
            client: "127.0.0.1".parse().unwrap(),
            secured: false,
            now: at(0),
        };
        rules.answer(cue, &asker, |_| Refusal::default()).map(|fired| fired.id)
    }

    #[test]
    fn a_rule_is_met_by_stage_and_people() {
        let mut rules = Rules::new(7);
        let text = "stage = \"auth\"\nclose = true\nwho = { account = \"taro\", listener = \"imaps\" }";
        let id = rules.add(fault(text), at(0));
        assert_eq!(ask(&mut rules, &cue(Stage::Auth, "LOGIN", Some("taro"))), Some(id));
        assert_eq!(ask(&mut rules, &cue(Stage::Auth, "LOGIN", Some("hanako"))), None);
        assert_eq!(ask(&mut rules, &cue(Stage::Idle, "IDLE", Some("taro"))), None);
        assert_eq!(serde_json::to_value(&rules).unwrap()[0]["met"], 1);
    }

    #[test]
    fn a_command_is_met_at_any_stage_and_the_first_rule_acts() {
        let mut rules = Rules::new(7);
        let second_time = rules.add(fault("command = \"fetch\"\nhide = true\nwhen = { nth = 2 }"), at(0));
        let always = rules.add(fault("command = \"FETCH\"\ndelay = \"1s\""), at(0));
        let fetch = cue(Stage::Mailbox, "FETCH", None);
        assert_eq!(ask(&mut rules, &fetch), Some(always));
        assert_eq!(ask(&mut rules, &cue(Stage::Data, "UID FETCH", None)), Some(second_time));
        assert_eq!(ask(&mut rules, &fetch), Some(always));
        assert!(rules.remove(always) && !rules.remove(always));
        assert_eq!(ask(&mut rules, &fetch), None);
        assert_eq!(rules.add(fault("stage = \"quit\"\nreset = true"), at(0)), 3);
        assert_eq!(rules.last(), 3);
    }

    #[test]
    fn chance_with_a_seed_of_its_own_is_the_same_in_every_world() {
        let story = |world: u64, when: &str| {
            let mut rules = Rules::new(world);
            // Another rule before it: its number is another one.
            (0..world).for_each(|_| _ = rules.add(fault("stage = \"quit\"\nclose = true"), at(0)));
            let id = rules.add(fault(&format!("stage = \"auth\"\nclose = true\nwhen = {when}")), at(0));
            let login = cue(Stage::Auth, "LOGIN", Some("taro"));
            (0..64).map(|_| ask(&mut rules, &login) == Some(id)).collect::<Vec<_>>()
        };
        let (seven, eight) = ("{ probability = 0.5, seed = 7 }", "{ probability = 0.5, seed = 8 }");
        assert_eq!(story(1, seven), story(2, seven));
        assert_ne!(story(1, seven), story(1, eight));
        assert_ne!(story(1, "{ probability = 0.5 }"), story(2, "{ probability = 0.5 }"));
    }

    #[test]
    fn a_ports_fault_holds_without_being_asked() {
        let mut rules = Rules::new(7);
        let text =
            "stage = \"connect\"\nrefuse = true\nwho = { listener = \"pop3\" }\nwhen = { until = \"10s\" }";
        rules.add(fault(text), at(0));
        rules.add(fault("stage = \"connect\"\nblackhole = true\nwhen = { after = 1 }"), at(0));
        assert_eq!(rules.port(ListenerName::Pop3, at(9)), Some(State::Closed));
        assert_eq!(rules.port(ListenerName::Pop3, at(10)), None);
        assert_eq!((rules.next_turn(at(0)), rules.next_turn(at(10))), (Some(at(10)), None));
        assert_eq!(rules.port(ListenerName::Imaps, at(0)), None);
        assert_eq!(ask(&mut rules, &cue(Stage::Connect, "", None)), None);
        assert_eq!(rules.port(ListenerName::Imaps, at(0)), Some(State::Blackhole));
    }
}
