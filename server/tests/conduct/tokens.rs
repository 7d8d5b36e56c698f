//! The stories of tokens, told to clients that treat tokens as they should not: each is found out wherever it does so.
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use postfail::catalogue::{self, Source};
use postfail::client::oauth::Keep;
use postfail::client::{self, Setup};
use postfail::journal::{Event, Filter, What};
use postfail::scenario::{Exit, PhaseVerdict, Run, Verdict};
use postfail::{Handle, Pace, Postfail};

use super::{Kept, PARTING, PATIENT, setup};

/// What it does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    /// It tries again at once, five times.
    Hammers,
    /// It shows a token that was refused once more, and never refreshes.
    SendsAgain,
    /// It does not know what a refresh token is for.
    NeverRefreshes,
    /// It refreshes by the refresh token of its first sign-in, whatever came after.
    ReusesTheOld,
}

impl Wrong {
    fn spoil(self, setup: &mut Setup) {
        let Some(oauth) = &mut setup.oauth else { return };
        match self {
            Self::Hammers => {}
            Self::SendsAgain | Self::NeverRefreshes => oauth.endpoint = None,
            Self::ReusesTheOld => oauth.keep = Keep::default(),
        }
    }

    fn tries(self) -> usize {
        match self {
            Self::Hammers => 5,
            Self::SendsAgain => 2,
            Self::NeverRefreshes | Self::ReusesTheOld => 1,
        }
    }

    /// Does the journal of a phase say that it did? `spent` has the refresh tokens used in earlier ones.
    fn did(self, entries: &[What], spent: &BTreeSet<u64>) -> bool {
        let reasons = || {
            entries.iter().filter_map(|what| match what {
                What::Session(Event::LogIn { reason: Some(reason), .. }) => Some(reason.as_str()),
                _ => None,
            })
        };
        match self {
            Self::Hammers => reasons().count() >= 5,
            Self::SendsAgain => reasons().count() >= 2,
            Self::NeverRefreshes => reasons().any(|reason| reason.contains("expired")),
            Self::ReusesTheOld => {
                refreshes(entries).any(|(secret, went_well)| !went_well && spent.contains(&secret))
            }
        }
    }

    fn rules(self) -> &'static [&'static str] {
        match self {
            Self::Hammers => &["token-endpoint-hammered", "retry-storm"],
            Self::SendsAgain => &["expired-token-sent-again"],
            Self::NeverRefreshes => &["refresh-not-tried"],
            Self::ReusesTheOld => &["rotated-refresh-token-reused"],
        }
    }
}

/// Refresh tokens shown, by their numbers, and whether they were taken.
fn refreshes(entries: &[What]) -> impl Iterator<Item = (u64, bool)> {
    entries.iter().filter_map(|what| match what {
        What::Token(request) if request.grant == "refresh_token" => {
            Some((request.secret, request.status == 200))
        }
        _ => None,
    })
}

/// A story from its first phase to its last: the verdict, and what the journal has of each phase.
async fn tell(source: &Source, profile: &str, wrong: Wrong) -> (Verdict, Vec<Vec<What>>) {
    let scenario = source.scenario().unwrap();
    let asked = Postfail::source(source.clone()).profile(profile).pace(Pace::Instant).threads(1);
    let mail = asked.verify_on_drop(false).start().await.unwrap();
    let (mut runs, mut told, mut since, mut kept) = (Vec::new(), Vec::new(), 0, Kept::new());
    for (number, phase) in scenario.phases.iter().enumerate() {
        if number > 0 {
            since = mail.newest();
            mail.phase(&phase.name).await.unwrap();
        }
        let mut now = setup(&mail, &scenario, phase, false, &mut kept);
        wrong.spoil(&mut now);
        let exit = visit(&now, wrong.tries()).await;
        mail.quiet(PARTING).await;
        let (phase, until) = (phase.name.clone(), mail.newest());
        runs.push(Run { phase, exit, since, until, took: Duration::ZERO });
        told.push(entries(&mail, since));
    }
    let verdict = mail
        .with_world(|world| Verdict::judge(&scenario, profile, world.seed(), None, &runs, world.journal()));
    mail.stop().await;
    (verdict, told)
}

