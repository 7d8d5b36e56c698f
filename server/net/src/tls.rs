//! TLS for every listener: certificates, a library per window, and what is kept ready between handshakes.
pub mod accept;
pub mod channel;
mod client_refused;
pub mod hello;
pub mod key_log;
pub mod keys;
#[cfg(feature = "legacy-tls")]
pub mod openssl;
mod record_keys;
pub mod rustls;
pub mod secrets;
pub mod self_test;
mod sent;
pub mod tamper;
pub mod window;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

#[cfg(feature = "legacy-tls")]
use postfail_certs::Bundle;
use postfail_certs::{Authority, Kind};
use postfail_engine::listener::{Listener, TlsSettings, Window};

use crate::shared::lock;
use key_log::KeyLog;
use keys::Keys;
use window::{Backend, Unservable};

/// What one listener shows and takes at a handshake.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Face {
    pub window: Window,
    pub certificate: Kind,
    pub settings: Arc<TlsSettings>,
}

impl Face {
    /// That of a listener as it is set now.
    #[must_use]
    pub fn of(listener: &Listener) -> Self {
        let certificate = Kind::named(&listener.certificate).unwrap_or_default();
        Self { window: listener.window, certificate, settings: Arc::clone(&listener.settings) }
    }

    /// Can this build serve it?
    ///
    /// # Errors
    /// What it lacks, and what would be right.
    pub fn check(&self) -> Result<(), TlsError> {
        match Backend::of(self)? {
            Backend::Rustls => Ok(()),
            #[cfg(feature = "legacy-tls")]
            Backend::OpenSsl => openssl::check(self.window, &self.settings),
            #[cfg(not(feature = "legacy-tls"))]
            Backend::OpenSsl => Err(Unservable::NeedsLegacy(format!("TLS {}", self.window)).into()),
        }
    }
}

/// Why a listener cannot do TLS as it is set.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TlsError {
    #[error(transparent)]
    Unservable(#[from] Unservable),
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
    OpenSsl(::openssl::ssl::SslContext, Arc<channel::EndPoints>),
}

/// The certificates of one run, and the acceptors made of them so far.
pub struct Tls {
    authority: Arc<Authority>,
    keys: Mutex<HashMap<Kind, Arc<Keys>>>,
    acceptors: Mutex<HashMap<Face, Acceptor>>,
    /// Those of OpenSSL whose connections may be overheard: it hands out secrets by context, at a price for each handshake.
    overheard: Mutex<HashMap<Face, Acceptor>>,
    /// Only where somebody wants the secrets.
    pub(crate) key_log: Option<Arc<KeyLog>>,
}

impl Tls {
    /// Issues the good ECDSA certificate at once; every other when it is first shown. The secrets of all
    /// handshakes go to the key log, where there is one.
    ///
    /// # Errors
    /// When no certificate can be issued.
    pub fn start(authority: Authority, key_log: Option<Arc<KeyLog>>) -> Result<Self, TlsError> {
        let (keys, acceptors, overheard) = (Mutex::default(), Mutex::default(), Mutex::default());
        let tls = Self { authority: Arc::new(authority), keys, acceptors, overheard, key_log };
        let good = Keys::issue(&tls.authority, Kind::Good).map_err(TlsError::Keys)?;
        lock(&tls.keys).insert(Kind::Good, Arc::new(good));
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
    /// its time know little else. It can be one of which a connection's [`Secrets`](secrets::Secrets) are overheard.
    ///
    /// # Errors
    /// When this build cannot serve the window, or the library refuses.
    pub async fn acceptor(&self, face: &Face, overheard: bool) -> Result<Acceptor, TlsError> {
        // rustls is overheard by connection.
        let overheard = overheard && Backend::of(face)? == Backend::OpenSsl;
        let acceptors = if overheard { &self.overheard } else { &self.acceptors };
        let ready = lock(acceptors).get(face).cloned();
        if let Some(acceptor) = ready {
            return Ok(acceptor);
        }
        let acceptor = self.make(face, overheard).await?;
        Ok(lock(acceptors).entry(face.clone()).or_insert(acceptor).clone())
    }

    async fn make(
        &self,
        face: &Face,
        #[cfg_attr(
            not(feature = "legacy-tls"),
            expect(unused_variables, reason = "rustls needs nothing for it")
        )]
        overheard: bool,
    ) -> Result<Acceptor, TlsError> {
        let Face { window, certificate, ref settings } = *face;
        let backend = Backend::of(face)?;
        let keys = self.keys(certificate).await?;
        let refused = |reason| TlsError::Settings { backend, window, reason };
        match backend {
            Backend::Rustls => {
                let mut config = rustls::config(window, settings, &keys, &self.authority)
                    .map_err(|e| refused(e.to_string()))?;
                if let Some(log) = &self.key_log {
                    Arc::make_mut(&mut config).key_log = Arc::<KeyLog>::clone(log);
                }
                Ok(Acceptor::Rustls(config, keys))
            }
            #[cfg(feature = "legacy-tls")]
            Backend::OpenSsl => {
                let rsa = if certificate.is_weak_key() { None } else { Some(keys.rsa().await) };
                let rsa = rsa.transpose().map_err(TlsError::Keys)?;
                let bundles: Vec<&Bundle> =
                    [Some(keys.ecdsa()), rsa.as_ref()].into_iter().flatten().map(|b| &**b).collect();
                let (mut context, end_points) = openssl::context(window, settings, &bundles, &self.authority)
                    .map_err(|e| refused(e.to_string()))?;
                openssl::log_keys(&mut context, self.key_log.as_ref(), overheard);
                Ok(Acceptor::OpenSsl(context.build(), Arc::new(end_points)))
            }
            #[cfg(not(feature = "legacy-tls"))]
            Backend::OpenSsl => Err(Unservable::NeedsLegacy(format!("TLS {window}")).into()),
        }
    }

    /// Minted on a thread that may take its time: some kinds need an RSA key.
    async fn keys(&self, kind: Kind) -> Result<Arc<Keys>, TlsError> {
        let made = lock(&self.keys).get(&kind).cloned();
        if let Some(keys) = made {
            return Ok(keys);
        }
        let authority = Arc::clone(&self.authority);
        let minted = tokio::task::spawn_blocking(move || Keys::issue(&authority, kind)).await;
        let minted = minted.map_err(|e| TlsError::Keys(e.to_string()))?.map_err(TlsError::Keys)?;
        Ok(Arc::clone(lock(&self.keys).entry(kind).or_insert_with(|| Arc::new(minted))))
    }
}
