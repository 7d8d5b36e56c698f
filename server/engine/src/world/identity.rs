//! The world's identity provider: who may show which token, and the tokens that the client under test was given.
use std::collections::BTreeMap;

use jiff::Timestamp;
use postfail_identity::client::{Client, Kind};
use postfail_identity::grant::Ended;
use postfail_identity::issue::Consent as Given;
use postfail_identity::keys::BadKey;
use postfail_identity::provider::Person;
use postfail_identity::request::Endpoint;
use postfail_identity::{
    Directory, Issuer, Outcome, Place, Provider, Request, Service, Subject, TokenRefusal,
};
use postfail_session::world::Protocol;

use super::World;
use crate::change::identity::{Consent, IdentityChange, RevokeTokens, Why};
use crate::profile::Profile;
use crate::scenario::AccountSpec;
use crate::seed::Seed;

/// The client under test, as it is registered with each issuer: public, on loopback (RFC 8252 section 7.3).
pub const CLIENT: &str = "postfail-client";
/// A client that keeps a secret.
pub const WEB_CLIENT: &str = "postfail-web";
/// A client in a browser.
pub const SPA_CLIENT: &str = "postfail-spa";

/// The provider, with its own stream of numbers: tokens are drawn without disturbing passwords and challenges.
#[derive(Debug)]
pub(super) struct Identity {
    provider: Provider,
    random: Seed,
    /// What the person's client was given last, by account.
    held: BTreeMap<String, Held>,
    /// Of the client that keeps one.
    secret: String,
}

/// Tokens in the hands of a person's client.
#[derive(Clone, PartialEq, Eq)]
pub struct Held {
    pub issuer: Issuer,
    pub access: String,
    pub refresh: String,
    /// Who the program is to the issuer.
    pub client: &'static str,
    /// When the access token ends, in virtual time.
    pub expires_at: Timestamp,
}

/// Where the provider is found, for one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// As in its metadata: what a client is configured with.
    pub issuer: String,
    pub token: String,
    pub authorization: String,
    pub device: String,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl Identity {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Seed::new(seed ^ 0x6964_656e_7469_7479);
        let mut key = [0; 32];
        for part in key.chunks_mut(8) {
            part.copy_from_slice(&random.draw().to_be_bytes());
        }
        let mut provider = Provider::new(key);
        provider.register(Client::unregistered(CLIENT));
        let (id, redirects) = (SPA_CLIENT.to_owned(), Vec::new());
        provider.register(Client { id, kind: Kind::Spa, redirects: redirects.clone() });
        let secret = random.password();
        let id = WEB_CLIENT.to_owned();
        provider.register(Client { id, kind: Kind::Confidential(secret.clone()), redirects });
        Self { provider, random, held: BTreeMap::new(), secret }
    }

    pub(super) fn secret(&self) -> &str {
        &self.secret
    }

    pub(super) fn answer(
        &mut self,
        request: &Request<'_>,
        now: Timestamp,
        directory: &mut dyn Directory,
    ) -> Outcome {
        self.provider.answer(request, now, directory, &mut || self.random.draw())
    }
}

impl World {
    /// The identity provider.
    pub fn provider(&self) -> &Provider {
        &self.identity.provider
    }

    /// The provider, and random numbers for it.
    pub fn provider_mut(&mut self) -> (&mut Provider, impl FnMut() -> u64) {
        let Identity { provider, random, .. } = &mut self.identity;
        (provider, || random.draw())
    }

    /// The secret of [`WEB_CLIENT`].
    pub fn client_secret(&self) -> &str {
        &self.identity.secret
    }

    /// What an account's client was given when the person last signed in. The access token may have expired since.
    pub fn held(&self, account: &str) -> Option<&Held> {
        self.identity.held.get(account)
    }

    /// Whose access token this is, where it opens the protocol at this moment.
    pub fn check_token(
        &self,
        token: &str,
        protocol: Protocol,
        real: Timestamp,
    ) -> Result<Subject, TokenRefusal> {
        let service = match protocol {
            Protocol::Imap => Service::Imap,
            Protocol::Pop3 => Service::Pop3,
            Protocol::Smtp => Service::Smtp,
        };
        self.identity.provider.check_access(token, service, self.now(real))
    }

    /// Where the provider of an account's tokens is found below `base` (`https://localhost:3443`).
    pub fn addresses(&self, account: &str, base: &str) -> Addresses {
        let person = self.identity.provider.person(account);
        let tenant = match (person.issuer, person.personal) {
            (Issuer::Microsoft, true) => "consumers",
            (Issuer::Microsoft, false) => "organizations",
            _ => "",
        };
        let place = Place { issuer: person.issuer, tenant, endpoint: Endpoint::Token };
        let at = |endpoint| format!("{base}{}", place.path(endpoint).unwrap_or_default());
        Addresses {
            issuer: place.name(base),
            token: at(Endpoint::Token),
            authorization: at(Endpoint::Authorize),
            device: at(Endpoint::DeviceAuthorization),
        }
    }

