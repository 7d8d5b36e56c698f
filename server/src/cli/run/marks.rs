//! What faults said of their own, looked for in what the client printed and in the files it keeps its mail in.
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use postfail::Handle;
use postfail::journal::Place;

/// Most bytes read of one file, and most files looked at.
const FILE_MAX: u64 = 4 << 20;
const FILES_MAX: usize = 10_000;

/// Put into the journal what is found of the faults that acted behind this entry.
pub fn note(handle: &Handle, since: u64, output: &str, search: &[PathBuf]) {
    let markers = handle.markers(since);
    if markers.is_empty() {
        return;
    }
    let mut files = Vec::new();
    search.iter().for_each(|path| gather(path, &mut files));
    for marker in markers {
        if marker.is_in(output.as_bytes()) {
            handle.note_shown(&marker, Place::Output);
        }
        let kept = |path: &PathBuf| {
            let name = path.to_string_lossy();
            marker.is_in(name.as_bytes()) || read(path).is_some_and(|bytes| marker.is_in(&bytes))
        };
        if files.iter().any(kept) {
            handle.note_shown(&marker, Place::Files);
        }
    }
}

fn gather(path: &Path, files: &mut Vec<PathBuf>) {
    if files.len() >= FILES_MAX || path.is_symlink() {
        return;
    }
    files.push(path.to_owned());
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        gather(&entry.path(), files);
    }
}

/// What cannot be read (a folder, a socket) holds nothing.
fn read(path: &Path) -> Option<Vec<u8>> {
    if !path.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(FILE_MAX).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_looked_through() {
        let folder = postfail::files::Folder::new().unwrap();
        let deep = folder.path().join("INBOX/cur");
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("1"), "Subject: x").unwrap();
        let mut files = Vec::new();
        gather(folder.path(), &mut files);
        assert_eq!(files.len(), 4);
        assert_eq!(files.iter().filter_map(|path| read(path)).collect::<Vec<_>>(), [b"Subject: x"]);
    }
}
