//! Files that appear whole or not at all, readable by their owner only where they hold secrets, and the folder a
//! running server keeps them in.
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Write a file whole, for its owner only (0600): a reader sees the old one, the new one, or none.
///
/// # Errors
/// When the folder is not there or not writable.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let new = path.with_file_name(name);
    let written = write_private(&new, bytes).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file: File = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A file to append to that only its owner may read, also where it was there before.
///
/// # Errors
/// When the folder is not there, or the file is somebody else's.
pub fn private(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    Ok(file)
}

/// A folder for secrets, made for its owner only where it is not there.
///
/// # Errors
/// When it cannot be made, or is a file.
pub fn private_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// A folder of our own below the system's temporary folder; removed with all in it when dropped.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A new one that others may read (it holds the CA). The name is fresh: a folder that somebody made ready for us is never used.
    ///
    /// # Errors
    /// When the temporary folder is not writable.
    pub fn new() -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        loop {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("postfail-{}-{count}", std::process::id()));
            match fs::DirBuilder::new().mode(0o755).create(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_whole_and_for_its_owner_only() {
        let folder = Folder::new().unwrap();
        let path = folder.path().join("ready.json");
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left behind");
        assert!(write_whole(&folder.path().join("no/such/folder"), b"").is_err());
    }

    #[test]
    fn secrets_are_for_their_owner_only() {
        let folder = Folder::new().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let (keys, captures) = (folder.path().join("keys"), folder.path().join("a/b"));
        fs::write(&keys, "old\n").unwrap();
        fs::set_permissions(&keys, fs::Permissions::from_mode(0o644)).unwrap();
        private(&keys).unwrap().write_all(b"new\n").unwrap();
        assert_eq!((fs::read(&keys).unwrap(), mode(&keys)), (b"old\nnew\n".to_vec(), 0o600));
        private_folder(&captures).unwrap();
        private_folder(&captures).unwrap();
        assert_eq!(mode(&captures), 0o700);
        assert!(private_folder(&keys).is_err());
    }

    #[test]
    fn a_folder_goes_with_its_value() {
        let folder = Folder::new().unwrap();
        let path = folder.path().to_owned();
        fs::write(path.join("x"), "x").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o022, 0, "nobody else writes there");
        drop(folder);
        assert!(!path.exists());
    }
}
