//! What happened, as values. The journal adds number, times, connection and listener, and masks secrets on writing.
use std::ops::Range;

use bytes::Bytes;

/// One observable event. `postfail-engine` turns it into a journal line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A line from the client, without its line end. `secrets` are the byte ranges that hold passwords or tokens.
    /// Of literals and message data only the first 512 bytes are kept; `size` is the true length.
    LineIn { bytes: Bytes, secrets: Vec<Range<usize>>, size: usize },
    /// A line (or the beginning of a long reply) to the client.
    LineOut { bytes: Bytes, size: usize },
    /// Message data came in or went out, and was not recorded byte by byte.
    Data { incoming: bool, size: usize },
    /// A log-in was tried; noted by the world itself in `log_in`. `failure` is the fact catalogue's word, `None`
    /// when it went well; `secret` tells "the same secret again" without being one.
    /// `reason` is what only the server knows: why a token was refused.
    LogIn {
        user: String,
        mechanism: String,
        secured: bool,
        failure: Option<String>,
        reason: Option<String>,
        secret: u64,
    },
    /// A refused OAuth log-in got an error challenge, JSON, which the client must answer (RFC 7628 section 3.2.3).
    ErrorChallenge { mechanism: String, challenge: String },
    /// And so it did: `as-required`, `cancelled` or `otherwise`.
    ErrorChallengeAnswered { mechanism: String, answer: String },
    /// A mail transaction ended with 250.
    MailAccepted { reverse_path: String, recipients: Vec<String>, size: usize },
    /// STARTTLS / STLS was answered; `pipelined` bytes came behind it in the clear.
    StartTls { pipelined: usize },
    /// A fault acted.
    Fault { id: u64, stage: String, fault: String },
    /// A switch that somebody set refused to go on; a refused log-in is in `LogIn`.
    Refused { stage: String, failure: String },
    /// The session ends the connection: why.
    Closing { reason: String },
    /// A limit or time-out of ours was met.
    Limit { what: String },
}
