//! TLS 1.2 and 1.3 by rustls, in a build without OpenSSL. Beside the chain and the name, a stapled OCSP response has to
//! say that the certificate is good (RFC 6066 section 8).
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

use postfail_certs::revocation;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WantsClientCert, WebPkiServerVerifier};
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, ConfigBuilder, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme, StreamOwned,
};

use super::super::Setup;
use super::super::stream::{Duplex, TlsCeiling};
use crate::handle::OwnFiles;

impl Duplex for StreamOwned<ClientConnection, TcpStream> {
    fn bye(&mut self) {
        self.conn.send_close_notify();
        let _ = self.flush();
    }
}

pub fn connect(mut socket: TcpStream, setup: &Setup) -> Result<Box<dyn Duplex>, String> {
    let versions: &[&rustls::SupportedProtocolVersion] = match setup.tls_max {
        TlsCeiling::Tls12 => &[&rustls::version::TLS12],
        TlsCeiling::Tls13 => &[&rustls::version::TLS12, &rustls::version::TLS13],
        old => return Err(format!("{old:?} needs a build with the feature `legacy-tls`")),
    };
    let mut roots = RootCertStore::empty();
    if let Some(ca) = &setup.ca {
        for certificate in CertificateDer::pem_file_iter(ca).map_err(|e| e.to_string())? {
            roots.add(certificate.map_err(|e| e.to_string())?).map_err(|e| e.to_string())?;
        }
    }
    let provider = Arc::new(ring::default_provider());
    let chain = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let verifier = Strict(chain.build().map_err(|e| e.to_string())?);
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .map_err(|e| e.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let config = match &setup.certificate {
        None => config.with_no_client_auth(),
        Some(files) => show(config, files)?,
    };
    let name = ServerName::try_from(setup.address.host.clone()).map_err(|e| e.to_string())?;
    let mut session = ClientConnection::new(Arc::new(config), name).map_err(|e| e.to_string())?;
    while session.is_handshaking() {
        session.complete_io(&mut socket).map_err(|e| e.to_string())?;
    }
    Ok(Box::new(StreamOwned::new(session, socket)))
}

/// The client's own certificate.
fn show(
    config: ConfigBuilder<ClientConfig, WantsClientCert>,
    OwnFiles { chain, key }: &OwnFiles,
) -> Result<ClientConfig, String> {
    let wrong = |file: &Path, e: pem::Error| format!("{} is no PEM file to show: {e}", file.display());
    let certificates = CertificateDer::pem_file_iter(chain).and_then(Iterator::collect);
    let certificates = certificates.map_err(|e| wrong(chain, e))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|e| wrong(key, e))?;
    config.with_client_auth_cert(certificates, private).map_err(|e| e.to_string())
}

/// webpki's verdict on the chain, then ours on the staple, which webpki passes over.
#[derive(Debug)]
struct Strict(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for Strict {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        issuers: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        staple: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.0.verify_server_cert(leaf, issuers, name, staple, now)?;
        let issuer = issuers.first().map(|issuer| &**issuer).unwrap_or_default();
        revocation::check_staple(leaf, issuer, staple, now.as_secs())
            .map_err(|refused| Error::General(refused.to_string()))?;
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}
