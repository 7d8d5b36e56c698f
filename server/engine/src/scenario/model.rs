//! What a scenario means, every name checked.
use jiff::Timestamp;
use postfail_identity::Issuer;
use postfail_session::world::{Protocol, Security};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::case::Case;
use super::on_file::OnFile;
use super::trigger::Trigger;
use crate::change::{Change, DomainChange, Lockout};
use crate::expect::assertion::Expectation;
use crate::listener::ListenerName;
pub use crate::profile::Text;
use crate::span::Span;

/// A failure, told in phases.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Path below `scenarios/` without `.toml`: `tls/tls-1-0-and-1-1-off`.
    pub id: String,
    pub title: Text,
    pub lesson: Lesson,
    pub diagnosis: Diagnosis,
    /// The providers it can be told with; the first unless somebody chooses.
    pub profiles: Vec<String>,
    /// Where the world's clock starts; now unless said.
    pub era: Option<Timestamp>,
    pub accounts: Vec<AccountSpec>,
    pub lockout: Option<Lockout>,
    /// Who owns the domain.
    pub domain: Option<DomainChange>,
    /// At least one.
    pub phases: Vec<Phase>,
    pub expectations: Vec<Expectation>,
    /// Which case of its file it is, where the file has some.
    pub case: Option<Case>,
}

/// For people: what they see, why, what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    pub symptom: Text,
    pub cause: Text,
    pub remedy: Text,
    pub sources: Vec<String>,
}

/// The truth a diagnostic tool is scored against; words from `scenarios/causes.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    pub layer: String,
    pub cause: String,
    pub remedy: String,
    pub retry: String,
}

/// An account of the scenario's world, at `@postfail.test`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountSpec {
    pub name: String,
    /// Made from the seed unless said.
    pub password: Option<String>,
    /// Sample mail in its INBOX, by file name; all of it unless said.
    pub mail: Option<Vec<String>>,
    /// Whose tokens its client shows, and how long they live.
    pub oauth: Option<Oauth>,
    /// What is on file of its owner.
    pub on_file: OnFile,
}

/// `login = { oauth = { issuer = "microsoft", access = "1h", refresh_idle = "90d" } }`; what is not said is the
/// profile's issuer, and as that issuer has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Oauth {
    #[schemars(schema_with = "crate::schema::issuer")]
    pub issuer: Option<Issuer>,
    /// How long an access token lives.
    pub access: Option<Span>,
    /// How long a refresh token lives in all.
    pub refresh: Option<Span>,
    /// How long a refresh token lives unused.
    pub refresh_idle: Option<Span>,
    /// The program is registered with a secret of its own (`postfail-web`), as services are.
    pub secret: bool,
}

/// A stretch of the story.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    pub name: String,
    /// What happens at its beginning, on top of everything before.
    pub changes: Vec<Change>,
    pub client: Client,
    /// The settings in the client at this time; those of the phase before where nothing is said.
    pub setup: Setup,
    /// What ends it where phases move on by themselves.
    pub until: Option<Trigger>,
}

/// What a correct client's run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Client {
    Succeeds,
    Fails,
    Either,
    /// Succeeds when it offers a TLS version the listener takes, fails when not: for old clients and new.
    AsOffered,
}

/// The settings in the client: which listener a protocol's point to, and what somebody typed that is not right.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Setup {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imap: Option<ListenerName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pop3: Option<ListenerName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp: Option<ListenerName>,
    /// The user name typed; the account's address unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The password typed; the account's own unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// The encryption chosen; what the listener is made for unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::schema::security")]
    pub security: Option<Security>,
    /// "STARTTLS, if there is one": where there is none, the client was told to go on in the clear.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub opportunistic: bool,
    /// "OAuth2" chosen in place of a password: the mechanism that shows the token. It holds for later phases too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oauth: Option<ByToken>,
    /// The person begins a sign-in by device code (RFC 8628) first; without it the client has its tokens.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub device_code: bool,
    /// The certificate of its own that the client was given to show. It holds for later phases too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_certificate: Option<OwnCertificate>,
    /// "TLS certificate" chosen in place of a password: SASL EXTERNAL. For this phase alone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub external: bool,
}

/// What the certificate that a client shows is like (RFC 8446 section 4.4.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OwnCertificate {
    /// Signed by Postfail's authority, in force.
    Good,
    /// The same, ended two days ago.
    Expired,
    /// Signed by an authority nobody trusts.
    Untrusted,
}

/// How a client shows its token (RFC 7628; XOAUTH2 has no RFC).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ByToken {
    Xoauth2,
    Oauthbearer,
}

impl Setup {
    pub fn of(&self, protocol: Protocol) -> Option<ListenerName> {
        match protocol {
            Protocol::Imap => self.imap,
            Protocol::Pop3 => self.pop3,
            Protocol::Smtp => self.smtp,
        }
    }

    /// What `{client.url}`, `{client.host}`, `{client.port}` and `{client.scheme}` speak of: the protocol mail is
    /// read by, IMAP before POP3, SMTP where there is nothing else.
    pub fn primary(&self) -> Option<ListenerName> {
        self.imap.or(self.pop3).or(self.smtp)
    }

    /// These settings, where no listener or way to sign in is said that of before. What was typed wrong holds for its
    /// phase alone.
    #[must_use]
    pub fn over(self, before: &Self) -> Self {
        Self {
            imap: self.imap.or(before.imap),
            pop3: self.pop3.or(before.pop3),
            smtp: self.smtp.or(before.smtp),
            oauth: self.oauth.or(before.oauth),
            client_certificate: self.client_certificate.or(before.client_certificate),
            ..self
        }
    }
}

impl Scenario {
    pub fn phase(&self, name: &str) -> Option<(usize, &Phase)> {
        self.phases.iter().enumerate().find(|(_, phase)| phase.name == name)
    }

    /// The profile used unless somebody chooses.
    pub fn default_profile(&self) -> &str {
        self.profiles.first().map_or("postfail", String::as_str)
    }
}
