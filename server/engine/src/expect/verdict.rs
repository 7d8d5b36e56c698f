//! The verdict on a client: what each phase asked of it, what it did, and the journal lines that prove it.
mod conduct;
mod portal;

use std::time::Duration;

use postfail_session::Event;
use serde::Serialize;

use super::assertion::{Allowed, Count, Expectation};
use crate::conduct::Severity;
use crate::journal::{Entry, Filter, Handshake, Journal, What};
use crate::listener::tls::Suite;
use crate::scenario::{Client, Phase, Scenario};

/// Most journal lines quoted for one finding.
const PROOF_MAX: usize = 8;

/// How the client's run in a phase ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Code(i32),
    /// Ended by a signal.
    Signal(i32),
    /// It ran longer than it may and was ended.
    TimedOut(Duration),
    /// It ran on, as it should: the story moved on, or was over.
    RanOn,
}

/// One phase as it was run: the journal between two numbers belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub phase: String,
    pub exit: Exit,
    /// Number of the last entry before the phase began.
    pub since: u64,
    /// Number of its last entry.
    pub until: u64,
    pub took: Duration,
}

/// What became of a scenario.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    pub scenario: String,
    pub profile: String,
    pub seed: u64,
    pub phases: Vec<PhaseVerdict>,
}

/// What became of a phase.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PhaseVerdict {
    pub name: String,
    pub outcome: Outcome,
    /// What was asked of the client's exit: `succeeds`.
    pub asked: String,
    /// How it ended: `exit code 0`.
    pub ended: String,
    pub seconds: f64,
    pub findings: Vec<Finding>,
    /// Rules of conduct that were broken.
    pub conduct: Vec<Breach>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Passed,
    Failed,
    NotReached,
}

/// One thing that was not as expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which expectation: `client`, `failed_logins`.
    pub rule: String,
    pub expected: String,
    pub actual: String,
    /// Journal lines, masked.
    pub proof: Vec<String>,
}

/// A rule of conduct that was broken; `leak` and `harm` fail the phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Breach {
    pub rule: String,
    pub severity: Severity,
    /// What the rule rests on.
    pub section: String,
    /// What to do instead.
    pub advice: String,
    /// Journal lines, masked.
    pub proof: Vec<String>,
}

impl Verdict {
    /// Judge the phases that were run. A phase without a run was not reached; with `only`, no other counts.
    pub fn judge(
        scenario: &Scenario,
        profile: &str,
        seed: u64,
        only: Option<&str>,
        runs: &[Run],
        journal: &Journal,
    ) -> Self {
        let phases = scenario.phases.iter().filter(|phase| only.is_none_or(|name| name == phase.name));
        let verdicts = phases.map(|phase| match runs.iter().find(|run| run.phase == phase.name) {
            Some(run) => judge_phase(scenario, phase, seed, run, journal),
            None => PhaseVerdict {
                name: phase.name.clone(),
                outcome: Outcome::NotReached,
                asked: asked(phase.client).to_owned(),
                ended: "not run".to_owned(),
                seconds: 0.0,
                findings: Vec::new(),
                conduct: Vec::new(),
            },
        });
        let phases = verdicts.collect();
        Self { scenario: scenario.id.clone(), profile: profile.to_owned(), seed, phases }
    }

    /// Every phase that counts was passed.
    pub fn passed(&self) -> bool {
        self.phases.iter().all(|phase| phase.outcome == Outcome::Passed)
    }

    /// How long the client took in all phases together.
    pub fn seconds(&self) -> f64 {
        self.phases.iter().map(|phase| phase.seconds).sum()
    }
}

fn judge_phase(scenario: &Scenario, phase: &Phase, seed: u64, run: &Run, journal: &Journal) -> PhaseVerdict {
    let filter = Filter::since(run.since);
    let entries: Vec<&Entry> = journal.entries(&filter).take_while(|entry| entry.seq <= run.until).collect();
    let mut examiner = Examiner { entries, journal, findings: Vec::new() };
    examiner.exit(phase.client, run.exit);
    for expectation in &scenario.expectations {
        if expectation.phase.as_ref().is_none_or(|name| *name == phase.name) {
            examiner.examine(expectation);
        }
    }
    // What has left the journal's memory cannot be judged, and must not pass by that.
    if journal.first() > run.since + 1 {
        let kept = format!("kept from entry {} on", journal.first());
        examiner.find("journal", "the whole phase in the journal's memory".to_owned(), kept, |_| false);
    }
    let first = scenario.phases.first().map(|phase| phase.name.as_str());
    let conduct = conduct::breaches(first, &phase.setup, seed, run, journal);
    let about = scenario.expectations.iter();
    let about = about.filter(|one| one.phase.as_ref().is_none_or(|name| *name == phase.name));
    let obeys: Vec<&String> = about.flat_map(|one| &one.obeys).collect();
    let fails = |breach: &Breach| breach.severity.fails() || obeys.contains(&&breach.rule);
    let passed = examiner.findings.is_empty() && !conduct.iter().any(fails);
    let outcome = if passed { Outcome::Passed } else { Outcome::Failed };
    PhaseVerdict {
        name: phase.name.clone(),
        outcome,
        asked: asked(phase.client).to_owned(),
        ended: ended(run.exit),
        seconds: run.took.as_secs_f64(),
        findings: examiner.findings,
        conduct,
    }
}

