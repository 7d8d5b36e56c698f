//! Which library serves which window of TLS versions.
//!
//! rustls knows TLS 1.2 and 1.3 and is quicker and smaller there; OpenSSL (feature `legacy-tls`) knows all four.
use postfail_certs::Kind;
use postfail_engine::listener::{TlsVersion, Window};

/// A TLS library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Rustls,
    OpenSsl,
}

/// What this build cannot serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NeedsLegacy {
    #[error(
        "TLS {0} needs OpenSSL, which this build leaves out: build with the feature `legacy-tls`, or choose a window \
         within 1.2-1.3"
    )]
    Window(Window),
    #[error(
        "a certificate of kind `{0}` needs OpenSSL, which this build leaves out: build with the feature `legacy-tls`, \
         or choose another kind"
    )]
    Certificate(Kind),
}

impl Backend {
    /// The library for a window.
    ///
    /// # Errors
    /// When the window reaches below TLS 1.2 in a build without `legacy-tls`.
    pub fn of(window: Window) -> Result<Self, NeedsLegacy> {
        if window.min >= TlsVersion::V1_2 {
            Ok(Self::Rustls)
        } else if cfg!(feature = "legacy-tls") {
            Ok(Self::OpenSsl)
        } else {
            Err(NeedsLegacy::Window(window))
        }
    }

    /// The library for a window and a certificate: rustls loads no weak key.
    ///
    /// # Errors
    /// When one of the two needs `legacy-tls` and this build is without.
    pub fn serving(window: Window, certificate: Kind) -> Result<Self, NeedsLegacy> {
        if certificate.needs_legacy() && !cfg!(feature = "legacy-tls") {
            return Err(NeedsLegacy::Certificate(certificate));
        }
        if certificate.is_weak_key() { Ok(Self::OpenSsl) } else { Self::of(window) }
    }

    /// For the journal.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rustls => "rustls",
            Self::OpenSsl => "OpenSSL",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_have_the_same_names_everywhere() {
        let minted: Vec<&str> = Kind::ALL.into_iter().map(|(name, _)| name).collect();
        assert_eq!(postfail_engine::certificates::names().collect::<Vec<_>>(), minted);
    }

    #[test]
    fn a_weak_key_is_served_by_openssl() {
        let chosen = Backend::serving(Window::MODERN, Kind::WeakKey);
        if cfg!(feature = "legacy-tls") {
            assert_eq!(chosen, Ok(Backend::OpenSsl));
        } else {
            assert!(chosen.expect_err("no OpenSSL").to_string().contains("`legacy-tls`"));
        }
        assert_eq!(Backend::serving(Window::MODERN, Kind::Expired), Ok(Backend::Rustls));
    }

    #[test]
    fn the_window_chooses_the_library() {
        let window = |text: &str| text.parse::<Window>().expect("a window");
        for modern in ["1.2", "1.3", "1.2-1.3"] {
            assert_eq!(Backend::of(window(modern)), Ok(Backend::Rustls), "{modern}");
        }
        for legacy in ["1.0", "1.1", "1.0-1.1", "1.0-1.2", "1.0-1.3", "1.1-1.3"] {
            let chosen = Backend::of(window(legacy));
            if cfg!(feature = "legacy-tls") {
                assert_eq!(chosen, Ok(Backend::OpenSsl), "{legacy}");
            } else {
                assert!(chosen.expect_err(legacy).to_string().contains("`legacy-tls`"), "{legacy}");
            }
        }
    }
}
