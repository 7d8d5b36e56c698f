//! From settings to a world: the story is found and read, its provider chosen, its first phase entered.
use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use postfail_certs::Authority;
use postfail_engine::scenario::Scenario;
use postfail_engine::world::World;
use postfail_net::evidence::Wanted;
use ring::rand::{SecureRandom, SystemRandom};
use tokio::net::TcpListener;

use crate::builder::{Ports, Postfail, StartError, Story};
use crate::catalogue::{self, Source};
use crate::files;
use crate::handle::ActError;

/// The profile of a healthy server, unless somebody chooses.
const HEALTHY: &str = "postfail";

/// The world asked for, in its first phase, with the changes to begin with.
pub(crate) fn of(asked: &Postfail) -> Result<World, StartError> {
    let scenario = scenario(&asked.story)?;
    let name = match (&asked.profile, &scenario) {
        (Some(name), Some(scenario))
            if !scenario.profiles.is_empty() && !scenario.profiles.contains(name) =>
        {
            let (profile, fitting) = (name.clone(), scenario.profiles.join(", "));
            return Err(StartError::Profile { scenario: scenario.id.clone(), profile, fitting });
        }
        (Some(name), _) => name,
        (None, Some(scenario)) => scenario.default_profile(),
        (None, None) => HEALTHY,
    };
    let profile = Arc::new(catalogue::profile(name)?);
    let mail = catalogue::mail();
    let samples: Vec<(&str, &[u8])> = mail.iter().map(|(name, bytes)| (name.as_str(), &**bytes)).collect();
    let seed = asked.seed.map_or_else(random_seed, Ok)?;
    let real = Timestamp::now();
    // At noon, as where a scenario names its era.
    let noon = |day: Date| day.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let era = asked.era.and_then(noon);
    let mut world = match scenario {
        None => World::healthy_on(era.unwrap_or(real), seed, profile, &samples, real),
        Some(mut scenario) => {
            scenario.era = era.or(scenario.era);
            let first = scenario.phases.first().map(|phase| phase.name.clone());
            if let Some(usual) = asked.triggers {
                scenario.phases.iter_mut().for_each(|phase| phase.until = phase.until.or(usual));
            }
            let scenario = Arc::new(scenario);
            let mut world = World::of_scenario(Arc::clone(&scenario), profile, seed, &samples, real);
            refuse_unservable(&scenario, &world)?;
            if asked.triggers.is_some() {
                world.follow_triggers();
            }
            if let Some(first) = first {
                world.enter(&first, real).map_err(ActError::from)?;
            }
            world
        }
    };
    world.apply(&asked.changes, real)?;
    Ok(world)
}

fn scenario(story: &Story) -> Result<Option<Scenario>, StartError> {
    let source: Cow<'_, Source> = match story {
        Story::Healthy => return Ok(None),
        Story::Read(source) => Cow::Borrowed(source),
        Story::Named(name) => {
            let mut found = catalogue::select(name)?;
            if found.len() > 1 {
                let ids: Vec<&str> = found.iter().map(|source| source.id.as_str()).collect();
                return Err(StartError::Several(name.clone(), ids.join(" ")));
            }
            Cow::Owned(found.remove(0))
        }
    };
    Ok(Some(source.scenario()?))
}

/// Never fall back: a scenario about old TLS told with new TLS would praise the wrong clients.
fn refuse_unservable(scenario: &Scenario, world: &World) -> Result<(), StartError> {
    let mut changes = Vec::new();
    for phase in &scenario.phases {
        changes.extend(phase.changes.iter().cloned());
        postfail_net::server::can_serve(world, &changes)
            .map_err(|cause| StartError::Unservable { scenario: scenario.id.clone(), cause })?;
    }
    Ok(())
}

/// The journal's file is appended to: what an earlier run left stays.
pub(crate) fn net_options(
    asked: &Postfail,
    authority: Authority,
) -> Result<postfail_net::Options, StartError> {
    let mut options = postfail_net::Options::new(authority);
    options.bind = asked.bind;
    options.ports = match asked.ports {
        Ports::Random => postfail_net::Ports::Random,
        Ports::Usual => postfail_net::Ports::Usual,
        Ports::Standard => postfail_net::Ports::Standard,
    };
    options.evidence = evidence(asked)?;
    if let Some(path) = &asked.journal_file {
        let file = File::options().create(true).append(true).open(path);
        options.journal = Some(file.map_err(|error| StartError::Journal { path: path.clone(), error })?);
    }
    Ok(options)
}

/// What of captures and secrets is wanted: files for their owner only.
fn evidence(asked: &Postfail) -> Result<Wanted, StartError> {
    let cannot = |what, path: &Path| {
        let path = path.to_owned();
        move |error| StartError::Evidence { what, path, error }
    };
    let key_log = asked.key_log.as_deref().map(|path| files::private(path).map_err(cannot("key log", path)));
    if let Some(folder) = &asked.capture_dir {
        files::private_folder(folder).map_err(cannot("captures to", folder))?;
    }
    Ok(Wanted { capture: asked.capture, folder: asked.capture_dir.clone(), key_log: key_log.transpose()? })
}

/// What is served over HTTP, and its port beside the usual and the standard ones.
#[derive(Clone, Copy)]
pub(crate) enum Http {
    Control,
    Autoconfig,
    /// The identity provider by TLS.
    Identity,
}

pub(crate) async fn http_listener(asked: &Postfail, http: Http) -> Result<TcpListener, StartError> {
    let (what, usual) = match http {
        Http::Control => ("control API", 3080),
        Http::Autoconfig => ("automatic settings", 3081),
        Http::Identity => ("identity provider", 3443),
    };
    let port = if asked.ports == Ports::Random { 0 } else { usual };
    let address = SocketAddr::new(asked.bind, port);
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            let holder = postfail_net::holder::of_port(port);
            let by = holder.map(|holder| format!(" by {holder}")).unwrap_or_default();
            StartError::HttpInUse { what, port, by }
        }
        _ => StartError::HttpListen { what, address, error },
    })
}

/// 256 bits of the system's, as text for a header.
pub(crate) fn token() -> Result<String, StartError> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| StartError::Random)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Short enough to be typed again.
fn random_seed() -> Result<u64, StartError> {
    let mut bytes = [0; 4];
    SystemRandom::new().fill(&mut bytes).map_err(|_| StartError::Random)?;
    Ok(u64::from(u32::from_le_bytes(bytes)))
}