fn asked(client: Client) -> &'static str {
    match client {
        Client::Succeeds => "succeeds",
        Client::Fails => "fails",
        Client::Either => "either",
        Client::AsOffered => "as offered",
    }
}

fn ended(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("exit code {code}"),
        Exit::Signal(signal) => format!("signal {signal}"),
        Exit::TimedOut(after) => format!("still running after {} s", after.as_secs()),
        Exit::RanOn => "ran on".to_owned(),
    }
}

struct Examiner<'a> {
    entries: Vec<&'a Entry>,
    journal: &'a Journal,
    findings: Vec<Finding>,
}

impl Examiner<'_> {
    fn exit(&mut self, client: Client, exit: Exit) {
        if exit == Exit::RanOn {
            return;
        }
        let succeeded = exit == Exit::Code(0);
        let (should, why) = match client {
            Client::Either => (succeeded, String::new()),
            Client::Succeeds => (true, String::new()),
            Client::Fails => (false, String::new()),
            Client::AsOffered => match self.offered() {
                Ok((fits, why)) => (fits, why),
                Err(why) => {
                    let expected = "a ClientHello, to know what the client can".to_owned();
                    return self.find("client", expected, why, is_turn);
                }
            },
        };
        // To hang is no way to fail: people sit before it.
        let hung = matches!(exit, Exit::TimedOut(_)) && client != Client::Either;
        if should != succeeded || hung {
            let expected =
                if should { "the client to succeed (exit code 0)" } else { "the client to fail and say so" };
            self.find("client", format!("{expected}{why}"), ended(exit), is_turn);
        }
    }

    /// Whether any ClientHello offered a version of the window it came to, and the words for it.
    fn offered(&self) -> Result<(bool, String), String> {
        let hellos = self.entries.iter().filter_map(|entry| match &entry.what {
            What::Hello(hello) => Some((hello.fits()?, hello, hello.window?)),
            _ => None,
        });
        let best = hellos.max_by_key(|(fits, hello, _)| (*fits, hello.best()));
        let (fits, hello, window) = best.ok_or("it sent none in this phase")?;
        let taken: Vec<String> = hello.taken.iter().map(|suite| Suite(*suite).to_string()).collect();
        let suites = match taken.is_empty() {
            true => String::new(),
            false if hello.lacks_suite() => {
                format!(", and it offers none of the suites there ({})", taken.join(", "))
            }
            false => format!(", the suites are {}", taken.join(", ")),
        };
        Ok((fits, format!(": it offers {}, the window is {window}{suites}", hello.offer())))
    }

    fn examine(&mut self, expectation: &Expectation) {
        let granted = |what: &What| matches!(what, What::Session(Event::LogIn { failure: None, .. }));
        let refused = |what: &What| matches!(what, What::Session(Event::LogIn { failure: Some(_), .. }));
        let broken = |what: &What| matches!(what, What::Handshake(handshake) if !is_done(handshake));
        self.count("connections", expectation.connections, |what| matches!(what, What::Connect { .. }));
        self.count("logins", expectation.logins, granted);
        self.count("failed_logins", expectation.failed_logins, refused);
        self.count("failed_handshakes", expectation.failed_handshakes, broken);
        self.count("mails_sent", expectation.mails_sent, |what| {
            matches!(what, What::Session(Event::MailAccepted { .. }))
        });
        self.token_requests(expectation.token_requests);
        for (word, count) in &expectation.portal {
            self.portal(*word, *count);
        }
        if expectation.password_sent == Some(Allowed::Never) {
            let shown = |entry: &Entry| is_by_password(&entry.what);
            let times = self.entries.iter().filter(|entry| shown(entry)).count();
            if times > 0 {
                let expected = "log-ins by token only".to_owned();
                self.find("password_sent", expected, format!("{times} by password"), shown);
            }
        }
        if expectation.password_in_clear == Some(Allowed::Never) {
            let bare = |entry: &Entry| is_bare(&entry.what);
            let times = self.entries.iter().filter(|entry| bare(entry)).count();
            if times > 0 {
                let expected = "no password without TLS".to_owned();
                self.find("password_in_clear", expected, format!("{times} in the clear"), bare);
            }
        }
        if let Some(allowed) = &expectation.listeners {
            let strange = |entry: &Entry| {
                matches!(entry.what, What::Connect { .. })
                    && entry.connection.is_some_and(|(_, listener)| !allowed.contains(&listener))
            };
            let times = self.entries.iter().filter(|entry| strange(entry)).count();
            if times > 0 {
                let names: Vec<&str> = allowed.iter().map(|name| name.as_str()).collect();
                let expected = format!("connections to {} only", names.join(", "));
                self.find("listeners", expected, format!("{times} to others"), strange);
            }
        }
        if let Some(least) = expectation.tls_at_least {
            let low = move |entry: &Entry| version(&entry.what).is_some_and(|version| version < least);
            self.none("tls_at_least", format!("TLS {least} or above"), "below", low);
        }
        if let Some(most) = expectation.tls_at_most {
            let high = move |entry: &Entry| version(&entry.what).is_some_and(|version| version > most);
            self.none("tls_at_most", format!("TLS {most} or below"), "above", high);
        }
    }

    fn count(&mut self, rule: &str, count: Option<Count>, wanted: impl Fn(&What) -> bool) {
        let Some(count) = count else { return };
        // What came without a connection is the world's doing, not the client's.
        let counts = |entry: &Entry| entry.connection.is_some() && wanted(&entry.what);
        let times = self.entries.iter().filter(|entry| counts(entry)).count() as u64;
        if !count.admits(times) {
            self.find(rule, count.to_string(), times.to_string(), counts);
        }
    }

    /// They come by HTTP, so there is no connection of mail.
    fn token_requests(&mut self, count: Option<Count>) {
        let Some(count) = count else { return };
        let counts =
            |entry: &Entry| matches!(&entry.what, What::Token(request) if request.endpoint == "token");
        let times = self.entries.iter().filter(|entry| counts(entry)).count() as u64;
        if !count.admits(times) {
            self.find("token_requests", count.to_string(), times.to_string(), counts);
        }
    }

    fn none(&mut self, rule: &str, expected: String, where_: &str, wrong: impl Fn(&Entry) -> bool) {
        let times = self.entries.iter().filter(|entry| wrong(entry)).count();
        if times > 0 {
            self.find(rule, expected, format!("{times} handshakes {where_}"), wrong);
        }
    }

    fn find(&mut self, rule: &str, expected: String, actual: String, proves: impl Fn(&Entry) -> bool) {
        let proof: Vec<&Entry> = self.entries.iter().copied().filter(|entry| proves(entry)).collect();
        // The last ones tell how it ended.
        let skipped = proof.len().saturating_sub(PROOF_MAX);
        let mut lines: Vec<String> =
            proof.iter().skip(skipped).map(|entry| self.journal.line(entry)).collect();
        if lines.is_empty() && self.entries.iter().all(|entry| entry.connection.is_none()) {
            lines.push("(the journal has no connection in this phase)".to_owned());
        }
        if skipped > 0 {
            lines.insert(0, format!("({skipped} earlier lines like these)"));
        }
        self.findings.push(Finding { rule: rule.to_owned(), expected, actual, proof: lines });
    }
}

