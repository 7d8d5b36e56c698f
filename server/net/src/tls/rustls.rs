//! TLS 1.2 and 1.3 by rustls with ring.
use std::sync::{Arc, OnceLock};

use postfail_certs::Bundle;
use postfail_engine::listener::{TlsVersion, Window};
use rustls::crypto::ring;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, SupportedProtocolVersion};

use super::keys::Keys;

/// A server configuration for a window within TLS 1.2 to 1.3.
///
/// # Errors
/// When a key does not load or the window holds no version rustls knows.
pub fn config(window: Window, keys: &Arc<Keys>) -> Result<Arc<ServerConfig>, rustls::Error> {
    let versions = versions(window);
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&versions)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(ByScheme::new(Arc::clone(keys))?));
    config.ticketer = ring::Ticketer::new()?;
    Ok(Arc::new(config))
}

pub(super) fn versions(window: Window) -> Vec<&'static SupportedProtocolVersion> {
    let known = |version| match version {
        TlsVersion::V1_3 => Some(&rustls::version::TLS13),
        TlsVersion::V1_2 => Some(&rustls::version::TLS12),
        TlsVersion::V1_0 | TlsVersion::V1_1 => None,
    };
    window.versions().filter_map(known).collect()
}

/// Chooses the certificate by the client's signature schemes: ECDSA where it can be, since it is cheaper.
#[derive(Debug)]
struct ByScheme {
    keys: Arc<Keys>,
    ecdsa: Arc<CertifiedKey>,
    rsa: OnceLock<Option<Arc<CertifiedKey>>>,
}

impl ByScheme {
    fn new(keys: Arc<Keys>) -> Result<Self, rustls::Error> {
        let ecdsa = certified(keys.ecdsa())?;
        Ok(Self { keys, ecdsa, rsa: OnceLock::new() })
    }

    /// By the time a client that needs RSA gets here, the handshake has waited for the key (see `accept`).
    fn rsa(&self) -> Option<Arc<CertifiedKey>> {
        let bundle = self.keys.rsa_if_made()?;
        self.rsa.get_or_init(|| certified(&bundle).ok()).clone()
    }
}

impl ResolvesServerCert for ByScheme {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        if self.ecdsa.key.choose_scheme(hello.signature_schemes()).is_some() {
            return Some(Arc::clone(&self.ecdsa));
        }
        self.rsa().or_else(|| Some(Arc::clone(&self.ecdsa)))
    }
}

fn certified(bundle: &Bundle) -> Result<Arc<CertifiedKey>, rustls::Error> {
    let key = ring::sign::any_supported_type(bundle.key())?;
    let mut certified = CertifiedKey::new(bundle.chain().to_vec(), key);
    certified.ocsp = bundle.staple().map(<[u8]>::to_vec);
    Ok(Arc::new(certified))
}
