//! What a finished handshake gives to those who log in: channel bindings (RFC 5929, RFC 9266) and the client's names.
use std::sync::{Arc, OnceLock};

use postfail_session::world::Channel;
use postfail_wire::sasl::{Binding, Bindings};
use postfail_wire::tls::certificate::{self, SignatureHash};
use ring::digest;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ProtocolVersion, ServerConfig, ServerConnection};

/// RFC 9266 section 2.
const LABEL: &str = "EXPORTER-Channel-Binding";
/// Bytes that are exported.
const EXPORTED: usize = 32;

/// A configuration that remembers which certificate it showed: rustls does not tell.
pub fn remembering(config: &ServerConfig) -> (Arc<ServerConfig>, Arc<Shown>) {
    let shown = Arc::new(Shown { resolver: Arc::clone(&config.cert_resolver), certificate: OnceLock::new() });
    let mut config = config.clone();
    config.cert_resolver = Arc::clone(&shown) as Arc<dyn ResolvesServerCert>;
    (Arc::new(config), shown)
}

/// The certificate shown in one handshake; none where a session was resumed.
#[derive(Debug)]
pub struct Shown {
    resolver: Arc<dyn ResolvesServerCert>,
    certificate: OnceLock<Arc<CertifiedKey>>,
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let chosen = self.resolver.resolve(hello)?;
        let _ = self.certificate.set(Arc::clone(&chosen));
        Some(chosen)
    }

    fn only_raw_public_keys(&self) -> bool {
        self.resolver.only_raw_public_keys()
    }
}

/// Of rustls. It keeps the Finished messages to itself: there is no `tls-unique` at TLS 1.2.
pub fn of_rustls(connection: &ServerConnection, shown: &Shown) -> Channel {
    let mut bindings = Bindings::default();
    if connection.protocol_version() == Some(ProtocolVersion::TLSv1_3)
        && let Ok(bytes) = connection.export_keying_material([0; EXPORTED], LABEL.as_bytes(), Some(&[]))
    {
        bindings.add(Binding::Exporter, &bytes);
    }
    if let Some(leaf) = shown.certificate.get().and_then(|key| key.cert.first()) {
        bindings.add(Binding::ServerEndPoint, &end_point(leaf));
    }
    let client = connection.peer_certificates().and_then(|chain| chain.first());
    Channel { bindings, client: client.map(|leaf| certificate::names(leaf)).unwrap_or_default() }
}

/// `tls-server-end-point` of each leaf that a context of OpenSSL shows; it shows the very objects it was given.
#[cfg(feature = "legacy-tls")]
#[derive(Default)]
pub struct EndPoints(Vec<(openssl::x509::X509, Vec<u8>)>);

#[cfg(feature = "legacy-tls")]
impl EndPoints {
    /// A leaf, and its DER.
    pub fn add(&mut self, leaf: openssl::x509::X509, der: &[u8]) {
        self.0.push((leaf, end_point(der)));
    }

    fn of(&self, leaf: &openssl::x509::X509Ref) -> Option<&[u8]> {
        self.0
            .iter()
            .find(|(own, _)| std::ptr::eq::<openssl::x509::X509Ref>(&**own, leaf))
            .map(|(_, bytes)| bytes.as_slice())
    }
}

/// Of OpenSSL.
#[cfg(feature = "legacy-tls")]
pub fn of_openssl(ssl: &openssl::ssl::SslRef, end_points: &EndPoints) -> Channel {
    use openssl::ssl::SslVersion;
    let mut bindings = Bindings::default();
    if ssl.version2() == Some(SslVersion::TLS1_3) {
        let mut bytes = [0; EXPORTED];
        if ssl.export_keying_material(&mut bytes, LABEL, Some(&[])).is_ok() {
            bindings.add(Binding::Exporter, &bytes);
        }
    } else {
        // The client says Finished first, unless the session is resumed (RFC 5929 section 3.1).
        let mut finished = [0; 64];
        let length =
            if ssl.session_reused() { ssl.finished(&mut finished) } else { ssl.peer_finished(&mut finished) };
        bindings.add(Binding::Unique, finished.get(..length).unwrap_or_default());
    }
    if let Some(bytes) = ssl.certificate().and_then(|leaf| end_points.of(leaf)) {
        bindings.add(Binding::ServerEndPoint, bytes);
    }
    let client = ssl.peer_certificate().and_then(|leaf| leaf.to_der().ok());
    Channel { bindings, client: client.map(|leaf| certificate::names(&leaf)).unwrap_or_default() }
}

/// The hash of the certificate, by the hash of its own signature (RFC 5929 section 4.1).
fn end_point(leaf: &[u8]) -> Vec<u8> {
    let algorithm = match certificate::signature_hash(leaf) {
        SignatureHash::Sha256 => &digest::SHA256,
        SignatureHash::Sha384 => &digest::SHA384,
        SignatureHash::Sha512 => &digest::SHA512,
    };
    digest::digest(algorithm, leaf).as_ref().to_vec()
}
