//! A listener's settings in OpenSSL's words, and which of them this OpenSSL does not have.
use std::sync::OnceLock;

use openssl::bn::BigNum;
use openssl::dh::Dh;
use openssl::error::ErrorStack;
use openssl::pkey::Params;
use openssl::provider::Provider;
use openssl::ssl::{
    self, AlpnError, SslContext, SslContextBuilder, SslMethod, SslOptions, SslSessionCacheMode, SslVerifyMode,
};
use openssl::x509::X509;
use openssl::x509::store::X509StoreBuilder;
use postfail_certs::Authority;
use postfail_engine::listener::tls::{ClientCertificate, DhBits, Group, Resumption, Suite};
use postfail_engine::listener::{TlsSettings, Window};

use super::super::TlsError;
use super::super::window::{Backend, Unservable};

/// ffdhe2048 (RFC 7919 appendix A.1), for clients that know DHE but not ECDHE.
const FFDHE2048: &str = "\
-----BEGIN DH PARAMETERS-----
MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
-----END DH PARAMETERS-----
";

/// A server's context that has whatever suites this OpenSSL has. RC4, IDEA and SEED belong to its legacy provider, which a
/// context takes notice of when it begins; where there is no such provider they are missing.
pub(super) fn server(settings: &TlsSettings) -> Result<SslContextBuilder, ErrorStack> {
    static LEGACY: OnceLock<Option<Provider>> = OnceLock::new();
    if !settings.suites.is_empty() {
        LEGACY.get_or_init(|| Provider::try_load(None, "legacy", true).ok());
    }
    SslContext::builder(SslMethod::tls_server())
}

/// Puts the settings into a server's context.
pub(super) fn apply(builder: &mut SslContextBuilder, settings: &TlsSettings) -> Result<(), ErrorStack> {
    let old: Vec<String> = settings.suites_of(false).map(openssl_name).collect();
    if !old.is_empty() {
        builder.set_cipher_list(&format!("{}:@SECLEVEL=0", old.join(":")))?;
    }
    let new: Vec<String> = settings.suites_of(true).map(|suite| suite.to_string()).collect();
    if !new.is_empty() {
        builder.set_ciphersuites(&new.join(":"))?;
    }
    if !settings.groups.is_empty() {
        builder.set_groups_list(&joined(&settings.groups))?;
    }
    let dh = parameters(settings.dh_bits)?;
    builder.set_tmp_dh(&dh)?;
    resume(builder, settings.resumption)?;
    if !settings.alpn.is_empty() {
        choose_alpn(builder, settings.alpn.clone());
    }
    Ok(())
}

fn resume(builder: &mut SslContextBuilder, resumption: Resumption) -> Result<(), ErrorStack> {
    let (tickets, cache) = match resumption {
        Resumption::On => (true, true),
        Resumption::Tickets => (true, false),
        Resumption::Sessions => (false, true),
        Resumption::Off => (false, false),
    };
    if !tickets {
        builder.set_options(SslOptions::NO_TICKET);
    }
    builder.set_session_cache_mode(if cache {
        SslSessionCacheMode::SERVER
    } else {
        SslSessionCacheMode::OFF
    });
    if resumption == Resumption::Off { builder.set_num_tickets(0) } else { Ok(()) }
}

/// The server's first name that the client has too; with none in common no_application_protocol (RFC 7301
/// section 3.2).
fn choose_alpn(builder: &mut SslContextBuilder, ours: Vec<String>) {
    builder.set_alpn_select_callback(move |_, theirs| {
        let offered = |name: &&String| offers(theirs).any(|offer| offer == name.as_bytes());
        let chosen = ours.iter().find(offered).ok_or(AlpnError::ALERT_FATAL)?;
        offers(theirs).find(|offer| *offer == chosen.as_bytes()).ok_or(AlpnError::ALERT_FATAL)
    });
}

/// The names of an ALPN list: each behind its length.
fn offers(mut list: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = list.split_first()?;
        let name = rest.get(..usize::from(*length))?;
        list = rest.get(usize::from(*length)..)?;
        Some(name)
    })
}

/// Has clients asked for a certificate that our authority signed. Those that show their leaf alone are taken too, as
/// the intermediate is known here; the store is for them only, or a server that forgets its intermediate would find it
/// there and send it.
pub(super) fn ask_client(
    builder: &mut SslContextBuilder,
    wanted: ClientCertificate,
    authority: &Authority,
) -> Result<(), ErrorStack> {
    let mode = match wanted {
        ClientCertificate::None => return Ok(()),
        ClientCertificate::Wanted => SslVerifyMode::PEER,
        ClientCertificate::Required => SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT,
    };
    let root = X509::from_der(authority.root().certificate())?;
    builder.add_client_ca(&root)?;
    let mut store = X509StoreBuilder::new()?;
    store.add_cert(root)?;
    // No anchor: without X509_V_FLAG_PARTIAL_CHAIN a chain ends at a certificate that signed itself.
    store.add_cert(X509::from_der(authority.intermediate())?)?;
    builder.set_verify_cert_store(store.build())?;
    builder.set_verify(mode);
    Ok(())
}

