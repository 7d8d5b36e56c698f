//! The authorization endpoint (RFC 6749 section 4.1.1, OpenID Connect Core section 3.1.2).
use super::Call;
use super::code::{Asked, Code, PATIENCE, back};
use crate::Issuer;
use crate::client::{Client, Kind};
use crate::denial::{Denial, Reason};
use crate::issue::text;
use crate::parameters::{Parameters, shown};
use crate::pkce::Challenge;
use crate::provider::{Provider, after};
use crate::request::Answer;

/// Longest `state` and `nonce`, in bytes.
const KEPT_MAX: usize = 4 * 1024;

impl Provider {
    pub(super) fn authorize(&mut self, call: &mut Call<'_>) -> Answer {
        let request = call.request;
        let read = if request.get { Parameters::read(request.query.as_bytes()) } else { Self::form(request) };
        // As long as it is not known where the answer may go, a person must read it.
        let parameters = match read {
            Ok(parameters) => parameters,
            Err(denial) => return Answer::DeniedPage(denial),
        };
        let (client, redirect) = match self.who(&parameters, call) {
            Ok(known) => known,
            Err(denial) => return Answer::DeniedPage(denial),
        };
        let fragment = parameters.get("response_mode") == Some("fragment");
        match self.asked(&parameters, &client, &redirect, call) {
            Ok(asked) => self.ask(asked, &parameters, call),
            Err(denial) => {
                let error = [("error", denial.reason.error()), ("error_description", &denial.detail)];
                Answer::Redirect(back(&redirect, fragment, &error, parameters.get("state")))
            }
        }
    }

    /// Who asks, and where the answer may go.
    fn who(&self, parameters: &Parameters, call: &mut Call<'_>) -> Result<(Client, String), Denial> {
        let id = parameters.need("client_id")?;
        shown(id).clone_into(&mut call.note.client);
        let client = self.client(id, call)?;
        let redirect = parameters.need("redirect_uri")?;
        if client.takes(redirect) {
            // What cannot come back as it is must not come back at all.
            return short("state", parameters).map(|()| (client, redirect.to_owned()));
        }
        let detail = format!("the redirect_uri `{}` is not one of this client's", shown(redirect));
        let denial = Denial::new(Reason::WrongRedirect, detail);
        Err(denial.parameter(shown(redirect)))
    }

    fn asked(
        &self,
        parameters: &Parameters,
        client: &Client,
        redirect: &str,
        call: &Call<'_>,
    ) -> Result<Asked, Denial> {
        let place = call.request.place;
        let policy = self.policy(place.issuer);
        let wrong = |reason, detail: String| Err(Denial::new(reason, detail));
        match parameters.need("response_type")? {
            "code" => {}
            other => {
                let detail = format!("the response_type `{}` is not supported; `code` is", shown(other));
                return wrong(Reason::UnsupportedResponseType, detail);
            }
        }
        match parameters.get("response_mode") {
            None | Some("query" | "fragment") => {}
            Some(_) => {
                return wrong(Reason::InvalidRequest, "the response_mode is query or fragment".to_owned());
            }
        }
        short("nonce", parameters)?;
        let scope = parameters.need("scope")?;
        check_scope(place.issuer, scope)?;
        let challenge = Challenge::read(parameters, policy.plain_pkce)?;
        let must = client.kind == Kind::Spa
            || (place.issuer == Issuer::Generic && !matches!(client.kind, Kind::Confidential(_)));
        if must && challenge.is_none() {
            // RFC 9700 section 2.1.1.
            return wrong(Reason::InvalidRequest, "the parameter `code_challenge` is missing".to_owned());
        }
        let offline = match place.issuer {
            Issuer::Google => parameters.get("access_type") == Some("offline"),
            Issuer::Microsoft | Issuer::Generic => scope.split(' ').any(|scope| scope == "offline_access"),
        };
        // OpenID Connect Core section 3.1.2.1.
        let mut prompt = parameters.get("prompt").unwrap_or_default().split(' ');
        let anew = prompt.any(|word| ["login", "select_account"].contains(&word));
        Ok(Asked {
            issuer: place.issuer,
            tenant: place.tenant.to_owned(),
            client: client.id.clone(),
            redirect: redirect.to_owned(),
            scope: scope.to_owned(),
            state: parameters.get("state").map(str::to_owned),
            challenge,
            nonce: parameters.get("nonce").map(str::to_owned),
            spa: client.kind == Kind::Spa,
            offline,
            fragment: parameters.get("response_mode") == Some("fragment"),
            hint: parameters.get("login_hint").map(str::to_owned),
            fresh: anew.then(|| call.directory.browser(call.request.cookie)).flatten().map(|it| it.csrf),
            expires: after(call.now, PATIENCE),
        })
    }