async fn visit(setup: &Setup, tries: usize) -> Exit {
    let setup = setup.clone();
    let visit = move || {
        let mut visits = (0..tries).map(|_| client::once(&setup));
        let last = visits.find(Result::is_ok);
        Exit::Code(if last.is_some() { 0 } else { 77 })
    };
    tokio::task::spawn_blocking(visit).await.unwrap()
}

fn entries(mail: &Handle, since: u64) -> Vec<What> {
    mail.entries(&Filter::since(since)).into_iter().map(|entry| entry.what).collect()
}

fn is_found(phase: &PhaseVerdict, rules: &[&str]) -> bool {
    phase.conduct.iter().any(|breach| rules.contains(&breach.rule.as_str()))
}

/// Every story of tokens by its own provider, and by the issuer that rotates where it is told there too.
async fn found_out(wrong: Wrong) {
    let (mut phases, mut missed) = (0, Vec::new());
    for source in catalogue::select("token").unwrap() {
        let scenario = source.scenario().unwrap();
        let profile = match wrong {
            Wrong::ReusesTheOld => "postfail",
            _ => scenario.default_profile(),
        };
        if !scenario.profiles.iter().any(|known| known == profile) {
            continue;
        }
        let (verdict, told) = tell(&source, profile, wrong).await;
        let mut spent = BTreeSet::new();
        for (phase, entries) in verdict.phases.iter().zip(&told) {
            if wrong.did(entries, &spent) {
                phases += 1;
                if !is_found(phase, wrong.rules()) && phase.findings.is_empty() {
                    missed.push(format!("{} {}: {wrong:?}: {:?}", source.id, phase.name, phase.conduct));
                }
            }
            spent.extend(refreshes(entries).filter(|(_, went_well)| *went_well).map(|(secret, _)| secret));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    assert!(phases > 0, "{wrong:?} was nowhere to be found out");
}

#[tokio::test]
async fn a_client_that_hammers_is_found_out_in_every_story_of_tokens() {
    found_out(Wrong::Hammers).await;
}

#[tokio::test]
async fn a_client_that_sends_a_refused_token_again_is_found_out() {
    found_out(Wrong::SendsAgain).await;
}

#[tokio::test]
async fn a_client_that_never_refreshes_is_found_out() {
    found_out(Wrong::NeverRefreshes).await;
}

#[tokio::test]
async fn a_client_that_shows_an_old_refresh_token_is_found_out() {
    found_out(Wrong::ReusesTheOld).await;
}

/// The numbers that people are told, and that signing in again mends it.
#[tokio::test]
async fn a_refresh_token_dies_of_ninety_idle_days() {
    let source = catalogue::built_in("token/refresh-token-idle-90-days").unwrap();
    for (profile, number) in [("outlook.com", 70000), ("exchange-online", 700_082)] {
        let began = Instant::now();
        let scenario = source.scenario().unwrap();
        let asked = Postfail::source(source.clone()).profile(profile).pace(Pace::Instant).threads(1);
        let mail = asked.verify_on_drop(false).start().await.unwrap();
        let (mut kept, mut seen) = (Kept::new(), Vec::new());
        for (at, phase) in scenario.phases.iter().enumerate() {
            if at > 0 {
                mail.phase(&phase.name).await.unwrap();
            }
            let now = setup(&mail, &scenario, phase, false, &mut kept);
            seen.push((phase.name.as_str(), PATIENT.act(&now).await.0.succeeded));
        }
        let wanted = [("works", true), ("after-89-days", true), ("breaks", false), ("mended", true)];
        assert_eq!(seen, wanted, "{profile}");
        let codes = entries(&mail, 0).into_iter().filter_map(|what| match what {
            What::Token(request) => request.code,
            _ => None,
        });
        assert_eq!(codes.collect::<Vec<_>>(), [number], "{profile}");
        mail.stop().await;
        println!("{profile}: 89 days, 91 days and a new sign-in in {:?}", began.elapsed());
    }
}
