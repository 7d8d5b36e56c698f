//! A phase's part of the journal as rules read it: its connections, the settings in the client, and what was true of
//! each listener when a connection came.
use std::collections::BTreeMap;

use postfail_session::world::Security;

use super::talk::{Listening, Talk};
use crate::change::Change;
use crate::expect::Run;
use crate::journal::{ConnectionId, Entry, Filter, Journal, What};
use crate::listener::ListenerName;
use crate::names;
use crate::scenario::Setup;

/// What rules are asked about.
#[derive(Clone, Debug)]
pub struct Scene<'a> {
    pub setup: &'a Setup,
    /// The world's, from which faults have their markers.
    pub seed: u64,
    /// The phase's entries, oldest first.
    pub entries: Vec<&'a Entry>,
    /// Its connections that began in it, in their order.
    pub talks: Vec<Talk<'a>>,
    /// Refresh tokens used in earlier phases, by their number.
    pub spent: BTreeMap<u64, &'a Entry>,
    /// When somebody last ended a person's sessions, or changed the password, in the whole story: the entry's number.
    pub revoked: Option<u64>,
}

/// How the settings told the client to protect a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Not at all: nothing that goes in the clear is the client's doing.
    Clear,
    /// By TLS where there is some.
    Opportunistic,
    /// By TLS, and not without.
    Protected,
}

/// A listener as it stood.
#[derive(Clone, Debug)]
struct Stand {
    security: Security,
    certificate: String,
}

impl<'a> Scene<'a> {
    /// The entries of this run, with the client set up like this. What the listeners were is read from all of the
    /// journal before them; `first` is the phase in which the story begins.
    pub fn new(first: Option<&str>, setup: &'a Setup, seed: u64, run: &Run, journal: &'a Journal) -> Self {
        let Run { since, until, .. } = *run;
        let mut stands = healthy();
        let (mut entries, mut talks) = (Vec::new(), Vec::<(Talk<'a>, Listening)>::new());
        let mut at: BTreeMap<ConnectionId, usize> = BTreeMap::new();
        let (mut spent, mut revoked) = (BTreeMap::new(), None);
        for entry in journal.all().take_while(|entry| entry.seq <= until) {
            match &entry.what {
                // To begin again is to begin with listeners as they were at the start.
                What::Phase { name } if first == Some(name) => stands = healthy(),
                What::Change { change, .. } => {
                    change_stands(&mut stands, change);
                    revoked = if ends_sessions(change) { Some(entry.seq) } else { revoked };
                }
                _ => {}
            }
            if entry.seq <= since {
                spent.extend(spends(entry).map(|secret| (secret, entry)));
                continue;
            }
            entries.push(entry);
            let Some((id, listener)) = entry.connection else { continue };
            if matches!(entry.what, What::Connect { .. }) {
                let stand = &stands[listener as usize];
                let told = told(setup, listener, stand.security);
                let certificate = stand.certificate.clone();
                at.insert(id, talks.len());
                let talk = Talk { id, listener, told, certificate, heard: Vec::new() };
                talks.push((talk, Listening::new(listener.protocol())));
            }
            // What came before this phase is not known of a connection that is older.
            if let Some((talk, listening)) = at.get(&id).and_then(|at| talks.get_mut(*at)) {
                if let Some(certificate) = asked_for(entry) {
                    certificate.clone_into(&mut talk.certificate);
                }
                let heard = listening.hear(entry);
                talk.heard.push(heard);
            }
        }
        let talks = talks.into_iter().map(|(talk, _)| talk).collect();
        Self { setup, seed, entries, talks, spent, revoked }
    }

    /// Does the client's setup name this listener, or leave it free which?
    pub fn is_set_up(&self, listener: ListenerName) -> bool {
        self.setup.of(listener.protocol()).is_none_or(|chosen| chosen == listener)
    }
}

impl Journal {
    /// Every entry in memory.
    fn all(&self) -> impl Iterator<Item = &Entry> {
        static ALL: Filter = Filter { since: 0, connection: None, kind: None };
        self.entries(&ALL)
    }
}

/// The certificate that a client asks for by the server name in its hello.
fn asked_for(entry: &Entry) -> Option<&'static str> {
    let What::Hello(hello) = &entry.what else { return None };
    names::certificate(hello.server_name.as_deref()?)
}

/// A refresh token that was taken, by its number.
fn spends(entry: &Entry) -> Option<u64> {
    match &entry.what {
        What::Token(request) if request.grant == "refresh_token" && request.status == 200 => {
            Some(request.secret)
        }
        _ => None,
    }
}

fn ends_sessions(change: &Change) -> bool {
    match change {
        Change::RevokeTokens(_) => true,
        Change::Account(change) => change.password.is_some() || change.act.is_some(),
        Change::Portal(_) => true,
        _ => false,
    }
}

fn healthy() -> [Stand; 7] {
    ListenerName::ALL.map(|name| Stand { security: name.security(), certificate: "good".to_owned() })
}

fn change_stands(stands: &mut [Stand; 7], change: &Change) {
    let Change::Listener(change) = change else { return };
    for name in change.name.names() {
        let stand = &mut stands[name as usize];
        stand.security = change.security.unwrap_or(stand.security);
        if let Some(certificate) = &change.certificate {
            stand.certificate.clone_from(certificate);
        }
    }
}

/// A port the settings do not name, where they name another of its protocol, is nowhere the client was sent.
fn told(setup: &Setup, listener: ListenerName, security: Security) -> Told {
    let security = match setup.of(listener.protocol()) {
        Some(chosen) if chosen == listener => setup.security.unwrap_or(security),
        Some(_) => return Told::Protected,
        None => security,
    };
    match security {
        Security::Plain => Told::Clear,
        Security::StartTls if setup.opportunistic => Told::Opportunistic,
        Security::StartTls | Security::Implicit => Told::Protected,
    }
}
