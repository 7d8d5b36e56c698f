//! The running world as the control API sees it.
mod mail;

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use postfail_control::identity;
use postfail_control::journal::Line;
use postfail_control::pki::Asked;
use postfail_control::{Laboratory, Pending, Problem, StatusCode};
use postfail_engine::World;
use postfail_engine::autoconfig::{self, Page, Service};
use postfail_engine::capture::View;
use postfail_engine::change::Change;
use postfail_engine::clock::Pace;
use postfail_engine::expect::Verdict;
use postfail_engine::fault::Fault;
use postfail_engine::journal::{Entry, Filter, KINDS, What};
use postfail_engine::portal::{Answer, Request};
use postfail_engine::world::oauth::Reply;
use postfail_net::Server;
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Value, json};
use tokio::sync::{OnceCell, watch};
use tokio::time::timeout;

use crate::handle::ActError;
use crate::{catalogue, variables, verify};

/// A server on which experiments are made.
pub(crate) struct Bench {
    pub(crate) server: Server,
    pub(crate) bind: IpAddr,
    /// Clients that the identity provider lets wait.
    pub(crate) waiting: AtomicUsize,
}

impl Bench {
    pub(crate) async fn apply(&self, changes: &[Change]) -> Result<(), ActError> {
        Ok(self.server.apply(changes).await?)
    }

    pub(crate) async fn enter(&self, phase: &str) -> Result<(), ActError> {
        self.server.with(|world, real| {
            // Behind the last phase `next` is looked up like any name: the error names the phases there are.
            let name = if phase == "next" { world.next_phase().map(str::to_owned) } else { None };
            world.enter(name.as_deref().unwrap_or(phase), real)
        })?;
        Ok(self.server.settle().await?)
    }

    /// The first event that fits, one there already or one to come; `None` when there was none in time.
    pub(crate) async fn first(&self, filter: &Filter, within: Duration) -> Option<Entry> {
        let first = async {
            let mut newest = self.server.subscribe();
            loop {
                newest.mark_unchanged();
                let found = self.server.with(|world, _| world.journal().entries(filter).next().cloned());
                if found.is_some() || newest.changed().await.is_err() {
                    return found;
                }
            }
        };
        timeout(within, first).await.ok().flatten()
    }

    /// Let time end phases, which events do by themselves; returns when the server stops.
    pub(crate) async fn follow(&self) {
        let mut changes = self.server.changes();
        loop {
            changes.mark_unchanged();
            let due = self.server.with(|world, real| {
                world.follow(real);
                world.due(real)
            });
            if !later(&mut changes, due).await {
                return;
            }
        }
    }

    /// Return once the last phase is over.
    pub(crate) async fn told(&self) {
        let mut newest = self.server.subscribe();
        loop {
            newest.mark_unchanged();
            let (told, due) = self.server.with(|world, real| (world.is_told(real), world.due(real)));
            if told {
                return;
            }
            if !later(&mut newest, due).await {
                // The server has stopped: its story is never over.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Let this much virtual time pass; a clock that is moved on moves it on too.
    pub(crate) async fn pass(&self, span: Duration) {
        let instant = |world: &World| world.clock().pace() == Pace::Instant;
        let end = self.server.with(|world, real| {
            let span = SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX);
            world.now(real).saturating_add(span).unwrap_or(Timestamp::MAX)
        });
        let mut newest = self.server.subscribe();
        loop {
            newest.mark_unchanged();
            let (over, due) = self.server.with(|world, real| {
                (instant(world) || world.now(real) >= end, world.clock().real_until(end, real))
            });
            if over || !later(&mut newest, due).await {
                return;
            }
        }
    }

    /// Return once no client is connected or waits for a token, or the time is over.
    pub(crate) async fn quiet(&self, within: Duration) {
        let deserted = async {
            let mut newest = self.server.subscribe();
            loop {
                newest.mark_unchanged();
                let connected = self.server.with(|world, _| world.connections());
                let waiting = self.waiting.load(Ordering::SeqCst);
                if connected + waiting == 0 || newest.changed().await.is_err() {
                    return;
                }
            }
        };
        let _ = timeout(within, deserted).await;
    }
}

/// Something happened, or it is time; `false`: nothing happens any more.
async fn later(grows: &mut watch::Receiver<u64>, due: Option<Duration>) -> bool {
    let time = async {
        match due {
            Some(due) => tokio::time::sleep(due).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        grown = grows.changed() => grown.is_ok(),
        () = time => true,
    }
}

impl Laboratory for Bench {
    fn state(&self) -> Value {
        self.server.with(|world, real| {
            let account = |account: postfail_engine::world::Credentials| {
                let switches = world.switches(&account.name, real);
                json!({
                    "name": account.name,
                    "address": account.address,
                    "state": account.state,
                    "switches": switches,
                })
            };
            json!({
                "time": world.now(real),
                "clock": world.clock(),
                "scenario": world.scenario().map(|scenario| &scenario.id),
                "phase": world.phase(),
                "profile": world.profile().id,
                "seed": world.seed(),
                "connections": world.connections(),
                "listeners": world.listeners(),
                "accounts": world.accounts(real).into_iter().map(account).collect::<Vec<_>>(),
                "faults": world.faults(),
                "refusals": world.refusals(),
                "connection_limit": world.connection_limit(),
                "lockout": world.lockout(),
                "aging": world.aging(),
                "banned": world.banned(real),
                "journal": { "oldest": world.journal().first(), "newest": world.journal().last() },
            })
        })
    }

    fn change(&self, changes: Vec<Change>) -> Pending<'_, Result<(), Problem>> {
        Box::pin(async move {
            self.apply(&changes).await.map_err(|error| Problem::unprocessable(error.to_string()))
        })
    }

    fn verdict(&self) -> Value {
        self.server.with(|world, _| {
            let verdicts = verify::so_far(world);
            json!({
                "scenario": world.scenario().map(|scenario| &scenario.id),
                "passed": verdicts.iter().all(Verdict::passed),
                "verdicts": verdicts,
            })
        })
    }

    fn scenarios(&self) -> Pending<'_, Result<Value, Problem>> {
        // They are built in: once read, they stay as they are.
        static ALL: OnceCell<Value> = OnceCell::const_new();
        let read = || async {
            let read = tokio::task::spawn_blocking(catalogue::scenarios).await;
            let ours = |error: String| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error);
            let all =
                read.map_err(|error| ours(error.to_string()))?.map_err(|error| ours(error.to_string()))?;
            Ok(all.iter().map(catalogue::entry).collect())
        };
        Box::pin(async move { ALL.get_or_try_init(read).await.cloned() })
    }

