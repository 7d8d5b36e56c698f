//! The certificates listeners show: ECDSA at once, RSA as soon as its key is made.
//!
//! An RSA key takes a noticeable part of a second, and most clients never need it. It is made on a thread of its
//! own, begun when the server stands or when the first handshake needs it; that handshake waits.
use std::fmt;
use std::sync::{Arc, Mutex};
use std::thread;

use postfail_certs::{Algorithm, Authority, Bundle, Kind};
use tokio::sync::watch;

use crate::shared::lock;

type Made = Option<Result<Arc<Bundle>, String>>;

/// What makes the RSA key, and where it goes.
type Unmade = (Arc<Authority>, Kind, watch::Sender<Made>);

/// The certificates of one kind.
pub struct Keys {
    ecdsa: Arc<Bundle>,
    /// What the thread needs that makes the RSA leaf; `None` once it runs.
    unmade: Mutex<Option<Unmade>>,
    rsa: watch::Receiver<Made>,
}

impl Keys {
    /// Issues an ECDSA leaf, or the one that a kind has.
    ///
    /// # Errors
    /// When it cannot be issued.
    pub fn issue(authority: &Arc<Authority>, kind: Kind) -> Result<Self, String> {
        let ecdsa = authority.issue(kind, Algorithm::Ecdsa).map_err(|e| e.to_string())?;
        let (sender, rsa) = watch::channel(None);
        let unmade = Mutex::new(Some((Arc::clone(authority), kind, sender)));
        Ok(Self { ecdsa: Arc::new(ecdsa), unmade, rsa })
    }

    /// Begins to make the RSA leaf, if that has not begun.
    pub fn make_rsa(&self) {
        let Some((authority, kind, sender)) = lock(&self.unmade).take() else { return };
        let make = move || {
            let made = authority.issue(kind, Algorithm::Rsa).map(Arc::new).map_err(|e| e.to_string());
            sender.send_replace(Some(made));
        };
        if let Err(error) = thread::Builder::new().name("rsa-key".to_owned()).spawn(make) {
            tracing::error!("cannot start a thread to make the RSA key: {error}");
        }
    }

    /// The ECDSA leaf; of the kind `weak-key` the RSA one, which is the only one it has.
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
        self.make_rsa();
        let mut rsa = self.rsa.clone();
        match rsa.wait_for(Option::is_some).await {
            Ok(made) => made.clone().unwrap_or_else(|| Err("no RSA key was made".to_owned())),
            Err(_) => Err("the thread that makes the RSA key did not start, or ended early".to_owned()),
        }
    }
}

/// Without what it holds: part of that is secret.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}
