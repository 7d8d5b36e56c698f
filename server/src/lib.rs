//! The mail server that fails on purpose, as a library: SMTP, POP3 and IMAP in plaintext, STARTTLS and implicit TLS,
//! in one process with your test, re-enacting the failures by which mail "suddenly stopped working".
//!
//! ```
//! use postfail::{ListenerName, Postfail};
//! # use std::io::{BufRead, BufReader, Error, Write};
//! # fn my_client(address: std::net::SocketAddr, user: &str, password: &str) -> Result<(), Error> {
//! #     let mut pop3 = BufReader::new(std::net::TcpStream::connect(address)?);
//! #     let mut answer = String::new();
//! #     for command in [format!("USER {user}\r\n"), format!("PASS {password}\r\n"), "QUIT\r\n".to_owned()] {
//! #         pop3.get_mut().write_all(command.as_bytes())?;
//! #         answer.clear();
//! #         pop3.read_line(&mut answer)?;
//! #     }
//! #     pop3.read_line(&mut answer)?;
//! #     if answer.starts_with("+OK") { Ok(()) } else { Err(Error::other(answer)) }
//! # }
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let mail = Postfail::scenario("plaintext/pop3-110-closed-use-995").start().await?;
//! let (pop3, taro) = (mail.addr(ListenerName::Pop3), mail.account("taro"));
//! assert!(my_client(pop3, &taro.address, &taro.password).is_ok());
//! mail.phase("breaks").await?;
//! assert!(my_client(pop3, &taro.address, &taro.password).is_err());
//! mail.phase("works").await?;
//! assert!(my_client(pop3, &taro.address, &taro.password).is_ok());
//! mail.verify(); // panics with the proof when the client broke an expectation; also when it is dropped
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! **API boundary.** What is promised are [`Postfail`] (how a world is made), [`Handle`] (a world that runs), the
//! [`Change`](change::Change) values both take, and the names in [`variables`]. The modules given on from the
//! laboratory ([`certificates`], [`change`], [`fault`], [`journal`], [`listener`], [`names`], [`profile`],
//! [`scenario`]) may grow: match on them with a `_` arm.
//!
//! Worlds are independent: start as many as you like in one process, each on its own ports.
pub mod builder;
pub mod catalogue;
#[doc(hidden)]
pub mod client;
#[doc(hidden)]
pub mod files;
pub mod handle;
mod identity;
mod laboratory;
pub mod ready;
pub mod variables;
mod verify;
mod web;
mod world;

pub use postfail_engine::{
    certificates, change, conduct, fault, journal, listener, names, profile, report, span,
};

/// A scenario as it is read from its file, and the verdict on a client.
pub mod scenario {
    pub use postfail_engine::expect::assertion::{Allowed, Count, Expectation};
    pub use postfail_engine::expect::{Breach, Exit, Finding, Outcome, PhaseVerdict, Run, Verdict};
    pub use postfail_engine::profile::Text;
    pub use postfail_engine::scenario::causes::LAYERS;
    pub use postfail_engine::scenario::*;
}

pub use builder::{Ports, Postfail, StartError};
pub use handle::{ActError, Handle};
pub use listener::ListenerName;
pub use postfail_engine::capture::View;
pub use postfail_engine::clock::Pace;
pub use variables::Variable;
