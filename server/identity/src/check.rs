//! Is this access token good here and now? What a mail server asks before it lets a client in.
use std::sync::Arc;

use jiff::Timestamp;

use crate::grant::GrantId;
use crate::jwt::{self, Look};
use crate::{Issuer, Provider, Service};

/// An access token, as it is remembered.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    pub grant: GrantId,
    pub audience: Arc<str>,
    pub scope: Arc<str>,
    pub not_before: Timestamp,
    /// The first moment it is no longer good.
    pub expires_at: Timestamp,
    pub revoked: bool,
}

/// Whose token it is, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pub issuer: Issuer,
    /// The account's name; `None` where a program speaks for itself.
    pub account: Option<Arc<str>>,
    pub client: Arc<str>,
    pub scope: Arc<str>,
    /// The first moment it is no longer good, in virtual time.
    pub expires_at: Timestamp,
}

/// Why an access token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    #[error("this token was never issued here")]
    Unknown,
    #[error("this is no token: `b64token` of RFC 6750 section 2.1 has only letters, digits and -._~+/=")]
    Malformed,
    #[error("the signature of this token is not ours")]
    BadSignature,
    #[error("this token is unsigned: `alg` is `none`")]
    AlgNone,
    #[error("this token has expired")]
    Expired,
    #[error("this token is not valid yet")]
    NotYetValid,
    #[error("this token is for another service")]
    WrongAudience,
    #[error("this token does not open this service")]
    WrongScope,
    #[error("this token was revoked")]
    Revoked,
}

impl Provider {
    /// Does this access token open a mail service at `now`?
    ///
    /// # Errors
    /// What is wrong with it, the first of: it is no token, it is not ours, revoked, too late, too early, for another
    /// service, without the scope.
    pub fn check_access(
        &self,
        token: &str,
        service: Service,
        now: Timestamp,
    ) -> Result<Subject, TokenRefusal> {
        let (subject, audience) = self.live(token, now)?;
        if *audience != *subject.issuer.mail_audience() {
            return Err(TokenRefusal::WrongAudience);
        }
        if !subject.issuer.opens(&subject.scope, service) {
            return Err(TokenRefusal::WrongScope);
        }
        Ok(subject)
    }

    /// An access token that is good for something, and for whom it is.
    pub(crate) fn live(&self, token: &str, now: Timestamp) -> Result<(Subject, Arc<str>), TokenRefusal> {
        let is_b64token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        if token.is_empty() || !token.bytes().all(is_b64token) {
            return Err(TokenRefusal::Malformed);
        }
        let Some(access) = self.access.get(&self.digester.of(token)) else {
            return Err(match jwt::look(&self.keys, token) {
                Look::AlgNone => TokenRefusal::AlgNone,
                Look::BadSignature => TokenRefusal::BadSignature,
                Look::Opaque | Look::Ours => TokenRefusal::Unknown,
            });
        };
        let grant = self.grants.get(access.grant).ok_or(TokenRefusal::Unknown)?;
        if access.revoked || (grant.ended.is_some() && grant.issuer.revokes_access()) {
            return Err(TokenRefusal::Revoked);
        }
        if now >= access.expires_at {
            return Err(TokenRefusal::Expired);
        }
        if now < access.not_before {
            return Err(TokenRefusal::NotYetValid);
        }
        let subject = Subject {
            issuer: grant.issuer,
            account: grant.account.clone(),
            client: Arc::clone(&grant.client),
            scope: Arc::clone(&access.scope),
            expires_at: access.expires_at,
        };
        Ok((subject, Arc::clone(&access.audience)))
    }
}

#[cfg(test)]
mod tests;
