//! Signing in on another device (RFC 8628): codes given, polled for, and decided on by a person.
use jiff::Timestamp;
use serde_json::json;

use super::Call;
use super::authorize::check_scope;
use super::consent::{decision, device_path, spoken};
use crate::Issuer;
use crate::denial::{Denial, Reason};
use crate::issue::{Consent, text};
use crate::page;
use crate::parameters::{Parameters, shown};
use crate::policy::AtDevice;
use crate::portal::Browser;
use crate::provider::{Provider, after};
use crate::request::{Answer, Endpoint};

/// A device that waits.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    issuer: Issuer,
    client: String,
    scope: String,
    expires: Timestamp,
    /// Seconds between polls.
    interval: u64,
    polled: Option<Timestamp>,
    decision: Option<Decision>,
    /// How often it was told to slow down for no reason of its own.
    slowed: u32,
}

#[derive(Clone, Debug)]
enum Decision {
    Allowed {
        account: String,
        second_factor: bool,
    },
    Declined,
    /// Tokens were given.
    Done,
}

/// Letters that are not taken for one another, and make no words (RFC 8628 section 6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

impl Provider {
    pub(super) fn device_authorization(&mut self, call: &mut Call<'_>) -> Result<Answer, Denial> {
        let parameters = Self::form(call.request)?;
        self.admit(call, &parameters)?;
        let client = self.client_of(&parameters, call)?;
        let place = call.request.place;
        let scope = parameters.need("scope")?;
        check_scope(place.issuer, scope)?;
        let policy = self.policy(place.issuer);
        let (lifetime, interval, auto) = (policy.device, policy.interval, policy.auto_consent);
        let account = auto.then(|| call.directory.first()).flatten();
        let second_factor = policy.mfa;
        let device_code = text(call.draw, 8);
        let user_code = user_code(place.issuer, call);
        let digest = self.digester.of(&device_code);
        let device = Device {
            issuer: place.issuer,
            client: client.id,
            scope: scope.to_owned(),
            expires: after(call.now, lifetime),
            interval,
            polled: None,
            slowed: 0,
            decision: account.map(|account| Decision::Allowed { account, second_factor }),
        };
        self.devices.insert(digest, device);
        self.user_codes.insert(self.digester.of(&normal(&user_code)), digest);
        let path = place.path(Endpoint::Device).unwrap_or_default();
        let uri = format!("{}{path}", call.request.base);
        let mut body = json!({
            "device_code": device_code,
            "user_code": user_code,
            "expires_in": lifetime.as_secs(),
            "interval": interval,
        });
        match place.issuer {
            Issuer::Microsoft => {
                body["verification_uri"] = json!(uri);
                body["message"] = json!(format!(
                    "To sign in, use a web browser to open the page {uri} and enter the code {user_code} to authenticate."
                ));
            }
            // Google's name for it.
            Issuer::Google => body["verification_url"] = json!(uri),
            Issuer::Generic => {
                body["verification_uri_complete"] = json!(format!("{uri}?user_code={user_code}"));
                body["verification_uri"] = json!(uri);
            }
        }
        Ok(Answer::Json(body))
    }

    pub(super) fn poll(&mut self, parameters: &Parameters, call: &mut Call<'_>) -> Result<Answer, Denial> {
        let client = self.client_of(parameters, call)?;
        let shown = parameters.need("device_code")?;
        call.note.secret = Some(shown.to_owned());
        let digest = self.digester.of(shown);
        let issuer = call.request.place.issuer;
        let unknown = || Denial::new(Reason::InvalidGrant, "this device code was never issued here");
        let now = call.now;
        let policy = self.policy(issuer);
        let (at_device, slow_down, mfa) = (policy.at_device, policy.slow_down, policy.mfa);
        let device = self.devices.get_mut(&digest).ok_or_else(unknown)?;
        if device.client != client.id || device.issuer != issuer {
            return Err(Denial::new(Reason::InvalidGrant, "this device code was issued to another client"));
        }
        let early = device
            .polled
            .is_some_and(|last| now < after(last, std::time::Duration::from_secs(device.interval)));
        let is_first = device.polled.replace(now).is_none();
        if now >= device.expires {
            return Err(Denial::new(Reason::DeviceExpired, "this device code has expired"));
        }
        if device.decision.is_none() && device.slowed < slow_down {
            device.slowed += 1;
            device.interval += 5;
            return Err(Denial::new(Reason::DeviceSlowDown, "this service is busy"));
        }
        if device.decision.is_none() && !is_first && !early {
            device.decision = match at_device {
                AtDevice::Asked => None,
                AtDevice::Declines => Some(Decision::Declined),
                AtDevice::Allows => {
                    call.directory.first().map(|account| Decision::Allowed { account, second_factor: mfa })
                }
            };
        }
        let (account, second_factor) = match device.decision.clone() {
            None if early => {
                // RFC 8628 section 3.5: five seconds more from now on.
                device.interval += 5;
                return Err(Denial::new(Reason::DeviceSlowDown, "polled too soon"));
            }
            None => return Err(Denial::new(Reason::DevicePending, "the person has not signed in yet")),
            Some(Decision::Declined) => {
                return Err(Denial::new(Reason::DeviceDeclined, "the person said no"));
            }
            Some(Decision::Done) => {
                return Err(Denial::new(Reason::InvalidGrant, "this device code was used"));
            }
            Some(Decision::Allowed { account, second_factor }) => (account, second_factor),
        };
        device.decision = Some(Decision::Done);
        let scope = device.scope.clone();
        call.note.account = Some(account.clone());
        let consent = Consent {
            issuer,
            account: &account,
            client: &client.id,
            scope: &scope,
            second_factor,
            spa: false,
            nonce: None,
        };
        let offline = issuer == Issuer::Google || scope.split(' ').any(|scope| scope == "offline_access");
        let grant = self.consent(&consent, call.now);
        self.give(grant, offline, call)
    }