    /// The RSA key that ID tokens are signed with from now on (PKCS #8, DER).
    pub fn set_signing_key(&mut self, pkcs8: &[u8]) -> Result<(), BadKey> {
        self.identity.provider.keys_mut().set_rsa(pkcs8)
    }

    /// Who issues an account's tokens, and the first ones.
    pub(super) fn enrol(&mut self, spec: &AccountSpec, start: Timestamp) {
        let usual = self.profile.identity;
        let oauth = spec.oauth.unwrap_or_default();
        let issuer = oauth.issuer.unwrap_or(usual.issuer);
        let span = |span: Option<crate::span::Span>| span.map(|span| span.0);
        let person = Person {
            issuer,
            personal: usual.personal,
            access: span(oauth.access),
            refresh: span(oauth.refresh),
            refresh_idle: span(oauth.refresh_idle),
        };
        self.identity.provider.set_person(&spec.name, person);
        let client = if oauth.secret { WEB_CLIENT } else { CLIENT };
        self.give(client, &Consent { account: spec.name.clone(), ..Consent::default() }, start);
    }

    /// The person signs in, and the client gets tokens.
    pub(super) fn give_tokens(&mut self, consent: &Consent, now: Timestamp) {
        let client = self.held(&consent.account).map_or(CLIENT, |held| held.client);
        self.give(client, consent, now);
    }

    fn give(&mut self, client: &'static str, consent: &Consent, now: Timestamp) {
        let Identity { provider, random, held, .. } = &mut self.identity;
        let issuer = provider.person(&consent.account).issuer;
        let usual = issuer.mail_scopes();
        let given = Given {
            issuer,
            account: &consent.account,
            client,
            scope: consent.scope.as_deref().unwrap_or(&usual),
            second_factor: consent.second_factor,
            spa: consent.spa,
            nonce: None,
        };
        let grant = provider.consent(&given, now);
        let Some(tokens) = provider.issue(grant, now, &mut || random.draw()) else { return };
        let refresh = tokens.refresh.unwrap_or_default();
        self.journal.mask.add(&tokens.access);
        self.journal.mask.add(&refresh);
        held.insert(
            consent.account.clone(),
            Held { issuer, client, access: tokens.access, refresh, expires_at: tokens.expires_at },
        );
    }

    pub(super) fn revoke_tokens(&mut self, change: &RevokeTokens, now: Timestamp) {
        let why = match change.why {
            Why::Sessions => Ended::Revoked,
            Why::Consent => Ended::Consent,
        };
        self.identity.provider.end(&change.account, why, now);
        if why == Ended::Revoked {
            self.office.portal.end_sessions(&change.account);
        }
    }

    /// A new password ends what the old one had opened.
    pub(super) fn password_changed(&mut self, account: &str, now: Timestamp) {
        self.identity.provider.end(account, Ended::Revoked, now);
        self.office.portal.end_sessions(account);
    }

    pub(super) fn alter_identity(&mut self, change: &IdentityChange) {
        for issuer in Issuer::ALL {
            if change.issuer.is_none_or(|only| only == issuer) {
                change.alter(self.identity.provider.policy_mut(issuer));
            }
        }
    }

    /// As at the start: every issuer by its own rules, and everybody's client with good tokens.
    pub(super) fn reset_identity(&mut self, now: Timestamp) {
        self.identity.provider.reset_policies();
        let accounts: Vec<String> = self.identity.held.keys().cloned().collect();
        for account in accounts {
            self.give_tokens(&Consent { account, ..Consent::default() }, now);
        }
    }
}

/// What a mail server's words for a token that it does not take are called.
pub fn failure_of(refusal: TokenRefusal) -> &'static str {
    match refusal {
        TokenRefusal::Malformed => "oauth-malformed",
        TokenRefusal::Unknown
        | TokenRefusal::BadSignature
        | TokenRefusal::AlgNone
        | TokenRefusal::Expired
        | TokenRefusal::NotYetValid
        | TokenRefusal::WrongAudience
        | TokenRefusal::WrongScope
        | TokenRefusal::Revoked => "oauth-token-expired",
    }
}

impl Profile {
    /// The issuer whose tokens this provider's servers take.
    pub fn issuer(&self) -> Issuer {
        self.identity.issuer
    }
}
