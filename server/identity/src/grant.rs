//! A grant: that a person allowed a program to use the mailbox. Access and refresh tokens are made from it, and end
//! with it.
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::Issuer;

/// A grant's number, from 1 on.
pub type GrantId = u64;

/// What was granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub issuer: Issuer,
    /// Whose; `None` where a program speaks for itself (client credentials).
    pub account: Option<Arc<str>>,
    pub client: Arc<str>,
    /// Scopes, separated by blanks (RFC 6749 section 3.3).
    pub scope: Arc<str>,
    /// When the person signed in.
    pub signed_in: Timestamp,
    pub second_factor: bool,
    /// To a single-page application: its refresh tokens have a fixed end.
    pub spa: bool,
    /// The value to be repeated in ID tokens (OpenID Connect Core section 2).
    pub nonce: Option<Arc<str>>,
    pub ended: Option<(Ended, Timestamp)>,
}

/// Why a grant is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// A new password, or an administrator ended all sessions.
    Revoked,
    /// The person withdrew the consent.
    Consent,
    /// The program gave it back (RFC 7009).
    Client,
    /// A refresh token or code was shown again that had been used up (RFC 9700 section 4.14.2, RFC 6749 section
    /// 4.1.2).
    Reuse,
}

/// All grants; the oldest make room.
#[derive(Debug, Default)]
pub struct Grants {
    grants: BTreeMap<GrantId, Grant>,
    last: GrantId,
}

const GRANTS_MAX: usize = 200_000;

impl Grants {
    pub fn add(&mut self, grant: Grant) -> GrantId {
        if self.grants.len() >= GRANTS_MAX {
            self.grants.pop_first();
        }
        self.last += 1;
        self.grants.insert(self.last, grant);
        self.last
    }

    #[must_use]
    pub fn get(&self, id: GrantId) -> Option<&Grant> {
        self.grants.get(&id)
    }

    /// End a grant; one that is over already keeps its cause.
    pub fn end(&mut self, id: GrantId, why: Ended, now: Timestamp) {
        if let Some(grant) = self.grants.get_mut(&id) {
            grant.ended.get_or_insert((why, now));
        }
    }

    /// End all grants of an account.
    pub fn end_all(&mut self, account: &str, why: Ended, now: Timestamp) {
        for grant in self.grants.values_mut().filter(|grant| grant.account.as_deref() == Some(account)) {
            grant.ended.get_or_insert((why, now));
        }
    }
}
