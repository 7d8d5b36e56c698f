//! Every scenario told to clients that do the wrong thing: each must be found out, or the scenario judges nobody.
//! (That the right thing passes is shown by `run all`, in `program/run.rs`.)
#[path = "conduct/device.rs"]
mod device;
#[path = "conduct/retry.rs"]
mod retry;
#[path = "conduct/tokens.rs"]
mod tokens;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use postfail::catalogue::{self, Source};
use postfail::client::oauth::{Endpoint, Keep, Mechanism, Tokens};
use postfail::client::{self, OAuth, Setup, Trouble};
use postfail::journal::{Event, Filter, What};
use postfail::listener::{Protocol, Security};
use postfail::scenario::{
    Allowed, ByToken, Client, Exit, Expectation, Outcome, Phase, PhaseVerdict, Run, Scenario, Verdict,
};
use postfail::{Handle, ListenerName, Pace, Postfail};

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
    /// It takes the port that begins in plaintext, and no TLS.
    exposes: bool,
    /// It calls everything a success.
    lies: bool,
}

const CARELESS: Conduct = Conduct { tries: 5, keeps_settings: true, exposes: false, lies: true };
/// It does nothing at all.
const ASLEEP: Conduct = Conduct { tries: 0, keeps_settings: false, exposes: false, lies: true };
const EXPOSING: Conduct = Conduct { tries: 1, keeps_settings: false, exposes: true, lies: false };
/// It says what happened, and knows no "later".
const HAMMERING: Conduct = Conduct { tries: 5, keeps_settings: false, exposes: false, lies: false };
const PATIENT: Conduct = Conduct { tries: 1, keeps_settings: false, exposes: false, lies: false };

/// What a client did in a phase, whatever it said about it.
struct Deed {
    /// Connections it made that were answered with a refusal.
    refused: usize,
    tried: bool,
    succeeded: bool,
    /// Passwords that it said without TLS, as the journal has it.
    exposed: usize,
}

/// What a client keeps of its tokens, by the refresh token it was given at sign-in.
type Kept = BTreeMap<String, Keep>;

/// The tokens that the first account's client was given, and where to refresh them.
fn oauth(mail: &Handle, by: ByToken, kept: &mut Kept) -> OAuth {
    let variables = mail.variables();
    let value = |name: &str| {
        let found = variables.iter().find(|variable| variable.name == name);
        found.map(|variable| variable.value.clone()).unwrap_or_default()
    };
    let tokens = Tokens { access_token: value("access.token"), refresh_token: value("refresh.token") };
    let client_secret = Some(value("client.secret")).filter(|secret| !secret.is_empty());
    OAuth {
        mechanism: match by {
            ByToken::Xoauth2 => Mechanism::Xoauth2,
            ByToken::Oauthbearer => Mechanism::Oauthbearer,
        },
        keep: kept.entry(tokens.refresh_token.clone()).or_default().clone(),
        tokens,
        endpoint: Some(Endpoint { url: value("token.url"), client_id: value("client.id"), client_secret }),
    }
}

fn setup(mail: &Handle, scenario: &Scenario, phase: &Phase, exposes: bool, kept: &mut Kept) -> Setup {
    let mut place = mail.place_of(scenario, phase);
    if exposes {
        place = mail.place(match place.name.protocol() {
            Protocol::Imap => ListenerName::Imap,
            Protocol::Pop3 => ListenerName::Pop3,
            Protocol::Smtp => ListenerName::Submission,
        });
        place.security = Security::Plain;
    }
    let url = match place.security {
        Security::StartTls => place.url().replacen("://", "+starttls://", 1),
        Security::Plain | Security::Implicit => place.url(),
    };
    let account = mail.accounts().swap_remove(0);
    Setup {
        address: url.parse().unwrap(),
        user: phase.setup.user.clone().unwrap_or(account.address),
        password: phase.setup.password.clone().unwrap_or(account.password),
        oauth: phase.setup.oauth.map(|by| oauth(mail, by, kept)),
        ca: Some(mail.ca_file().to_owned()),
        certificate: phase.setup.client_certificate.map(|kind| mail.client_certificate(kind).unwrap()),
        external: phase.setup.external && !exposes,
        tls_max: client::TlsCeiling::Tls13,
        timeout: PATIENCE,
        careless: false,
    }
}

impl Conduct {
    /// On a thread of its own, as it blocks, and the identity provider is served by this one.
    async fn act(self, setup: &Setup) -> (Deed, Exit) {
        let setup = setup.clone();
        tokio::task::spawn_blocking(move || self.visit(&setup)).await.unwrap()
    }

    fn visit(self, setup: &Setup) -> (Deed, Exit) {
        let mut refused = 0;
        if self.tries == 0 {
            return (Deed { refused, tried: false, succeeded: false, exposed: 0 }, Exit::Code(0));
        }
        let last = loop {
            match client::once(setup) {
                Err(Trouble::Refused(_) | Trouble::Token(_)) => refused += 1,
                other => break other.map_err(|trouble| trouble.exit_code()),
            }
            if refused == self.tries {
                break Err(Trouble::Refused(String::new()).exit_code());
            }
        };
        let exit =
            Exit::Code(if self.lies { 0 } else { last.as_ref().err().map_or(0, |code| i32::from(*code)) });
        (Deed { refused, tried: true, succeeded: last.is_ok(), exposed: 0 }, exit)
    }
}

