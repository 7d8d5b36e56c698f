//! Sign-in by device code (RFC 8628 section 3.5): who polls faster than told is found out, who waits is not.
use std::sync::mpsc;
use std::time::Duration;

use postfail::catalogue;
use postfail::client::device::{Device, sign_in};
use postfail::scenario::{Exit, Run, Verdict};
use postfail::{Handle, Pace, Postfail};
use tokio::sync::mpsc::unbounded_channel;

use super::{Kept, PARTING, setup};

const STORY: &str = "token/device-code-slow-down";
/// How long to wait before a poll: by its number from 0, and by what the provider told.
type Pause = fn(u32, Duration) -> Duration;

/// Was the rule broken anywhere in the story, by a client that waits as `pause` says?
async fn is_impatient(pause: Pause) -> bool {
    let source = catalogue::built_in(STORY).unwrap();
    let scenario = source.scenario().unwrap();
    let profile = scenario.default_profile();
    let asked = Postfail::source(source).profile(profile).pace(Pace::Instant).threads(1);
    let mail = asked.verify_on_drop(false).start().await.unwrap();
    let (mut runs, mut since, mut kept) = (Vec::new(), 0, Kept::new());
    for (number, phase) in scenario.phases.iter().enumerate() {
        if number > 0 {
            since = mail.newest();
            mail.phase(&phase.name).await.unwrap();
        }
        let now = setup(&mail, &scenario, phase, false, &mut kept);
        let exit = Exit::Code(if signs_in(&mail, now, pause).await { 0 } else { 77 });
        mail.quiet(PARTING).await;
        let (phase, until) = (phase.name.clone(), mail.newest());
        runs.push(Run { phase, exit, since, until, took: Duration::ZERO });
    }
    let verdict = mail
        .with_world(|world| Verdict::judge(&scenario, profile, world.seed(), None, &runs, world.journal()));
    mail.stop().await;
    verdict.phases.iter().flat_map(|phase| &phase.conduct).any(|breach| breach.rule == "slow-down-ignored")
}

/// Sign in; the time between two polls passes for everybody.
async fn signs_in(mail: &Handle, setup: postfail::client::Setup, pause: Pause) -> bool {
    let variables = mail.variables();
    let value = |name: &str| {
        let found = variables.iter().find(|variable| variable.name == name);
        found.map(|variable| variable.value.clone()).unwrap_or_default()
    };
    let token = setup.oauth.as_ref().and_then(|oauth| oauth.endpoint.clone()).unwrap();
    let device = Device { url: value("device.url"), scope: value("mail.scope"), token };
    let (ask, mut waits) = unbounded_channel::<(Duration, mpsc::Sender<()>)>();
    let client = tokio::task::spawn_blocking(move || {
        let wait = |told| {
            let (done, over) = mpsc::channel();
            ask.send((told, done)).unwrap();
            over.recv().unwrap();
            Ok(())
        };
        sign_in(&setup, &device, |_| {}, wait).is_ok()
    });
    let mut polls = 0;
    while let Some((told, done)) = waits.recv().await {
        let span = pause(polls, told);
        polls += 1;
        mail.advance(&format!("{}s", span.as_secs())).await.unwrap();
        done.send(()).unwrap();
    }
    client.await.unwrap()
}

#[tokio::test]
async fn who_polls_faster_than_told_is_found_out() {
    let impatient: Pause = |number, told| if number < 4 { Duration::from_secs(1) } else { told };
    assert!(is_impatient(impatient).await);
}

#[tokio::test]
async fn who_waits_as_told_breaks_nothing() {
    assert!(!is_impatient(|_, told| told).await);
}
