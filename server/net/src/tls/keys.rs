//! The certificates listeners show: ECDSA at once, RSA as soon as its key is made.
//!
//! An RSA key takes a noticeable part of a second, and most clients never need it. It is made on a thread of its
//! own from the start; the first handshake that needs it waits for it.
use std::sync::Arc;
use std::thread;

use postfail_certs::{Algorithm, Authority, Bundle, Kind};
use tokio::sync::watch;

/// The certificates of one kind.
#[derive(Debug)]
pub struct Keys {
    ecdsa: Arc<Bundle>,
    rsa: watch::Receiver<Option<Result<Arc<Bundle>, String>>>,
}

impl Keys {
    /// Issues an ECDSA leaf, and starts making an RSA leaf.
    ///
    /// # Errors
    /// When the ECDSA leaf cannot be issued, or no thread can be started.
    pub fn start(authority: &Arc<Authority>, kind: Kind) -> Result<Self, String> {
        let ecdsa = authority.issue(kind, Algorithm::Ecdsa).map_err(|e| e.to_string())?;
        let (finished, rsa) = watch::channel(None);
        let authority = Arc::clone(authority);
        let make = move || {
            let made = authority.issue(kind, Algorithm::Rsa).map(Arc::new).map_err(|e| e.to_string());
            finished.send_replace(Some(made));
        };
        thread::Builder::new()
            .name("rsa-key".to_owned())
            .spawn(make)
            .map_err(|e| format!("cannot start a thread to make the RSA key: {e}"))?;
        Ok(Self { ecdsa: Arc::new(ecdsa), rsa })
    }

    /// The ECDSA leaf.
    #[must_use]
    pub fn ecdsa(&self) -> &Arc<Bundle> {
        &self.ecdsa
    }

    /// The RSA leaf, when it is there already.
    #[must_use]
    pub fn rsa_if_made(&self) -> Option<Arc<Bundle>> {
        self.rsa.borrow().as_ref().and_then(|made| made.as_ref().ok().cloned())
    }

    /// The RSA leaf; waits until it is made.
    ///
    /// # Errors
    /// Why there is none: a build without `legacy-tls`, or a key that could not be generated.
    pub async fn rsa(&self) -> Result<Arc<Bundle>, String> {
        let mut rsa = self.rsa.clone();
        match rsa.wait_for(Option::is_some).await {
            Ok(made) => made.clone().unwrap_or_else(|| Err("no RSA key was made".to_owned())),
            Err(_) => Err("the thread that makes the RSA key ended early".to_owned()),
        }
    }
}
