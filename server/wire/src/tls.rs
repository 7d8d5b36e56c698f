//! What is read and written of TLS without a TLS library: the ClientHello, what a ServerHello chooses, and alerts in the
//! clear.
pub mod alert;
pub mod certificate;
pub mod client_hello;
pub mod name;
pub mod server_hello;
pub mod suite;

pub use alert::AlertDescription;
pub use client_hello::{ClientHello, Progress, parse};
