//! Every scenario told to clients that do the wrong thing: each must be found out, or the scenario judges nobody.
//! (That the right thing passes is shown by `run all`, in `program/run.rs`.)
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use postfail::catalogue::{self, Source};
use postfail::client::{self, Setup, Trouble};
use postfail::listener::{Protocol, Security};
use postfail::scenario::{Client, Exit, Outcome, Phase, PhaseVerdict, Run, Scenario, Verdict};
use postfail::variables::Place;
use postfail::{Handle, Pace, Postfail};

/// The longest silence a client bears here; a scenario of silence has one in each try.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long the connections of a client that has ended may take to end as well.
const PARTING: Duration = Duration::from_secs(2);
/// Worlds at the same time: most of it is waiting.
const THREADS: usize = 6;

/// What a client does that a person in front of it would not.
#[derive(Clone, Copy)]
struct Conduct {
    /// How often it tries what was refused, the first time included.
    tries: usize,
    /// It looks where it looked in the first phase, whatever its settings are now.
    keeps_settings: bool,
    /// It calls everything a success.
    lies: bool,
}

const CARELESS: Conduct = Conduct { tries: 5, keeps_settings: true, lies: true };
/// It says what happened, and knows no "later".
const HAMMERING: Conduct = Conduct { tries: 5, keeps_settings: false, lies: false };
const PATIENT: Conduct = Conduct { tries: 1, keeps_settings: false, lies: false };

/// What a client did in a phase, whatever it said about it.
struct Deed {
    /// Connections it made that were answered with a refusal.
    refused: usize,
    succeeded: bool,
}

/// The listener the settings of a phase point to, in the protocol the provider has words for.
fn place(mail: &Handle, scenario: &Scenario, phase: &Phase) -> Place {
    let protocols = [Protocol::Imap, Protocol::Pop3, Protocol::Smtp];
    let worded = mail.with_world(|world| {
        let mut worded =
            protocols.into_iter().filter(|protocol| scenario.is_worded(world.profile(), *protocol));
        worded.find_map(|protocol| phase.setup.of(protocol))
    });
    let name = worded.or(phase.setup.primary()).expect("a phase's settings name a listener");
    let mut place = mail.place(name);
    place.security = phase.setup.security.unwrap_or(place.security);
    place
}

fn setup(mail: &Handle, scenario: &Scenario, phase: &Phase) -> Setup {
    let place = place(mail, scenario, phase);
    let url = match place.security {
        Security::StartTls => place.url().replacen("://", "+starttls://", 1),
        Security::Plain | Security::Implicit => place.url(),
    };
    let account = mail.accounts().swap_remove(0);
    Setup {
        address: url.parse().unwrap(),
        user: phase.setup.user.clone().unwrap_or(account.address),
        password: phase.setup.password.clone().unwrap_or(account.password),
        ca: Some(mail.ca_file().to_owned()),
        tls_max: client::TlsCeiling::Tls13,
        timeout: PATIENCE,
        careless: false,
    }
}

impl Conduct {
    fn act(self, setup: &Setup) -> (Deed, Exit) {
        let mut refused = 0;
        let last = loop {
            match client::once(setup) {
                Err(Trouble::Refused(_)) => refused += 1,
                other => break other.map_err(|trouble| trouble.exit_code()),
            }
            if refused == self.tries {
                break Err(Trouble::Refused(String::new()).exit_code());
            }
        };
        let exit =
            Exit::Code(if self.lies { 0 } else { last.as_ref().err().map_or(0, |code| i32::from(*code)) });
        (Deed { refused, succeeded: last.is_ok() }, exit)
    }
}

