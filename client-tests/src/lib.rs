//! Real mail clients against the product: what every test in `tests/` shares.
//!
//! A test asks [`client`] for its program, starts a [`Server`], runs the program as a [`Client`] in a throw-away
//! [`Home`], and asserts what the program said and what arrived.
pub mod handshake;
pub mod home;
pub mod nmap;
pub mod process;
pub mod program;
pub mod python;
pub mod route;
pub mod server;
pub mod skip;
pub mod starttls;
pub mod tls;
pub mod wire;

pub use home::Home;
pub use process::{Client, Outcome};
pub use route::{Route, Security};
pub use server::Server;
pub use skip::{client, fetched, file, missing};
pub use wire::Wire;
