//! The mail server that fails on purpose, as a library: SMTP, POP3 and IMAP in plaintext, STARTTLS and implicit TLS,
//! in one process with your test, re-enacting the failures by which mail "suddenly stopped working".
//!
//! ```
//! use postfail::{ListenerName, Postfail};
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let mail = Postfail::scenario("plaintext/pop3-110-closed-use-995").start().await?;
//! let pop3 = mail.addr(ListenerName::Pop3);
//! assert!(std::net::TcpStream::connect(pop3).is_ok());
//! mail.phase("breaks").await?;
//! assert!(std::net::TcpStream::connect(pop3).is_err());
//! mail.phase("mended").await?;
//! assert_eq!(mail.account("taro").address, "taro@postfail.test");
//! mail.verify();                         // also when it is dropped
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! **API boundary.** What is promised are [`Postfail`] (how a world is made), [`Handle`] (a world that runs), the
//! [`Change`](change::Change) values both take, and the names in [`variables`]. The modules given on from the
//! laboratory ([`change`], [`fault`], [`journal`], [`listener`], [`profile`], [`scenario`]) may grow: match on them
//! with a `_` arm.
//!
//! Worlds are independent: start as many as you like in one process, each on its own ports.
pub mod builder;
pub mod catalogue;
#[doc(hidden)]
pub mod client;
#[doc(hidden)]
pub mod files;
pub mod handle;
mod laboratory;
pub mod ready;
pub mod variables;
mod verify;
mod world;

pub use postfail_engine::{change, fault, journal, listener, profile, report, span};

/// A scenario as it is read from its file, and the verdict on a client.
pub mod scenario {
    pub use postfail_engine::expect::{Exit, Finding, Outcome, PhaseVerdict, Run, Verdict};
    pub use postfail_engine::profile::Text;
    pub use postfail_engine::scenario::causes::LAYERS;
    pub use postfail_engine::scenario::*;
}

pub use builder::{Ports, Postfail, StartError};
pub use handle::{ActError, Handle};
pub use listener::ListenerName;
pub use variables::Variable;
