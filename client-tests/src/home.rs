//! A throw-away HOME for one run of a client: its configuration in, its mail out, nothing of the real user's.
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of its own, removed when dropped.
pub struct Home(PathBuf);

impl Home {
    /// # Panics
    /// When the temporary folder cannot be written to.
    #[expect(clippy::new_without_default, reason = "it makes a folder on the disk, which is no default")]
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("postfail-client-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        Self(folder)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A file readable by its owner only, as clients demand of files with passwords.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let file = self.0.join(name);
        let written = fs::write(&file, text)
            .and_then(|()| fs::set_permissions(&file, fs::Permissions::from_mode(0o600)));
        written.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        file
    }

    /// Every file below `folder`, one text after the other; empty when there is none.
    pub fn read_all(&self, folder: &str) -> String {
        let mut text = String::new();
        let mut waiting = vec![self.0.join(folder)];
        while let Some(place) = waiting.pop() {
            if let Ok(entries) = fs::read_dir(&place) {
                waiting.extend(entries.flatten().map(|entry| entry.path()));
            } else if let Ok(bytes) = fs::read(&place) {
                text.push_str(&String::from_utf8_lossy(&bytes));
            }
        }
        text
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
