//! TLS 1.2 and 1.3 by rustls with ring.
mod clients;

use std::sync::{Arc, OnceLock};

use postfail_certs::{Authority, Bundle};
use postfail_engine::listener::tls::{ClientCertificate, Resumption};
use postfail_engine::listener::{TlsSettings, TlsVersion, Window};
use rustls::crypto::{CryptoProvider, ring};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{CipherSuite, ServerConfig, SupportedProtocolVersion};

use super::hello;
use super::keys::Keys;

/// A server configuration for a window within TLS 1.2 to 1.3.
///
/// # Errors
/// When a key does not load or the window holds no version rustls knows.
pub fn config(
    window: Window,
    settings: &TlsSettings,
    keys: &Arc<Keys>,
    authority: &Authority,
) -> Result<Arc<ServerConfig>, rustls::Error> {
    let provider = Arc::new(provider(window, settings));
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&versions(window))?;
    let builder = match settings.client_certificate {
        ClientCertificate::None => builder.with_no_client_auth(),
        wanted => builder.with_client_cert_verifier(clients::verifier(wanted, provider, authority)?),
    };
    let mut config = builder.with_cert_resolver(Arc::new(ByScheme::new(Arc::clone(keys), window, settings)?));
    // A list is in the server's order; without one the client's counts.
    config.ignore_client_order = !settings.suites.is_empty();
    config.alpn_protocols = settings.alpn.iter().map(|name| name.clone().into_bytes()).collect();
    if matches!(settings.resumption, Resumption::On | Resumption::Tickets) {
        config.ticketer = ring::Ticketer::new()?;
    }
    if matches!(settings.resumption, Resumption::Tickets | Resumption::Off) {
        config.session_storage = Arc::new(NoServerSessionStorage {});
    }
    if settings.resumption == Resumption::Off {
        config.send_tls13_tickets = 0;
    }
    Ok(Arc::new(config))
}

/// ring with the suites and groups of the settings, in their order, or with all it has; without those of versions outside
/// the window, by which rustls would think that an ECDSA key suits a client of TLS 1.2 with suites of RSA.
fn provider(window: Window, settings: &TlsSettings) -> CryptoProvider {
    let mut provider = ring::default_provider();
    let all = provider.cipher_suites;
    provider.cipher_suites = [true, false]
        .into_iter()
        .filter(|tls13| window.contains(if *tls13 { TlsVersion::V1_3 } else { TlsVersion::V1_2 }))
        .flat_map(|tls13| {
            let known = |code: u16| all.iter().find(|suite| u16::from(suite.suite()) == code).copied();
            let wanted: Vec<_> = settings.suites_of(tls13).filter_map(|suite| known(suite.0)).collect();
            let own = all.iter().filter(move |suite| suite.tls13().is_some() == tls13).copied();
            if wanted.is_empty() { own.collect() } else { wanted }
        })
        .collect();
    if !settings.groups.is_empty() {
        let all = provider.kx_groups;
        let known = |code: u16| all.iter().find(|group| u16::from(group.name()) == code).copied();
        provider.kx_groups = settings.groups.iter().filter_map(|group| known(group.0)).collect();
    }
    provider
}

pub(super) fn versions(window: Window) -> Vec<&'static SupportedProtocolVersion> {
    let known = |version| match version {
        TlsVersion::V1_3 => Some(&rustls::version::TLS13),
        TlsVersion::V1_2 => Some(&rustls::version::TLS12),
        TlsVersion::V1_0 | TlsVersion::V1_1 => None,
    };
    window.versions().filter_map(known).collect()
}

/// Chooses the certificate by the client's signature schemes: ECDSA where it can be, since it is cheaper. In TLS 1.2 a
/// list of suites goes before: its first that the client has too tells the key.
#[derive(Debug)]
struct ByScheme {
    keys: Arc<Keys>,
    tls13: bool,
    /// Those listed of TLS 1.2.
    listed: Vec<u16>,
    ecdsa: Arc<CertifiedKey>,
    rsa: OnceLock<Option<Arc<CertifiedKey>>>,
}

impl ByScheme {
    fn new(keys: Arc<Keys>, window: Window, settings: &TlsSettings) -> Result<Self, rustls::Error> {
        let ecdsa = certified(keys.ecdsa())?;
        let listed = settings.suites_of(false).map(|suite| suite.0).collect();
        Ok(Self { keys, tls13: window.contains(TlsVersion::V1_3), listed, ecdsa, rsa: OnceLock::new() })
    }

    /// The suite listed first is one that RSA signs.
    fn begins_with_rsa(&self, offered: &[CipherSuite]) -> bool {
        if self.tls13 && offered.iter().any(|suite| matches!(u16::from(*suite), 0x1301..=0x1303)) {
            return false;
        }
        hello::begins_with_rsa(self.listed.iter().copied(), |suite| {
            offered.contains(&CipherSuite::from(suite))
        })
    }

    /// By the time a client that needs RSA gets here, the handshake has waited for the key (see `accept`).
    fn rsa(&self) -> Option<Arc<CertifiedKey>> {
        let bundle = self.keys.rsa_if_made()?;
        self.rsa.get_or_init(|| certified(&bundle).ok()).clone()
    }
}

impl ResolvesServerCert for ByScheme {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let schemes = hello.signature_schemes();
        if !self.begins_with_rsa(hello.cipher_suites()) && self.ecdsa.key.choose_scheme(schemes).is_some() {
            return Some(Arc::clone(&self.ecdsa));
        }
        let rsa = self.rsa().filter(|rsa| rsa.key.choose_scheme(schemes).is_some());
        rsa.or_else(|| Some(Arc::clone(&self.ecdsa)))
    }
}

fn certified(bundle: &Bundle) -> Result<Arc<CertifiedKey>, rustls::Error> {
    let key = ring::sign::any_supported_type(bundle.key())?;
    let mut certified = CertifiedKey::new(bundle.chain().to_vec(), key);
    certified.ocsp = bundle.staple().map(<[u8]>::to_vec);
    Ok(Arc::new(certified))
}