    /// Where a person who is signed in enters the code.
    pub(super) fn device_page(&mut self, call: &mut Call<'_>) -> Answer {
        if !call.request.get {
            return self.device_decision(call).unwrap_or_else(Answer::DeniedPage);
        }
        let parameters = Parameters::read(call.request.query.as_bytes()).unwrap_or_default();
        let code = parameters.get("user_code");
        match self.signed_in(call.request.place.issuer, None, &device_path(call, code), None, call) {
            Err(elsewhere) => elsewhere,
            Ok(browser) => {
                let language = spoken(parameters.get("lang"), &browser, call);
                Answer::Page(page::device(&call.request.place, code, false, &browser, language))
            }
        }
    }

    /// A person enters the code and allows it, or not.
    fn device_decision(&mut self, call: &mut Call<'_>) -> Result<Answer, Denial> {
        let parameters = Self::form(call.request)?;
        let place = call.request.place;
        let typed = parameters.get("user_code").filter(|code| !code.is_empty());
        let browser = match self.signed_in(place.issuer, None, &device_path(call, typed), None, call) {
            Ok(browser) => browser,
            Err(elsewhere) => return Ok(elsewhere),
        };
        let allowed = match decision(&parameters, &browser) {
            Ok(allowed) => allowed,
            Err(denial) => return Ok(Answer::DeniedPage(denial)),
        };
        call.note.account = Some(browser.account.clone());
        let language = spoken(None, &browser, call);
        let digest = self.user_codes.get(&self.digester.of(&normal(typed.unwrap_or_default()))).copied();
        let waits = |device: &&mut Device| {
            device.issuer == place.issuer && call.now < device.expires && device.decision.is_none()
        };
        let Some(device) = digest.and_then(|digest| self.devices.get_mut(&digest)).filter(waits) else {
            return Ok(Answer::Page(page::device(&place, typed, true, &browser, language)));
        };
        call.note.client = shown(&device.client);
        if let Some(failure) = call.directory.standing(&browser.account) {
            return Ok(Answer::DeniedPage(Denial::new(Reason::Account(failure), failure)));
        }
        let page = page::device_done(allowed, &browser, language);
        let Browser { account, second_factor, .. } = browser;
        let decided = if allowed { Decision::Allowed { account, second_factor } } else { Decision::Declined };
        device.decision = Some(decided);
        Ok(Answer::Page(page))
    }
}

/// As a person reads it aloud: `BCDF-GHJK`; Microsoft's are nine without a hyphen.
fn user_code(issuer: Issuer, call: &mut Call<'_>) -> String {
    let count = if issuer == Issuer::Microsoft { 9 } else { 8 };
    let mut number = u128::from((call.draw)()) << 64 | u128::from((call.draw)());
    let mut code = String::new();
    for at in 0..count {
        if at == 4 && count == 8 {
            code.push('-');
        }
        code.push(LETTERS[(number % 20) as usize] as char);
        number /= 20;
    }
    code
}

/// RFC 8628 section 6.1: what stands between the letters, and their case, do not matter.
fn normal(code: &str) -> String {
    code.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_uppercase())
        .take(32)
        .collect()
}
