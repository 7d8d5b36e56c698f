//! The mechanisms behind one type: who speaks first, and what one step can give (RFC 4422 section 3).
use super::bearer::Bearer;
use super::channel::Bindings;
use super::cram_md5::CramMd5;
use super::external;
use super::login::Login;
use super::plain::Plain;
use super::scram::{Hash, Scram, Shown};

/// An exchange that is going on.
#[derive(Debug)]
pub enum Mechanism {
    Plain(Plain),
    Login(Login),
    CramMd5(CramMd5),
    Scram(Box<Scram>),
    Bearer(Bearer),
    External,
}

/// What a step gives.
#[derive(PartialEq, Eq)]
pub enum Step {
    /// Send this and wait for a response.
    Challenge(Vec<u8>),
    /// SCRAM needs the salt for this user: give it to [`Scram::salt`], whose challenge goes out.
    Salt { hash: Hash, user: String },
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
    /// RFC 5802.
    Scram(Box<Shown>),
    /// RFC 7628; without a `user` the token alone says who it is. `host` is the server the client means.
    Bearer { user: String, token: String, host: Option<String> },
    /// RFC 4422 appendix A; empty for the certificate's own identity.
    External { authorization: String },
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
    #[error("EXTERNAL wants an authorization identity, or nothing")]
    ExternalForm,
    #[error("XOAUTH2 wants user=NAME ^A auth=Bearer TOKEN ^A ^A")]
    Xoauth2Form,
    #[error("OAUTHBEARER wants a GS2 header, ^A, auth=Bearer TOKEN ^A and one more ^A")]
    OauthBearerForm,
    #[error("the scheme is Bearer, and a token has letters, digits and -._~+/= only")]
    TokenForm,
    #[error("a GS2 header is n,, or y,, or p=TYPE,, with a=NAME between the commas")]
    Gs2Form,
    #[error("SCRAM wants n=NAME,r=NONCE first, then c=...,r=...,p=PROOF")]
    ScramForm,
    #[error("the nonce is not that of this exchange")]
    OtherNonce,
    #[error("this mechanism takes no channel binding")]
    UnwantedBinding,
    #[error("-PLUS wants channel binding: p=TYPE")]
    Unbound,
    #[error("this connection has no channel binding of that type")]
    UnknownBinding,
    #[error("the client believes that -PLUS is not offered, and it is")]
    Downgrade,
}

impl Mechanism {
    /// The names `new` knows, strongest first.
    pub const NAMES: [&'static str; 10] = [
        "SCRAM-SHA-256-PLUS",
        "SCRAM-SHA-256",
        "SCRAM-SHA-1-PLUS",
        "SCRAM-SHA-1",
        "OAUTHBEARER",
        "XOAUTH2",
        "EXTERNAL",
        "CRAM-MD5",
        "PLAIN",
        "LOGIN",
    ];

    /// Do we speak it? In any case.
    #[must_use]
    pub fn is_spoken(name: &str) -> bool {
        Self::NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// Begin an exchange; `name` in any case. `None` for a mechanism we do not speak. `nonce` is the text of a
    /// server-first mechanism, or SCRAM's: printable, without a comma, and never used before (RFC 2195 section 2,
    /// RFC 5802 section 5.1). `bindings`: those of the connection where `-PLUS` is offered, else none.
    #[must_use]
    pub fn new(name: &str, bindings: &Bindings, nonce: impl FnOnce() -> String) -> Option<Self> {
        let scram = |hash, plus: bool, nonce| {
            let usable = !plus || !bindings.is_empty();
            usable.then(|| Self::Scram(Box::new(Scram::new(hash, plus, bindings.clone(), nonce))))
        };
        match name.to_ascii_uppercase().as_str() {
            "PLAIN" => Some(Self::Plain(Plain)),
            "LOGIN" => Some(Self::Login(Login::default())),
            "CRAM-MD5" => Some(Self::CramMd5(CramMd5::new(nonce()))),
            "SCRAM-SHA-1" => scram(Hash::Sha1, false, nonce()),
            "SCRAM-SHA-1-PLUS" => scram(Hash::Sha1, true, nonce()),
            "SCRAM-SHA-256" => scram(Hash::Sha256, false, nonce()),
            "SCRAM-SHA-256-PLUS" => scram(Hash::Sha256, true, nonce()),
            "XOAUTH2" => Some(Self::Bearer(Bearer::Xoauth2)),
            "OAUTHBEARER" => Some(Self::Bearer(Bearer::OauthBearer)),
            "EXTERNAL" => Some(Self::External),
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
            Self::Scram(scram) => scram.name(),
            Self::Bearer(bearer) => bearer.name(),
            Self::External => "EXTERNAL",
        }
    }

    /// The first challenge, when no initial response came; empty for a client-first mechanism.
    #[must_use]
    pub fn first_challenge(&self) -> Vec<u8> {
        match self {
            Self::Plain(_) | Self::Scram(_) | Self::Bearer(_) | Self::External => Vec::new(),
            Self::Login(login) => login.prompt(),
            Self::CramMd5(cram) => cram.challenge().as_bytes().to_vec(),
        }
    }

    /// Take an initial response (RFC 4422 section 3, item 2). Server-first mechanisms have none.
    pub fn initial(&mut self, response: &[u8]) -> Step {
        match self {
            Self::CramMd5(_) => Step::Failed(Failure::UnwantedInitialResponse),
            _ => self.step(response),
        }
    }

    /// Take a response to the last challenge.
    pub fn step(&mut self, response: &[u8]) -> Step {
        match self {
            Self::Plain(plain) => plain.step(response),
            Self::Login(login) => login.step(response),
            Self::CramMd5(cram) => cram.step(response),
            Self::Scram(scram) => scram.step(response),
            Self::Bearer(bearer) => bearer.step(response),
            Self::External => external::step(response),
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
