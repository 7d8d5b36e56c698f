//! Changes of the identity provider: who signs in again, whose tokens end, and by which rules it issues them.
use postfail_identity::policy::{AtDevice, Endpoint, Policy};
use postfail_identity::{Flaw, Issuer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema;
use crate::span::Span;

/// The person signs in and allows the client again: it holds other tokens from here on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    pub account: String,
    /// The scopes, separated by blanks; those of a mail program unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// With a second factor.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub second_factor: bool,
    /// To a single-page application: Microsoft's refresh tokens end after 24 hours then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub spa: bool,
}

/// End every token of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RevokeTokens {
    pub account: String,
    #[serde(default)]
    pub why: Why,
}

/// Why they end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// An administrator ended all sessions.
    #[default]
    Sessions,
    /// The person took back what the client was allowed.
    Consent,
}

/// How an issuer goes on from here. A duration of `0s` lifts a limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IdentityChange {
    /// This issuer; all of them unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::issuer")]
    pub issuer: Option<Issuer>,
    /// How long access tokens live that are issued from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<Span>,
    /// How long refresh tokens live in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh: Option<Span>,
    /// How long refresh tokens live unused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_idle: Option<Span>,
    /// People must sign in again so often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_in_frequency: Option<Span>,
    /// A second factor is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_factor: Option<bool>,
    /// A rule of the organization forbids every token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conditional_access: Option<bool>,
    /// The secrets of clients that have one have run out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_expired: Option<bool>,
    /// The application is in testing: refresh tokens live 7 days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_app: Option<bool>,
    /// Programs that nobody registered are taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any_client: Option<bool>,
    /// The first account signs in and consents by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_consent: Option<bool>,
    /// What becomes of device codes: the person types them in, or has them confirmed or declined at the second poll.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_codes: Option<DeviceCodes>,
    /// So many polls with each device code are answered with `slow_down`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow_down: Option<u32>,
    /// The issuer's clock is wrong by so much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_ahead: Option<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_behind: Option<Span>,
    /// What is wrong with the access tokens issued from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Made>,
    /// How the token endpoint answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Answers>,
    /// More of the same token requests within a time are refused as a loop; 0 lifts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loop_limit: Option<LoopLimit>,
}

/// How access tokens are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Made {
    Right,
    BadSignature,
    AlgNone,
    WrongAudience,
    WrongScope,
    NotYetValid,
    Expired,
}

/// What a person does with a device code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeviceCodes {
    /// Nothing, until somebody does so on the page.
    Asked,
    Confirmed,
    Declined,
}

/// How the token endpoint answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Answers {
    Up,
    /// With 503.
    Down,
    /// After so long.
    Slow(Span),
    /// With 429, to try again after so long.
    Throttled(Span),
}

/// How many of the same requests are one too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoopLimit {
    pub requests: u32,
    pub within: Span,
}

impl IdentityChange {
    /// It names something to alter.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self { issuer: self.issuer, ..Self::default() }
    }

    /// Make a policy so.
    pub(crate) fn alter(&self, policy: &mut Policy) {
        let limit = |span: Span| (!span.0.is_zero()).then_some(span.0);
        fn set<T>(place: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *place = value;
            }
        }
        set(&mut policy.access, self.access.map(|span| span.0));
        set(&mut policy.refresh, self.refresh.map(limit));
        set(&mut policy.refresh_idle, self.refresh_idle.map(limit));
        set(&mut policy.sign_in_frequency, self.sign_in_frequency.map(limit));
        set(&mut policy.mfa, self.second_factor);
        set(&mut policy.conditional_access, self.conditional_access);
        set(&mut policy.secret_expired, self.secret_expired);
        set(&mut policy.test_app, self.test_app);
        set(&mut policy.any_client, self.any_client);
        set(&mut policy.auto_consent, self.auto_consent);
        set(&mut policy.at_device, self.device_codes.map(DeviceCodes::at_device));
        set(&mut policy.slow_down, self.slow_down);
        let signed = |span: Span| jiff::SignedDuration::try_from(span.0).unwrap_or(jiff::SignedDuration::MAX);
        set(&mut policy.skew, self.clock_ahead.map(signed));
        set(&mut policy.skew, self.clock_behind.map(|span| -signed(span)));
        set(&mut policy.flaw, self.tokens.map(Made::flaw));
        set(&mut policy.endpoint, self.endpoint.map(Answers::endpoint));
        let most = |limit: LoopLimit| (limit.requests > 0).then_some((limit.requests, limit.within.0));
        set(&mut policy.loop_limit, self.loop_limit.map(most));
    }
}

impl Made {
    fn flaw(self) -> Option<Flaw> {
        Some(match self {
            Self::Right => return None,
            Self::BadSignature => Flaw::BadSignature,
            Self::AlgNone => Flaw::AlgNone,
            Self::WrongAudience => Flaw::WrongAudience,
            Self::WrongScope => Flaw::WrongScope,
            Self::NotYetValid => Flaw::NotYetValid,
            Self::Expired => Flaw::Expired,
        })
    }
}

impl DeviceCodes {
    fn at_device(self) -> AtDevice {
        match self {
            Self::Asked => AtDevice::Asked,
            Self::Confirmed => AtDevice::Allows,
            Self::Declined => AtDevice::Declines,
        }
    }
}

impl Answers {
    fn endpoint(self) -> Endpoint {
        match self {
            Self::Up => Endpoint::Up,
            Self::Down => Endpoint::Down,
            Self::Slow(span) => Endpoint::Slow(span.0),
            Self::Throttled(span) => Endpoint::Throttled(span.0),
        }
    }
}
