//! The identity provider's answers over HTTP, in the issuer's own words, and what the journal keeps of them.
use std::borrow::Cow;
use std::sync::LazyLock;
use std::time::Duration;

use jiff::Timestamp;
use postfail_identity::policy;
use postfail_identity::portal::Browser;
use postfail_identity::request::{Endpoint, Note};
use postfail_identity::{Answer, Denial, Directory, Issuer, Outcome, Reason, Request, TokenRefusal, page};
use postfail_session::world::Proof;
use postfail_store::AccountId;
use serde_json::{Value, json};

use super::World;
use super::accounts::DOMAIN;
use super::identity::Identity;
use super::life::Door;
use crate::journal::{TokenRequest, What};
use crate::profile::{self, Occasion, Profile, TokenResponse, neutral};
use crate::scenario::diagnostic::Source;

/// A whole HTTP response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl World {
    /// How long the identity provider takes, in virtual time, before it answers: [`World::identify`] comes after it,
    /// so that nothing is given to a client that has gone meanwhile.
    pub fn thinks(&self, request: &Request<'_>) -> Duration {
        match (self.provider().policy(request.place.issuer).endpoint, request.place.endpoint) {
            (policy::Endpoint::Slow(delay), Endpoint::Token) => delay,
            _ => Duration::ZERO,
        }
    }

    /// The client of a request left before it was answered: nothing comes of it but an entry without a status.
    pub fn forsake(&mut self, request: &Request<'_>, real: Timestamp) {
        let note = self.provider().noted(request);
        self.note_request(note, None, &Reply::default(), request, real);
    }

    /// Answer a request to the identity provider.
    pub fn identify(&mut self, request: &Request<'_>, real: Timestamp) -> Reply {
        let now = self.now(real);
        self.age(real);
        // The provider asks the world about people: it stands aside while it does.
        let mut identity = std::mem::replace(&mut self.identity, Identity::new(0));
        let mut desk = Desk { world: self, real };
        let outcome = identity.answer(request, now, &mut desk);
        self.identity = identity;
        let Outcome { answer, note } = outcome;
        let (reply, failure) = self.reply(&answer, request, real);
        self.note_request(note, failure, &reply, request, real);
        reply
    }

    fn note_request(
        &mut self,
        note: Note,
        failure: Option<String>,
        reply: &Reply,
        request: &Request<'_>,
        real: Timestamp,
    ) {
        let secret = note.secret.map_or(0, |secret| self.number_secret(Proof::Bearer { token: &secret }));
        let said: Value = serde_json::from_str(&reply.body).unwrap_or_default();
        let what = TokenRequest {
            issuer: request.place.issuer,
            endpoint: request.place.endpoint.as_str(),
            grant: note.grant,
            client: note.client,
            account: note.account,
            status: reply.status,
            error: said["error"].as_str().map(str::to_owned),
            code: said["error_codes"][0].as_u64(),
            failure,
            secret,
        };
        self.note(None, What::Token(Box::new(what)), real);
    }

    /// An answer as it goes out, and the failure it tells.
    fn reply(&self, answer: &Answer, request: &Request<'_>, real: Timestamp) -> (Reply, Option<String>) {
        let html = "text/html; charset=utf-8";
        match answer {
            Answer::Json(value) => (json_reply(200, value), None),
            Answer::Empty => (reply(200, "text/plain", String::new()), None),
            Answer::Page(text) => (reply(200, html, text.clone()), None),
            Answer::Redirect(to) => (reply(302, "text/plain", String::new()).with("Location", to), None),
            Answer::WrongMethod => {
                let allow = if request.place.endpoint.takes(true) { "GET" } else { "POST" };
                (reply(405, "text/plain", format!("use {allow}\n")).with("Allow", allow), None)
            }
            Answer::Unauthorized(refusal) => (unauthorized(*refusal), None),
            Answer::Denied(denial) => self.denied(denial, request, real),
            Answer::DeniedPage(denial) => {
                let (said, failure) = self.denied(denial, request, real);
                let value: Value = serde_json::from_str(&said.body).unwrap_or_default();
                let words = value["error_description"].as_str().unwrap_or(&denial.detail);
                (reply(said.status, html, page::wrong(words, request.language)), failure)
            }
        }
    }

    /// A refusal in the issuer's words of the day; in ours where it has none.
    fn denied(&self, denial: &Denial, request: &Request<'_>, real: Timestamp) -> (Reply, Option<String>) {
        let issuer = request.place.issuer;
        let personal = match request.place.tenant {
            "consumers" => true,
            "organizations" => false,
            _ => self.profile.identity.personal,
        };
        let failure = denial.reason.failure(issuer, personal);
        let now = self.now(real);
        let occasion = Occasion { now, seed: self.seed(), connection: self.journal.last(), client: None };
        // The neutral words for a revoked token blame the password; here it was reuse, and the RFC's error says so.
        let is_reuse = denial.reason == Reason::RefreshReused && issuer == Issuer::Generic;
        let named = failure.filter(|_| !is_reuse);
        let told = named.and_then(|failure| words(issuer).token_response(failure, occasion.day()));
        let mut said = match told {
            Some(response) => {
                let body = response.body(&occasion, |name| known(name, denial, request));
                let mut said = reply(response.status, "application/json", body);
                said.headers = typed_headers(response);
                said
            }
            None => own(denial, failure, issuer, &occasion),
        };
        said = said.with("Cache-Control", "no-store");
        if let policy::Endpoint::Throttled(span) = self.provider().policy(issuer).endpoint
            && denial.reason == Reason::Throttled
        {
            said = said.with("Retry-After", &span.as_secs().max(1).to_string());
        }
        if denial.about.basic {
            said.status = 401;
            said = said.with("WWW-Authenticate", "Basic realm=\"postfail\"");
        }
        (said, failure.map(str::to_owned))
    }
}

