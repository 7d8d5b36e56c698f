//! `wire`, `store`, `session`, `identity` and `engine` know no socket, no file, no clock, no thread and no tokio.
use super::{Complaint, Tree};

const FOLDERS: &[&str] = &[
    "server/wire/src",
    "server/store/src",
    "server/session/src",
    "server/identity/src",
    "server/engine/src",
];

/// What must not be written there, and what stands in its place.
const FORBIDDEN: &[(&str, &str)] = &[
    ("tokio", "the driver in server/net does the waiting"),
    ("socket2", "sockets belong in server/net"),
    ("std::net", "sockets belong in server/net; for addresses as values use core::net"),
    ("std::fs", "the top reads and writes files"),
    ("std::thread", "the rim runs things side by side"),
    ("std::env", "the top reads the environment"),
    ("std::process", "the top starts programs"),
    ("Instant::now", "take the time as an argument"),
    ("SystemTime::now", "take the time as an argument"),
    ("Timestamp::now", "take the time as an argument"),
    ("Zoned::now", "take the time as an argument"),
    ("println!", "put an event into the journal"),
    ("eprintln!", "put an event into the journal"),
];

pub fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, text) in FOLDERS.iter().flat_map(|folder| tree.below(folder, ".rs")) {
        if path.ends_with("/tests.rs") || path.contains("/tests/") {
            continue; // a test may read its scripts from the disk
        }
        // The tests of a file stand at its end.
        let code = text.lines().enumerate().take_while(|(_, line)| line.trim() != "#[cfg(test)]");
        for (number, line) in code.filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for (word, instead) in FORBIDDEN.iter().filter(|(word, _)| contains_word(line, word)) {
                complaints.push(format!("{path}:{}: `{word}` in a sans-IO crate; {instead}", number + 1));
            }
        }
    }
    complaints
}

/// Is `word` in `line`, and not as the end of a longer name (`println!` in `eprintln!`)?
fn contains_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let whole = |letter: char| !letter.is_alphanumeric() && letter != '_';
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|text| text.chars().next());
        before.is_none_or(whole) && (word.ends_with('!') || after.is_none_or(whole))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_calls_but_not_comments_tests_or_the_rim() {
        let tree = Tree::of(&[
            ("server/wire/src/lib.rs", "//! Never std::fs.\nuse core::net::IpAddr;\nlet tokios = 1;\n"),
            (
                "server/engine/src/clock.rs",
                "//! Time.\nlet now = Timestamp::now();\n    use std::fs::read;\n",
            ),
            ("server/store/src/view.rs", "//! View.\n#[cfg(test)]\nmod tests { use std::fs; }\n"),
            ("server/session/src/imap/tests.rs", "//! Tests.\nuse std::fs;\n"),
            ("server/net/src/lib.rs", "//! Sockets.\nuse std::net::TcpStream;\n"),
        ]);
        let found = check(&tree);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("server/engine/src/clock.rs:2: `Timestamp::now`"), "{found:?}");
        assert!(found[1].starts_with("server/engine/src/clock.rs:3: `std::fs`"), "{found:?}");
    }

    #[test]
    fn whole_words() {
        assert!(contains_word("tokio::spawn(x)", "tokio"));
        assert!(!contains_word("let tokios", "tokio"));
        assert!(!contains_word("eprintln!()", "println!"));
    }
}
