//! The ready file: whoever waits for it finds it whole, or not at all.
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes the text beside `path` and renames it, so that no reader sees half of it. Call it once every port answers.
///
/// # Errors
/// When the directory cannot be written to.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let beside = beside(path)?;
    let written = File::create(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&beside, path)).inspect_err(|_| {
        let _ = fs::remove_file(&beside);
    })
}

/// A name of our own in the same directory: a rename does not cross file systems.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("{} names no file; give the ready file a name", path.display()),
        )
    })?;
    let mut own = std::ffi::OsString::from(".");
    own.push(name);
    own.push(format!(".{}", std::process::id()));
    Ok(path.with_file_name(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_whole_and_leaves_nothing_beside_it() {
        let directory = std::env::temp_dir().join(format!("postfail-ready-{}", std::process::id()));
        fs::create_dir_all(&directory).expect("a directory");
        let path = directory.join("ready.json");
        write(&path, "{\"imap.port\":1}").expect("written");
        write(&path, "{\"imap.port\":2}").expect("replaced");
        assert_eq!(fs::read_to_string(&path).expect("read"), "{\"imap.port\":2}");
        assert_eq!(fs::read_dir(&directory).expect("listed").count(), 1);
        fs::remove_dir_all(&directory).expect("removed");
    }

    #[test]
    fn a_directory_is_no_file() {
        assert!(
            write(Path::new("/"), "{}")
                .expect_err("refused")
                .to_string()
                .contains("give the ready file a name")
        );
    }
}
