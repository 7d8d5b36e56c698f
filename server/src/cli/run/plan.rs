//! What a run will tell: scenario x profile entries in a stable order, found and checked before anything starts.
use std::str::FromStr;

use postfail::catalogue::{self, Source};
use postfail::scenario::Scenario;
use postfail::{Pace, Postfail};

use super::super::Failure;
use super::super::args::Run;
use super::super::serve;

/// One entry: a scenario told by one provider.
#[derive(Clone, Debug)]
pub struct Plan {
    pub source: Source,
    pub scenario: Scenario,
    pub profile: String,
}

impl Plan {
    /// `tls/cert-expired (dovecot)`
    pub fn title(&self) -> String {
        format!("{} ({})", self.source.id, self.profile)
    }

    pub fn file_stem(&self) -> String {
        format!("{}.{}", self.source.id.replace('/', "."), self.profile)
    }
}

/// Every `n`th entry: what one of several machines takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    at: usize,
    of: usize,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (at, of) = text.split_once('/')?;
            let (at, of): (usize, usize) = (at.parse().ok()?, of.parse().ok()?);
            (1..=of).contains(&at).then(|| Self { at: at - 1, of })
        };
        read().ok_or_else(|| format!("`{text}` is no shard; the first of three is 1/3, the last 3/3"))
    }
}

impl Shard {
    /// Neighbours go to different shards: entries of one scenario take about the same time.
    pub fn take<T>(self, all: Vec<T>) -> Vec<T> {
        all.into_iter().skip(self.at).step_by(self.of).collect()
    }
}

/// The entries asked for, in the order of the words, of the identifiers, and of each scenario's own profiles.
pub fn all(asked: &Run) -> Result<Vec<Plan>, Failure> {
    let mut plans: Vec<Plan> = Vec::new();
    for name in &asked.scenario {
        let is_one = catalogue::names_one(name);
        let before = plans.len();
        for source in catalogue::select(name).map_err(Failure::usage)? {
            let scenario = source.scenario().map_err(Failure::usage)?;
            if is_one {
                check_phase(asked, &scenario)?;
            } else if asked.phase.as_ref().is_some_and(|phase| scenario.phase(phase).is_none()) {
                continue;
            }
            for profile in profiles(asked.world.profile.as_deref(), is_one, &scenario) {
                let is_told = |plan: &Plan| plan.source == source && plan.profile == profile;
                if !plans.iter().any(is_told) {
                    plans.push(Plan { source: source.clone(), scenario: scenario.clone(), profile });
                }
            }
        }
        if !is_one && plans.len() == before {
            return Err(Failure::usage(format!("nothing in `{name}` fits --profile and --phase")));
        }
    }
    if asked.keep_running && asked.client.is_empty() {
        let what = "--keep-running needs a client that keeps running, behind `--`; the built-in one looks once and ends";
        return Err(Failure::usage(what));
    }
    for plan in &plans {
        check_triggers(asked, &plan.scenario)?;
        world(plan, asked)?.check().map_err(super::super::start_failure)?;
    }
    Ok(match asked.shard {
        Some(shard) => shard.take(plans),
        None => plans,
    })
}

/// The world an entry is told in. Nobody waits in front of the built-in client: unless said, delays pass at once.
pub fn world(plan: &Plan, asked: &Run) -> Result<Postfail, Failure> {
    let mut source = Postfail::source(plan.source.clone());
    if asked.client.is_empty() && asked.world.pace.is_none() {
        source = source.pace(Pace::Instant);
    }
    let world = serve::with(source, &asked.world)?.profile(&plan.profile);
    Ok(if asked.keep_running { world.triggers(asked.until) } else { world })
}

/// One scenario is told by its first profile unless somebody chooses, and refuses a profile that it is not made for
/// (the world's own check says so). Of many scenarios every entry is told, or every one of the profile asked for.
fn profiles(asked: Option<&str>, is_one: bool, scenario: &Scenario) -> Vec<String> {
    match asked {
        None if is_one => vec![scenario.default_profile().to_owned()],
        None | Some("all") => scenario.profiles.clone(),
        Some(profile) if is_one => vec![profile.to_owned()],
        Some(profile) => scenario.profiles.iter().filter(|own| *own == profile).cloned().collect(),
    }
}

fn check_phase(asked: &Run, scenario: &Scenario) -> Result<(), Failure> {
    let Some(phase) = asked.phase.as_ref().filter(|phase| scenario.phase(phase).is_none()) else {
        return Ok(());
    };
    let names: Vec<&str> = scenario.phases.iter().map(|phase| phase.name.as_str()).collect();
    Err(Failure::usage(format!("{} has no phase `{phase}`; it has: {}", scenario.id, names.join(", "))))
}

/// A phase that nothing ends would hold for ever; the last one ends with the client.
fn check_triggers(asked: &Run, scenario: &Scenario) -> Result<(), Failure> {
    let Some((_, before_last)) = scenario.phases.split_last() else { return Ok(()) };
    let endless = before_last.iter().find(|phase| phase.until.or(asked.until).is_none());
    match endless.filter(|_| asked.keep_running) {
        None => Ok(()),
        Some(phase) => Err(Failure::usage(format!(
            "nothing ends phase `{}` of {}: add --until logins=1 (or failed_logins=N, connections=N, after=10s), or \
             `until = {{ logins = 1 }}` to the phase",
            phase.name, scenario.id
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_hold_each_entry_once() {
        let all: Vec<u32> = (0..10).collect();
        let parts = ["1/3", "2/3", "3/3"].map(|text| text.parse::<Shard>().unwrap().take(all.clone()));
        assert_eq!(parts[0], [0, 3, 6, 9]);
        let mut together = parts.concat();
        together.sort_unstable();
        assert_eq!(together, all);
        assert_eq!("1/1".parse::<Shard>().unwrap().take(all.clone()), all);
    }

    #[test]
    fn no_shard() {
        for text in ["0/3", "4/3", "1", "1/0", "a/b", "-1/2", "1/2/3", ""] {
            let told = text.parse::<Shard>().unwrap_err();
            assert!(told.contains(&format!("`{text}` is no shard")), "{told}");
        }
    }
}
