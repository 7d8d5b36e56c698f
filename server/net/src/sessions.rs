//! Which session serves which protocol.
use postfail_session::Session;
use postfail_session::world::{Policy, Protocol};

/// The session for a connection with this policy.
#[must_use]
pub fn of(policy: &Policy) -> Box<dyn Session> {
    match policy.protocol {
        Protocol::Smtp => Box::new(postfail_session::smtp::Smtp::new()),
        Protocol::Pop3 => Box::new(postfail_session::pop3::Pop3::new()),
        Protocol::Imap => Box::new(postfail_session::imap::Imap::new()),
    }
}
