//! The ways to reach each protocol: a listener and how its connection is protected.

/// How a client protects its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    Plain,
    StartTls,
    Implicit,
}

/// A listener and the protection used with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    pub listener: &'static str,
    pub security: Security,
}

const fn route(listener: &'static str, security: Security) -> Route {
    Route { listener, security }
}

pub const SMTP: [Route; 5] = [
    route("smtp", Security::Plain),
    route("smtp", Security::StartTls),
    route("submission", Security::Plain),
    route("submission", Security::StartTls),
    route("smtps", Security::Implicit),
];
pub const POP3: [Route; 3] =
    [route("pop3", Security::Plain), route("pop3", Security::StartTls), route("pop3s", Security::Implicit)];
pub const IMAP: [Route; 3] =
    [route("imap", Security::Plain), route("imap", Security::StartTls), route("imaps", Security::Implicit)];

impl Route {
    /// Does it ask the sender to log in?
    pub fn wants_login(self) -> bool {
        self.listener != "smtp"
    }

    /// `submission-starttls`: for subjects and messages.
    pub fn name(self) -> String {
        format!("{}-{:?}", self.listener, self.security).to_lowercase()
    }
}
