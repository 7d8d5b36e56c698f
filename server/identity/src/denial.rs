//! Why an endpoint says no: the reason as we know it, and the error code an RFC has for it.
use jiff::Timestamp;

use crate::Issuer;

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    pub reason: Reason,
    /// What was wrong, in English: `error_description` where the issuer has no words of its own.
    pub detail: String,
    pub about: Box<About>,
}

/// What the words of a refusal may name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// When the token or grant was issued.
    pub issued: Option<Timestamp>,
    /// Since when the person's tokens are good.
    pub valid_from: Option<Timestamp>,
    /// The parameter, or its value, that is meant.
    pub parameter: Option<String>,
    pub client: Option<String>,
    pub user: Option<String>,
    /// The client used HTTP Basic: the answer must ask for it (RFC 6749 section 5.2).
    pub basic: bool,
}

/// Why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// RFC 6749 section 5.2: a parameter is missing, there twice, or not of its form.
    InvalidRequest,
    MissingParameter,
    WrongRedirect,
    /// The client did not prove itself.
    InvalidClient,
    WrongSecret,
    UnknownClient,
    /// The client's secret was right, and has run out.
    SecretExpired,
    /// The client may not use this grant.
    UnauthorizedClient,
    UnsupportedGrantType,
    UnsupportedResponseType,
    InvalidScope,
    /// No code, token or device code of ours, or of another client.
    InvalidGrant,
    /// A code, used or too old.
    CodeExpired,
    CodeUsed,
    /// The verifier does not fit the challenge (RFC 7636 section 4.6).
    WrongVerifier,
    /// A refresh token that cannot be one of ours.
    RefreshUnknown,
    /// A token to be revoked that is none.
    TokenUnknown,
    /// Too old.
    RefreshExpired,
    /// Too long unused.
    RefreshIdle,
    /// Too old for a single-page application.
    RefreshSpa,
    /// The person must sign in again so often.
    SignInFrequency,
    /// A new password, or somebody ended all sessions.
    RefreshRevoked,
    /// Shown again when another had taken its place.
    RefreshReused,
    ConsentWithdrawn,
    SecondFactor,
    ConditionalAccess,
    /// The person's account: the failure's name.
    Account(&'static str),
    Throttled,
    Down,
    Loop,
    DevicePending,
    DeviceSlowDown,
    DeviceExpired,
    DeviceDeclined,
    /// The person said no (RFC 6749 section 4.1.2.1).
    AccessDenied,
    WrongAuthority,
    /// A person would have to be asked, and must not (OpenID Connect Core section 3.1.2.6).
    LoginRequired,
}

impl Denial {
    #[must_use]
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into(), about: Box::default() }
    }

    #[must_use]
    pub fn issued(mut self, issued: Timestamp) -> Self {
        self.about.issued = Some(issued);
        self
    }

    #[must_use]
    pub fn parameter(mut self, parameter: impl Into<String>) -> Self {
        self.about.parameter = Some(parameter.into());
        self
    }

    #[must_use]
    pub fn client(mut self, client: impl Into<String>) -> Self {
        self.about.client = Some(client.into());
        self
    }

    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.about.user = Some(user.into());
        self
    }
}

impl Reason {
    /// The `error` of an RFC: 6749 section 5.2, 8628 section 3.5, OpenID Connect Core section 3.1.2.6.
    #[must_use]
    pub fn error(self) -> &'static str {
        match self {
            Self::InvalidRequest | Self::MissingParameter | Self::WrongRedirect => "invalid_request",
            Self::InvalidClient | Self::WrongSecret | Self::UnknownClient | Self::SecretExpired => {
                "invalid_client"
            }
            Self::UnauthorizedClient | Self::WrongAuthority => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::DevicePending => "authorization_pending",
            Self::DeviceSlowDown => "slow_down",
            Self::DeviceExpired => "expired_token",
            Self::DeviceDeclined | Self::AccessDenied => "access_denied",
            Self::Throttled | Self::Down => "temporarily_unavailable",
            Self::LoginRequired => "login_required",
            Self::TokenUnknown => "invalid_token",
            Self::InvalidGrant
            | Self::CodeExpired
            | Self::CodeUsed
            | Self::WrongVerifier
            | Self::RefreshUnknown
            | Self::RefreshExpired
            | Self::RefreshIdle
            | Self::RefreshSpa
            | Self::SignInFrequency
            | Self::RefreshRevoked
            | Self::RefreshReused
            | Self::ConsentWithdrawn
            | Self::SecondFactor
            | Self::ConditionalAccess
            | Self::Account(_)
            | Self::Loop => "invalid_grant",
        }
    }

    /// What this is called in the catalogue of failures, or the one answer of a provider's that is meant; `None` where
    /// only RFCs have words. `personal` accounts are a person's own, not an organization's.
    #[must_use]
    pub fn failure(self, issuer: Issuer, personal: bool) -> Option<&'static str> {
        let microsoft = issuer == Issuer::Microsoft;
        Some(match self {
            Self::RefreshIdle if microsoft && personal => "ms-70000-msa",
            Self::RefreshExpired if microsoft && personal => "ms-70000-msa",
            Self::RefreshSpa if microsoft => "ms-700084",
            Self::SignInFrequency if microsoft => "ms-70043",
            Self::RefreshUnknown if microsoft => "oauth-malformed",
            Self::MissingParameter if microsoft => "ms-900144",
            Self::InvalidRequest if microsoft => "ms-9002313",
            Self::UnknownClient if microsoft => "ms-700016",
            Self::WrongSecret | Self::InvalidClient if microsoft => "ms-7000215",
            Self::UnsupportedGrantType if microsoft => "ms-70003",
            Self::InvalidScope if microsoft => "ms-70011",
            // Inferred: no source has Microsoft's words for a chain that was ended by reuse.
            Self::RefreshReused if microsoft => "ms-70000-malformed",
            Self::InvalidGrant if microsoft => "ms-70000-malformed",
            Self::CodeExpired if microsoft => "ms-70008-code",
            Self::CodeUsed if microsoft => "ms-54005",
            Self::WrongVerifier if microsoft => "ms-501481",
            Self::WrongRedirect if microsoft => "ms-50011",
            Self::RefreshUnknown | Self::CodeUsed | Self::CodeExpired if issuer == Issuer::Google => {
                "google-invalid-grant-badrequest"
            }
            Self::TokenUnknown if issuer == Issuer::Google => "google-invalid-token",
            // One text for all of them.
            Self::RefreshIdle
            | Self::RefreshExpired
            | Self::RefreshSpa
            | Self::SignInFrequency
            | Self::ConsentWithdrawn
                if issuer == Issuer::Google =>
            {
                "refresh-token-revoked"
            }
            Self::RefreshIdle | Self::RefreshExpired | Self::RefreshSpa | Self::SignInFrequency => {
                "refresh-token-expired"
            }
            Self::RefreshRevoked | Self::RefreshReused => "refresh-token-revoked",
            Self::ConsentWithdrawn => "consent-required",
            Self::SecondFactor => "mfa-required",
            Self::ConditionalAccess => "conditional-access",
            Self::SecretExpired => "client-secret-expired",
            Self::Account(failure) => failure,
            Self::Throttled => "throttled",
            Self::Down => "temp-failure",
            Self::Loop => "client-loop",
            Self::DevicePending => "device-pending",
            Self::DeviceSlowDown => "device-slow-down",
            Self::DeviceExpired => "device-expired",
            Self::DeviceDeclined => "device-declined",
            Self::WrongAuthority => "wrong-authority",
            _ => return None,
        })
    }
}
