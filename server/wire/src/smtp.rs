//! SMTP (RFC 5321) and the extensions we speak: commands, replies, message data.
pub mod command;
pub mod data;
pub mod parameter;
pub mod path;
pub mod reply;

/// Where in a command line the grammar stopped, and what would have been right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at byte {at}")]
pub struct SyntaxError {
    /// Byte offset from the start of the line.
    pub at: usize,
    /// What the grammar wanted there, in the ABNF's words.
    pub expected: &'static str,
}
