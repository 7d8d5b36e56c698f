//! A connection as rules read it: each line with what holds at that moment, and what the client shows in it.
use postfail_session::Event;
use postfail_session::world::Protocol;

use super::scene::Told;
use crate::journal::{ConnectionId, Entry, Handshake, What};
use crate::listener::ListenerName;

/// One connection of a phase.
#[derive(Clone, Debug)]
pub struct Talk<'a> {
    pub id: ConnectionId,
    pub listener: ListenerName,
    /// How the settings told the client to protect it.
    pub told: Told,
    /// The kind of certificate the listener shows, or that the client asked for by name.
    pub certificate: String,
    pub heard: Vec<Heard<'a>>,
}

/// An entry within its connection.
#[derive(Clone, Debug)]
pub struct Heard<'a> {
    pub entry: &'a Entry,
    /// Under TLS.
    pub secured: bool,
    /// Of a command line: its verb in capitals, `UID` left out; empty for everything else.
    pub verb: String,
    /// What of a secret the client shows in this line.
    pub shows: Option<Shows>,
}

/// What somebody who reads along gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    Password,
    /// XOAUTH2, OAUTHBEARER (RFC 7628).
    Token,
    /// The answer to a challenge: CRAM-MD5, APOP, SCRAM.
    Digest,
}

/// What is known of a connection from its entries so far.
pub(super) struct Listening {
    protocol: Protocol,
    secured: bool,
    /// The mechanism of the exchange at hand, and how many responses it has had.
    exchange: Option<(String, usize)>,
    /// IMAP: a LOGIN whose literals are still to come.
    literal: bool,
}

impl Listening {
    pub(super) fn new(protocol: Protocol) -> Self {
        Self { protocol, secured: false, exchange: None, literal: false }
    }

    pub(super) fn hear<'a>(&mut self, entry: &'a Entry) -> Heard<'a> {
        let secured = self.secured;
        let (mut verb, mut shows) = (String::new(), None);
        match &entry.what {
            What::Handshake(handshake) if matches!(**handshake, Handshake::Done { .. }) => {
                self.secured = true;
                self.exchange = None;
            }
            // A challenge goes on with the exchange, every other answer ends it.
            What::Session(Event::LineOut { bytes, .. }) if !is_challenge(bytes) => {
                (self.exchange, self.literal) = (None, false);
            }
            What::Session(Event::LineIn { bytes, secrets, .. }) => {
                (verb, shows) = self.line(&String::from_utf8_lossy(bytes), !secrets.is_empty());
            }
            _ => {}
        }
        Heard { entry, secured, verb, shows }
    }

    fn line(&mut self, line: &str, secret: bool) -> (String, Option<Shows>) {
        if let Some((mechanism, responses)) = &mut self.exchange {
            *responses += 1;
            let empty = matches!(line, "" | "*");
            let shows = shown(mechanism, *responses).filter(|_| secret && !empty);
            return (String::new(), shows);
        }
        if self.literal {
            self.literal = line.ends_with('}');
            return (String::new(), secret.then_some(Shows::Password));
        }
        let mut words = line.split_ascii_whitespace();
        let tag = if self.protocol == Protocol::Imap { words.next() } else { None };
        let mut verb = words.next().or(tag).unwrap_or_default().to_ascii_uppercase();
        if verb == "UID" {
            verb = words.next().unwrap_or_default().to_ascii_uppercase();
        }
        let shows = match verb.as_str() {
            "AUTH" | "AUTHENTICATE" => {
                let mechanism = words.next().unwrap_or_default().to_ascii_uppercase();
                let initial = words.next().is_some_and(|response| response != "=");
                let shows = if initial { shown(&mechanism, 1) } else { None };
                self.exchange = Some((mechanism, usize::from(initial)));
                shows
            }
            "LOGIN" => {
                self.literal = line.ends_with('}');
                (secret && !self.literal).then_some(Shows::Password)
            }
            "PASS" => Some(Shows::Password),
            "APOP" => Some(Shows::Digest),
            // A response nobody asked for, sent all the same.
            _ => secret.then_some(Shows::Password),
        };
        (verb, shows)
    }
}

/// A line that asks for a response.
pub fn is_challenge(line: &[u8]) -> bool {
    line.starts_with(b"+ ") || line.starts_with(b"334") || line == b"+"
}

/// What the so-many-th response of a mechanism shows.
fn shown(mechanism: &str, response: usize) -> Option<Shows> {
    match mechanism {
        // The user name comes first.
        "LOGIN" if response < 2 => None,
        "XOAUTH2" | "OAUTHBEARER" => Some(Shows::Token),
        "CRAM-MD5" | "DIGEST-MD5" | "NTLM" | "GSSAPI" | "EXTERNAL" | "ANONYMOUS" => Some(Shows::Digest),
        scram if scram.starts_with("SCRAM-") => Some(Shows::Digest),
        _ => Some(Shows::Password),
    }
}

impl<'a> Talk<'a> {
    /// What the client said, with its verbs.
    pub fn said(&self) -> impl Iterator<Item = &Heard<'a>> {
        self.heard.iter().filter(|heard| heard.line_in().is_some())
    }

    /// The first thing the server said.
    pub fn greeting(&self) -> Option<&Heard<'a>> {
        self.heard.iter().find(|heard| heard.line_out().is_some())
    }

    pub fn protocol(&self) -> Protocol {
        self.listener.protocol()
    }
}

impl Heard<'_> {
    pub fn line_in(&self) -> Option<&[u8]> {
        match &self.entry.what {
            What::Session(Event::LineIn { bytes, .. }) => Some(bytes),
            _ => None,
        }
    }

    pub fn line_out(&self) -> Option<&[u8]> {
        match &self.entry.what {
            What::Session(Event::LineOut { bytes, .. }) => Some(bytes),
            _ => None,
        }
    }

    /// A line of the server's with these words in it, letters in any case.
    pub fn tells(&self, words: &str) -> bool {
        self.line_out().is_some_and(|line| holds(line, words.as_bytes()))
    }
}

/// Do the bytes hold these, ASCII letters in any case?
pub fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    !wanted.is_empty() && bytes.windows(wanted.len()).any(|window| window.eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn words_are_found_in_any_case() {
        assert!(holds(b"* ok [Alert] x", b"[ALERT]") && !holds(b"abc", b"") && !holds(b"ab", b"abc"));
    }
}
