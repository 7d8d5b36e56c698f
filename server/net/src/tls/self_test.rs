//! At start every listener shakes hands with itself at each version of its window, as a client that trusts only
//! our root: whoever's client fails later knows that it is not for want of a working server.
use std::sync::Arc;

use postfail_engine::journal::{Handshake, What};
use postfail_engine::listener::tls::ClientCertificate;
use postfail_engine::listener::{TlsSettings, TlsVersion, Window};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};

use tokio::io::{AsyncWriteExt, DuplexStream};

use super::{Face, Tls, accept};

/// One sentence for each version that fails; none when all is well. What was set so that clients may fail is left to
/// them.
pub async fn run(tls: &Tls, face: &Face) -> Vec<String> {
    let TlsSettings { suites, groups, client_certificate, .. } = &*face.settings;
    let mut failures = Vec::new();
    if !suites.is_empty() || !groups.is_empty() || *client_certificate == ClientCertificate::Required {
        return failures;
    }
    for version in face.window.versions() {
        if let Err(reason) = shake_hands(tls, face, version).await {
            failures.push(format!("self-test: TLS {version} of the window {} fails: {reason}", face.window));
        }
    }
    failures
}

async fn shake_hands(tls: &Tls, face: &Face, version: TlsVersion) -> Result<(), String> {
    let (near, far) = tokio::io::duplex(64 * 1024);
    let mut ended = None;
    let mut note = |what| {
        if let What::Handshake(end) = what {
            ended = Some(*end);
        }
    };
    let server = async {
        let mut accepted = accept::accept(tls, far, face.clone(), None, &mut note).await;
        match &mut accepted {
            Ok((stream, _)) => drop(stream.flush().await),
            Err(lost) => lost.tell().await,
        }
        accepted
    };
    let ca = tls.authority().ca_pem();
    // Both streams live until both sides are done: the server still writes tickets when the client is.
    let (client, _server) = tokio::join!(connect(near, version, ca), server);
    let client = client.map(drop);
    match ended {
        Some(Handshake::Done { version: chosen, .. }) if chosen == version => client,
        Some(Handshake::Done { version: chosen, .. }) => Err(format!("the server chose TLS {chosen}")),
        Some(Handshake::Failed { reason, .. }) => Err(client.err().unwrap_or(reason)),
        None => client,
    }
}

async fn connect(stream: DuplexStream, version: TlsVersion, ca: &str) -> Result<Box<dyn Send>, String> {
    if version >= TlsVersion::V1_2 {
        by_rustls(stream, version, ca).await.map_err(|e| e.to_string())
    } else {
        by_openssl(stream, version, ca).await
    }
}

async fn by_rustls(
    stream: DuplexStream,
    version: TlsVersion,
    ca: &str,
) -> Result<Box<dyn Send>, Box<dyn std::error::Error + Send + Sync>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.as_bytes())?)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&super::rustls::versions(Window { min: version, max: version }))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost")?;
    Ok(Box::new(tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await?))
}

#[cfg(feature = "legacy-tls")]
async fn by_openssl(stream: DuplexStream, version: TlsVersion, ca: &str) -> Result<Box<dyn Send>, String> {
    let ssl = client(version, ca).map_err(|e| e.to_string())?;
    let mut stream = tokio_openssl::SslStream::new(ssl, stream).map_err(|e| e.to_string())?;
    std::pin::Pin::new(&mut stream).connect().await.map_err(|e| e.to_string())?;
    Ok(Box::new(stream))
}

#[cfg(feature = "legacy-tls")]
fn client(version: TlsVersion, ca: &str) -> Result<openssl::ssl::Ssl, openssl::error::ErrorStack> {
    use openssl::ssl::{Ssl, SslContext, SslMethod, SslVerifyMode};
    let mut builder = SslContext::builder(SslMethod::tls_client())?;
    super::openssl::restrict(&mut builder, Window { min: version, max: version })?;
    builder.set_verify(SslVerifyMode::PEER);
    builder.cert_store_mut().add_cert(openssl::x509::X509::from_pem(ca.as_bytes())?)?;
    let mut ssl = Ssl::new(&builder.build())?;
    ssl.set_hostname("localhost")?;
    ssl.param_mut().set_host("localhost")?;
    Ok(ssl)
}

#[cfg(not(feature = "legacy-tls"))]
async fn by_openssl(_: DuplexStream, version: TlsVersion, _: &str) -> Result<Box<dyn Send>, String> {
    Err(format!("TLS {version} needs the feature `legacy-tls`"))
}
