//! Every version by OpenSSL, whatever the host's policy says; certificates by today's rules all the same.
//!
//! Beside the chain: no key or digest that is too weak (level 2: 112 bits), no name but in the subjectAltName
//! (RFC 9525 section 2), and a stapled OCSP response has to say that the certificate is good (RFC 6066 section 8).
use std::net::{IpAddr, TcpStream};
use std::path::Path;

use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::ocsp::{OcspCertId, OcspCertStatus, OcspFlag, OcspResponse};
use openssl::ssl::{
    ConnectConfiguration, SslConnector, SslConnectorBuilder, SslFiletype, SslMethod, SslRef, SslStream,
    SslVerifyMode, SslVersion, StatusType,
};
use openssl::stack::Stack;
use openssl::x509::X509;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::X509CheckFlags;

use super::super::Setup;
use super::super::stream::{Duplex, TlsCeiling};
use crate::handle::OwnFiles;

/// Security level 2 of OpenSSL: RSA from 2048 bits, no SHA-1 or MD5 in signatures of the chain.
const LEVEL: i32 = 2;

/// How far clocks may differ, in seconds.
const SKEW: u32 = 300;

/// The extension TLS feature with `status_request` (RFC 7633 section 4.2.3), in DER.
const MUST_STAPLE: [u8; 17] =
    [0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x18, 0x04, 0x05, 0x30, 0x03, 0x02, 0x01, 0x05];

impl Duplex for SslStream<TcpStream> {
    fn bye(&mut self) {
        // A server that is gone already needs no word.
        let _ = self.shutdown();
    }
}

pub fn connect(socket: TcpStream, setup: &Setup) -> Result<Box<dyn Duplex>, String> {
    let trusted = setup.ca.as_deref().map(roots).transpose()?.unwrap_or_default();
    let mut builder = client(setup, &trusted).map_err(|e| e.to_string())?;
    show(&mut builder, setup)?;
    let ssl = named(builder, setup).map_err(|e| e.to_string())?;
    let stream = ssl.connect(&setup.address.host, socket).map_err(|e| e.to_string())?;
    if !setup.careless {
        check_staple(stream.ssl(), &trusted)?;
    }
    Ok(Box::new(stream))
}

fn roots(ca: &Path) -> Result<Vec<X509>, String> {
    let bytes = std::fs::read(ca).map_err(|e| format!("{}: {e}", ca.display()))?;
    X509::stack_from_pem(&bytes).map_err(|e| format!("{}: {e}", ca.display()))
}

/// The client's own certificate, where it was given one.
fn show(builder: &mut SslConnectorBuilder, setup: &Setup) -> Result<(), String> {
    let Some(OwnFiles { chain, key }) = &setup.certificate else { return Ok(()) };
    let wrong = |file: &Path, e: ErrorStack| format!("{} is no PEM file to show: {e}", file.display());
    builder.set_certificate_chain_file(chain).map_err(|e| wrong(chain, e))?;
    builder.set_private_key_file(key, SslFiletype::PEM).map_err(|e| wrong(key, e))
}

fn client(setup: &Setup, trusted: &[X509]) -> Result<SslConnectorBuilder, ErrorStack> {
    let newest = match setup.tls_max {
        TlsCeiling::Tls10 => SslVersion::TLS1,
        TlsCeiling::Tls11 => SslVersion::TLS1_1,
        TlsCeiling::Tls12 => SslVersion::TLS1_2,
        TlsCeiling::Tls13 => SslVersion::TLS1_3,
    };
    let mut builder = SslConnector::builder(SslMethod::tls_client())?;
    builder.set_security_level(0);
    builder.set_cipher_list("ALL:!aNULL:!eNULL:@SECLEVEL=0")?;
    // A client that knows 1.2 offers nothing older (RFC 8996).
    let old = matches!(setup.tls_max, TlsCeiling::Tls10 | TlsCeiling::Tls11);
    builder.set_min_proto_version(Some(if old { SslVersion::TLS1 } else { SslVersion::TLS1_2 }))?;
    builder.set_max_proto_version(Some(newest))?;
    for root in trusted {
        builder.cert_store_mut().add_cert(root.clone())?;
    }
    if setup.careless {
        builder.set_verify(SslVerifyMode::NONE);
    }
    Ok(builder)
}

/// Checks the name by today's rules.
fn named(builder: SslConnectorBuilder, setup: &Setup) -> Result<ConnectConfiguration, ErrorStack> {
    // The connector's own check of the name takes it from the subject where there is no subjectAltName.
    let mut ssl = builder.build().configure()?.verify_hostname(false);
    let host = setup.address.host.as_str();
    let param = ssl.param_mut();
    param.set_hostflags(X509CheckFlags::NO_PARTIAL_WILDCARDS | X509CheckFlags::NEVER_CHECK_SUBJECT);
    param.set_auth_level(LEVEL);
    match host.parse::<IpAddr>() {
        Ok(address) => param.set_ip(address)?,
        Err(_) => param.set_host(host)?,
    }
    ssl.set_status_type(StatusType::OCSP)?;
    Ok(ssl)
}

/// A certificate that demands a stapled response must have one; one that is there must be good, and in time.
fn check_staple(ssl: &SslRef, trusted: &[X509]) -> Result<(), String> {
    let Some(leaf) = ssl.peer_certificate() else { return Ok(()) };
    let Some(response) = ssl.ocsp_status().filter(|response| !response.is_empty()) else {
        let der = leaf.to_der().map_err(|e| e.to_string())?;
        let demanded = der.windows(MUST_STAPLE.len()).any(|window| window == MUST_STAPLE);
        return if demanded { Err("the certificate demands a stapled OCSP response".into()) } else { Ok(()) };
    };
    match status(ssl, &leaf, response, trusted) {
        Ok(Some(OcspCertStatus::GOOD)) => Ok(()),
        Ok(Some(OcspCertStatus::REVOKED)) => {
            Err("the certificate was revoked (stapled OCSP response)".into())
        }
        Ok(_) => Err("the stapled OCSP response does not vouch for the certificate".into()),
        Err(error) => Err(format!("the stapled OCSP response is not valid: {error}")),
    }
}

/// What a response says of the leaf; `None` when it is about another, or no answer.
fn status(
    ssl: &SslRef,
    leaf: &X509,
    response: &[u8],
    trusted: &[X509],
) -> Result<Option<OcspCertStatus>, ErrorStack> {
    let Some(chain) = ssl.verified_chain() else { return Ok(None) };
    let Some(issuer) = chain.get(1) else { return Ok(None) };
    let basic = OcspResponse::from_der(response)?.basic()?;
    let mut certificates = Stack::new()?;
    for certificate in chain {
        certificates.push(certificate.to_owned())?;
    }
    let store = store(trusted)?;
    basic.verify(&certificates, &store, OcspFlag::empty())?;
    let id = OcspCertId::from_cert(MessageDigest::sha1(), leaf, issuer)?;
    let Some(found) = basic.find_status(&id) else { return Ok(None) };
    found.check_validity(SKEW, None)?;
    Ok(Some(found.status))
}

fn store(trusted: &[X509]) -> Result<X509Store, ErrorStack> {
    let mut store = X509StoreBuilder::new()?;
    for root in trusted {
        store.add_cert(root.clone())?;
    }
    Ok(store.build())
}
