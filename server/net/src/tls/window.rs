//! Which library serves which listener, and what this build cannot serve.
//!
//! rustls knows TLS 1.2 and 1.3 with ECDHE and AEAD, and is quicker and smaller there; OpenSSL (feature `legacy-tls`)
//! knows all four versions and whatever suites, groups and DHE parameters its makers left in.
use postfail_engine::listener::TlsVersion;
use postfail_engine::listener::tls::Library;
use rustls::crypto::ring;

use super::Face;

/// A TLS library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Rustls,
    OpenSsl,
}

/// Something this build cannot serve.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unservable {
    #[error(
        "{0} needs OpenSSL, which this build leaves out: build with the feature `legacy-tls`, or choose a window \
         within 1.2-1.3, suites of ECDHE and AEAD, and another certificate"
    )]
    NeedsLegacy(String),
    #[error("rustls has no {0}; leave `backend` at auto, or set it to openssl")]
    NotInRustls(String),
    #[error("{version} has no {what}{hint}")]
    NotInOpenSsl { what: String, version: String, hint: &'static str },
}

impl Backend {
    /// The library for what a listener is set to.
    ///
    /// # Errors
    /// When it is not in this build, or does not have what is wanted of it.
    pub fn of(face: &Face) -> Result<Self, Unservable> {
        if face.certificate.needs_legacy() && !cfg!(feature = "legacy-tls") {
            return Err(Unservable::NeedsLegacy(format!("the certificate `{}`", face.certificate)));
        }
        let beyond_rustls = beyond_rustls(face);
        let asked = match face.settings.backend {
            Library::Rustls => match beyond_rustls {
                Some(what) => return Err(Unservable::NotInRustls(what)),
                None => return Ok(Self::Rustls),
            },
            Library::Auto => beyond_rustls,
            Library::OpenSsl => Some("`backend = \"openssl\"`".to_owned()),
        };
        match asked {
            None => Ok(Self::Rustls),
            Some(_) if cfg!(feature = "legacy-tls") => Ok(Self::OpenSsl),
            Some(what) => Err(Unservable::NeedsLegacy(what)),
        }
    }

    /// For messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rustls => "rustls",
            Self::OpenSsl => "OpenSSL",
        }
    }
}

/// The first thing wanted that rustls does not have.
fn beyond_rustls(face: &Face) -> Option<String> {
    let Face { window, certificate, settings } = face;
    let has_suite = |code: u16| ring::ALL_CIPHER_SUITES.iter().any(|suite| u16::from(suite.suite()) == code);
    let has_group = |code: u16| ring::ALL_KX_GROUPS.iter().any(|group| u16::from(group.name()) == code);
    if window.min < TlsVersion::V1_2 {
        return Some(format!("TLS {window}"));
    }
    if certificate.is_weak_key() {
        return Some(format!("certificate `{certificate}`"));
    }
    let suite = settings.suites.iter().find(|suite| !has_suite(suite.0)).map(ToString::to_string);
    let group =
        || settings.groups.iter().find(|group| !has_group(group.0)).map(|group| format!("group {group}"));
    suite.or_else(group).or_else(|| settings.dh_bits.map(|_| "DHE (`dh_bits`)".to_owned()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use postfail_certs::Kind;
    use postfail_engine::certificates::{Judgement, judgement};
    use postfail_engine::listener::{TlsSettings, Window};

    use super::*;

    fn of(window: &str, settings: &TlsSettings) -> Result<Backend, Unservable> {
        let window = window.parse().expect("a window");
        Backend::of(&Face { window, certificate: Kind::Good, settings: Arc::new(settings.clone()) })
    }

    #[test]
    fn certificates_have_the_same_names_everywhere() {
        let minted: Vec<&str> = Kind::ALL.into_iter().map(|(name, _)| name).collect();
        assert_eq!(postfail_engine::certificates::names().collect::<Vec<_>>(), minted);
        for (name, kind) in Kind::ALL {
            assert_eq!(judgement(name) != Judgement::Accept, kind.is_flaw(), "{name}");
        }
    }

    #[test]
    fn a_weak_key_is_served_by_openssl() {
        let showing = |certificate| {
            Backend::of(&Face { window: Window::MODERN, certificate, settings: Arc::default() })
        };
        let chosen = showing(Kind::WeakKey);
        if cfg!(feature = "legacy-tls") {
            assert_eq!(chosen, Ok(Backend::OpenSsl));
        } else {
            assert!(chosen.expect_err("no OpenSSL").to_string().contains("`legacy-tls`"));
        }
        assert_eq!(showing(Kind::Expired), Ok(Backend::Rustls));
    }

    #[test]
    fn the_window_chooses_the_library() {
        let plain = TlsSettings::default();
        for modern in ["1.2", "1.3", "1.2-1.3"] {
            assert_eq!(of(modern, &plain), Ok(Backend::Rustls), "{modern}");
        }
        for legacy in ["1.0", "1.1", "1.0-1.1", "1.0-1.2", "1.0-1.3", "1.1-1.3"] {
            let chosen = of(legacy, &plain);
            if cfg!(feature = "legacy-tls") {
                assert_eq!(chosen, Ok(Backend::OpenSsl), "{legacy}");
            } else {
                assert!(chosen.expect_err(legacy).to_string().contains("`legacy-tls`"), "{legacy}");
            }
        }
    }

    #[test]
    fn so_do_suites_groups_and_dhe() {
        let suite =
            |name: &str| TlsSettings { suites: vec![name.parse().expect(name)], ..TlsSettings::default() };
        let group =
            |name: &str| TlsSettings { groups: vec![name.parse().expect(name)], ..TlsSettings::default() };
        let dhe = TlsSettings { dh_bits: Some("1024".parse().expect("bits")), ..TlsSettings::default() };
        for modern in [suite("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"), group("secp384r1")] {
            assert_eq!(of("1.2-1.3", &modern), Ok(Backend::Rustls), "{modern:?}");
        }
        for (old, what) in [
            (suite("TLS_RSA_WITH_AES_128_CBC_SHA"), "TLS_RSA_WITH_AES_128_CBC_SHA"),
            (group("secp521r1"), "group secp521r1"),
            (dhe, "DHE"),
        ] {
            let chosen = of("1.2-1.3", &old);
            if cfg!(feature = "legacy-tls") {
                assert_eq!(chosen, Ok(Backend::OpenSsl), "{what}");
            } else {
                assert!(chosen.expect_err(what).to_string().starts_with(what));
            }
            let by_rustls = TlsSettings { backend: Library::Rustls, ..old };
            let refused = of("1.2-1.3", &by_rustls).expect_err(what).to_string();
            assert!(refused.starts_with(&format!("rustls has no {what}")), "{refused}");
        }
    }
}
