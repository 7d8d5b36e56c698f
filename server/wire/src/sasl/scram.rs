//! SCRAM-SHA-1 (RFC 5802) and SCRAM-SHA-256 (RFC 7677), and bound to TLS as `-PLUS`.
//!
//! ```text
//! client-first  gs2-header "n=" user ",r=" nonce
//! server-first  "r=" nonce+ours ",s=" salt ",i=" iterations
//! client-final  "c=" base64(gs2-header [binding]) ",r=" nonce+ours ",p=" proof
//! server-final  "v=" signature
//! ```
pub mod keys;

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::channel::{Binding, Bindings};
use super::gs2::{self, Flag, Header};
use super::mechanism::{Failure, Step};
pub use keys::{Hash, Keys};

/// An exchange.
#[derive(Clone, Debug)]
pub struct Scram {
    hash: Hash,
    plus: bool,
    /// Our part of the nonce.
    nonce: String,
    /// What this connection can be bound by; none where `-PLUS` is not offered.
    bindings: Bindings,
    state: State,
}

#[derive(Clone, Debug, Default)]
enum State {
    #[default]
    First,
    /// The salt is waited for.
    Salt(Begun),
    Final {
        begun: Begun,
        server_first: String,
        salt: Vec<u8>,
    },
}

/// The client's first message.
#[derive(Clone, Debug)]
struct Begun {
    header: Header,
    user: String,
    /// The client's part and ours.
    nonce: String,
    bare: String,
}

/// What the client showed in the end: not the password, but that it knows it. `Debug` hides the proof.
#[derive(Clone, PartialEq, Eq)]
pub struct Shown {
    pub hash: Hash,
    pub user: String,
    /// As whom to act; empty for oneself.
    pub authorization: String,
    pub salt: Vec<u8>,
    /// What both sides said (AuthMessage).
    pub exchange: Vec<u8>,
    pub proof: Vec<u8>,
    /// False when it is bound to another connection than this: somebody stands between.
    pub bound: bool,
}

impl Scram {
    pub(super) fn new(hash: Hash, plus: bool, bindings: Bindings, nonce: String) -> Self {
        Self { hash, plus, nonce, bindings, state: State::First }
    }

