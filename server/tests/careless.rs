//! The STARTTLS cases, and stories of other folders in which TLS is talked out of a client, told to one that believes
//! everything: each is found out by the rule that the case names.
//! (That a careful one passes each is shown by `run all`, in `program/run.rs`.)
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use postfail::catalogue::{self, Source};
use postfail::client::oauth::{Keep, Mechanism, Tokens};
use postfail::client::{self, OAuth, Setup, TlsCeiling};
use postfail::journal::Place;
use postfail::listener::Security;
use postfail::scenario::{Exit, Phase, Run, Verdict};
use postfail::{Handle, ListenerName, Pace, Postfail};

/// A server that is silent on purpose is borne this long.
const PATIENCE: Duration = Duration::from_secs(2);
/// Where none is silent: certificates are made when they are first shown, on a machine that may be busy.
const CERTIFICATES: Duration = Duration::from_secs(30);
const PARTING: Duration = Duration::from_secs(2);
/// Worlds at the same time: most of it is waiting.
const THREADS: usize = 12;

/// Stories about the same beside those of `starttls/`.
const ELSEWHERE: [&str; 4] = [
    "setup/autodetect-downgrade",
    "setup/implicit-port-refused",
    "token/token-before-tls",
    "token/token-to-referred-host",
];

/// Where it looks, one after the other until it is in: after a port of TLS, the one that begins in plaintext.
fn places(phase: &Phase) -> Vec<ListenerName> {
    let first = phase.setup.primary().expect("the settings name a listener");
    if first == ListenerName::Imaps { vec![first, ListenerName::Imap] } else { vec![first] }
}

fn setup(mail: &Handle, phase: &Phase, place: ListenerName, timeout: Duration) -> Setup {
    let place = mail.place(place);
    let by = if place.security == Security::StartTls { "+starttls://" } else { "://" };
    let url = place.url().replacen("://", by, 1);
    let account = mail.accounts().swap_remove(0);
    let oauth = phase.setup.oauth.and_then(|_| mail.tokens("taro")).map(|held| OAuth {
        mechanism: Mechanism::Xoauth2,
        tokens: Tokens { access_token: held.access, refresh_token: held.refresh },
        keep: Keep::default(),
        endpoint: None,
    });
    Setup {
        address: url.parse().unwrap(),
        user: account.address,
        password: account.password,
        oauth,
        ca: Some(mail.ca_file().to_owned()),
        certificate: None,
        external: false,
        tls_max: TlsCeiling::Tls13,
        timeout,
        careless: true,
    }
}

/// The verdict on it, and what it showed.
async fn tell(source: &Source) -> (Verdict, String) {
    let scenario = source.scenario().unwrap();
    let asked = Postfail::source(source.clone()).pace(Pace::Instant).threads(1).verify_on_drop(false);
    let mail = asked.start().await.unwrap_or_else(|error| panic!("{}: {error}", source.id));
    // Of a case the phase in which the client is set to STARTTLS and nothing less: told to do without, it is no wonder
    // that it does. Of a story the one behind `works`.
    let strict = &scenario.phases[usize::from(scenario.case.is_none())];
    mail.phase(&strict.name).await.unwrap();
    let since = mail.newest();
    let is_silent = scenario.case.as_ref().is_none_or(|case| case.breaks != "bad-certificate-accepted");
    let patience = if is_silent { PATIENCE } else { CERTIFICATES };
    let visit =
        |place| client::once(&setup(&mail, strict, place, patience)).unwrap_or_else(|t| t.to_string());
    let output: String = places(strict).into_iter().map(visit).collect();
    mail.quiet(PARTING).await;
    for marker in mail.markers(since).iter().filter(|marker| marker.is_in(output.as_bytes())) {
        mail.note_shown(marker, Place::Output);
    }
    let (phase, until) = (strict.name.clone(), mail.newest());
    let runs = [Run { phase, exit: Exit::Code(0), since, until, took: Duration::ZERO }];
    let (profile, only) = (scenario.default_profile(), Some(strict.name.as_str()));
    let verdict = mail
        .with_world(|world| Verdict::judge(&scenario, profile, world.seed(), only, &runs, world.journal()));
    mail.stop().await;
    (verdict, output)
}

/// What it did and nobody noticed.
fn unnoticed(source: &Source, verdict: &Verdict, shown: &str) -> Option<String> {
    let strict = verdict.phases.first()?;
    let broken: Vec<&str> = strict.conduct.iter().map(|breach| breach.rule.as_str()).collect();
    let breaks = match source.scenario().unwrap().case {
        Some(case) => case.breaks,
        None => breaks_in_story(&source.id).to_owned(),
    };
    // The victim obeys what came before TLS: it answers the NOOP that was in a hurry.
    let is_victim = source.id != "starttls/command-injection" || shown.contains("early OK");
    if broken.contains(&breaks.as_str()) && !verdict.passed() && is_victim {
        return None;
    }
    Some(format!("{}: {breaks} is not among {broken:?}\n{shown}", source.id))
}

/// What a careless client breaks in the stories, which have no word for it.
fn breaks_in_story(id: &str) -> &'static str {
    match id.trim_start_matches("starttls/") {
        "capabilities-change-after-tls" => "pre-tls-capabilities-kept",
        "command-injection" => "bytes-pipelined-behind-starttls",
        "response-injection" => "injected-reply-believed",
        "preauth" => "preauth-accepted-in-clear",
        "answered-ok-then-plaintext" | "hang" | "setup/implicit-port-refused" => "password-in-clear",
        "tls-version-after-starttls" | "setup/autodetect-downgrade" => "downgrade-after-tls-failure",
        "token/token-before-tls" => "token-in-clear",
        "token/token-to-referred-host" => "password-sent-to-referred-host",
        _ => "starttls-refusal-ignored",
    }
}

#[test]
fn a_client_that_believes_everything_is_found_out_in_every_case() {
    let mut sources: Vec<Source> = catalogue::select("starttls").unwrap();
    sources.extend(ELSEWHERE.map(|id| catalogue::built_in(id).unwrap()));
    assert!(sources.len() >= 175, "{}", sources.len());
    let (next, unseen) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                while let Some(source) = sources.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (verdict, shown) = runtime.block_on(tell(source));
                    unseen.lock().unwrap().extend(unnoticed(source, &verdict, &shown));
                }
            });
        }
    });
    let unseen = unseen.into_inner().unwrap();
    assert!(unseen.is_empty(), "{} cases:\n{}", unseen.len(), unseen.join("\n"));
}