    fn counts(&self) -> Vec<(&'static str, u64)> {
        self.server.with(|world, _| KINDS.map(|kind| (kind, world.journal().count(kind))).to_vec())
    }

    fn faults(&self) -> Value {
        self.server.with(|world, _| json!(world.faults()))
    }

    fn add_fault(&self, fault: Fault) -> Pending<'_, Result<u64, Problem>> {
        Box::pin(async move {
            let added = self.server.with(|world, real| {
                world.apply(&[Change::Fault(fault)], real).map(|()| world.faults().last())
            });
            let id = added.map_err(|error| Problem::unprocessable(error.cause.to_string()))?;
            self.server.settle().await.map_err(|error| Problem::unprocessable(error.to_string()))?;
            Ok(id)
        })
    }

    fn phase(&self) -> Value {
        self.server.with(|world, _| {
            let phases = world.scenario().map(|scenario| &scenario.phases[..]).unwrap_or_default();
            json!({
                "phase": world.phase(),
                "phases": phases.iter().map(|phase| phase.name.as_str()).collect::<Vec<_>>(),
            })
        })
    }

    fn enter(&self, phase: String) -> Pending<'_, Result<(), Problem>> {
        Box::pin(async move {
            let entered = Bench::enter(self, &phase).await;
            entered.map_err(|error| Problem::unprocessable(error.to_string()).at("phase"))
        })
    }

    fn entries(&self, filter: &Filter, limit: usize) -> Vec<Line> {
        self.server.with(|world, _| {
            let journal = world.journal();
            let line = |entry: &Entry| Line { seq: entry.seq, json: journal.json(entry) };
            journal.entries(filter).take(limit).map(line).collect()
        })
    }

    fn newest(&self) -> u64 {
        self.server.with(|world, _| world.journal().last())
    }

    fn grown(&self, since: u64) -> Pending<'_, ()> {
        Box::pin(async move {
            let mut newest = self.server.subscribe();
            while self.newest() <= since {
                if newest.changed().await.is_err() {
                    // The server has stopped: nothing comes any more, and the API ends with it.
                    std::future::pending::<()>().await;
                }
            }
        })
    }

    fn transcript(&self, connection: u64) -> Option<String> {
        let text = self.server.with(|world, _| world.journal().transcript(connection));
        (!text.is_empty()).then_some(text)
    }

    fn capture(&self, connection: u64, view: View) -> Option<Vec<u8>> {
        self.server.pcapng(connection, view)
    }

    fn mail(&self, account: &str) -> Option<Vec<Value>> {
        self.server.with(|world, _| mail::list(world, account))
    }

    fn message(&self, account: &str, uid: u32) -> Option<Bytes> {
        self.server.with(|world, _| mail::message(world, account, uid))
    }

    fn drain(&self, account: &str) -> Option<Vec<Value>> {
        self.server.with(|world, real| mail::drain(world, account, real))
    }

    fn texts(&self) -> Value {
        self.server.with(|world, _| json!(world.texts().collect::<Vec<_>>()))
    }

    fn portal(&self, request: &Request<'_>) -> Answer {
        self.server.with(|world, real| world.portal(request, real))
    }

    fn random(&self) -> Option<[u8; 32]> {
        let mut bytes = [0; 32];
        SystemRandom::new().fill(&mut bytes).ok().map(|()| bytes)
    }

    fn autoconfig(&self, service: Service, address: &str) -> Page {
        let address = if address.is_empty() { "%EMAILADDRESS%" } else { address };
        self.server.with(|world, _| autoconfig::page(world, service, &variables::host(self.bind), address))
    }

    fn pki(&self, asked: Asked<'_>) -> Option<Vec<u8>> {
        let (authority, now) = (self.server.authority(), SystemTime::now());
        let made = match asked {
            Asked::Root => Ok(authority.ca_pem().as_bytes().to_vec()),
            Asked::NewRoot => authority.new_root_pem().map(String::into_bytes),
            Asked::RevocationList => authority.crl(now),
            Asked::Ocsp(request) => authority.ocsp(request, now),
        };
        made.inspect_err(|error| tracing::error!("{error}")).ok()
    }

    fn identify(&self, asked: identity::Asked) -> Pending<'_, Reply> {
        self.ask(asked)
    }

    fn tokens(&self, account: String) -> Pending<'_, Result<Value, Problem>> {
        Box::pin(async move {
            let given = self.sign_in(&account).await;
            given.map_err(|error| Problem::unprocessable(error.to_string()).at("account"))
        })
    }

    fn called(&self, method: &str, path: &str, status: u16) {
        let what = What::Control { method: method.to_owned(), path: path.to_owned(), status };
        self.server.with(|world, real| world.note(None, what, real));
    }
}
