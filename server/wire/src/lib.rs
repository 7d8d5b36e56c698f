//! The grammars of mail, bytes to values and back, with no state and no I/O.
//!
//! Two rules hold in every module. **Never fail on the unknown**: a verb, parameter or capability nobody has
//! heard of is a value, not an error. **Lose no byte**: what the peer sent can always be shown as it came.
pub mod escape;
pub mod imap;
pub mod pop3;
pub mod sasl;
pub mod smtp;
pub mod tls;
