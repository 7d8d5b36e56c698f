//! Certificates of the first account's client, as files: minted when they are asked for, gone with the world.
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use postfail_certs::{Algorithm, ClientKind};
use postfail_engine::scenario::OwnCertificate;

use super::Handle;
use crate::files::{self, Folder};

/// A client's certificate and key, PEM both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnFiles {
    /// The chain, leaf first, without the root.
    pub chain: PathBuf,
    /// Its key, for its owner only (0600).
    pub key: PathBuf,
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum OwnError {
    #[error("no certificate for a client: the world has no account")]
    NoAccount,
    #[error("no certificate for a client: {0}")]
    Mint(#[from] postfail_certs::Error),
    #[error("no file for a client's certificate in the temporary folder: {0}")]
    File(#[from] io::Error),
}

/// What was minted so far, and where.
#[derive(Debug, Default)]
pub(super) struct Minted(Mutex<Option<Folder>>);

impl Handle {
    /// The certificate of the first account's client, for listeners that want or require one; its name is the account's
    /// address, by which SASL EXTERNAL logs in. The same files however often it is asked for; they are there as long as
    /// this value.
    ///
    /// # Errors
    /// When the world has no account or one whose address is not ASCII, or the temporary folder is not writable.
    pub fn client_certificate(&self, kind: OwnCertificate) -> Result<OwnFiles, OwnError> {
        let (name, kind) = match kind {
            OwnCertificate::Good => ("good", ClientKind::Good),
            OwnCertificate::Expired => ("expired", ClientKind::Expired),
            OwnCertificate::Untrusted => ("untrusted", ClientKind::Untrusted),
        };
        let mut folder = self.minted.0.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = match &mut *folder {
            Some(folder) => folder,
            none => none.insert(Folder::new()?),
        };
        let at = |file: String| folder.path().join(file);
        let (chain, key) = (at(format!("client-{name}.pem")), at(format!("client-{name}-key.pem")));
        if !chain.exists() {
            let account = self.accounts().into_iter().next().ok_or(OwnError::NoAccount)?;
            let authority = self.bench.server.authority();
            let bundle = authority.issue_client(kind, &account.address, Algorithm::Ecdsa)?;
            files::write_whole(&key, bundle.key_pem().as_bytes())?;
            fs::write(&chain, bundle.chain_pem())?;
        }
        Ok(OwnFiles { chain, key })
    }
}
