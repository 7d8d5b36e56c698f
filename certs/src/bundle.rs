//! A certificate with its chain and its key, in DER for servers and in PEM (RFC 7468) for files.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// What a server needs for one certificate: the chain as it is shown, and the leaf's key.
pub struct Bundle {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    staple: Option<Vec<u8>>,
}

impl Bundle {
    pub(crate) fn new(chain: Vec<CertificateDer<'static>>, pkcs8: &[u8], staple: Option<Vec<u8>>) -> Self {
        Self { chain, key: PrivatePkcs8KeyDer::from(pkcs8.to_vec()).into(), staple }
    }

    /// As it is shown: leaf first, without the root unless the kind is about that.
    #[must_use]
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    /// The chain as one PEM text, leaf first.
    #[must_use]
    pub fn chain_pem(&self) -> String {
        self.chain.iter().map(|certificate| pem("CERTIFICATE", certificate)).collect()
    }

    /// The leaf's private key, PKCS #8.
    #[must_use]
    pub fn key(&self) -> &PrivateKeyDer<'static> {
        &self.key
    }

    /// The leaf's private key as PEM.
    #[must_use]
    pub fn key_pem(&self) -> String {
        pem("PRIVATE KEY", self.key.secret_der())
    }

    /// The OCSP response to staple (RFC 6066 section 8), in DER.
    #[must_use]
    pub fn staple(&self) -> Option<&[u8]> {
        self.staple.as_deref()
    }
}

/// Without the key.
impl std::fmt::Debug for Bundle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bundle").field("chain", &self.chain.len()).finish_non_exhaustive()
    }
}

/// DER as PEM, lines of 64 characters.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, left) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = left;
    }
    out.push_str("-----END ");
    out.push_str(label);
    out.push_str("-----\n");
    out
}
