//! Signing in by a code that is typed in on another device (RFC 8628), with its waits, and no faster than told.
use std::time::Duration;

use serde::Deserialize;

use super::oauth::{Endpoint, Tokens};
use super::{Setup, Trouble, http};

/// The grant of RFC 8628 section 3.4.
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// Seconds more between polls after each `slow_down` (section 3.5).
const SLOWER: u64 = 5;
/// More polls than any code lives.
const POLLS: usize = 1_000;

/// Where to ask for a code, and for what.
#[derive(Clone, Debug)]
pub struct Device {
    pub url: String,
    pub scope: String,
    /// Where it becomes a token.
    pub token: Endpoint,
}

/// What a device shows and keeps (section 3.2).
#[derive(Deserialize)]
struct Code {
    device_code: String,
    user_code: String,
    /// Google calls it `verification_url`.
    #[serde(alias = "verification_url")]
    verification_uri: String,
    #[serde(default = "usual")]
    interval: u64,
}

/// Without `interval` (section 3.2).
fn usual() -> u64 {
    5
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Denied {
    error: String,
    error_description: String,
}

/// Sign in: `show` tells the person where to type what, `wait` passes the time between two polls, or says why there is
/// to be no other.
///
/// # Errors
/// When the person declines, the code expires, the provider answers otherwise than RFC 8628 says, or `wait` ends it.
pub fn sign_in(
    setup: &Setup,
    device: &Device,
    show: impl Fn(&str),
    wait: impl Fn(Duration) -> Result<(), Trouble>,
) -> Result<Tokens, Trouble> {
    let client = device.token.client_id.as_str();
    let form = [("client_id", client), ("scope", device.scope.as_str())];
    let (status, body) = http::post(setup, &device.url, &form)?;
    if status != 200 {
        return Err(refusal(status, &body));
    }
    let code: Code = read(&body, "3.2")?;
    show(&format!("open {} and enter the code {}", code.verification_uri, code.user_code));
    let mut form = vec![("grant_type", GRANT), ("device_code", &code.device_code), ("client_id", client)];
    form.extend(device.token.client_secret.as_deref().map(|secret| ("client_secret", secret)));
    let mut interval = code.interval;
    for _ in 0..POLLS {
        wait(Duration::from_secs(interval))?;
        let (status, body) = http::post(setup, &device.token.url, &form)?;
        if status == 200 {
            return read(&body, "3.5");
        }
        match serde_json::from_slice::<Denied>(&body).unwrap_or_default().error.as_str() {
            "authorization_pending" => {}
            "slow_down" => interval += SLOWER,
            _ => return Err(refusal(status, &body)),
        }
    }
    Err(Trouble::Protocol(format!("the device code is neither taken nor refused after {POLLS} polls")))
}

fn read<T: serde::de::DeserializeOwned>(body: &[u8], section: &str) -> Result<T, Trouble> {
    let odd = |error| Trouble::Protocol(format!("not as RFC 8628 section {section} has it: {error}"));
    serde_json::from_slice(body).map_err(odd)
}

fn refusal(status: u16, body: &[u8]) -> Trouble {
    let Denied { error, error_description } = serde_json::from_slice(body).unwrap_or_default();
    let said = error_description.lines().next().unwrap_or_default();
    Trouble::Refused(format!("the sign-in was not finished (HTTP {status}, {error}: {said}): begin anew"))
}
