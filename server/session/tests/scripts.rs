//! Conversations as data: every file below `scripts/` is run whole, byte by byte and in random pieces, with the same
//! outcome each time. The language is described in `scripts/script.rs`.
use std::path::{Path, PathBuf};

use proptest::prelude::*;

#[path = "scripts/proofs.rs"]
mod proofs;
mod scripts {
    pub mod client;
    pub mod judge;
    pub mod rule;
    pub mod run;
    pub mod script;
    pub mod words;
    pub mod world;
}

use postfail_session::world::Protocol;
use scripts::run::{Pieces, Run};
use scripts::script::{Script, read};

/// Each protocol's folder.
const FOLDERS: [(&str, Protocol); 2] = [("smtp", Protocol::Smtp), ("pop3", Protocol::Pop3)];

fn scripts() -> Vec<(PathBuf, Protocol, Script)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut found = Vec::new();
    for (folder, protocol) in FOLDERS {
        let entries = std::fs::read_dir(root.join(folder)).expect("the folder of scripts");
        for path in entries.map(|entry| entry.expect("an entry").path()) {
            let text = std::fs::read_to_string(&path).expect("a script");
            let script = read(&text).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
            found.push((path, protocol, script));
        }
    }
    found.sort_by(|one, other| one.0.cmp(&other.0));
    assert!(found.len() > 10, "scripts are missing: {} found", found.len());
    found
}

/// What is pipelined depends on the pieces: where that is what a script is about, it is run whole only.
fn run_all(pieces: &Pieces) {
    let is_whole = matches!(pieces, Pieces::Whole);
    run_those(pieces, |path| is_whole || !is_of_pipelining(path));
}

fn is_of_pipelining(path: &Path) -> bool {
    path.to_string_lossy().ends_with("-keep.txt")
}

fn run_those(pieces: &Pieces, wanted: impl Fn(&Path) -> bool) {
    for (path, protocol, script) in scripts().into_iter().filter(|(path, ..)| wanted(path)) {
        if let Err(why) = Run::new(protocol, pieces.clone()).play(&script) {
            panic!("{}:{why}\n(cut {pieces:?})", path.display());
        }
    }
}

#[test]
fn whole_lines() {
    run_all(&Pieces::Whole);
}

#[test]
fn byte_by_byte() {
    run_all(&Pieces::Of(vec![1]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Any cut of the byte stream gives the same replies. SCRAM hashes for a second and is cut by the tests above.
    #[test]
    fn any_cut(sizes in proptest::collection::vec(1..40_usize, 1..12)) {
        run_those(&Pieces::Of(sizes), |path| !path.ends_with("scram.txt") && !is_of_pipelining(path));
    }
}
