//! The root and the intermediate that sign every leaf (RFC 5280), ECDSA P-256, and the signers of odd chains, which
//! are made when first asked for.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use rcgen::{Issuer, KeyPair};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use time::OffsetDateTime;

use crate::signer::{self, Life, Role, Signer};
use crate::{Algorithm, Error, bundle};

pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a root lives that is kept in memory, and every certificate below a root.
pub const SHORT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How long a root lives that is kept in a directory: a class trusts it once a term.
pub const KEPT: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// A test authority: root, intermediate, and the key that signs leaves.
pub struct Authority {
    root: Root,
    intermediate: Arc<Signer>,
    odd: Mutex<BTreeMap<Role, Arc<Signer>>>,
    pub(crate) now: SystemTime,
    revocation_url: OnceLock<String>,
}

impl Authority {
    /// Mints a root and an intermediate that are valid from a day before `now` (the real time) for [`SHORT`].
    ///
    /// # Errors
    /// When the system gives no randomness, or `now` does not fit into a certificate.
    pub fn mint(now: SystemTime) -> Result<Self, Error> {
        Self::below(Root::mint(now, SHORT)?, now)
    }

    /// Mints an intermediate below a root that exists already.
    ///
    /// # Errors
    /// As for [`Authority::mint`].
    pub fn below(root: Root, now: SystemTime) -> Result<Self, Error> {
        Self::with_key(root, Algorithm::Ecdsa.generate()?, now)
    }

    /// Signs an intermediate anew whose key exists already: what it signed before is still signed by it.
    pub(crate) fn with_key(root: Root, key: KeyPair, now: SystemTime) -> Result<Self, Error> {
        let params = signer::params(Role::Intermediate, &key, now, root.not_after)?;
        let intermediate = Arc::new(signer::sign(params, key, Some(&root.signer))?);
        let (odd, revocation_url) = (Mutex::default(), OnceLock::new());
        Ok(Self { root, intermediate, odd, now, revocation_url })
    }

    /// Where the CRL and the OCSP responder will be found (`http://localhost:3080/pki`): goes into the certificates
    /// about revocation that are issued from now on. The first call holds.
    pub fn publish_at(&self, url: &str) {
        let _ = self.revocation_url.set(url.to_owned());
    }

    pub(crate) fn revocation_url(&self) -> Option<&str> {
        self.revocation_url.get().map(String::as_str)
    }

    /// The root, which clients are to trust.
    #[must_use]
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// The intermediate, which signs all that is good. Who verifies knows it, for clients that show their leaf alone.
    #[must_use]
    pub fn intermediate(&self) -> &CertificateDer<'static> {
        &self.intermediate.certificate
    }

    /// The root as PEM: what `--cacert` and its like want.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.root.pem
    }

    /// The root that replaces the root (kinds `root-replaced`, `root-cross-signed`), as PEM.
    ///
    /// # Errors
    /// As for [`Authority::mint`].
    pub fn new_root_pem(&self) -> Result<String, Error> {
        Ok(bundle::pem("CERTIFICATE", &self.signer(Role::NewRoot)?.certificate))
    }

    /// The signer of this role, made where there is none yet.
    pub(crate) fn signer(&self, role: Role) -> Result<Arc<Signer>, Error> {
        match role {
            Role::Root => return Ok(Arc::clone(&self.root.signer)),
            Role::Intermediate => return Ok(Arc::clone(&self.intermediate)),
            _ => {}
        }
        if let Some(made) = self.odd().get(&role) {
            return Ok(Arc::clone(made));
        }
        let made = if role == Role::CrossSigned {
            let new = self.signer(Role::NewRoot)?;
            signer::cross_sign(&new, &self.root.signer, self.now, self.root.not_after)?
        } else {
            let parent = role.parent().map(|parent| self.signer(parent)).transpose()?;
            let (params, key) = signer::plan(role, self.now, self.root.not_after)?;
            signer::sign(params, key, parent.as_deref())?
        };
        // Two threads may have made one each: the first that is kept is the one everybody sees.
        Ok(Arc::clone(self.odd().entry(role).or_insert(Arc::new(made))))
    }

    fn odd(&self) -> MutexGuard<'_, BTreeMap<Role, Arc<Signer>>> {
        self.odd.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A self-signed root with its key.
pub struct Root {
    signer: Arc<Signer>,
    pem: String,
    not_after: SystemTime,
}

impl Root {
    /// Mints a root that may sign only for test names and loopback.
    ///
    /// # Errors
    /// As for [`Authority::mint`].
    pub fn mint(now: SystemTime, life: Duration) -> Result<Self, Error> {
        let key = Algorithm::Ecdsa.generate()?;
        let not_after = now + life;
        let params = signer::root_params(NAME, &key, Life::until(now, not_after))?;
        let signer = Arc::new(signer::sign(params, key, None)?);
        Ok(Self { pem: bundle::pem("CERTIFICATE", &signer.certificate), signer, not_after })
    }

    /// A root read back from a directory. Its subject is derived from the key, so its parameters need only name the
    /// issuer and the identifier of its key; all else a client reads from the kept certificate. `None`: `pem` holds
    /// no certificate.
    pub(crate) fn kept(key: KeyPair, pem: String, not_after: SystemTime) -> Result<Option<Self>, Error> {
        let Ok(certificate) = CertificateDer::from_pem_slice(pem.as_bytes()) else { return Ok(None) };
        let params = signer::root_params(NAME, &key, Life { begin: not_after - KEPT, end: not_after })?;
        let signer = Arc::new(Signer { certificate, issuer: Issuer::new(params, key) });
        Ok(Some(Self { signer, pem, not_after }))
    }

    /// The root in PEM.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The root, in DER.
    #[must_use]
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.signer.certificate
    }

    /// The private key, PKCS #8 in PEM.
    pub(crate) fn key_pem(&self) -> String {
        self.signer.issuer.key().serialize_pem()
    }

    /// When clients stop trusting it.
    #[must_use]
    pub fn not_after(&self) -> SystemTime {
        self.not_after
    }
}

const NAME: &str = "Postfail test root";

/// A time as certificates write it: whole seconds.
pub(crate) fn certificate_time(at: SystemTime) -> Result<OffsetDateTime, Error> {
    let seconds = unix_seconds(at);
    i64::try_from(seconds)
        .ok()
        .and_then(|s| OffsetDateTime::from_unix_timestamp(s).ok())
        .filter(|t| (1950..=9999).contains(&t.year()))
        .ok_or(Error::Time(seconds))
}

pub(crate) fn unix_seconds(at: SystemTime) -> i128 {
    match at.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i128::from(after.as_secs()),
        Err(before) => -i128::from(before.duration().as_secs()),
    }
}
