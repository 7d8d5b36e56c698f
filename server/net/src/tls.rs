//! TLS for every listener: certificates, a library per window, and what is kept ready between handshakes.
pub mod accept;
pub mod hello;
pub mod keys;
#[cfg(feature = "legacy-tls")]
pub mod openssl;
pub mod rustls;
pub mod self_test;
pub mod window;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use postfail_certs::{Authority, Kind};
use postfail_engine::listener::Window;

use crate::shared::lock;
use keys::Keys;
use window::{Backend, NeedsLegacy};

/// What one listener shows and takes at a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Face {
    pub window: Window,
    pub certificate: Kind,
}

/// Why a listener cannot do TLS as it is set.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TlsError {
    #[error(transparent)]
    NeedsLegacy(#[from] NeedsLegacy),
    #[error("there is no certificate of kind `{0}`")]
    Certificate(String),
    #[error("cannot prepare the certificates: {0}")]
    Keys(String),
    #[error("{} refuses the settings for TLS {window}: {reason}", .backend.as_str())]
    Settings { backend: Backend, window: Window, reason: String },
}

/// A library with its settings, ready to accept; cheap to clone.
#[derive(Clone)]
pub enum Acceptor {
    Rustls(Arc<::rustls::ServerConfig>, Arc<Keys>),
    #[cfg(feature = "legacy-tls")]
    OpenSsl(::openssl::ssl::SslContext),
}

/// The certificates of one run, and the acceptors made of them so far.
pub struct Tls {
    authority: Arc<Authority>,
    keys: Mutex<HashMap<Kind, Arc<Keys>>>,
    acceptors: Mutex<HashMap<Face, Acceptor>>,
}

impl Tls {
    /// Issues the good ECDSA certificate at once.
    ///
    /// # Errors
    /// When no certificate can be issued.
    pub fn start(authority: Authority) -> Result<Self, TlsError> {
        let (keys, acceptors) = (Mutex::default(), Mutex::default());
        let tls = Self { authority: Arc::new(authority), keys, acceptors };
        tls.keys(Kind::Good)?;
        Ok(tls)
    }

    /// Begins to make the RSA certificates in the background, where that has not begun.
    pub fn make_rsa(&self) {
        lock(&self.keys).values().for_each(|keys| keys.make_rsa());
    }

    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The acceptor for a face, made where there is none yet. One for OpenSSL waits for the RSA key: clients of
    /// its time know little else.
    ///
    /// # Errors
    /// When this build cannot serve the window, or the library refuses.
    pub async fn acceptor(&self, face: Face) -> Result<Acceptor, TlsError> {
        let ready = lock(&self.acceptors).get(&face).cloned();
        if let Some(acceptor) = ready {
            return Ok(acceptor);
        }
        let acceptor = self.make(face).await?;
        Ok(lock(&self.acceptors).entry(face).or_insert(acceptor).clone())
    }

    async fn make(&self, Face { window, certificate }: Face) -> Result<Acceptor, TlsError> {
        let keys = self.keys(certificate)?;
        let backend = Backend::of(window)?;
        let refused = |reason| TlsError::Settings { backend, window, reason };
        match backend {
            Backend::Rustls => {
                let config = rustls::config(window, &keys).map_err(|e| refused(e.to_string()))?;
                Ok(Acceptor::Rustls(config, keys))
            }
            #[cfg(feature = "legacy-tls")]
            Backend::OpenSsl => {
                let rsa = keys.rsa().await.map_err(TlsError::Keys)?;
                let context = openssl::context(window, &[keys.ecdsa(), &rsa]);
                context.map(Acceptor::OpenSsl).map_err(|e| refused(e.to_string()))
            }
            #[cfg(not(feature = "legacy-tls"))]
            Backend::OpenSsl => Err(NeedsLegacy(window).into()),
        }
    }

    fn keys(&self, kind: Kind) -> Result<Arc<Keys>, TlsError> {
        let mut all = lock(&self.keys);
        if let Some(keys) = all.get(&kind) {
            return Ok(Arc::clone(keys));
        }
        let keys = Arc::new(Keys::issue(&self.authority, kind).map_err(TlsError::Keys)?);
        all.insert(kind, Arc::clone(&keys));
        Ok(keys)
    }
}
