//! Issuing access and refresh tokens from a grant.
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::check::Access;
use crate::grant::{Grant, GrantId};
use crate::keys::Algorithm;
use crate::provider::{Draw, Provider, Refresh, after};
use crate::{Flaw, Issuer, jwt};

/// What a token response holds (RFC 6749 section 5.1).
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens {
    pub access: String,
    pub refresh: Option<String>,
    pub scope: String,
    pub expires_at: Timestamp,
    /// Seconds.
    pub expires_in: u64,
}

/// Without the tokens.
impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens")
            .field("scope", &self.scope)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// A person signs in at an issuer and allows a program something.
#[derive(Clone, Copy, Debug)]
pub struct Consent<'a> {
    pub issuer: Issuer,
    pub account: &'a str,
    pub client: &'a str,
    pub scope: &'a str,
    pub second_factor: bool,
    pub spa: bool,
    pub nonce: Option<&'a str>,
}

impl Provider {
    /// Remember what a person allowed.
    pub fn consent(&mut self, consent: &Consent<'_>, now: Timestamp) -> GrantId {
        self.grants.add(Grant {
            issuer: consent.issuer,
            account: Some(Arc::from(consent.account)),
            client: Arc::from(consent.client),
            scope: Arc::from(consent.scope),
            signed_in: now,
            second_factor: consent.second_factor,
            spa: consent.spa,
            nonce: consent.nonce.map(Arc::from),
            ended: None,
        })
    }

    /// An access token for all of the grant's scopes, and a refresh token, asked for at no address. `None`: there is no
    /// such grant.
    pub fn issue(&mut self, grant: GrantId, now: Timestamp, draw: Draw<'_>) -> Option<Tokens> {
        let mut tokens = self.issue_access(grant, None, None, now, draw)?;
        tokens.refresh = self.issue_refresh(grant, now, draw);
        Some(tokens)
    }

    /// An access token from a grant, for fewer `scope`s where some are named, by the issuer of this `name` as its discovery
    /// has it. `None`: there is no such grant.
    pub fn issue_access(
        &mut self,
        id: GrantId,
        scope: Option<&str>,
        name: Option<&str>,
        now: Timestamp,
        draw: Draw<'_>,
    ) -> Option<Tokens> {
        let grant = self.grants.get(id)?.clone();
        let policy = self.policy(grant.issuer);
        let (flaw, skew, usual) = (policy.flaw, policy.skew, policy.access);
        let person = grant.account.as_deref().map(|account| self.person(account)).unwrap_or_default();
        let lifetime = person.access.unwrap_or(usual);
        let issued = now.saturating_add(skew).unwrap_or(now);
        let scope = scope.unwrap_or(&grant.scope);
        let is_misdirected = flaw == Some(Flaw::WrongAudience);
        let audience = if is_misdirected { elsewhere(grant.issuer) } else { grant.issuer.audience(scope) };
        let opened = if flaw == Some(Flaw::WrongScope) { "profile" } else { scope };
        let hour = Duration::from_secs(3_600);
        let not_before = if flaw == Some(Flaw::NotYetValid) { after(issued, hour) } else { issued };
        let expires_at = if flaw == Some(Flaw::Expired) { issued } else { after(not_before, lifetime) };
        let entry = Access {
            grant: id,
            audience: Arc::from(audience),
            scope: Arc::from(opened),
            not_before,
            expires_at,
            revoked: false,
        };
        let token = match grant.issuer {
            Issuer::Google => format!("ya29.{}", text(draw, 20)),
            Issuer::Microsoft | Issuer::Generic => {
                let typ = if grant.issuer == Issuer::Generic { "at+jwt" } else { "JWT" };
                let mut claims = self.claims(&grant, &entry, issued, &text(draw, 3));
                if let Some(name) = name {
                    claims["iss"] = name.into();
                }
                jwt::mint(&self.keys, Algorithm::Es256, typ, &claims)
            }
        };
        let shown = match flaw {
            Some(Flaw::BadSignature) => jwt::spoiled(&token),
            Some(Flaw::AlgNone) => jwt::unsigned(&token),
            _ => {
                self.access.insert(self.digester.of(&token), entry);
                token
            }
        };
        let (scope, expires_in) = (scope.to_owned(), seconds(grant.issuer, lifetime));
        Some(Tokens { access: shown, refresh: None, scope, expires_at, expires_in })
    }

    /// A refresh token from a grant. `None`: there is no such grant.
    pub fn issue_refresh(&mut self, id: GrantId, now: Timestamp, draw: Draw<'_>) -> Option<String> {
        let grant = self.grants.get(id)?;
        let token = match grant.issuer {
            Issuer::Microsoft => format!("1.{}", text(draw, 24)),
            Issuer::Google => format!("1//0{}", text(draw, 12)),
            Issuer::Generic => text(draw, 6),
        };
        self.refresh
            .insert(self.digester.of(&token), Refresh { grant: id, issued: now, used: now, replaced: false });
        Some(token)
    }

    /// What stands in an access token (RFC 9068 section 2.2, and Microsoft's names for the same).
    fn claims(&self, grant: &Grant, entry: &Access, issued: Timestamp, id: &str) -> Value {
        let subject = grant.account.as_deref().unwrap_or(&grant.client);
        let mut claims = json!({
            "iss": format!("https://identity.postfail.test/{}", grant.issuer),
            "aud": &*entry.audience,
            "sub": self.subject(subject),
            "iat": issued.as_second(),
            "nbf": entry.not_before.as_second(),
            "exp": entry.expires_at.as_second(),
            "jti": id,
        });
        let more = match grant.issuer {
            Issuer::Microsoft => {
                json!({ "appid": &*grant.client, "scp": names(&entry.scope), "ver": "1.0", "upn": subject })
            }
            Issuer::Google | Issuer::Generic => {
                json!({ "client_id": &*grant.client, "scope": &*entry.scope })
            }
        };
        if let (Value::Object(claims), Value::Object(more)) = (&mut claims, more) {
            claims.extend(more);
        }
        claims
    }

    /// A name for a person that says nothing about the account, and stays (OpenID Connect Core section 8).
    pub(crate) fn subject(&self, account: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.digester.of(account))
    }
}

/// `IMAP.AccessAsUser.All SMTP.Send`: Microsoft's tokens name permissions without their resource.
fn names(scope: &str) -> String {
    let names = scope.split(' ').filter_map(|scope| scope.strip_prefix("https://")?.split_once('/'));
    names.map(|(_, name)| name).collect::<Vec<_>>().join(" ")
}

/// A service that takes no mail.
fn elsewhere(issuer: Issuer) -> String {
    match issuer {
        Issuer::Microsoft => "https://graph.microsoft.com".to_owned(),
        Issuer::Google => "https://www.googleapis.com/".to_owned(),
        Issuer::Generic => "calendar.postfail.test".to_owned(),
    }
}

/// Microsoft and Google count one second less.
fn seconds(issuer: Issuer, lifetime: Duration) -> u64 {
    let seconds = lifetime.as_secs();
    if issuer == Issuer::Generic { seconds } else { seconds.saturating_sub(1) }
}

/// Letters made of so many random numbers.
pub(crate) fn text(draw: Draw<'_>, numbers: usize) -> String {
    let bytes: Vec<u8> = (0..numbers).flat_map(|_| draw().to_be_bytes()).collect();
    URL_SAFE_NO_PAD.encode(bytes)
}