/// A scenario from its first phase to its last, by its first profile.
async fn tell(source: &Source, conduct: Conduct) -> (Verdict, Vec<Deed>) {
    let scenario = source.scenario().unwrap();
    let profile = scenario.default_profile();
    let asked = Postfail::source(source.clone()).profile(profile).pace(Pace::Instant).threads(1);
    let mail =
        asked.verify_on_drop(false).start().await.unwrap_or_else(|error| panic!("{}: {error}", source.id));
    let first = setup(&mail, &scenario, &scenario.phases[0]);
    let (mut deeds, mut runs, mut since) = (Vec::new(), Vec::new(), 0);
    for (number, phase) in scenario.phases.iter().enumerate() {
        if number > 0 {
            since = mail.newest();
            mail.phase(&phase.name).await.unwrap();
        }
        let now = if conduct.keeps_settings { first.clone() } else { setup(&mail, &scenario, phase) };
        let (deed, exit) = conduct.act(&now);
        mail.quiet(PARTING).await;
        let (phase, until) = (phase.name.clone(), mail.newest());
        runs.push(Run { phase, exit, since, until, took: Duration::ZERO });
        deeds.push(deed);
    }
    let verdict = mail
        .with_world(|world| Verdict::judge(&scenario, profile, world.seed(), None, &runs, world.journal()));
    mail.stop().await;
    (verdict, deeds)
}

fn is_found(verdict: &PhaseVerdict, rule: &str) -> bool {
    verdict.findings.iter().any(|finding| finding.rule == rule)
}

/// What the careless client did and nobody noticed.
fn unnoticed(scenario: &Scenario, verdict: &Verdict, deeds: &[Deed]) -> Vec<String> {
    let mut unnoticed = Vec::new();
    for ((phase, verdict), deed) in scenario.phases.iter().zip(&verdict.phases).zip(deeds) {
        let mut claim = |must: bool, what: &str| {
            if must {
                unnoticed.push(format!("{} {}: {what}: {:?}", scenario.id, phase.name, verdict.findings));
            }
        };
        claim(phase.client == Client::Fails && !is_found(verdict, "client"), "it said that all is well");
        let about = scenario.expectations.iter();
        let mut about = about.filter(|one| one.phase.as_ref().is_none_or(|name| *name == phase.name));
        let tries = u64::try_from(deed.refused).unwrap();
        let hammered = about.any(|one| one.connections.is_some_and(|count| !count.admits(tries)));
        claim(deed.refused > 1 && hammered && !is_found(verdict, "connections"), "it hammered");
        let is_lie = phase.client == Client::Succeeds && !deed.succeeded;
        claim(is_lie && verdict.outcome == Outcome::Passed, "it got nothing and said that it had");
    }
    unnoticed
}

#[tokio::test]
async fn a_client_that_waits_passes_and_one_that_hammers_is_judged() {
    // By the clock, by the number of log-ins in so much time, and in SMTP.
    for (id, rule) in [
        ("auth/login-rate-limited-then-recovers", "connections"),
        ("auth/login-delay", "failed_logins"),
        ("auth/smtp-rate-limited-then-recovers", "connections"),
    ] {
        let source = catalogue::built_in(id).unwrap();
        let (verdict, deeds) = tell(&source, PATIENT).await;
        assert!(verdict.passed(), "{verdict:#?}");
        let succeeded: Vec<bool> = deeds.iter().map(|deed| deed.succeeded).collect();
        assert_eq!(succeeded, [true, false, true], "{id}");

        let (verdict, _) = tell(&source, HAMMERING).await;
        let breaks = verdict.phases.iter().find(|phase| phase.name == "breaks").unwrap();
        assert!(is_found(breaks, rule) && !is_found(breaks, "client"), "{id}: {breaks:#?}");
    }
}

fn careless(shard: usize, of: usize) {
    // Cases have a careless client of their own: `careless.rs`.
    let all = catalogue::select("all").unwrap().into_iter().filter(|source| !source.id.contains('#'));
    let sources = all.skip(shard).step_by(of).collect::<Vec<_>>();
    let (next, unseen) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS.min(sources.len()) {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                while let Some(source) = sources.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let asked = Postfail::source(source.clone());
                    // Without old TLS a scenario about it is refused.
                    if cfg!(not(feature = "legacy-tls")) && asked.check().is_err() {
                        continue;
                    }
                    let (verdict, deeds) = runtime.block_on(tell(source, CARELESS));
                    let missed = unnoticed(&source.scenario().unwrap(), &verdict, &deeds);
                    unseen.lock().unwrap().extend(missed);
                }
            });
        }
    });
    let unseen = unseen.into_inner().unwrap();
    assert!(unseen.is_empty(), "{}", unseen.join("\n"));
}

#[test]
fn a_careless_client_is_found_out_in_every_scenario() {
    careless(0, 1);
}
