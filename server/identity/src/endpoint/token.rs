//! The token endpoint (RFC 6749 sections 4 to 6, RFC 8628 section 3.4).
use serde_json::{Map, Value, json};

use super::Call;
use super::authorize::check_scope;
use crate::Issuer;
use crate::client::{Client, Kind, Shown};
use crate::denial::{Denial, Reason};
use crate::grant::{Ended, Grant, GrantId};
use crate::issue::{Consent, Tokens};
use crate::parameters::{Parameters, shown};
use crate::policy::TESTING;
use crate::provider::Provider;
use crate::request::{Answer, Note, Request};

/// The grant of RFC 8628 section 3.4.
pub(super) const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

impl Provider {
    /// What a token request asks, without answering it: all that is left of one whose client has gone.
    #[must_use]
    pub fn noted(&self, request: &Request<'_>) -> Note {
        let mut note = Note { grant: request.place.endpoint.as_str().to_owned(), ..Note::default() };
        let Ok(parameters) = Self::form(request) else { return note };
        if let Some(grant) = parameters.get("grant_type") {
            note.grant = shown(grant);
        }
        if let Ok(client) = Shown::read(&parameters, request.authorization) {
            note.client = client.id;
        }
        let secret =
            ["refresh_token", "code", "device_code"].into_iter().find_map(|name| parameters.get(name));
        note.account = secret.and_then(|secret| self.owner(secret)).map(str::to_owned);
        note.secret = secret.map(str::to_owned);
        note
    }

    pub(super) fn token(&mut self, call: &mut Call<'_>) -> Result<Answer, Denial> {
        let parameters = Self::form(call.request)?;
        if let Some(grant) = parameters.get("grant_type") {
            call.note.grant = shown(grant);
        }
        self.admit(call, &parameters)?;
        let grant = parameters.need("grant_type")?.to_owned();
        let issuer = call.request.place.issuer;
        match grant.as_str() {
            "authorization_code" => self.redeem(&parameters, call),
            "refresh_token" => self.refreshed(&parameters, call),
            DEVICE => self.poll(&parameters, call),
            "client_credentials" if issuer != Issuer::Google => self.for_itself(&parameters, call),
            // RFC 9700 section 2.4: not to be used; Microsoft still has it.
            "password" if issuer == Issuer::Microsoft => self.by_password(&parameters, call),
            other => {
                let detail = format!("the grant_type `{}` is not supported", shown(other));
                let denial = Denial::new(Reason::UnsupportedGrantType, detail);
                Err(denial.parameter(shown(other)))
            }
        }
    }

    fn redeem(&mut self, parameters: &Parameters, call: &mut Call<'_>) -> Result<Answer, Denial> {
        let client = self.proven(parameters, call)?;
        let shown_code = parameters.need("code")?;
        call.note.secret = Some(shown_code.to_owned());
        let digest = self.digester.of(shown_code);
        let unknown = || Denial::new(Reason::InvalidGrant, "this code was never issued here");
        let code = self.codes.get(&digest).ok_or_else(unknown)?.clone();
        call.note.account = Some(code.account.clone());
        if code.asked.client != client.id || code.asked.issuer != call.request.place.issuer {
            return Err(Denial::new(Reason::InvalidGrant, "this code was issued to another client"));
        }
        if let Some(grant) = code.redeemed {
            // RFC 6749 section 4.1.2: what came of it ends as well.
            self.grants.end(grant, Ended::Reuse, call.now);
            return Err(Denial::new(Reason::CodeUsed, "this code was redeemed before"));
        }
        if call.now >= code.expires {
            return Err(Denial::new(Reason::CodeExpired, "this code has expired"));
        }
        if parameters.need("redirect_uri")? != code.asked.redirect {
            let detail = "the redirect_uri is not that of the authorization request";
            return Err(Denial::new(Reason::InvalidGrant, detail));
        }
        let fits = match (&code.asked.challenge, parameters.get("code_verifier")) {
            (Some(challenge), Some(verifier)) => challenge.fits(verifier),
            (None, None) => true,
            // RFC 9700 section 4.8.2: a verifier that nobody asked for is a downgrade.
            _ => false,
        };
        if !fits {
            return Err(Denial::new(
                Reason::WrongVerifier,
                "the code_verifier does not fit the code_challenge",
            ));
        }
        let asked = &code.asked;
        let consent = Consent {
            issuer: asked.issuer,
            account: &code.account,
            client: &asked.client,
            scope: &asked.scope,
            second_factor: code.second_factor,
            spa: asked.spa,
            nonce: asked.nonce.as_deref(),
        };
        let grant = self.consent(&consent, call.now);
        if let Some(code) = self.codes.get_mut(&digest) {
            code.redeemed = Some(grant);
        }
        self.give(grant, asked.offline, call)
    }

