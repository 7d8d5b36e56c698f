//! `--capture-dir` and `--keylog`: which files there are, who may read them, and in which there is no secret.
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use postfail::files::Folder;
use rustix::process::Signal;

use crate::served::{Imap, Served, done};

fn mode(path: &Path) -> u32 {
    let data = std::fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    data.permissions().mode() & 0o777
}

fn holds(file: &[u8], secret: &str) -> bool {
    file.windows(secret.len()).any(|window| window == secret.as_bytes())
}

#[test]
fn a_server_writes_what_it_heard_for_its_owner_only() {
    let folder = Folder::new().unwrap();
    let (captures, keys) = (folder.path().join("captures"), folder.path().join("keys.log"));
    let arguments = ["--capture-dir", captures.to_str().unwrap(), "--keylog", keys.to_str().unwrap()];
    let mut served = Served::start(&arguments);
    let password = served.text("POSTFAIL_PASSWORD").to_owned();
    let mut imap = Imap::connect(served.port("POSTFAIL_IMAP_PORT"));
    assert!(imap.say(&format!("LOGIN taro {password}")).contains("a OK"));
    // Of an open connection the API knows.
    let token =
        format!("Host: localhost\r\nAuthorization: Bearer {}\r\n", served.text("POSTFAIL_CONTROL_TOKEN"));
    let raw = served.raw("GET", "/api/transcripts/1.pcapng?view=plain", &token, "");
    assert!(raw.starts_with(b"HTTP/1.1 200") && holds(&raw, "LOGIN taro ****"));
    assert!(!holds(&raw, &password));
    let raw = served.raw("GET", "/api/transcripts/1.pcapng", "Host: localhost\r\n", "");
    assert!(raw.starts_with(b"HTTP/1.1 401") && !holds(&raw, &password), "without the token");
    served.signal(Signal::TERM);
    assert!(served.child.wait().unwrap().success());
    let (wire, plain) = (captures.join("imap-1.pcapng"), captures.join("imap-1.plain.pcapng"));
    assert_eq!([&captures, &wire, &plain, &keys].map(|path| mode(path)), [0o700, 0o600, 0o600, 0o600]);
    let [wire, plain] = [wire, plain].map(|path| std::fs::read(path).unwrap());
    assert!(holds(&wire, &password) && !holds(&plain, &password));
    assert!(holds(&plain, "LOGIN taro ****"));
    assert_eq!(std::fs::read(keys).unwrap(), b"", "nobody spoke TLS but the self-test");
}

#[test]
fn a_run_has_a_folder_for_each_entry() {
    let folder = Folder::new().unwrap();
    let (captures, keys) = (folder.path().join("captures"), folder.path().join("keys.log"));
    let (code, stdout, stderr) = done(&[
        "run",
        "plaintext/pop3-110-closed-use-995",
        "--capture-dir",
        captures.to_str().unwrap(),
        "--keylog",
        keys.to_str().unwrap(),
    ]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    let mut entries = std::fs::read_dir(&captures).unwrap().map(|entry| entry.unwrap().path());
    let entry = entries.next().expect("a folder");
    assert!(entries.next().is_none());
    let names: Vec<String> = std::fs::read_dir(&entry)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(
        names.iter().any(|name| name.starts_with("pop3-") && name.ends_with(".plain.pcapng")),
        "{names:?}"
    );
    assert!(names.iter().any(|name| name.starts_with("pop3s-")), "{names:?}");
    let keys = std::fs::read_to_string(keys).unwrap();
    assert!(keys.lines().any(|line| line.starts_with("CLIENT_TRAFFIC_SECRET_0 ")), "{keys}");
}

#[test]
fn a_folder_that_cannot_be_is_told() {
    let (code, _, stderr) = done(&["serve", "--ports", "random", "--capture-dir", "/dev/null/x"]);
    assert!(code == 2 && stderr.contains("captures to /dev/null/x"), "{code} {stderr}");
}
