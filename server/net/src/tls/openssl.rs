//! Any window of TLS 1.0 to 1.3 by OpenSSL.
//!
//! Nothing is left to the host's policy (a distribution's `openssl.cnf` may forbid TLS 1.1 or SHA-1): versions,
//! suites, groups, signature algorithms and security level are all set here.
pub(super) mod settings;

use std::sync::Arc;

use openssl::error::ErrorStack;
use openssl::pkey::PKey;
use openssl::ssl::{SslContextBuilder, SslMode, SslOptions, SslVersion};
use openssl::x509::X509;
use postfail_certs::{Authority, Bundle};
use postfail_engine::listener::{TlsSettings, TlsVersion, Window};
pub(super) use settings::check;

use super::channel::EndPoints;
use super::key_log::KeyLog;
use super::secrets;

/// Level 0 or OpenSSL silently leaves out TLS 1.0 and 1.1. Forward secrecy and AEAD come first, then what old
/// clients have; never a suite without authentication or encryption, and of 3DES and its like only what is asked for.
///
/// RSA key exchange stands before the other suites with CBC. Until TLS 1.1, ECDHE and DHE are signed with MD5 and
/// SHA-1, which a client of today refuses unless it is told to lower its security level; RSA key exchange has nothing
/// to sign, so `curl --tls-max 1.1` needs no more than that. Clients of TLS 1.2 find their suites further up.
pub(super) const CIPHERS: &str = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:AES128-SHA:AES256-SHA:\
                                  ECDHE:DHE:AESGCM:ALL:!aNULL:!eNULL:!PSK:!SRP:!DSS:!3DES:!RC4:\
                                  !IDEA:!SEED:@SECLEVEL=0";

/// SHA-1 stays for TLS 1.2 clients that sign with nothing better (RFC 5246 section 7.4.1.4.1).
const SIGNATURES: &str = "ecdsa_secp256r1_sha256:ECDSA+SHA384:ECDSA+SHA512:rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:\
                          rsa_pss_rsae_sha512:RSA+SHA256:RSA+SHA384:RSA+SHA512:ECDSA+SHA1:RSA+SHA1";

const GROUPS: &str = "X25519:P-256:P-384:P-521";

/// A server context for a window, and what clients bind to of its leaves; shows ECDSA, and RSA where there is an RSA leaf,
/// as the client's suites ask.
///
/// # Errors
/// When OpenSSL refuses a setting or a key.
pub fn context(
    window: Window,
    settings: &TlsSettings,
    bundles: &[&Bundle],
    authority: &Authority,
) -> Result<(SslContextBuilder, EndPoints), ErrorStack> {
    let mut builder = settings::server(settings)?;
    restrict(&mut builder, window)?;
    builder.set_sigalgs_list(SIGNATURES)?;
    builder.set_groups_list(GROUPS)?;
    builder.clear_options(SslOptions::ALL);
    builder.set_options(
        SslOptions::CIPHER_SERVER_PREFERENCE | SslOptions::NO_COMPRESSION | SslOptions::NO_RENEGOTIATION,
    );
    // RELEASE_BUFFERS: an idle connection keeps no record buffers. The others are what an async stream needs.
    builder.set_mode(
        SslMode::RELEASE_BUFFERS
            | SslMode::AUTO_RETRY
            | SslMode::ENABLE_PARTIAL_WRITE
            | SslMode::ACCEPT_MOVING_WRITE_BUFFER,
    );
    // A flight is one read, not two for each record.
    builder.set_read_ahead(true);
    builder.set_session_id_context(b"postfail")?;
    settings::apply(&mut builder, settings)?;
    settings::ask_client(&mut builder, settings.client_certificate, authority)?;
    let mut end_points = EndPoints::default();
    for bundle in bundles {
        if let Some(leaf) = bundle.chain().first() {
            end_points.add(add_leaf(&mut builder, leaf, bundle)?, leaf);
        }
    }
    // All leaves have one issuer, and the context has one chain for all of them.
    for issuer in bundles.first().and_then(|bundle| bundle.chain().get(1..)).unwrap_or_default() {
        builder.add_extra_chain_cert(X509::from_der(issuer)?)?;
    }
    staple(&mut builder, bundles)?;
    Ok((builder, end_points))
}

/// Hands the secrets of a context to the key log, where there is one, and to whom of its connections overhears them.
pub fn log_keys(builder: &mut SslContextBuilder, key_log: Option<&Arc<KeyLog>>, overheard: bool) {
    let key_log = key_log.cloned();
    if key_log.is_none() && !overheard {
        return;
    }
    builder.set_keylog_callback(move |ssl, line| {
        if let Some(log) = &key_log {
            log.line(line);
        }
        if overheard {
            secrets::line(ssl, line);
        }
    });
}

/// Versions, suites and level of a context, client's or server's.
pub(super) fn restrict(builder: &mut SslContextBuilder, window: Window) -> Result<(), ErrorStack> {
    builder.set_security_level(0);
    builder.set_min_proto_version(Some(version(window.min)))?;
    builder.set_max_proto_version(Some(version(window.max)))?;
    builder.set_cipher_list(CIPHERS)
}

fn version(version: TlsVersion) -> SslVersion {
    match version {
        TlsVersion::V1_0 => SslVersion::TLS1,
        TlsVersion::V1_1 => SslVersion::TLS1_1,
        TlsVersion::V1_2 => SslVersion::TLS1_2,
        TlsVersion::V1_3 => SslVersion::TLS1_3,
    }
}

fn add_leaf(builder: &mut SslContextBuilder, leaf: &[u8], bundle: &Bundle) -> Result<X509, ErrorStack> {
    let (leaf, key) = (X509::from_der(leaf)?, PKey::private_key_from_der(bundle.key().secret_der())?);
    builder.set_certificate(&leaf)?;
    builder.set_private_key(&key)?;
    Ok(leaf)
}

/// Staples to each leaf the OCSP response made for it, for clients that ask (RFC 6066 section 8).
fn staple(builder: &mut SslContextBuilder, bundles: &[&Bundle]) -> Result<(), ErrorStack> {
    let with_staple = |bundle: &&Bundle| Some((bundle.chain().first()?.to_vec(), bundle.staple()?.to_vec()));
    let staples: Vec<(Vec<u8>, Vec<u8>)> = bundles.iter().filter_map(with_staple).collect();
    if staples.is_empty() {
        return Ok(());
    }
    builder.set_status_callback(move |ssl| {
        let chosen = ssl.certificate().map(|leaf| leaf.to_der()).transpose()?;
        match staples.iter().find(|(leaf, _)| Some(leaf) == chosen.as_ref()) {
            Some((_, response)) => ssl.set_ocsp_status(response).map(|()| true),
            None => Ok(false),
        }
    })
}
