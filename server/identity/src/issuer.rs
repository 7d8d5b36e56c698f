//! The issuers: whose paths, scopes and habits an identity provider shows.
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::policy::{Policy, Rotation};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Who issues tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Issuer {
    /// Microsoft Entra ID and Microsoft accounts, version 2.0 of the endpoints.
    Microsoft,
    Google,
    /// By the book: RFC 6749 and those around it, with the security of RFC 9700.
    #[default]
    Generic,
}

/// What a token is shown to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    Imap,
    Pop3,
    Smtp,
}

impl Issuer {
    pub const ALL: [Self; 3] = [Self::Microsoft, Self::Google, Self::Generic];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Microsoft => "microsoft",
            Self::Google => "google",
            Self::Generic => "generic",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|issuer| issuer.as_str() == word)
    }

    /// The scope that opens a service: what a client asks for, and what the error challenge of RFC 7628 names.
    #[must_use]
    pub fn scope(self, service: Service) -> &'static str {
        match (self, service) {
            (Self::Microsoft, Service::Imap) => "https://outlook.office.com/IMAP.AccessAsUser.All",
            (Self::Microsoft, Service::Pop3) => "https://outlook.office.com/POP.AccessAsUser.All",
            (Self::Microsoft, Service::Smtp) => "https://outlook.office.com/SMTP.Send",
            (Self::Google, _) => "https://mail.google.com/",
            (Self::Generic, Service::Imap) => "imap",
            (Self::Generic, Service::Pop3) => "pop3",
            (Self::Generic, Service::Smtp) => "smtp",
        }
    }

    /// Everything a mail program asks for, in one string: `scope` of RFC 6749 section 3.3.
    #[must_use]
    pub fn mail_scopes(self) -> String {
        let mut scopes = vec![self.scope(Service::Imap)];
        if self != Self::Google {
            scopes.extend([self.scope(Service::Pop3), self.scope(Service::Smtp)]);
        }
        // Google gives refresh tokens by a parameter of its own (`access_type`), the others by a scope.
        if self != Self::Google {
            scopes.push("offline_access");
        }
        scopes.join(" ")
    }

    /// Whom an access token with these scopes is for: the host of a scope that is a URL, else the mail servers.
    #[must_use]
    pub fn audience(self, scope: &str) -> String {
        let host = scope.split(' ').find_map(|scope| scope.strip_prefix("https://")?.split('/').next());
        match self {
            Self::Microsoft => match host.unwrap_or("graph.microsoft.com") {
                // One service, two names.
                "outlook.office365.com" => "https://outlook.office.com".to_owned(),
                host => format!("https://{host}"),
            },
            Self::Google => "https://mail.google.com/".to_owned(),
            Self::Generic => "mail.postfail.test".to_owned(),
        }
    }

    /// The audience that the mail servers take.
    #[must_use]
    pub fn mail_audience(self) -> String {
        self.audience(self.scope(Service::Imap))
    }

    /// Do these scopes open the service? Microsoft's are the same under both names of the host, and in any case; with
    /// `/.default` a program asks for all it was ever allowed.
    #[must_use]
    pub fn opens(self, scopes: &str, service: Service) -> bool {
        let wanted = self.scope(service);
        scopes.split(' ').any(|scope| match self {
            Self::Microsoft => {
                let scope = scope.replace("outlook.office365.com", "outlook.office.com");
                scope.eq_ignore_ascii_case(wanted) || scope == "https://outlook.office.com/.default"
            }
            Self::Google | Self::Generic => scope == wanted,
        })
    }

    /// Access tokens die with their grant at once; Microsoft's live on to their end.
    #[must_use]
    pub fn revokes_access(self) -> bool {
        self != Self::Microsoft
    }

    /// Its habits, until a change alters them.
    #[must_use]
    pub fn policy(self) -> Policy {
        let seconds = Duration::from_secs;
        let usual = Policy::default();
        match self {
            // An access token lives 60 to 90 minutes, a refresh token until it is 90 days unused (24 hours in all
            // where a single-page application got it); using it gives another, and leaves the old one good.
            Self::Microsoft => Policy {
                refresh_idle: Some(seconds(90 * DAY)),
                rotation: Rotation::Add,
                code: seconds(10 * MINUTE),
                device: seconds(15 * MINUTE),
                ..usual
            },
            // Six months unused; the same one as long as it lives.
            Self::Google => Policy {
                refresh_idle: Some(seconds(180 * DAY)),
                rotation: Rotation::Keep,
                code: seconds(10 * MINUTE),
                device: seconds(30 * MINUTE),
                ..usual
            },
            // RFC 9700 sections 2.2.2 and 4.14.2: each use gives another and ends the one before.
            Self::Generic => Policy {
                refresh_idle: Some(seconds(30 * DAY)),
                rotation: Rotation::Replace,
                code: seconds(MINUTE),
                device: seconds(10 * MINUTE),
                plain_pkce: false,
                ..usual
            },
        }
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_open_what_they_name() {
        let table = [
            (Issuer::Microsoft, "https://outlook.office365.com/imap.accessasuser.all", Service::Imap, true),
            (Issuer::Microsoft, "https://outlook.office.com/SMTP.Send", Service::Imap, false),
            (Issuer::Microsoft, "https://graph.microsoft.com/Mail.Read", Service::Imap, false),
            (Issuer::Microsoft, "https://graph.microsoft.com/.default", Service::Imap, false),
            (Issuer::Microsoft, "https://outlook.office365.com/.default", Service::Pop3, true),
            (Issuer::Google, "https://mail.google.com/", Service::Smtp, true),
            (Issuer::Google, "https://mail.google.com", Service::Smtp, false),
            (Issuer::Google, "https://www.googleapis.com/auth/gmail.readonly", Service::Imap, false),
            (Issuer::Generic, "openid imap", Service::Imap, true),
            (Issuer::Generic, "openid imap", Service::Smtp, false),
            (Issuer::Generic, "", Service::Smtp, false),
        ];
        for (issuer, scopes, service, opens) in table {
            assert_eq!(issuer.opens(scopes, service), opens, "{issuer} {scopes} {service:?}");
        }
        for issuer in Issuer::ALL {
            for service in [Service::Imap, Service::Pop3, Service::Smtp] {
                assert!(issuer.opens(&issuer.mail_scopes(), service), "{issuer} {service:?}");
            }
            assert_eq!(Issuer::from_word(issuer.as_str()), Some(issuer));
        }
    }

    #[test]
    fn a_token_for_graph_is_not_for_mail() {
        let graph = "https://graph.microsoft.com/Mail.Read offline_access";
        assert_eq!(Issuer::Microsoft.audience(graph), "https://graph.microsoft.com");
        assert_eq!(
            Issuer::Microsoft.audience("openid https://outlook.office365.com/SMTP.Send"),
            Issuer::Microsoft.mail_audience()
        );
    }
}
