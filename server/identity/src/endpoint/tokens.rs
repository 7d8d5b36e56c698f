//! What may be asked about tokens, and done to them: RFC 7009, RFC 7662, and OpenID Connect's userinfo.
use serde_json::{Value, json};

use super::Call;
use crate::client::Kind;
use crate::denial::{Denial, Reason};
use crate::grant::Ended;
use crate::parameters::Parameters;
use crate::provider::Provider;
use crate::request::Answer;
use crate::{Issuer, TokenRefusal};

impl Provider {
    /// RFC 7009: the token ends, and with a refresh token all of its grant. A token that is unknown is no error, but
    /// with Google.
    pub(super) fn revoke(&mut self, call: &mut Call<'_>) -> Result<Answer, Denial> {
        let issuer = call.request.place.issuer;
        let parameters = match issuer {
            // Google takes it in the query string too, and asks for no client.
            Issuer::Google if call.request.body.is_some_and(<[u8]>::is_empty) => {
                Parameters::read(call.request.query.as_bytes())?
            }
            _ => Self::form(call.request)?,
        };
        self.admit(call, &parameters)?;
        let token = parameters.need("token")?.to_owned();
        call.note.secret = Some(token.clone());
        call.note.account = self.owner(&token).map(str::to_owned);
        let client = match issuer {
            Issuer::Google => None,
            Issuer::Microsoft | Issuer::Generic => Some(self.client_of(&parameters, call)?.id),
        };
        let digest = self.digester.of(&token);
        let refresh = self.refresh.get(&digest).map(|refresh| refresh.grant);
        let access = self.access.get(&digest).map(|access| access.grant);
        let Some(grant) = refresh.or(access) else {
            let unknown = || Denial::new(Reason::TokenUnknown, "this token was never issued here");
            return if issuer == Issuer::Google { Err(unknown()) } else { Ok(Answer::Empty) };
        };
        let theirs = self.grants.get(grant).is_some_and(|known| {
            known.issuer == issuer && client.as_ref().is_none_or(|client| **client == *known.client)
        });
        if !theirs {
            return Err(Denial::new(Reason::InvalidGrant, "this token was issued to another client"));
        }
        // Google ends the grant with either of them.
        if refresh.is_some() || issuer == Issuer::Google {
            self.grants.end(grant, Ended::Client, call.now);
        } else if let Some(access) = self.access.get_mut(&digest) {
            access.revoked = true;
        }
        Ok(Answer::Empty)
    }

    /// RFC 7662: for servers that keep a secret. Of a token that is not good it says nothing but that.
    pub(super) fn introspect(&mut self, call: &mut Call<'_>) -> Result<Answer, Denial> {
        let parameters = Self::form(call.request)?;
        self.admit(call, &parameters)?;
        let client = self.client_of(&parameters, call)?;
        if !matches!(client.kind, Kind::Confidential(_)) {
            let detail = "only a client that keeps a secret may ask";
            return Err(Denial::new(Reason::InvalidClient, detail));
        }
        let token = parameters.need("token")?;
        call.note.secret = Some(token.to_owned());
        Ok(Answer::Json(match self.live(token, call.now) {
            Err(_) => self.refresh_alive(token, call),
            Ok((subject, audience)) => {
                let account = subject.account.as_deref();
                let mut said = json!({
                    "active": true,
                    "token_type": "Bearer",
                    "scope": &*subject.scope,
                    "client_id": &*subject.client,
                    "sub": self.subject(account.unwrap_or(&subject.client)),
                    "aud": &*audience,
                    "exp": subject.expires_at.as_second(),
                });
                if let Some(account) = account {
                    said["username"] = json!(call.directory.address(account));
                }
                said
            }
        }))
    }

    fn refresh_alive(&self, token: &str, call: &Call<'_>) -> Value {
        let refresh = self.refresh.get(&self.digester.of(token));
        let grant = refresh.and_then(|refresh| Some((refresh, self.grants.get(refresh.grant)?)));
        match grant {
            Some((refresh, grant))
                if self.still_good(refresh, grant, call.now).is_ok() && !refresh.replaced =>
            {
                json!({ "active": true, "scope": &*grant.scope, "client_id": &*grant.client })
            }
            _ => json!({ "active": false }),
        }
    }

    /// OpenID Connect Core section 5.3: who signed in.
    pub(super) fn user_info(&mut self, call: &mut Call<'_>) -> Answer {
        let shown = call.request.authorization.and_then(|field| {
            let (scheme, token) = field.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
        });
        let Some(token) = shown else { return Answer::Unauthorized(None) };
        call.note.secret = Some(token.clone());
        let (subject, _) = match self.live(&token, call.now) {
            Ok(live) => live,
            Err(refusal) => return Answer::Unauthorized(Some(refusal)),
        };
        let has_openid = subject.scope.split(' ').any(|scope| scope == "openid");
        let Some(account) = subject.account.filter(|_| has_openid) else {
            return Answer::Unauthorized(Some(TokenRefusal::WrongScope));
        };
        call.note.account = Some(account.to_string());
        let address = call.directory.address(&account);
        Answer::Json(json!({
            "sub": self.subject(&account),
            "name": &*account,
            "email": address,
            "email_verified": true,
        }))
    }
}
