//! A small mail client of our own that does the right thing: it is what `run` runs when no command is given.
//!
//! One log-in and one fetch (IMAP, POP3) or one message sent (SMTP), over plaintext, STARTTLS or implicit TLS;
//! it verifies certificates, tries again only with a token it refreshed, and never sends a password in the clear unless
//! it was told to.
mod careless;
pub mod device;
mod http;
mod imap;
pub mod oauth;
mod pop3;
mod sasl;
mod smtp;
mod stream;
mod tls;

use std::path::PathBuf;
use std::time::Duration;

use crate::handle::OwnFiles;
pub use oauth::OAuth;
use stream::Stream;
pub use stream::TlsCeiling;

/// What the client was set up with.
#[derive(Clone, Debug)]
pub struct Setup {
    pub address: Address,
    pub user: String,
    pub password: String,
    /// Log in by a token in place of the password.
    pub oauth: Option<OAuth>,
    /// PEM file of the authority to trust; none is needed in plaintext.
    pub ca: Option<PathBuf>,
    /// What to show a server that asks for a certificate.
    pub certificate: Option<OwnFiles>,
    /// Log in by that certificate (SASL EXTERNAL) in place of the password.
    pub external: bool,
    /// The newest TLS version this client knows.
    pub tls_max: TlsCeiling,
    /// The longest silence borne, connecting included.
    pub timeout: Duration,
    /// It believes everything, to show what a client must not do.
    pub careless: bool,
}

/// Where to, read from a URL: `imap imaps pop3 pop3s smtp submission smtps`, behind the plain ones `+starttls`, or
/// `+opportunistic` for STARTTLS if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub protocol: Protocol,
    pub security: Security,
    pub host: String,
    pub port: u16,
}

/// The protocol spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Imap,
    Pop3,
    Smtp,
}

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    Plain,
    StartTls,
    /// STARTTLS where it is offered, and plaintext where not.
    Opportunistic,
    Implicit,
}

/// Why it did not work, by what a person could do about it.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error("no connection: {0}")]
    Connect(String),
    #[error("no TLS: {0}")]
    Tls(String),
    #[error("refused: {0}")]
    Refused(String),
    /// The server does not take the token. Some say no more than that.
    #[error("refused: {0}")]
    Token(String),
    #[error("not understood: {0}")]
    Protocol(String),
}

impl Trouble {
    /// The exit code of sysexits.h: EX_UNAVAILABLE, EX_PROTOCOL, EX_NOPERM.
    pub fn exit_code(&self) -> u8 {
        match self {
            Trouble::Connect(_) => 69,
            Trouble::Tls(_) | Trouble::Protocol(_) => 76,
            Trouble::Refused(_) | Trouble::Token(_) => 77,
        }
    }
}

impl std::str::FromStr for Address {
    type Err = String;

    fn from_str(url: &str) -> Result<Address, String> {
        let wanted = || format!("`{url}` is not like imaps://localhost:993 or smtp+starttls://localhost:587");
        let (scheme, rest) = url.split_once("://").ok_or_else(wanted)?;
        let (name, by) = scheme.split_once('+').unwrap_or((scheme, ""));
        let (protocol, implicit, standard) = match name {
            "imap" => (Protocol::Imap, false, 143),
            "imaps" => (Protocol::Imap, true, 993),
            "pop3" => (Protocol::Pop3, false, 110),
            "pop3s" => (Protocol::Pop3, true, 995),
            "smtp" => (Protocol::Smtp, false, 25),
            "submission" => (Protocol::Smtp, false, 587),
            "smtps" => (Protocol::Smtp, true, 465),
            _ => {
                return Err(format!("`{name}`: the schemes are imap imaps pop3 pop3s smtp submission smtps"));
            }
        };
        let security = match (implicit, by) {
            (true, "") => Security::Implicit,
            (true, _) => return Err(format!("`{scheme}`: an implicit TLS port takes no STARTTLS")),
            (false, "starttls") => Security::StartTls,
            (false, "opportunistic") => Security::Opportunistic,
            (false, "") => Security::Plain,
            (false, _) => return Err(format!("`{scheme}`: behind `+` stands starttls or opportunistic")),
        };
        let place = rest.split('/').next().unwrap_or_default();
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port.parse().map_err(|_| wanted())?),
            _ => (place, standard),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(wanted());
        }
        Ok(Address { protocol, security, host: host.to_owned(), port })
    }
}

/// Do what a person does who presses "send and receive" once. The answer is one line for that person. A token that is
/// not taken is refreshed once, behind the back of that person.
pub fn once(setup: &Setup) -> Result<String, Trouble> {
    if setup.careless {
        return careless::once(setup);
    }
    match (visit(setup), &setup.oauth) {
        (Err(Trouble::Token(refused)), Some(oauth)) => {
            oauth.refresh(setup, &refused)?;
            visit(setup)
        }
        (Err(Trouble::Refused(said)), Some(oauth)) if ends_with_token(&said) => {
            oauth.refresh(setup, &said)?;
            visit(setup)
        }
        (visited, _) => visited,
    }
}

/// Did the server end the session because the token had ended (`* BYE Session invalidated - AccessTokenExpired`)?
fn ends_with_token(said: &str) -> bool {
    said.starts_with("* BYE") && said.to_ascii_lowercase().contains("token")
}

fn visit(setup: &Setup) -> Result<String, Trouble> {
    let mut stream = Stream::connect(setup)?;
    if setup.address.security == Security::Implicit {
        stream = stream.secure(setup)?;
    }
    match setup.address.protocol {
        Protocol::Imap => imap::fetch(stream, setup),
        Protocol::Pop3 => pop3::fetch(stream, setup),
        Protocol::Smtp => smtp::send(stream, setup),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let table = [
            ("imaps://localhost:3993/INBOX", Ok((Protocol::Imap, Security::Implicit, "localhost", 3993))),
            ("smtp+starttls://127.0.0.1", Ok((Protocol::Smtp, Security::StartTls, "127.0.0.1", 25))),
            ("pop3://[::1]:110", Ok((Protocol::Pop3, Security::Plain, "::1", 110))),
            ("submission://[::1]", Ok((Protocol::Smtp, Security::Plain, "::1", 587))),
            ("imaps+starttls://x", Err("takes no STARTTLS")),
            ("http://x", Err("the schemes are")),
            ("imap://:143", Err("is not like")),
            ("imap://x:many", Err("is not like")),
            ("localhost:143", Err("is not like")),
        ];
        for (url, wanted) in table {
            match (url.parse::<Address>(), wanted) {
                (Ok(a), Ok(w)) => assert_eq!((a.protocol, a.security, &*a.host, a.port), w, "{url}"),
                (Err(text), Err(part)) => assert!(text.contains(part), "{url}: {text}"),
                (got, wanted) => panic!("{url}: {got:?} instead of {wanted:?}"),
            }
        }
    }
}
