//! What happens at the portal, for the journal. No password and no code is in it.
use serde::{Deserialize, Serialize};

/// How a password is come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// A code to the recovery address.
    Mail,
    /// A code as a text message.
    Phone,
    /// The recovery form.
    Form,
    /// The domain's owner.
    Admin,
    /// Signed in with the old one.
    Own,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    pub what: Happened,
    pub account: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way: Option<Way>,
    /// Where a code went, why something was refused, how many points a form was worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// The words of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Happened {
    SignedIn,
    SignInRefused,
    SecondFactorSent,
    SignedOut,
    SignedOutEverywhere,
    ResetAsked,
    CodeDelivered,
    CodeUndeliverable,
    CodeRefused,
    PasswordReset,
    FormSent,
    FormRejected,
    FormUnderReview,
    FormGranted,
    AppPasswordIssued,
    AppPasswordRevoked,
    TooManyTries,
}

impl Happened {
    pub const ALL: [Self; 17] = [
        Self::SignedIn,
        Self::SignInRefused,
        Self::SecondFactorSent,
        Self::SignedOut,
        Self::SignedOutEverywhere,
        Self::ResetAsked,
        Self::CodeDelivered,
        Self::CodeUndeliverable,
        Self::CodeRefused,
        Self::PasswordReset,
        Self::FormSent,
        Self::FormRejected,
        Self::FormUnderReview,
        Self::FormGranted,
        Self::AppPasswordIssued,
        Self::AppPasswordRevoked,
        Self::TooManyTries,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignedIn => "signed-in",
            Self::SignInRefused => "sign-in-refused",
            Self::SecondFactorSent => "second-factor-sent",
            Self::SignedOut => "signed-out",
            Self::SignedOutEverywhere => "signed-out-everywhere",
            Self::ResetAsked => "reset-asked",
            Self::CodeDelivered => "code-delivered",
            Self::CodeUndeliverable => "code-undeliverable",
            Self::CodeRefused => "code-refused",
            Self::PasswordReset => "password-reset",
            Self::FormSent => "form-sent",
            Self::FormRejected => "form-rejected",
            Self::FormUnderReview => "form-under-review",
            Self::FormGranted => "form-granted",
            Self::AppPasswordIssued => "app-password-issued",
            Self::AppPasswordRevoked => "app-password-revoked",
            Self::TooManyTries => "too-many-tries",
        }
    }
}

impl Way {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Phone => "phone",
            Self::Form => "form",
            Self::Admin => "admin",
            Self::Own => "own",
        }
    }
}

impl Event {
    pub(super) fn of(what: Happened, account: &str) -> Self {
        Self { what, account: account.to_owned(), way: None, detail: None }
    }

    pub(super) fn by(self, way: Way) -> Self {
        Self { way: Some(way), ..self }
    }

    pub(super) fn because(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_journal() {
        for happened in Happened::ALL {
            assert_eq!(serde_json::to_value(happened).unwrap(), happened.as_str());
        }
    }
}
