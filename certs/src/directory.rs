//! An authority kept in a directory, so that whoever trusts it once trusts every later run.
//!
//! `ca.pem` is for clients. `ca-key.pem` (mode 0600) is the root's key, the intermediate's, whose certificate is signed
//! anew at each start, and, in a line above them, the root's end: text outside the PEM boundaries is allowed (RFC 7468
//! section 2).
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use rcgen::KeyPair;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;

use crate::authority::{KEPT, Root, unix_seconds};
use crate::{Algorithm, Authority, Error};

/// The root for clients to trust.
pub const CA_FILE: &str = "ca.pem";
/// The private keys of the root and the intermediate.
pub const KEY_FILE: &str = "ca-key.pem";

const NOT_AFTER: &str = "Not after (seconds from 1970): ";

/// Opens the authority kept in `directory`, or mints one there when there is none or it has less than a day left.
///
/// # Errors
/// When the files cannot be read or written, do not read back, or the key is open to other users.
pub fn open(directory: &Path, now: SystemTime) -> Result<Authority, Error> {
    let key_path = directory.join(KEY_FILE);
    let kept = match fs::read_to_string(&key_path) {
        Ok(key_text) => {
            refuse_open_key(&key_path)?;
            Some(read(directory, &key_text)?)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(source) => return Err(file("cannot read", &key_path, source)),
    };
    let lasting = |(root, _): &(Root, KeyPair)| root.not_after() > now + Duration::from_secs(24 * 60 * 60);
    let (root, intermediate) = match kept.filter(lasting) {
        Some(kept) => kept,
        None => {
            let (root, intermediate) = (Root::mint(now, KEPT)?, Algorithm::Ecdsa.generate()?);
            keep(directory, &root, &intermediate)?;
            (root, intermediate)
        }
    };
    Authority::with_key(root, intermediate, now)
}

/// The root, and the intermediate's key.
fn read(directory: &Path, key_text: &str) -> Result<(Root, KeyPair), Error> {
    let not =
        |name: &str, expected| Error::Kept { path: directory.join(name).display().to_string(), expected };
    let not_after = key_text
        .lines()
        .find_map(|line| line.strip_prefix(NOT_AFTER))
        .and_then(|seconds| seconds.trim().parse().ok())
        .and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)))
        .ok_or_else(|| not(KEY_FILE, "a key with its end in a line above it"))?;
    let mut keys = PrivatePkcs8KeyDer::pem_slice_iter(key_text.as_bytes())
        .map_while(|der| KeyPair::try_from(&der.ok()?).ok());
    let (Some(key), Some(intermediate)) = (keys.next(), keys.next()) else {
        return Err(not(KEY_FILE, "two private keys in PEM, the root's and the intermediate's"));
    };
    let ca_path = directory.join(CA_FILE);
    let pem = fs::read_to_string(&ca_path).map_err(|source| file("cannot read", &ca_path, source))?;
    let root = Root::kept(key, pem, not_after)?.ok_or_else(|| not(CA_FILE, "a certificate in PEM"))?;
    Ok((root, intermediate))
}

/// The certificate goes first: a key without its certificate would be taken for a whole authority.
fn keep(directory: &Path, root: &Root, intermediate: &KeyPair) -> Result<(), Error> {
    fs::create_dir_all(directory).map_err(|source| file("cannot create", directory, source))?;
    let ca_path = directory.join(CA_FILE);
    fs::write(&ca_path, root.pem()).map_err(|source| file("cannot write", &ca_path, source))?;
    let key_path = directory.join(KEY_FILE);
    let (end, below) = (unix_seconds(root.not_after()), intermediate.serialize_pem());
    let text = format!("{NOT_AFTER}{end}\n{}{below}", root.key_pem());
    write_private(&key_path, text.as_bytes()).map_err(|source| file("cannot write", &key_path, source))
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A root key others can read is one they can mint with, for every machine that trusts it.
#[cfg(unix)]
fn refuse_open_key(path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path).map_err(|source| file("cannot read", path, source))?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let reason = format!("other users can open it (mode {:o}); chmod 600 it", mode & 0o777);
    Err(file("cannot use", path, io::Error::new(io::ErrorKind::PermissionDenied, reason)))
}

#[cfg(not(unix))]
fn refuse_open_key(_path: &Path) -> Result<(), Error> {
    Ok(())
}

fn file(doing: &'static str, path: &Path, source: io::Error) -> Error {
    Error::File { doing, path: path.display().to_string(), source }
}