/// Fields of RFC 7919 (2048 bits), RFC 2409 (1024) and RFC 3526, generator 2.
fn parameters(bits: Option<DhBits>) -> Result<Dh<Params>, ErrorStack> {
    let prime = match bits.map(u16::from) {
        Some(1024) => BigNum::get_rfc2409_prime_1024()?,
        Some(1536) => BigNum::get_rfc3526_prime_1536()?,
        Some(3072) => BigNum::get_rfc3526_prime_3072()?,
        Some(4096) => BigNum::get_rfc3526_prime_4096()?,
        _ => return Dh::params_from_pem(FFDHE2048.as_bytes()),
    };
    Dh::from_pqg(prime, None, BigNum::from_u32(2)?)
}

fn joined(groups: &[Group]) -> String {
    groups.iter().map(ToString::to_string).collect::<Vec<_>>().join(":")
}

/// OpenSSL knows suites up to TLS 1.2 by names of its own.
fn openssl_name(suite: Suite) -> String {
    ssl::cipher_name(&suite.to_string()).to_owned()
}

/// Does this OpenSSL have all of it? It passes over what it does not know in the middle of a list, so each suite is
/// tried alone.
pub fn check(window: Window, settings: &TlsSettings) -> Result<(), TlsError> {
    let refused = |error: ErrorStack| TlsError::Settings {
        backend: Backend::OpenSsl,
        window,
        reason: error.to_string(),
    };
    let mut builder = server(settings).map_err(refused)?;
    super::restrict(&mut builder, window).map_err(refused)?;
    let mut has = |suite: Suite| {
        if suite.is_tls13() {
            builder.set_ciphersuites(&suite.to_string()).is_ok()
        } else {
            let name = openssl_name(suite);
            name != "(NONE)" && builder.set_cipher_list(&format!("{name}:@SECLEVEL=0")).is_ok()
        }
    };
    if let Some(suite) = settings.suites.iter().find(|suite| !has(**suite)) {
        return Err(lacks(suite.to_string(), hint(*suite)).into());
    }
    for group in &settings.groups {
        builder.set_groups_list(&group.to_string()).map_err(|_| lacks(format!("group {group}"), ""))?;
    }
    apply(&mut builder, settings).map_err(refused)
}

fn lacks(what: String, hint: &'static str) -> Unservable {
    Unservable::NotInOpenSsl { what, version: openssl::version::version().to_owned(), hint }
}

/// What its makers leave out unless asked.
fn hint(suite: Suite) -> &'static str {
    let name = suite.to_string();
    if ["_RC4_128_", "_3DES_", "_IDEA_", "_SEED_"].iter().any(|old| name.contains(old)) {
        ": a system's OpenSSL is built without it, the one built from source has it (see docs/tls.md)"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use postfail_engine::listener::TlsVersion;

    use super::*;

    fn settings(suites: &[&str]) -> TlsSettings {
        let suites = suites.iter().map(|name| name.parse().expect("a suite")).collect();
        TlsSettings { suites, ..TlsSettings::default() }
    }

    #[test]
    fn what_openssl_has_is_taken_and_what_it_lacks_is_named() {
        for good in
            ["TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_AES_128_CCM_SHA256"]
        {
            assert!(check(Window::ALL, &settings(&[good])).is_ok(), "{good}");
        }
        let both = settings(&["TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_EXPORT_WITH_RC4_40_MD5"]);
        let refused = check(Window::ALL, &both).expect_err("nobody has export suites").to_string();
        assert!(
            refused.starts_with("OpenSSL") && refused.contains("has no TLS_RSA_EXPORT_WITH_RC4_40_MD5"),
            "{refused}"
        );
    }

    #[test]
    fn a_small_field_of_dhe_is_taken_without_a_list_of_suites() {
        let small = TlsSettings { dh_bits: "1024".parse().ok(), ..TlsSettings::default() };
        let only_new = Window { min: TlsVersion::V1_3, max: TlsVersion::V1_3 };
        for window in [Window::ALL, only_new] {
            assert_eq!(check(window, &small).map_err(|error| error.to_string()), Ok(()));
        }
    }

    #[test]
    fn names_are_read_from_an_alpn_list() {
        assert_eq!(offers(b"\x04imap\x02h2").collect::<Vec<_>>(), [&b"imap"[..], b"h2"]);
        assert_eq!(offers(b"\x04ima").count(), 0);
    }

    #[test]
    fn all_sizes_of_dhe_are_there() {
        for bits in ["1024", "1536", "2048", "3072", "4096"] {
            let dh = parameters(bits.parse().ok()).expect(bits);
            assert_eq!(dh.prime_p().num_bits().to_string(), bits);
        }
    }
}