    /// Ask the person, or nobody.
    fn ask(&mut self, asked: Asked, parameters: &Parameters, call: &mut Call<'_>) -> Answer {
        if self.policy(asked.issuer).auto_consent {
            let hinted = asked.hint.as_deref().and_then(|hint| call.directory.find(hint));
            if let Some(account) = hinted.or_else(|| call.directory.first()) {
                // Nobody is asked: the person did whatever the issuer asks for.
                let second_factor = self.policy(asked.issuer).mfa;
                return self.allow(asked, account, second_factor, call);
            }
        }
        if parameters.get("prompt") == Some("none") {
            let denial = Denial::new(Reason::LoginRequired, "the person would have to be asked");
            return refuse(&asked, &denial);
        }
        let transaction = text(call.draw, 4);
        let answer = self.ask_consent(&asked, &transaction, None, call);
        self.asked.insert(self.digester.of(&transaction), asked);
        answer
    }

    /// The person allows it: the browser takes a code back to the client.
    pub(super) fn allow(
        &mut self,
        asked: Asked,
        account: String,
        second_factor: bool,
        call: &mut Call<'_>,
    ) -> Answer {
        call.note.account = Some(account.clone());
        if let Some(failure) = call.directory.standing(&account) {
            return refuse(&asked, &Denial::new(Reason::Account(failure), failure));
        }
        let policy = self.policy(asked.issuer);
        if policy.conditional_access {
            let denial = Denial::new(Reason::ConditionalAccess, "a rule of the organization forbids it");
            return Answer::DeniedPage(denial);
        }
        let expires = after(call.now, policy.code);
        let code = text(call.draw, 5);
        let back = asked.back(&[("code", &code)]);
        let entry = Code { asked, account, second_factor, expires, redeemed: None };
        self.codes.insert(self.digester.of(&code), entry);
        Answer::Redirect(back)
    }
}

/// What the client gave us to keep for it, and to hand back, has its bounds.
fn short(name: &'static str, parameters: &Parameters) -> Result<(), Denial> {
    if parameters.get(name).is_none_or(|value| value.len() <= KEPT_MAX) {
        return Ok(());
    }
    let detail = format!("the parameter `{name}` is longer than {KEPT_MAX} bytes");
    Err(Denial::new(Reason::InvalidRequest, detail).parameter(name))
}

/// Say no to the client, by way of the browser.
pub(super) fn refuse(asked: &Asked, denial: &Denial) -> Answer {
    let error = [("error", denial.reason.error()), ("error_description", denial.detail.as_str())];
    Answer::Redirect(asked.back(&error))
}

/// ```abnf
/// scope = scope-token *( SP scope-token )   ; RFC 6749 section 3.3
/// scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
/// ```
/// Each must be one that the issuer has.
pub(crate) fn check_scope(issuer: Issuer, scope: &str) -> Result<(), Denial> {
    let own = ["openid", "profile", "email", "offline_access"];
    let known = |token: &str| match issuer {
        Issuer::Microsoft => {
            own.contains(&token) || token.starts_with("https://") || token.starts_with("api://") || {
                // A bare name is a permission of Graph.
                token.split('.').count() > 1
                    && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
            }
        }
        Issuer::Google => own.contains(&token) || token.starts_with("https://"),
        Issuer::Generic => own.contains(&token) || ["imap", "pop3", "smtp"].contains(&token),
    };
    let legal = |byte: u8| (0x21..=0x7e).contains(&byte) && byte != b'"' && byte != b'\\';
    let wrong = scope.split(' ').find(|token| !token.bytes().all(legal) || token.is_empty() || !known(token));
    match wrong {
        None => Ok(()),
        Some(token) => {
            let detail = format!("the scope `{}` is not valid", shown(token));
            let denial = Denial::new(Reason::InvalidScope, detail);
            Err(denial.parameter(shown(token)))
        }
    }
}