/// The front desk: people, as the provider asks about them.
struct Desk<'a> {
    world: &'a mut World,
    real: Timestamp,
}

impl Desk<'_> {
    fn state(&self, id: AccountId) -> Option<&'static str> {
        let account = self.world.store().account(id)?;
        match World::state_failure(account.state(self.world.now(self.real))) {
            // A name that is gone is not known to the issuer.
            Some("bad-password") => Some("account-unknown"),
            other => other,
        }
    }
}

impl Directory for Desk<'_> {
    fn sign_in(&mut self, user: &str, password: &str) -> Result<String, &'static str> {
        let id = self.world.store().find(user).ok_or("account-unknown")?;
        self.world.sign_in_person(id, password, self.real)
    }

    fn standing(&self, account: &str) -> Option<&'static str> {
        let Some(id) = self.world.store().find(account) else { return Some("account-unknown") };
        // What wrong passwords lock is the password's way in.
        self.state(id).filter(|failure| *failure != "account-locked")
    }

    fn find(&self, user: &str) -> Option<String> {
        let store = self.world.store();
        Some(store.account(store.find(user)?)?.name().to_owned())
    }

    fn address(&self, account: &str) -> String {
        let store = self.world.store();
        let found = store.find(account).and_then(|id| store.account(id)?.addresses().first().cloned());
        found.unwrap_or_else(|| format!("{account}@{DOMAIN}"))
    }

    fn browser(&self, cookie: Option<&str>) -> Option<Browser> {
        self.world.office.portal.browser(cookie, self.world.now(self.real))
    }

    fn sign_out_browser(&mut self, cookie: Option<&str>) {
        self.world.office.portal.sign_out_browser(cookie);
    }

    fn first(&self) -> Option<String> {
        self.world.store().accounts().next().map(|account| account.name().to_owned())
    }
}

impl World {
    /// A person signs in on a page, by password; a wrong one counts like any, and where each protocol is locked by itself,
    /// pages are one more.
    fn sign_in_person(
        &mut self,
        id: AccountId,
        password: &str,
        real: Timestamp,
    ) -> Result<String, &'static str> {
        let from = (Door::Web, core::net::Ipv4Addr::LOCALHOST.into());
        self.end_lock(id, real);
        let now = self.now(real);
        if self.lives.of(id).is_some_and(|life| life.is_locked(Door::Web, now)) {
            return Err("account-locked");
        }
        let proven = self.check(id, "", Proof::Password(password.as_bytes()), from, real);
        self.note_lock(real);
        let proven = proven.map_err(|refused| match refused.failure {
            Cow::Borrowed(failure) => failure,
            Cow::Owned(_) => "bad-password",
        })?;
        // An app password is for programs.
        if proven.which > 0 {
            return Err("bad-password");
        }
        self.forget_web_failures(id);
        self.use_account(id, real);
        Ok(self.store.account(id).map(|account| account.name().to_owned()).unwrap_or_default())
    }
}

