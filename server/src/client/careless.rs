//! A client that believes everything, to show that a scenario finds such a one out, and what a leak looks like.
//!
//! It shows all that a server says, goes on in the clear where TLS is refused or fails, trusts any certificate, keeps
//! what came before TLS, follows referrals, and says that all is well. It connects to loopback only.
mod imap;
mod pop3;
mod smtp;

use std::fmt::Write as _;

use super::stream::Stream;
use super::{Protocol, Security, Setup, Trouble};

/// One visit. The answer is everything it shows; trouble is there only when nobody is at the port.
pub(super) fn once(setup: &Setup) -> Result<String, Trouble> {
    let stream = Stream::connect(setup)?;
    let mut visit = Visit { setup, stream, shown: String::new() };
    if setup.address.security == Security::Implicit {
        visit.secure();
    }
    match setup.address.protocol {
        Protocol::Imap => imap::visit(&mut visit),
        Protocol::Pop3 => pop3::visit(&mut visit),
        Protocol::Smtp => smtp::visit(&mut visit),
    }
    visit.shown.push_str("all is well");
    Ok(visit.shown)
}

/// A conversation with a server that is believed.
struct Visit<'a> {
    setup: &'a Setup,
    stream: Stream,
    shown: String,
}

impl Visit<'_> {
    /// The next line, shown to whoever sits there; `None` when there is none in time.
    fn line(&mut self) -> Option<String> {
        let line = self.stream.line().ok()?;
        let _ = writeln!(self.shown, "{line}");
        Some(line)
    }

    fn send(&mut self, text: &str) {
        // A server that is gone gets nothing; that is no reason to worry anybody.
        let _ = self.stream.send(&format!("{text}\r\n"));
    }

    /// TLS if it can be had, whoever is at the other end. Without it, once more from the start, in the clear.
    fn secure(&mut self) -> bool {
        let secured = self.stream.secure_blindly(self.setup).is_ok();
        if !secured && let Ok(stream) = Stream::connect(self.setup) {
            self.stream = stream;
            self.line();
        }
        secured
    }

    fn wants_tls(&self) -> bool {
        matches!(self.setup.address.security, Security::StartTls | Security::Opportunistic)
    }
}
