//! TLS 1.2 and 1.3 by rustls, in a build without OpenSSL.
use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::super::Setup;
use super::super::stream::{Duplex, TlsCeiling};

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
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(versions)
        .map_err(|e| e.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(setup.address.host.clone()).map_err(|e| e.to_string())?;
    let mut session = ClientConnection::new(Arc::new(config), name).map_err(|e| e.to_string())?;
    while session.is_handshaking() {
        session.complete_io(&mut socket).map_err(|e| e.to_string())?;
    }
    Ok(Box::new(StreamOwned::new(session, socket)))
}
