//! The control API over HTTP: one running world read and changed by people, scripts and the console.
//!
//! The API knows the world only through [`Laboratory`]; paths are in `routes`, who may call in `access`,
//! errors in [`problem`]. `docs/control-api.md` is the reference for its users.
pub mod access;
pub mod autoconfig;
mod body;
mod catalogue;
mod clock;
mod faults;
pub mod https;
pub mod identity;
pub mod journal;
mod mail;
mod metrics;
mod openapi;
mod phase;
pub mod pki;
pub mod portal;
pub mod problem;
mod routes;
mod state;
mod texts;
mod tokens;
mod wait;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use postfail_engine::autoconfig::{Page, Service};
use postfail_engine::capture::View;
use postfail_engine::change::Change;
use postfail_engine::fault::Fault;
use postfail_engine::journal::Filter;
use postfail_engine::world::oauth::Reply;
use postfail_identity::portal::{Answer, Request};
use serde_json::Value;
use tokio::net::TcpListener;

pub use access::Access;
pub use axum::http::StatusCode;
pub use problem::Problem;

/// An answer that takes its time; boxed, so that the trait can stand behind a pointer.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The running world as the API sees it.
pub trait Laboratory: Send + Sync + 'static {
    /// Clock, listeners, accounts, phase. No secrets.
    fn state(&self) -> Value;
    /// Make these changes, all or none; answered once they hold for the next connection.
    fn change(&self, changes: Vec<Change>) -> Pending<'_, Result<(), Problem>>;
    /// `{"phase": "works", "phases": ["works", "breaks", "mended"]}`; `phase` is null without a scenario.
    fn phase(&self) -> Value;
    /// Enter a phase by name, or the `next` one; answered once its changes hold.
    fn enter(&self, phase: String) -> Pending<'_, Result<(), Problem>>;
    /// What the scenario made of its client so far: `{"scenario": "...", "passed": true, "verdicts": [...]}`.
    fn verdict(&self) -> Value;
    /// The built-in scenarios; it takes a moment.
    fn scenarios(&self) -> Pending<'_, Result<Value, Problem>>;
    /// How many journal entries there were of each kind.
    fn counts(&self) -> Vec<(&'static str, u64)>;
    /// The faults in force: `[{"id": 1, "fault": {...}, "met": 3}]`.
    fn faults(&self) -> Value;
    /// Add a fault; its number, answered once it acts on the next connection.
    fn add_fault(&self, fault: Fault) -> Pending<'_, Result<u64, Problem>>;
    /// The first `limit` journal entries that the filter lets through, oldest first.
    fn entries(&self, filter: &Filter, limit: usize) -> Vec<journal::Line>;
    /// The number of the newest journal entry; 0 before the first.
    fn newest(&self) -> u64;
    /// Ends once there is a journal entry behind number `since`.
    fn grown(&self, since: u64) -> Pending<'_, ()>;
    /// What was said on one connection, as `C:` and `S:` lines.
    fn transcript(&self, connection: u64) -> Option<String>;
    /// The bytes of one connection, as a pcapng file; `None` where captures are not taken, or there is none of this
    /// number.
    fn capture(&self, connection: u64, view: View) -> Option<Vec<u8>>;
    /// An account's messages, one object each; `None`: no such account.
    fn mail(&self, account: &str) -> Option<Vec<Value>>;
    /// Take an account's messages out: what was there, each with its `message` in Base64; `None`: no such account.
    fn drain(&self, account: &str) -> Option<Vec<Value>>;
    /// One message of an account's INBOX as it was received.
    fn message(&self, account: &str, uid: u32) -> Option<Bytes>;
    /// The text messages that were sent, the oldest first: `[{"sent": "...", "to": "...", "text": "..."}]`.
    fn texts(&self) -> Value;
    /// Answer a browser at the account portal.
    fn portal(&self, request: &Request<'_>) -> Answer;
    /// 256 bits that nobody can guess; `None` where the system has none to give.
    fn random(&self) -> Option<[u8; 32]>;
    /// What a program is told that asks this way for the settings of a mailbox.
    fn autoconfig(&self, service: Service, address: &str) -> Page;
    /// What the certificate authority publishes; `None` when it cannot be made.
    fn pki(&self, asked: pki::Asked<'_>) -> Option<Vec<u8>>;
    /// A client of the identity provider asks.
    fn identify(&self, asked: identity::Asked) -> Pending<'_, Reply>;
    /// The person of an account signs in once more: what the client is given.
    fn tokens(&self, account: String) -> Pending<'_, Result<Value, Problem>>;
    /// The API was called to change something, or a call was refused: for the journal.
    fn called(&self, method: &str, path: &str, status: u16);
}

/// Serve the API on a listener until `stop` is ready; open calls (streams too) end with it.
pub async fn serve(
    listener: TcpListener,
    laboratory: Arc<dyn Laboratory>,
    access: Access,
    stop: impl Future<Output = ()> + Send,
) {
    let app = routes::router(laboratory, access);
    tokio::select! {
        () = stop => {}
        served = axum::serve(listener, app) => {
            if let Err(error) = served {
                tracing::error!(%error, "the control API ended");
            }
        }
    }
}