/// What decides whether a client gets through.
fn is_turn(entry: &Entry) -> bool {
    matches!(
        entry.what,
        What::Connect { .. }
            | What::Hello(_)
            | What::Handshake(_)
            | What::Close { .. }
            | What::Session(
                Event::LogIn { .. }
                    | Event::ErrorChallenge { .. }
                    | Event::ErrorChallengeAnswered { .. }
                    | Event::Fault { .. }
                    | Event::Refused { .. }
                    | Event::Limit { .. }
                    | Event::Closing { .. }
            )
    )
}

fn is_done(handshake: &Handshake) -> bool {
    matches!(handshake, Handshake::Done { .. })
}

/// A password or token on a line without TLS. CRAM-MD5, SCRAM and APOP show only a digest.
fn is_bare(what: &What) -> bool {
    match what {
        What::Session(Event::LogIn { secured: false, mechanism, .. }) => {
            let mechanism = mechanism.to_ascii_uppercase();
            !matches!(mechanism.as_str(), "CRAM-MD5" | "APOP" | "EXTERNAL")
                && !mechanism.starts_with("SCRAM-")
        }
        _ => false,
    }
}

/// Shown itself or as a digest.
fn is_by_password(what: &What) -> bool {
    let is_other = |mechanism: &str| matches!(mechanism, "XOAUTH2" | "OAUTHBEARER" | "EXTERNAL");
    matches!(what, What::Session(Event::LogIn { mechanism, .. }) if !is_other(mechanism))
}

fn version(what: &What) -> Option<crate::listener::TlsVersion> {
    match what {
        What::Handshake(handshake) => match **handshake {
            Handshake::Done { version, .. } => Some(version),
            Handshake::Failed { .. } => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests;
