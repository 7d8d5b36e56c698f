//! POP3 (RFC 1939, RFC 2449, RFC 2595, RFC 5034): commands and responses.
pub mod apop;
pub mod command;
pub mod response;
