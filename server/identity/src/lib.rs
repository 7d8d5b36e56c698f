//! Who may do what, by token. Sans-IO: randomness and time are passed in.
pub mod token;

pub use token::{Refused, Token, Tokens};
