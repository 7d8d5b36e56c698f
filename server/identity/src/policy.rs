//! What an issuer grants, for how long, and whom it turns away: all of it can change under a client that works.
use std::time::Duration;

use jiff::SignedDuration;

use crate::Flaw;

/// An issuer's rules at present. Durations are virtual.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    pub access: Duration,
    /// How long a refresh token lives in all; `None` for ever.
    pub refresh: Option<Duration>,
    /// How long a refresh token lives unused; `None` for ever.
    pub refresh_idle: Option<Duration>,
    /// How long those of a single-page application live in all, used or not.
    pub refresh_spa: Duration,
    /// An authorization code.
    pub code: Duration,
    /// A device code, and the seconds between two polls (RFC 8628 section 3.2).
    pub device: Duration,
    pub interval: u64,
    /// What the person at the other device does once the program has asked a first time.
    pub at_device: AtDevice,
    /// So many polls are answered with `slow_down`, however slow they were.
    pub slow_down: u32,
    /// People must sign in again so often, whatever their refresh tokens say.
    pub sign_in_frequency: Option<Duration>,
    pub rotation: Rotation,
    /// `code_challenge_method=plain` is taken (RFC 7636 section 4.2).
    pub plain_pkce: bool,
    /// Sign-ins without a second factor are not taken any more, refresh tokens from them neither.
    pub mfa: bool,
    /// A rule of the organization forbids every token.
    pub conditional_access: bool,
    /// The client's own secret has run out.
    pub secret_expired: bool,
    /// The application is in testing: refresh tokens live seven days (Google).
    pub test_app: bool,
    /// Programs nobody registered are taken as public clients.
    pub any_client: bool,
    /// Nobody is asked: the first account signs in and consents by itself.
    pub auto_consent: bool,
    /// The issuer's clock is so far ahead.
    pub skew: SignedDuration,
    /// What is wrong with the access tokens issued from now on.
    pub flaw: Option<Flaw>,
    pub endpoint: Endpoint,
    /// More of the same token requests within a time are a loop.
    pub loop_limit: Option<(u32, Duration)>,
}

/// What a refresh token's use does to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It stays, and there is no other.
    Keep,
    /// There is another, and it stays good.
    Add,
    /// There is another, and it ends; shown once more, it ends all of them (RFC 9700 section 4.14.2).
    Replace,
}

/// Who decides on a device code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AtDevice {
    /// Whoever types it in on the page.
    #[default]
    Asked,
    /// The first account's person, and allows it.
    Allows,
    /// The first account's person, and says no.
    Declines,
}

/// How the token endpoint answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Endpoint {
    #[default]
    Up,
    /// 503, whatever was asked.
    Down,
    /// After a while.
    Slow(Duration),
    /// 429, with `Retry-After`.
    Throttled(Duration),
}

/// What a refresh token of an application in testing lives.
pub const TESTING: Duration = Duration::from_secs(7 * 86_400);

impl Default for Policy {
    fn default() -> Self {
        Self {
            access: Duration::from_secs(3_600),
            refresh: None,
            refresh_idle: None,
            refresh_spa: Duration::from_secs(86_400),
            code: Duration::from_secs(60),
            device: Duration::from_secs(600),
            interval: 5,
            at_device: AtDevice::Asked,
            slow_down: 0,
            sign_in_frequency: None,
            rotation: Rotation::Replace,
            plain_pkce: true,
            mfa: false,
            conditional_access: false,
            secret_expired: false,
            test_app: false,
            any_client: true,
            auto_consent: false,
            skew: SignedDuration::ZERO,
            flaw: None,
            endpoint: Endpoint::Up,
            loop_limit: None,
        }
    }
}
