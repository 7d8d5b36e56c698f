//! What the journal keeps of TLS: a client's offer, and how the handshake ended (RFC 8446 section 4).
use std::borrow::Cow;
use std::collections::BTreeSet;

use postfail_wire::tls::alert::AlertDescription;
use postfail_wire::tls::client_hello::ClientHello;

use crate::listener::tls::{Suite, TlsSettings};
use crate::listener::{TlsVersion, Window};

/// What a ClientHello offers (RFC 8446 section 4.1.2). Codes as on the wire, GREASE included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hello {
    /// All versions offered, in the client's order: `supported_versions`, else `legacy_version` and below.
    pub versions: Vec<u16>,
    pub server_name: Option<String>,
    pub alpn: Vec<String>,
    pub cipher_suites: Vec<u16>,
    pub groups: Vec<u16>,
    pub signature_schemes: Vec<u16>,
    /// It asks for a stapled OCSP response (RFC 6066 section 8).
    pub status_request: bool,
    /// The listener's window at that moment.
    pub window: Option<Window>,
    /// The suites it was set to; none where it takes what its library takes.
    pub taken: Vec<u16>,
}

impl Hello {
    /// What the journal keeps of a ClientHello, and what it came to.
    pub fn new(hello: ClientHello, window: Window, settings: &TlsSettings) -> Self {
        let versions = hello.supported_versions.unwrap_or_else(|| {
            // Without the extension a client takes every version up to its own (RFC 5246 appendix E.1).
            let below = TlsVersion::ALL.into_iter().rev().map(TlsVersion::code);
            let mut versions: Vec<u16> =
                below.filter(|code| *code <= hello.legacy_version.min(0x0303)).collect();
            if versions.is_empty() {
                versions.push(hello.legacy_version);
            }
            versions
        });
        Self {
            versions,
            server_name: hello.server_name,
            alpn: hello.alpn,
            cipher_suites: hello.cipher_suites,
            groups: hello.groups,
            signature_schemes: hello.signature_schemes,
            status_request: hello.status_request,
            window: Some(window),
            taken: settings.suites.iter().map(|suite| suite.0).collect(),
        }
    }

    /// The highest TLS version offered that we know of.
    pub fn best(&self) -> Option<TlsVersion> {
        self.known().max()
    }

    /// What it says of versions, for people: `TLS 1.3, 1.2`; without a list of its own `at most TLS 1.2`.
    pub fn offer(&self) -> String {
        let known: BTreeSet<TlsVersion> = self.known().collect();
        match known.last() {
            None => "no TLS version we know".to_owned(),
            // TLS 1.3 can only be offered in a list (RFC 8446 section 4.2.1).
            Some(TlsVersion::V1_3) => {
                let names: Vec<&str> = known.iter().rev().map(|version| version.as_str()).collect();
                format!("TLS {}", names.join(", "))
            }
            Some(best) => format!("at most TLS {best}"),
        }
    }

    /// Does the window hold a version the client offers, with a suite for it? `None` without a window.
    pub fn fits(&self) -> Option<bool> {
        Some(self.shared(self.window?).any(|version| self.shares_suite(version)))
    }

    /// Is it the suites, and not the versions, that have nothing in common?
    pub fn lacks_suite(&self) -> bool {
        self.fits() == Some(false) && self.window.is_some_and(|window| self.shared(window).next().is_some())
    }

    fn shared(&self, window: Window) -> impl Iterator<Item = TlsVersion> {
        self.known().filter(move |version| window.contains(*version))
    }

    fn known(&self) -> impl Iterator<Item = TlsVersion> {
        self.versions.iter().filter_map(|code| TlsVersion::from_code(*code))
    }

    fn shares_suite(&self, version: TlsVersion) -> bool {
        let is_of_version = |suite: u16| Suite(suite).is_tls13() == (version == TlsVersion::V1_3);
        let mut taken = self.taken.iter().filter(|suite| is_of_version(**suite)).peekable();
        taken.peek().is_none() || taken.any(|suite| self.cipher_suites.contains(suite))
    }
}

/// How a TLS handshake ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handshake {
    Done {
        version: TlsVersion,
        /// IANA name: `TLS_AES_128_GCM_SHA256`.
        suite: Cow<'static, str>,
        /// `rustls` or `openssl`.
        backend: &'static str,
        alpn: Option<String>,
        resumed: bool,
        /// IANA name of the group of (EC)DHE; none with RSA key exchange, and from OpenSSL below TLS 1.3.
        group: Option<Cow<'static, str>>,
        /// SHA-256 of the certificate the client showed.
        client_certificate: Option<String>,
    },
    Failed {
        /// `offered at most TLS 1.1, window 1.2 to 1.3`.
        reason: String,
        /// Alerts by RFC name: `protocol_version`.
        alert_sent: Option<String>,
        alert_received: Option<String>,
    },
}

impl Handshake {
    /// One that came to nothing, with the alerts there were.
    pub fn failed(
        reason: impl Into<String>,
        sent: Option<AlertDescription>,
        received: Option<AlertDescription>,
    ) -> Self {
        let (alert_sent, alert_received) =
            (sent.map(AlertDescription::word), received.map(AlertDescription::word));
        Self::Failed { reason: reason.into(), alert_sent, alert_received }
    }
}
