//! The IMAP session as its clients see it: scripts, any cut of the stream, limits, and foreign judges.
#[path = "imap/bounds.rs"]
mod bounds;
#[path = "imap/conversation.rs"]
mod conversation;
#[path = "imap/cuts.rs"]
mod cuts;
#[path = "imap/journal.rs"]
mod journal;
#[path = "imap/judges.rs"]
mod judges;
#[path = "scripts/proofs.rs"]
mod proofs;
#[path = "imap/script.rs"]
mod script;
#[path = "imap/world.rs"]
mod world;

use std::path::Path;

/// Each script in `scripts/imap`, answer by answer.
#[test]
fn scripts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts/imap");
    let bless = std::env::var_os("BLESS").is_some();
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the folder of scripts") {
        let path = entry.expect("a script").path();
        let script = std::fs::read_to_string(&path).expect("a text");
        let played = script::play(&script);
        if bless {
            std::fs::write(&path, &played).expect("a file that can be written");
        } else {
            let difference = script.lines().zip(played.lines()).find(|(wanted, found)| wanted != found);
            assert_eq!(script, played, "{}: first difference {difference:#?}", path.display());
        }
        count += 1;
    }
    assert!(count > 0, "no scripts were found");
}