/// A scenario from its first phase to its last, by its first profile.
async fn tell(source: &Source, conduct: Conduct) -> (Verdict, Vec<Deed>) {
    let scenario = source.scenario().unwrap();
    let profile = scenario.default_profile();
    let asked = Postfail::source(source.clone()).profile(profile).pace(Pace::Instant).threads(1);
    let mail =
        asked.verify_on_drop(false).start().await.unwrap_or_else(|error| panic!("{}: {error}", source.id));
    let mut kept = Kept::new();
    let first = setup(&mail, &scenario, &scenario.phases[0], conduct.exposes, &mut kept);
    let (mut deeds, mut runs, mut since) = (Vec::new(), Vec::new(), 0);
    for (number, phase) in scenario.phases.iter().enumerate() {
        if number > 0 {
            since = mail.newest();
            mail.phase(&phase.name).await.unwrap();
        }
        let mut own = || setup(&mail, &scenario, phase, conduct.exposes, &mut kept);
        let now = if conduct.keeps_settings { first.clone() } else { own() };
        let (mut deed, exit) = conduct.act(&now).await;
        mail.quiet(PARTING).await;
        deed.exposed = exposed(&mail, since);
        let (phase, until) = (phase.name.clone(), mail.newest());
        runs.push(Run { phase, exit, since, until, took: Duration::ZERO });
        deeds.push(deed);
    }
    let verdict = mail
        .with_world(|world| Verdict::judge(&scenario, profile, world.seed(), None, &runs, world.journal()));
    mail.stop().await;
    (verdict, deeds)
}

/// Log-ins without TLS that showed the password itself, since a line of the journal.
fn exposed(mail: &Handle, since: u64) -> usize {
    let filter = Filter { since, kind: Some("log_in".to_owned()), ..Filter::default() };
    let is_bare = |what: &What| match what {
        What::Session(Event::LogIn { mechanism, secured, .. }) => {
            !secured && ["LOGIN", "PLAIN", "USER"].contains(&mechanism.as_str())
        }
        _ => false,
    };
    mail.entries(&filter).iter().filter(|entry| is_bare(&entry.what)).count()
}

fn is_found(verdict: &PhaseVerdict, rule: &str) -> bool {
    verdict.findings.iter().any(|finding| finding.rule == rule)
}

/// What the client did and nobody noticed.
fn unnoticed(scenario: &Scenario, verdict: &Verdict, deeds: &[Deed], lies: bool) -> Vec<String> {
    let mut unnoticed = Vec::new();
    for ((phase, verdict), deed) in scenario.phases.iter().zip(&verdict.phases).zip(deeds) {
        let mut claim = |must: bool, what: &str| {
            if must {
                unnoticed.push(format!("{} {}: {what}: {:?}", scenario.id, phase.name, verdict.findings));
            }
        };
        claim(
            lies && phase.client == Client::Fails && !is_found(verdict, "client"),
            "it said that all is well",
        );
        let is_about = |one: &&Expectation| one.phase.as_ref().is_none_or(|name| *name == phase.name);
        let about: Vec<&Expectation> = scenario.expectations.iter().filter(is_about).collect();
        let tries = u64::try_from(deed.refused).unwrap();
        let hammered = about.iter().any(|one| one.connections.is_some_and(|count| !count.admits(tries)));
        claim(deed.refused > 1 && hammered && !is_found(verdict, "connections"), "it hammered");
        let never = about.iter().any(|one| one.password_in_clear == Some(Allowed::Never));
        let told = is_found(verdict, "password_in_clear");
        claim(deed.exposed > 0 && never && !told, "it said the password in the clear");
        let is_lie = lies && phase.client == Client::Succeeds && !deed.succeeded;
        // One that does nothing at all may be a probe of something else: the whole story finds it out, below.
        let acted = deed.tried && verdict.outcome == Outcome::Passed;
        claim(is_lie && acted, "it got nothing and said that it had");
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

/// Tells all scenarios, or every so-manieth; how many phases there were in which a password was exposed.
fn found_out(conduct: Conduct, shard: usize, of: usize) -> usize {
    // Cases have a careless client of their own: `careless.rs`.
    let all = catalogue::select("all").unwrap().into_iter().filter(|source| !source.id.contains('#'));
    let sources = all.skip(shard).step_by(of).collect::<Vec<_>>();
    let (next, exposed, unseen) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(Vec::new()));
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
                    let (verdict, deeds) = runtime.block_on(tell(source, conduct));
                    let bare = deeds.iter().filter(|deed| deed.exposed > 0).count();
                    exposed.fetch_add(bare, Ordering::Relaxed);
                    let mut missed = unnoticed(&source.scenario().unwrap(), &verdict, &deeds, conduct.lies);
                    if conduct.tries == 0 && verdict.passed() {
                        missed.push(format!("{}: all is well, it says, and nobody doubts it", source.id));
                    }
                    unseen.lock().unwrap().extend(missed);
                }
            });
        }
    });
    let unseen = unseen.into_inner().unwrap();
    assert!(unseen.is_empty(), "{}", unseen.join("\n"));
    exposed.into_inner()
}

#[test]
fn a_careless_client_is_found_out_in_every_scenario() {
    found_out(CARELESS, 0, 1);
}

#[test]
fn a_client_that_does_nothing_and_calls_it_a_success_is_found_out() {
    found_out(ASLEEP, 0, 1);
}

#[test]
fn a_client_that_says_its_password_in_the_clear_is_found_out() {
    // Every third scenario: what is looked at is the same in all.
    let exposed = found_out(EXPOSING, 1, 3);
    assert!(exposed > 20, "only {exposed} phases in which a password was exposed");
}
