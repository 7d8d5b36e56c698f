//! Sockets: listeners, TLS, and the driver between a socket and a session.
//!
//! Only this crate, `postfail-control` and `postfail` know tokio. [`Server`] is the way in: it owns a world and
//! keeps its listeners as the world says; every change of the world, by whomever, takes the same path.
mod connection;
pub mod evidence;
mod held;
pub mod holder;
mod listener;
pub mod ready;
pub mod server;
pub mod sessions;
mod shape;
pub mod shared;
pub mod socket;
pub mod tap;
mod timer;
pub mod tls;
pub mod transport;
mod write;

pub use server::{Options, Ports, Server, ServerError};