    pub(super) fn name(&self) -> &'static str {
        match (self.hash, self.plus) {
            (Hash::Sha1, false) => "SCRAM-SHA-1",
            (Hash::Sha1, true) => "SCRAM-SHA-1-PLUS",
            (Hash::Sha256, false) => "SCRAM-SHA-256",
            (Hash::Sha256, true) => "SCRAM-SHA-256-PLUS",
        }
    }

    pub(super) fn step(&mut self, response: &[u8]) -> Step {
        let step = match std::mem::take(&mut self.state) {
            State::First => self.first(response),
            State::Salt(_) => Err(Failure::ScramForm),
            State::Final { begun, server_first, salt } => self.last(response, begun, &server_first, salt),
        };
        step.unwrap_or_else(Step::Failed)
    }

    fn first(&mut self, response: &[u8]) -> Result<Step, Failure> {
        let (header, bare) = gs2::read(response)?;
        self.agree(&header.flag)?;
        let bare = std::str::from_utf8(bare).map_err(|_| Failure::NotUtf8)?;
        // A mandatory extension ("m=") stands where the name should.
        let mut attributes = bare.split(',');
        let user = attributes.next().and_then(|field| field.strip_prefix("n=")).ok_or(Failure::ScramForm)?;
        let nonce = attributes.next().and_then(|field| field.strip_prefix("r=")).ok_or(Failure::ScramForm)?;
        let printable = nonce.bytes().all(|byte| byte.is_ascii_graphic());
        if nonce.is_empty() || !printable || !attributes.all(is_extension) {
            return Err(Failure::ScramForm);
        }
        let user = gs2::saslname(user.as_bytes())?;
        let nonce = format!("{nonce}{}", self.nonce);
        self.state = State::Salt(Begun { header, user: user.clone(), nonce, bare: bare.to_owned() });
        Ok(Step::Salt { hash: self.hash, user })
    }

    /// Is this how client and server may bind (RFC 5802 section 6)?
    fn agree(&self, flag: &Flag) -> Result<(), Failure> {
        match (flag, self.plus) {
            (Flag::Bound(_), false) => Err(Failure::UnwantedBinding),
            (Flag::Unable | Flag::NotOffered, true) => Err(Failure::Unbound),
            // We do offer it: somebody took it out of the list.
            (Flag::NotOffered, false) if !self.bindings.is_empty() => Err(Failure::Downgrade),
            (Flag::Bound(name), true) => match Binding::named(name).and_then(|it| self.bindings.get(it)) {
                Some(_) => Ok(()),
                None => Err(Failure::UnknownBinding),
            },
            _ => Ok(()),
        }
    }

    /// Give the salt that [`Step::Salt`] asked for; the challenge to send.
    #[must_use]
    pub fn salt(&mut self, salt: Vec<u8>) -> Vec<u8> {
        let State::Salt(begun) = std::mem::take(&mut self.state) else { return Vec::new() };
        let (text, count) = (STANDARD.encode(&salt), keys::ITERATIONS);
        let server_first = format!("r={},s={text},i={count}", begun.nonce);
        let challenge = server_first.clone().into_bytes();
        self.state = State::Final { begun, server_first, salt };
        challenge
    }

    fn last(
        &self,
        response: &[u8],
        begun: Begun,
        server_first: &str,
        salt: Vec<u8>,
    ) -> Result<Step, Failure> {
        let text = std::str::from_utf8(response).map_err(|_| Failure::NotUtf8)?;
        let (without_proof, proof) = text.rsplit_once(",p=").ok_or(Failure::ScramForm)?;
        let mut attributes = without_proof.split(',');
        let channel =
            attributes.next().and_then(|field| field.strip_prefix("c=")).ok_or(Failure::ScramForm)?;
        let nonce = attributes.next().and_then(|field| field.strip_prefix("r=")).ok_or(Failure::ScramForm)?;
        let decode = |text: &str| STANDARD.decode(text).map_err(|_| Failure::ScramForm);
        let (channel, proof) = (decode(channel)?, decode(proof)?);
        if !attributes.all(is_extension) {
            return Err(Failure::ScramForm);
        }
        if nonce != begun.nonce {
            return Err(Failure::OtherNonce);
        }
        let exchange = format!("{},{server_first},{without_proof}", begun.bare).into_bytes();
        let Begun { header, user, .. } = begun;
        let bound = channel == self.channel(&header);
        let (hash, authorization) = (self.hash, header.authorization);
        Ok(Step::Done(super::Credentials::Scram(Box::new(Shown {
            hash,
            user,
            authorization,
            salt,
            exchange,
            proof,
            bound,
        }))))
    }

    /// What `c=` must be: the header again, and the binding behind it.
    fn channel(&self, header: &Header) -> Vec<u8> {
        let mut bytes = header.raw.clone();
        if let Flag::Bound(name) = &header.flag {
            bytes.extend_from_slice(
                Binding::named(name).and_then(|it| self.bindings.get(it)).unwrap_or_default(),
            );
        }
        bytes
    }
}

/// The challenge behind a proof that was right, which the client checks and answers with nothing.
#[must_use]
pub fn server_final(signature: &[u8]) -> Vec<u8> {
    format!("v={}", STANDARD.encode(signature)).into_bytes()
}

/// `attr-val = ALPHA "=" value`; unknown ones are passed over (RFC 5802 section 5.1).
fn is_extension(field: &str) -> bool {
    let mut bytes = field.bytes();
    bytes.next().is_some_and(|name| name.is_ascii_alphabetic()) && bytes.next() == Some(b'=')
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shown")
            .field("hash", &self.hash)
            .field("user", &self.user)
            .field("bound", &self.bound)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
