//! Refreshing (RFC 6749 section 6): from a refresh token to an access token, as long as nothing has ended it.
use std::time::Duration;

use jiff::Timestamp;

use crate::denial::{Denial, Reason};
use crate::grant::{Ended, Grant};
use crate::issue::Tokens;
use crate::policy::{Rotation, TESTING};
use crate::provider::{Draw, Provider, Refresh, after};

impl Provider {
    /// New tokens for a refresh token that `client` shows, for fewer `scope`s where some are named, by the issuer of this
    /// `name`.
    ///
    /// # Errors
    /// Why there are none; the refresh token is as it was before, except that one shown again ends its grant.
    pub fn refresh(
        &mut self,
        token: &str,
        client: &str,
        scope: Option<&str>,
        name: Option<&str>,
        now: Timestamp,
        draw: Draw<'_>,
    ) -> Result<Tokens, Denial> {
        let digest = self.digester.of(token);
        let unknown = || Denial::new(Reason::RefreshUnknown, "this refresh token was never issued here");
        let refresh = self.refresh.get(&digest).ok_or_else(unknown)?.clone();
        let grant = self.grants.get(refresh.grant).ok_or_else(unknown)?.clone();
        if *grant.client != *client {
            let detail = "this refresh token was issued to another client";
            return Err(Denial::new(Reason::InvalidGrant, detail));
        }
        if refresh.replaced {
            self.grants.end(refresh.grant, Ended::Reuse, now);
        }
        let grant = self.grants.get(refresh.grant).cloned().unwrap_or(grant);
        self.still_good(&refresh, &grant, now)?;
        if let Some(wider) = scope.and_then(|scope| wider(scope, &grant.scope)) {
            let detail = format!("`{wider}` was not among the scopes that were granted");
            return Err(Denial::new(Reason::InvalidScope, detail));
        }
        let mut tokens = self.issue_access(refresh.grant, scope, name, now, draw).ok_or_else(unknown)?;
        let rotation = self.policy(grant.issuer).rotation;
        if let Some(shown) = self.refresh.get_mut(&digest) {
            shown.used = now;
            shown.replaced = rotation == Rotation::Replace;
        }
        if rotation != Rotation::Keep {
            tokens.refresh = self.issue_refresh(refresh.grant, now, draw);
        }
        Ok(tokens)
    }

    /// Whether a grant still gives tokens; the first thing that speaks against it.
    pub(crate) fn still_good(&self, refresh: &Refresh, grant: &Grant, now: Timestamp) -> Result<(), Denial> {
        let policy = self.policy(grant.issuer);
        let person = grant.account.as_deref().map(|account| self.person(account)).unwrap_or_default();
        let deny = |reason, detail: &str| Err(Denial::new(reason, detail).issued(refresh.issued));
        if let Some((why, when)) = grant.ended {
            let (reason, detail) = match why {
                Ended::Revoked => (Reason::RefreshRevoked, "the password was changed, or all sessions ended"),
                Ended::Consent => (Reason::ConsentWithdrawn, "the person withdrew the consent"),
                Ended::Client => (Reason::RefreshRevoked, "the client revoked this token"),
                Ended::Reuse => (
                    Reason::RefreshReused,
                    "a code or refresh token of this sign-in had been used up, and was shown again",
                ),
            };
            let mut denial = Denial::new(reason, detail).issued(refresh.issued);
            denial.about.valid_from = Some(when);
            return Err(denial);
        }
        let over =
            |from: Timestamp, span: Option<Duration>| span.is_some_and(|span| now >= after(from, span));
        if grant.spa && over(grant.signed_in, Some(policy.refresh_spa)) {
            return deny(Reason::RefreshSpa, "a single-page application's refresh token lives 24 hours");
        }
        if policy.test_app && over(grant.signed_in, Some(TESTING)) {
            return deny(Reason::RefreshExpired, "an application in testing has refresh tokens for 7 days");
        }
        if over(refresh.issued, person.refresh.or(policy.refresh)) {
            return deny(Reason::RefreshExpired, "this refresh token is too old");
        }
        if over(refresh.used, person.refresh_idle.or(policy.refresh_idle)) {
            return deny(Reason::RefreshIdle, "this refresh token was too long unused");
        }
        if over(grant.signed_in, policy.sign_in_frequency) {
            return deny(Reason::SignInFrequency, "the person must sign in again");
        }
        if policy.conditional_access {
            return deny(Reason::ConditionalAccess, "a rule of the organization forbids it");
        }
        if policy.mfa && !grant.second_factor {
            return deny(Reason::SecondFactor, "the sign-in was without a second factor");
        }
        Ok(())
    }

    /// Whose a refresh token is, whatever became of it.
    #[must_use]
    pub fn owner(&self, refresh: &str) -> Option<&str> {
        let refresh = self.refresh.get(&self.digester.of(refresh))?;
        self.grants.get(refresh.grant)?.account.as_deref()
    }
}

/// The first scope that was not granted.
fn wider<'a>(asked: &'a str, granted: &str) -> Option<&'a str> {
    asked.split(' ').find(|scope| !scope.is_empty() && !granted.split(' ').any(|known| known == *scope))
}

#[cfg(test)]
mod tests;
