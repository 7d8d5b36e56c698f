//! Certificates of clients under rustls (RFC 8446 section 4.4.2.4): signed by our authority, with or without the
//! intermediate.
use std::sync::Arc;

use postfail_certs::Authority;
use postfail_engine::listener::tls::ClientCertificate;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, RootCertStore, SignatureScheme};

/// Takes client certificates that our authority has signed.
pub(super) fn verifier(
    wanted: ClientCertificate,
    provider: Arc<CryptoProvider>,
    authority: &Authority,
) -> Result<Arc<dyn ClientCertVerifier>, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.root().certificate().clone())?;
    // webpki compares no mail addresses and refuses them where names are constrained; nobody but us signs here.
    roots.roots.iter_mut().for_each(|root| root.name_constraints = None);
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let builder = if wanted == ClientCertificate::Wanted { builder.allow_unauthenticated() } else { builder };
    let inner =
        builder.build().map_err(|error| rustls::Error::General(format!("client certificates: {error}")))?;
    Ok(Arc::new(WithIntermediate { inner, intermediate: authority.intermediate().clone() }))
}

/// Adds the intermediate to what the client has sent: many send their leaf alone.
#[derive(Debug)]
struct WithIntermediate {
    inner: Arc<dyn ClientCertVerifier>,
    intermediate: CertificateDer<'static>,
}

impl ClientCertVerifier for WithIntermediate {
    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        sent: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let mut known: Vec<CertificateDer<'_>> = sent.to_vec();
        known.push(self.intermediate.clone());
        self.inner.verify_client_cert(leaf, &known, now)
    }

    fn offer_client_auth(&self) -> bool {
        self.inner.offer_client_auth()
    }

    fn client_auth_mandatory(&self) -> bool {
        self.inner.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.inner.root_hint_subjects()
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, leaf, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, leaf, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