    fn refreshed(&mut self, parameters: &Parameters, call: &mut Call<'_>) -> Result<Answer, Denial> {
        let client = self.proven(parameters, call)?;
        let token = parameters.need("refresh_token")?;
        call.note.secret = Some(token.to_owned());
        call.note.account = self.owner(token).map(str::to_owned);
        if let Some(account) = &call.note.account {
            standing(account, call)?;
        }
        let issuer = call.request.place.issuer;
        let grant = self.grant_of(token).filter(|(_, grant)| grant.issuer == issuer);
        let Some((id, grant)) = grant else {
            return Err(Denial::new(Reason::RefreshUnknown, "this refresh token was never issued here"));
        };
        let scope = parameters.get("scope").map(|scope| narrowed(issuer, scope, &grant.scope)).transpose()?;
        let name = call.issuer();
        let tokens = self.refresh(token, &client.id, scope.as_deref(), Some(&name), call.now, call.draw)?;
        Ok(self.response(id, &tokens, call))
    }

    fn for_itself(&mut self, parameters: &Parameters, call: &mut Call<'_>) -> Result<Answer, Denial> {
        let client = self.proven(parameters, call)?;
        if !matches!(client.kind, Kind::Confidential(_)) {
            let detail = "a client that keeps no secret cannot speak for itself";
            return Err(Denial::new(Reason::UnauthorizedClient, detail));
        }
        let issuer = call.request.place.issuer;
        let scope = parameters.need("scope")?;
        check_scope(issuer, scope)?;
        if issuer == Issuer::Microsoft && !scope.ends_with("/.default") {
            let detail = "a client that speaks for itself asks for `RESOURCE/.default`";
            let denial = Denial::new(Reason::InvalidScope, detail);
            return Err(denial.parameter(shown(scope)));
        }
        if self.policy(issuer).conditional_access {
            return Err(Denial::new(Reason::ConditionalAccess, "a rule of the organization forbids it"));
        }
        let grant = self.grants.add(Grant {
            issuer,
            account: None,
            client: client.id.into(),
            scope: scope.into(),
            signed_in: call.now,
            second_factor: false,
            spa: false,
            nonce: None,
            ended: None,
        });
        self.give(grant, false, call)
    }

    fn by_password(&mut self, parameters: &Parameters, call: &mut Call<'_>) -> Result<Answer, Denial> {
        if matches!(call.request.place.tenant, "common" | "consumers") {
            return Err(Denial::new(Reason::WrongAuthority, "passwords are not taken at this endpoint"));
        }
        let client = self.proven(parameters, call)?;
        let (user, password) = (parameters.need("username")?, parameters.need("password")?);
        let scope = parameters.need("scope")?;
        check_scope(Issuer::Microsoft, scope)?;
        call.note.account = call.directory.find(user);
        let account = call
            .directory
            .sign_in(user, password)
            .map_err(|failure| Denial::new(Reason::Account(failure), failure).user(shown(user)))?;
        let policy = self.policy(Issuer::Microsoft);
        if policy.conditional_access {
            return Err(Denial::new(Reason::ConditionalAccess, "a rule of the organization forbids it"));
        }
        if policy.mfa {
            return Err(Denial::new(Reason::SecondFactor, "a password alone is not enough"));
        }
        let consent = Consent {
            issuer: Issuer::Microsoft,
            account: &account,
            client: &client.id,
            scope,
            second_factor: false,
            spa: false,
            nonce: None,
        };
        let offline = scope.split(' ').any(|scope| scope == "offline_access");
        let grant = self.consent(&consent, call.now);
        self.give(grant, offline, call)
    }

