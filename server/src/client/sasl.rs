//! How the client logs in that was set to no password: by its token (RFC 7628) or its certificate (RFC 4422 appendix A).
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{OAuth, Setup, Trouble};

pub enum Means<'s> {
    Token(&'s OAuth),
    Certificate,
}

impl<'s> Means<'s> {
    /// `None` where it is the password.
    pub fn of(setup: &'s Setup) -> Option<Means<'s>> {
        let certificate = setup.external.then_some(Means::Certificate);
        setup.oauth.as_ref().map(Means::Token).or(certificate)
    }

    /// The mechanism.
    pub fn name(&self) -> &'static str {
        match self {
            Means::Token(oauth) => oauth.mechanism.name(),
            Means::Certificate => "EXTERNAL",
        }
    }

    /// What proves it, in base64. TLS has proved the certificate already: what remains is as whom to act.
    pub fn response(&self, setup: &Setup) -> Result<String, Trouble> {
        match self {
            Means::Token(oauth) => oauth.response(setup),
            Means::Certificate => Ok(STANDARD.encode(&setup.user)),
        }
    }

    /// What answers a challenge behind that: an error challenge with a token, else the exchange is given up.
    pub fn acknowledgement(&self) -> &'static str {
        match self {
            Means::Token(oauth) => oauth.mechanism.acknowledgement(),
            Means::Certificate => "*",
        }
    }
}
