//! The faults of a world, numbered, each with its count, asked at every cue of a session.
use postfail_session::world::{Cue, Refusal, Ruling};
use serde::Serialize;

use super::{Effect, Fault, Place, close, hide, reset};
use crate::listener::ListenerName;

/// Most faults a world holds: each cue asks all of them.
pub const RULES_MAX: usize = 1_000;

/// A fault in force.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rule {
    /// Its number, from 1; never given twice in a world.
    pub id: u64,
    pub fault: Fault,
    /// How often its place and people were met.
    pub met: u64,
}

/// A fault that acts on this cue.
#[derive(Clone, Debug, PartialEq)]
pub struct Fired {
    pub id: u64,
    pub word: &'static str,
    pub ruling: Ruling,
}

/// All faults of a world, in the order they were added.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Rules {
    rules: Vec<Rule>,
    #[serde(skip)]
    last: u64,
}

impl Rules {
    /// Add a fault; its number.
    pub fn add(&mut self, fault: Fault) -> u64 {
        self.last += 1;
        self.rules.push(Rule { id: self.last, fault, met: 0 });
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

    /// The first fault that acts. Every rule that is met counts, whichever acts.
    pub fn answer(
        &mut self,
        cue: &Cue<'_>,
        listener: ListenerName,
        wording: impl Fn(&str) -> Refusal,
    ) -> Option<Fired> {
        let mut fired = None;
        for rule in &mut self.rules {
            if !meets(&rule.fault, cue, listener) {
                continue;
            }
            rule.met += 1;
            if fired.is_none() && rule.fault.when.acts(rule.met) {
                let ruling = match &rule.fault.effect {
                    Effect::Reply(reply) => reply.ruling(&wording),
                    Effect::Delay(delay) => delay.ruling(),
                    Effect::Close => close::ruling(),
                    Effect::Reset => reset::ruling(),
                    Effect::Hide => hide::ruling(),
                };
                fired = Some(Fired { id: rule.id, word: rule.fault.effect.word(), ruling });
            }
        }
        fired
    }
}

fn meets(fault: &Fault, cue: &Cue<'_>, listener: ListenerName) -> bool {
    let place = match &fault.place {
        Place::Stage(stage) => *stage == cue.stage,
        // `FETCH` means `UID FETCH` too (RFC 3501 section 6.4.8): clients use one or the other.
        Place::Command(verb) => verb == cue.verb || cue.verb.strip_prefix("UID ") == Some(verb),
    };
    place
        && fault.who.listener.is_none_or(|wanted| wanted == listener)
        && fault
            .who
            .account
            .as_deref()
            .is_none_or(|wanted| cue.account.is_some_and(|name| names(name, wanted)))
}

/// `taro@postfail.test` is `taro`: rules name accounts by their short name or by their address.
fn names(shown: &str, wanted: &str) -> bool {
    let short = |name: &str| name.split('@').next().unwrap_or_default().to_ascii_lowercase();
    shown.eq_ignore_ascii_case(wanted) || short(shown) == wanted.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use postfail_session::world::Stage;

    use super::*;

    fn fault(toml: &str) -> Fault {
        toml::from_str(toml).unwrap()
    }

    fn cue<'a>(stage: Stage, verb: &'a str, account: Option<&'a str>) -> Cue<'a> {
        Cue { stage, verb, account, tag: "a1" }
    }

    fn ask(rules: &mut Rules, cue: &Cue<'_>) -> Option<u64> {
        rules.answer(cue, ListenerName::Imaps, |_| Refusal::default()).map(|fired| fired.id)
    }

    #[test]
    fn a_rule_is_met_by_stage_account_and_listener() {
        let mut rules = Rules::default();
        let id = rules
            .add(fault("stage = \"auth\"\nclose = true\nwho = { account = \"taro\", listener = \"imaps\" }"));
        assert_eq!(ask(&mut rules, &cue(Stage::Auth, "LOGIN", Some("taro"))), Some(id));
        assert_eq!(ask(&mut rules, &cue(Stage::Auth, "LOGIN", Some("Taro@postfail.test"))), Some(id));
        assert_eq!(ask(&mut rules, &cue(Stage::Auth, "LOGIN", Some("hanako"))), None);
        assert_eq!(ask(&mut rules, &cue(Stage::Auth, "LOGIN", None)), None);
        assert_eq!(ask(&mut rules, &cue(Stage::Idle, "IDLE", Some("taro"))), None);
        let elsewhere =
            rules.answer(&cue(Stage::Auth, "", Some("taro")), ListenerName::Imap, |_| Refusal::default());
        assert_eq!(elsewhere, None);
    }

    #[test]
    fn a_command_is_met_at_any_stage_and_the_first_rule_acts() {
        let mut rules = Rules::default();
        let second_time = rules.add(fault("command = \"fetch\"\nhide = true\nwhen = { nth = 2 }"));
        let always = rules.add(fault("command = \"FETCH\"\ndelay = \"1s\""));
        let fetch = cue(Stage::Mailbox, "FETCH", None);
        assert_eq!(ask(&mut rules, &fetch), Some(always));
        assert_eq!(ask(&mut rules, &cue(Stage::Data, "UID FETCH", None)), Some(second_time));
        assert_eq!(ask(&mut rules, &fetch), Some(always));
        assert!(rules.remove(always) && !rules.remove(always));
        assert_eq!(ask(&mut rules, &fetch), None);
        assert_eq!(rules.add(fault("stage = \"quit\"\nreset = true")), 3);
    }
}