/// The profile that has an issuer's words.
pub fn words(issuer: Issuer) -> &'static Profile {
    static MICROSOFT: LazyLock<Profile> = LazyLock::new(|| {
        let text = include_str!("../../../../scenarios/profiles/microsoft-identity.toml");
        own_profile("microsoft-identity", text)
    });
    static GOOGLE: LazyLock<Profile> = LazyLock::new(|| {
        own_profile("google-identity", include_str!("../../../../scenarios/profiles/google-identity.toml"))
    });
    match issuer {
        Issuer::Microsoft => &MICROSOFT,
        Issuer::Google => &GOOGLE,
        Issuer::Generic => neutral(),
    }
}

fn own_profile(id: &str, text: &str) -> Profile {
    let source = Source { name: id, text };
    Profile::parse(id, &source).unwrap_or_else(|wrong| panic!("{wrong}"))
}

/// What a provider's words name.
fn known(name: &str, denial: &Denial, request: &Request<'_>) -> Option<String> {
    let about = &denial.about;
    let moment = |time: Option<Timestamp>| {
        let time = time.unwrap_or(Timestamp::UNIX_EPOCH);
        time.strftime("%Y-%m-%dT%H:%M:%S%.7fZ").to_string()
    };
    Some(match name {
        "issued" => moment(about.issued),
        "valid_from" => moment(about.valid_from),
        "parameter" => about.parameter.clone().unwrap_or_default(),
        "client_id" => about.client.clone().unwrap_or_default(),
        "app" => "mail program".to_owned(),
        "user" => about.user.clone().unwrap_or_default(),
        "tenant" => request.place.tenant.to_owned(),
        "resource" => "00000002-0000-0ff1-ce00-000000000000".to_owned(),
        _ => return None,
    })
}

/// An error for which no words are known: the RFC's, in the form that this issuer's have.
fn own(denial: &Denial, failure: Option<&str>, issuer: Issuer, occasion: &Occasion) -> Reply {
    let reason = denial.reason;
    let status = match reason {
        Reason::InvalidClient | Reason::WrongSecret | Reason::UnknownClient | Reason::SecretExpired => 401,
        _ => 400,
    };
    let meant = failure.and_then(profile::meaning).map(|text| text.en.as_str());
    let description = if matches!(reason, Reason::Account(_)) { meant } else { None };
    let description = description.unwrap_or(&denial.detail);
    let mut body = json!({ "error": reason.error(), "error_description": description });
    if issuer == Issuer::Microsoft {
        let value = |name| occasion.value(name, "").unwrap_or_default();
        let (trace, correlation) = (value("trace_id"), value("correlation_id"));
        let time = value("token_timestamp");
        body["error_description"] = json!(format!(
            "{description}\r\nTrace ID: {trace}\r\nCorrelation ID: {correlation}\r\nTimestamp: {time}"
        ));
        body["error_codes"] = json!([]);
        body["timestamp"] = json!(time);
        body["trace_id"] = json!(trace);
        body["correlation_id"] = json!(correlation);
    }
    json_reply(status, &body)
}

/// RFC 6750 section 3: without a token no error is named.
fn unauthorized(refusal: Option<TokenRefusal>) -> Reply {
    let Some(refusal) = refusal else {
        return reply(401, "text/plain", String::new()).with("WWW-Authenticate", "Bearer realm=\"postfail\"");
    };
    let (status, error) = match refusal {
        TokenRefusal::WrongScope => (403, "insufficient_scope"),
        _ => (401, "invalid_token"),
    };
    let challenge = format!("Bearer realm=\"postfail\", error=\"{error}\", error_description=\"{refusal}\"");
    // The description of a malformed token holds no quote; those of the others neither.
    let body = json!({ "error": error, "error_description": refusal.to_string() });
    json_reply(status, &body).with("WWW-Authenticate", &challenge)
}

const JSON: &str = "application/json; charset=utf-8";

fn typed_headers(response: &TokenResponse) -> Vec<(String, String)> {
    let headers = response.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("cache-control"));
    let mut headers: Vec<(String, String)> =
        headers.map(|(name, value)| (name.clone(), value.clone())).collect();
    // One issuer says it one way, whether the words are its own or ours.
    headers
        .retain(|(name, value)| !(name.eq_ignore_ascii_case("content-type") && value == "application/json"));
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        headers.push(("Content-Type".to_owned(), JSON.to_owned()));
    }
    headers
}

fn json_reply(status: u16, value: &Value) -> Reply {
    let said = reply(status, JSON, value.to_string());
    said.with("Cache-Control", "no-store").with("Pragma", "no-cache")
}

fn reply(status: u16, media: &str, body: String) -> Reply {
    let headers = vec![("Content-Type".to_owned(), media.to_owned())];
    Reply { status, headers, body }
}

impl Reply {
    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

#[cfg(test)]
mod tests;
