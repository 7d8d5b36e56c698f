//! STARTTLS cases against real clients: `docs/clients.md` says what they do, and it is true of those tried here.
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use client_tests::starttls::{self, Deeds, TRIED, Tried};
use postfail::catalogue;

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/clients.md")
}

/// Short cases of each protocol and kind, which a build server bears.
const FEW: [&str; 5] = [
    "starttls/imap-ui-spoofing#no-alert",
    "starttls/imap-negotiation#o-2-no",
    "starttls/pop3-negotiation",
    "starttls/smtp-negotiation",
    "starttls/smtp-buffering",
];

fn of<'a>(tried: &Tried, cases: &[&'a str]) -> Vec<&'a str> {
    let is_of = |case: &&str| tried.protocols.iter().any(|one| case.starts_with(&format!("starttls/{one}-")));
    cases.iter().copied().filter(is_of).collect()
}

#[test]
fn the_page_is_true_of_a_few_cases() {
    let page = std::fs::read_to_string(page()).unwrap();
    for tried in &TRIED {
        let Some(deeds) = starttls::deeds(tried, &of(tried, &FEW)) else { continue };
        assert!(deeds.len() > 1, "{}: {deeds:?}", tried.name);
        // Another version may have mended, or spoilt, something.
        if !tried.version().is_some_and(|version| {
            page.contains(&format!("{version}.\n")) || page.contains(&format!("{version}, "))
        }) {
            continue;
        }
        for ((case, setup), deed) in &deeds {
            let row = page.lines().find(|line| line.starts_with(&format!("| `{case}` ")));
            let row = row.unwrap_or_else(|| panic!("no row of {case}: cargo xtask clients-table"));
            let protocol = case.split('-').next().unwrap_or_default();
            let column = format!(" {} {setup} ", tried.name);
            let heads = page.lines().filter(|line| line.starts_with("| Case |"));
            let head =
                heads.clone().nth(["imap", "pop3", "smtp"].iter().position(|one| *one == protocol).unwrap());
            let at = head.unwrap().split('|').position(|cell| cell == column);
            let at = at.unwrap_or_else(|| panic!("no column{column}of {protocol}"));
            let told = row.split('|').nth(at).unwrap_or_default().trim();
            let is_told = told.split(" or ").any(|one| one == deed);
            assert!(
                is_told,
                "{}, {case}, {setup}: {deed}, not {told}: cargo xtask clients-table",
                tried.name
            );
        }
    }
}

/// How often a race is run.
const RACES: usize = 6;

/// All of it takes minutes: only `cargo xtask clients-table`, which sets BLESS, has it written.
#[test]
fn write_the_page() {
    if std::env::var_os("BLESS").is_none() {
        return;
    }
    let ids: Vec<String> = catalogue::ids().into_iter().filter(|id| id.starts_with("starttls/")).collect();
    let ids: Vec<String> = ids.into_iter().filter(|id| id.contains('#')).collect();
    let title = |id: &String| {
        let scenario = catalogue::built_in(id).unwrap().scenario().unwrap();
        (id.trim_start_matches("starttls/").to_owned(), scenario.title.en)
    };
    let titles: Vec<(String, String)> = ids.iter().map(title).collect();
    let mut files: Vec<&str> = ids.iter().filter_map(|id| id.split('#').next()).collect();
    files.dedup();
    let mut all = Vec::new();
    for tried in TRIED {
        let mut deeds = Deeds::new();
        for file in of(&tried, &files) {
            // Where bytes race each other, a client does not do the same each time.
            for _ in 0..if file.contains("buffering") { RACES } else { 1 } {
                let some = starttls::deeds(&tried, &[file]).expect("every client is installed");
                for (case, deed) in some {
                    let told = deeds.entry(case).or_insert_with(|| deed.clone());
                    // In an order of their own, or the page would change by which came first.
                    let both: BTreeSet<&str> = told.split(" or ").chain([deed.as_str()]).collect();
                    *told = both.into_iter().collect::<Vec<_>>().join(" or ");
                }
            }
        }
        all.push((tried, deeds));
    }
    let text = std::fs::read_to_string(page()).unwrap();
    let (before, _) = text.split_once("<!-- made -->").unwrap();
    let versions: Vec<String> = TRIED.iter().filter_map(Tried::version).collect();
    let mut made = format!("{before}<!-- made -->\n\nTried: {}.\n", versions.join(", "));
    for (protocol, name) in [("imap", "IMAP"), ("pop3", "POP3"), ("smtp", "SMTP")] {
        let _ = write!(made, "\n## {name}\n\n{}", starttls::table(protocol, &titles, &all));
    }
    std::fs::write(page(), made).unwrap();
}
