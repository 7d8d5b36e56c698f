//! What people do at the account portal, done without a browser: `portal = { reset_password = { account = "taro", by =
//! "phone" } }`. Each goes the portal's own way, with its mail, texts and journal. And who owns the domain.
use postfail_identity::portal::{Answers, Way};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One thing a person does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PortalChange {
    /// The owner signs in and shows who he is.
    SignIn(Whose),
    /// Somebody asks for a code, and waits for it.
    AskReset(AskReset),
    /// Somebody who read the code sets a new password.
    UseCode(NewPassword),
    /// Both; or, `by = "admin"`, the domain's owner sets it.
    ResetPassword(ResetPassword),
    /// The recovery form is sent.
    SendForm(Box<SendForm>),
    /// The form was granted, the code read: a new password.
    UseForm(NewPassword),
    /// An app password is made; the client is given it.
    IssueAppPassword(IssueAppPassword),
    /// Every session, token and app password of the account ends.
    SignOutEverywhere(Whose),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Whose {
    pub account: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskReset {
    pub account: String,
    /// `mail` or `phone`.
    #[schemars(schema_with = "crate::schema::way")]
    pub by: Way,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    pub account: String,
    /// At least 8 characters; made unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetPassword {
    pub account: String,
    /// `mail`, `phone` or `admin`.
    #[schemars(schema_with = "crate::schema::way")]
    pub by: Way,
    /// At least 8 characters; made unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// The recovery form; what is left out is not filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SendForm {
    pub account: String,
    /// The address to answer to; not the account's own.
    pub contact: String,
    /// `2017-05`
    #[serde(skip_serializing_if = "String::is_empty")]
    pub created: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub old_passwords: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<String>,
    /// Four digits.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub payment: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueAppPassword {
    pub account: String,
    /// What it is for.
    #[serde(default = "mail_program")]
    pub label: String,
}

fn mail_program() -> String {
    "mail program".to_owned()
}

/// Who owns the domain, and who sold its name. What is not said stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DomainChange {
    /// An account; `""`: nobody is on file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The registrar's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registrar: Option<String>,
    /// How the registrar is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
}

impl PortalChange {
    /// The account it is about.
    pub fn account(&self) -> &str {
        match self {
            Self::SignIn(Whose { account }) | Self::SignOutEverywhere(Whose { account }) => account,
            Self::AskReset(change) => &change.account,
            Self::UseCode(change) | Self::UseForm(change) => &change.account,
            Self::ResetPassword(change) => &change.account,
            Self::SendForm(change) => &change.account,
            Self::IssueAppPassword(change) => &change.account,
        }
    }

    /// The new password it gives.
    pub(crate) fn password(&self) -> Option<&String> {
        match self {
            Self::UseCode(change) | Self::UseForm(change) => change.password.as_ref(),
            Self::ResetPassword(change) => change.password.as_ref(),
            _ => None,
        }
    }

    /// Its secrets: passwords, new and old.
    pub(crate) fn secrets_mut(&mut self) -> Vec<&mut String> {
        match self {
            Self::UseCode(change) | Self::UseForm(change) => change.password.iter_mut().collect(),
            Self::ResetPassword(change) => change.password.iter_mut().collect(),
            Self::SendForm(form) => form.old_passwords.iter_mut().collect(),
            _ => Vec::new(),
        }
    }
}

impl SendForm {
    pub(crate) fn answers(&self) -> Answers {
        Answers {
            contact: self.contact.clone(),
            created: self.created.clone(),
            old_passwords: self.old_passwords.clone(),
            subjects: self.subjects.clone(),
            recipients: self.recipients.clone(),
            payment: self.payment.clone(),
        }
    }
}
