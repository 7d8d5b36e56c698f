//! SASL, server side (RFC 4422): mechanisms as small exchanges, and the base64 lines that carry them.
//!
//! SMTP (RFC 4954), POP3 (RFC 5034) and IMAP (RFC 3501 6.2.2, RFC 4959) wrap the same lines in their own
//! replies; the wrapping is not here.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub mod bearer;
pub mod channel;
pub mod cram_md5;
pub mod external;
pub mod gs2;
pub mod login;
pub mod mechanism;
pub mod plain;
pub mod scram;

pub use bearer::Bearer;
pub use channel::{Binding, Bindings};
pub use mechanism::{Credentials, Failure, Mechanism, Step};

/// One line of a client inside an exchange.
#[derive(Clone, PartialEq, Eq)]
pub enum Response {
    /// `*`: the client gives up (RFC 4954 section 4, RFC 3501 6.2.2).
    Cancelled,
    /// What the base64 stood for.
    Bytes(Vec<u8>),
    /// Not base64 as RFC 4648 section 4 wants it.
    BadBase64,
}

/// Read a response line, without its line end.
#[must_use]
pub fn response(line: &[u8]) -> Response {
    if line == b"*" {
        return Response::Cancelled;
    }
    STANDARD.decode(line).map_or(Response::BadBase64, Response::Bytes)
}

/// Read an initial response. There `=` stands for an empty one (RFC 4954 section 4) and `*` means nothing.
#[must_use]
pub fn initial_response(argument: &[u8]) -> Response {
    if argument == b"=" {
        return Response::Bytes(Vec::new());
    }
    STANDARD.decode(argument).map_or(Response::BadBase64, Response::Bytes)
}

/// A challenge as it goes over the wire, without prefix and line end.
#[must_use]
pub fn challenge(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Where the first word of a command line ends: at a space, as the grammars have it, or at the tab or other control
/// byte that some clients send instead.
#[must_use]
pub fn first_word(line: &[u8]) -> usize {
    line.iter().position(|byte| *byte == b' ' || byte.is_ascii_control()).unwrap_or(line.len())
}

/// True when a line nobody understands may be a log-in all the same: misspelt, or of another protocol that came to
/// the wrong port. Such a line is masked behind its first word.
#[must_use]
pub fn may_be_log_in(line: &[u8]) -> bool {
    let capitals = line.to_ascii_uppercase();
    ["AUTH", "LOGIN", "PASS", "APOP"]
        .iter()
        .any(|word| memchr::memmem::find(&capitals, word.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(response: Response, bytes: &[u8]) -> bool {
        response == Response::Bytes(bytes.to_vec())
    }

    #[test]
    fn lines_are_read() {
        assert!(response(b"*") == Response::Cancelled);
        assert!(is(response(b""), b""));
        assert!(is(response(b"AGEAYg=="), b"\0a\0b"));
        for bad in [&b"="[..], b"AGEAYg=", b"AGEAYg", b"A GE", b"\xff\x00", b"AGEAYg==\r", b"**"] {
            assert!(response(bad) == Response::BadBase64, "{bad:?}");
        }
    }

    #[test]
    fn log_ins_in_disguise() {
        for line in
            ["a1 login alice secret", " AUTH PLAIN x", "AUHT PLAIN x login", "pass secret", "xApop a b"]
        {
            assert!(may_be_log_in(line.as_bytes()), "{line}");
        }
        assert!(!may_be_log_in(b"XCLIENT NAME=x"));
    }

    #[test]
    fn an_initial_response_may_be_empty() {
        assert!(is(initial_response(b"="), b""));
        assert!(initial_response(b"*") == Response::BadBase64);
        assert!(is(initial_response(b"AGEAYg=="), b"\0a\0b"));
    }
}
