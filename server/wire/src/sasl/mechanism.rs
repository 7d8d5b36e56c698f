//! The mechanisms behind one type: who speaks first, and what one step can give (RFC 4422 section 3).
use super::cram_md5::CramMd5;
use super::login::Login;
use super::plain::Plain;

/// An exchange that is going on.
#[derive(Debug)]
pub enum Mechanism {
    Plain(Plain),
    Login(Login),
    CramMd5(CramMd5),
}

/// What a step gives.
#[derive(PartialEq, Eq)]
pub enum Step {
    /// Send this and wait for a response.
    Challenge(Vec<u8>),
    /// The client has shown everything.
    Done(Credentials),
    /// The response has not the mechanism's form.
    Failed(Failure),
}

/// What a client showed. No `Debug`: a secret is in every variant.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// `authorization` is the identity to act as; empty for the user's own (RFC 4616 section 2).
    Password { authorization: String, user: String, password: Vec<u8> },
    /// RFC 2195; `digest` as sent, in hex.
    CramMd5 { user: String, challenge: String, digest: String },
}

/// Why a response could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("PLAIN wants [authzid] NUL authcid NUL password")]
    PlainForm,
    #[error("CRAM-MD5 wants user SP and 32 hexadecimal digits")]
    CramForm,
    #[error("user names are UTF-8")]
    NotUtf8,
    #[error("the user name is empty")]
    NoUser,
    #[error("CRAM-MD5 takes no initial response")]
    UnwantedInitialResponse,
}

impl Mechanism {
    /// The names `new` knows, strongest first.
    pub const NAMES: [&'static str; 3] = ["CRAM-MD5", "PLAIN", "LOGIN"];

    /// Begin an exchange; `name` in any case. `None` for a mechanism we do not speak. `challenge` is the
    /// text of a server-first mechanism and must never have been used before (RFC 2195 section 2).
    #[must_use]
    pub fn new(name: &str, challenge: impl FnOnce() -> String) -> Option<Self> {
        match name.to_ascii_uppercase().as_str() {
            "PLAIN" => Some(Self::Plain(Plain)),
            "LOGIN" => Some(Self::Login(Login::default())),
            "CRAM-MD5" => Some(Self::CramMd5(CramMd5::new(challenge()))),
            _ => None,
        }
    }

    /// The registered name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Plain(_) => "PLAIN",
            Self::Login(_) => "LOGIN",
            Self::CramMd5(_) => "CRAM-MD5",
        }
    }

    /// The first challenge, when no initial response came; empty for a client-first mechanism.
    #[must_use]
    pub fn first_challenge(&self) -> Vec<u8> {
        match self {
            Self::Plain(_) => Vec::new(),
            Self::Login(login) => login.prompt(),
            Self::CramMd5(cram) => cram.challenge().as_bytes().to_vec(),
        }
    }

    /// Take an initial response (RFC 4422 section 3, item 2). Server-first mechanisms have none.
    pub fn initial(&mut self, response: &[u8]) -> Step {
        match self {
            Self::CramMd5(_) => Step::Failed(Failure::UnwantedInitialResponse),
            Self::Plain(_) | Self::Login(_) => self.step(response),
        }
    }

    /// Take a response to the last challenge.
    pub fn step(&mut self, response: &[u8]) -> Step {
        match self {
            Self::Plain(plain) => plain.step(response),
            Self::Login(login) => login.step(response),
            Self::CramMd5(cram) => cram.step(response),
        }
    }
}

/// A user name as text, not empty.
pub(super) fn user_name(bytes: &[u8]) -> Result<String, Failure> {
    match std::str::from_utf8(bytes) {
        Ok("") => Err(Failure::NoUser),
        Ok(name) => Ok(name.to_owned()),
        Err(_) => Err(Failure::NotUtf8),
    }
}
