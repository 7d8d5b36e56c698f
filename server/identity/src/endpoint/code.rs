//! Authorization codes: what a client asked for while a person signs in, and then until the code is redeemed.
use std::time::Duration;

use jiff::Timestamp;

use crate::Issuer;
use crate::grant::GrantId;
use crate::pkce::Challenge;
use crate::request::Place;

/// How long a person may take to sign in.
pub(crate) const PATIENCE: Duration = Duration::from_secs(600);

/// An authorization request that is in order.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub issuer: Issuer,
    pub tenant: String,
    pub client: String,
    pub redirect: String,
    pub scope: String,
    pub state: Option<String>,
    pub challenge: Option<Challenge>,
    pub nonce: Option<String>,
    pub spa: bool,
    /// A refresh token is wanted.
    pub offline: bool,
    /// The answer goes behind `#`, not `?`.
    pub fragment: bool,
    pub hint: Option<String>,
    /// The token of a session that was there before, and is not enough: the person shall sign in anew.
    pub fresh: Option<String>,
    pub expires: Timestamp,
}

/// A code that was given out.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub asked: Asked,
    pub account: String,
    pub second_factor: bool,
    pub expires: Timestamp,
    /// What was made of it.
    pub redeemed: Option<GrantId>,
}

impl Asked {
    /// The address to send the browser to, with these parameters and the state.
    pub(crate) fn back(&self, parameters: &[(&str, &str)]) -> String {
        back(&self.redirect, self.fragment, parameters, self.state.as_deref())
    }

    pub(crate) fn place(&self) -> Place<'_> {
        Place { issuer: self.issuer, tenant: &self.tenant, endpoint: crate::request::Endpoint::Authorize }
    }
}

/// RFC 6749 section 4.1.2: parameters are added to those the address has.
pub(crate) fn back(
    redirect: &str,
    fragment: bool,
    parameters: &[(&str, &str)],
    state: Option<&str>,
) -> String {
    let mut text = form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(parameters.iter().copied().chain(state.map(|state| ("state", state))));
    let joint = if fragment {
        '#'
    } else if redirect.contains('?') {
        '&'
    } else {
        '?'
    };
    format!("{redirect}{joint}{}", text.finish())
}