    /// Tokens from a new grant.
    pub(super) fn give(
        &mut self,
        grant: GrantId,
        offline: bool,
        call: &mut Call<'_>,
    ) -> Result<Answer, Denial> {
        if let Some(account) = &call.note.account {
            standing(account, call)?;
        }
        let gone = || Denial::new(Reason::Down, "try again later");
        let name = call.issuer();
        let mut tokens = self.issue_access(grant, None, Some(&name), call.now, call.draw).ok_or_else(gone)?;
        if offline {
            tokens.refresh = self.issue_refresh(grant, call.now, call.draw);
        }
        Ok(self.response(grant, &tokens, call))
    }

    /// RFC 6749 section 5.1, with what each issuer adds.
    fn response(&self, grant: GrantId, tokens: &Tokens, call: &Call<'_>) -> Answer {
        let issuer = call.request.place.issuer;
        let mut body = Map::new();
        let mut put = |name: &str, value: Value| _ = body.insert(name.to_owned(), value);
        put("token_type", json!("Bearer"));
        put("scope", json!(shown_scope(issuer, &tokens.scope)));
        put("expires_in", json!(tokens.expires_in));
        put("access_token", json!(tokens.access));
        if let Some(refresh) = &tokens.refresh {
            put("refresh_token", json!(refresh));
            if issuer == Issuer::Google && self.policy(issuer).test_app {
                put("refresh_token_expires_in", json!(TESTING.as_secs() - 1));
            }
        }
        let Some(grant) = self.grants.get(grant) else { return Answer::Json(Value::Object(body)) };
        if issuer == Issuer::Microsoft {
            put("ext_expires_in", json!(tokens.expires_in));
            if let Some(account) = &grant.account {
                put("client_info", json!(self.client_info(account, call.request.place.tenant)));
            }
        }
        let wants_id = grant.scope.split(' ').any(|scope| scope == "openid");
        if wants_id && grant.account.is_some() {
            put("id_token", json!(self.id_token(grant, call)));
        }
        Answer::Json(Value::Object(body))
    }

    /// The grant behind a refresh token.
    fn grant_of(&self, refresh: &str) -> Option<(GrantId, Grant)> {
        let id = self.refresh.get(&self.digester.of(refresh))?.grant;
        Some((id, self.grants.get(id)?.clone()))
    }

    pub(super) fn client_of(&self, parameters: &Parameters, call: &mut Call<'_>) -> Result<Client, Denial> {
        self.proven(parameters, call)
    }
}

/// The account may have tokens at present.
fn standing(account: &str, call: &Call<'_>) -> Result<(), Denial> {
    match call.directory.standing(account) {
        None => Ok(()),
        Some(failure) => {
            Err(Denial::new(Reason::Account(failure), failure).user(call.directory.address(account)))
        }
    }
}

/// What is asked for when refreshing, without what is no permission at all, and in the words that were granted.
fn narrowed(issuer: Issuer, asked: &str, granted: &str) -> Result<String, Denial> {
    check_scope(issuer, asked)?;
    let plain = ["openid", "profile", "email", "offline_access"];
    let wanted: Vec<&str> = asked
        .split(' ')
        // Clients add these to every request, whatever was granted.
        .filter(|scope| !plain.contains(scope) || granted.split(' ').any(|known| known == *scope))
        .collect();
    Ok(if wanted.is_empty() { granted.to_owned() } else { wanted.join(" ") })
}

/// Microsoft does not repeat `offline_access`.
fn shown_scope(issuer: Issuer, scope: &str) -> String {
    let keep = |scope: &&str| issuer != Issuer::Microsoft || *scope != "offline_access";
    scope.split(' ').filter(keep).collect::<Vec<_>>().join(" ")
}
