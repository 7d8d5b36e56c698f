//! The change of a listener: which one, and what of it.
use std::fmt;
use std::sync::Arc;

use postfail_session::world::Security;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::dh_bits::DhChange;
use crate::listener::tls::{ClientCertificate, Group, Library, Resumption, Suite};
use crate::listener::{Listener, ListenerName, State, Window};
use crate::schema;
use crate::words::{self, UnknownWord};

/// What can be altered of a listener.
pub(super) const KEYS: [&str; 13] = [
    "state",
    "security",
    "tls",
    "certificate",
    "auth",
    "require_tls",
    "backend",
    "suites",
    "groups",
    "resumption",
    "alpn",
    "client_certificate",
    "dh_bits",
];

/// One listener's name, or `all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Listeners {
    All,
    One(ListenerName),
}

impl Listeners {
    pub fn names(self) -> Vec<ListenerName> {
        match self {
            Self::All => ListenerName::ALL.to_vec(),
            Self::One(name) => vec![name],
        }
    }
}

impl fmt::Display for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.pad("all"),
            Self::One(name) => name.fmt(f),
        }
    }
}

impl std::str::FromStr for Listeners {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let mut list = vec![("all", Self::All)];
        list.extend(ListenerName::ALL.map(|name| (name.as_str(), Self::One(name))));
        words::find("listener", text, &list)
    }
}

words::serde_as_text!(Listeners, "a listener such as \"imaps\", or \"all\"");

/// What to alter of a listener.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListenerChange {
    pub name: Listeners,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::security")]
    pub security: Option<Security>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Window>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::certificate")]
    pub certificate: Option<String>,
    /// SASL mechanisms, in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require_tls: Option<bool>,
    /// The TLS library.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backend: Option<Library>,
    /// Cipher suites in the server's order; an empty list: the library's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suites: Option<Vec<Suite>>,
    /// Groups of (EC)DHE in the server's order; an empty list: the library's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<Group>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumption: Option<Resumption>,
    /// Names a client may choose among by ALPN; an empty list: whatever it likes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alpn: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_certificate: Option<ClientCertificate>,
    /// Size of the finite field of DHE up to TLS 1.2; `none`: the library's own, or no DHE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dh_bits: Option<DhChange>,
}

impl ListenerChange {
    /// A change of nothing yet.
    pub fn of(name: Listeners) -> Self {
        Self {
            name,
            state: None,
            security: None,
            tls: None,
            certificate: None,
            auth: None,
            require_tls: None,
            backend: None,
            suites: None,
            groups: None,
            resumption: None,
            alpn: None,
            client_certificate: None,
            dh_bits: None,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::of(self.name)
    }

    /// Makes of a listener what this change says.
    pub fn alter(&self, listener: &mut Listener) {
        listener.state = self.state.unwrap_or(listener.state);
        listener.security = self.security.unwrap_or(listener.security);
        listener.window = self.tls.unwrap_or(listener.window);
        listener.require_tls = self.require_tls.unwrap_or(listener.require_tls);
        if let Some(certificate) = &self.certificate {
            certificate.clone_into(&mut listener.certificate);
        }
        if let Some(mechanisms) = &self.auth {
            listener.mechanisms = mechanisms.iter().map(|name| name.to_ascii_uppercase()).collect();
        }
        if self.is_of_tls() {
            let settings = Arc::make_mut(&mut listener.settings);
            settings.backend = self.backend.unwrap_or(settings.backend);
            settings.resumption = self.resumption.unwrap_or(settings.resumption);
            settings.client_certificate = self.client_certificate.unwrap_or(settings.client_certificate);
            settings.dh_bits = self.dh_bits.map_or(settings.dh_bits, |change| change.0);
            put(&mut settings.suites, self.suites.as_ref());
            put(&mut settings.groups, self.groups.as_ref());
            put(&mut settings.alpn, self.alpn.as_ref());
        }
    }

    /// Does it alter how TLS is done, beside window and certificate?
    fn is_of_tls(&self) -> bool {
        self.backend.is_some()
            || self.suites.is_some()
            || self.groups.is_some()
            || self.resumption.is_some()
            || self.alpn.is_some()
            || self.client_certificate.is_some()
            || self.dh_bits.is_some()
    }
}

fn put<T: Clone>(list: &mut Vec<T>, new: Option<&Vec<T>>) {
    if let Some(new) = new {
        list.clone_from(new);
    }
}
