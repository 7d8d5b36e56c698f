//! The chain as another program sees it: `openssl verify`, and the directory that keeps an authority.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use postfail_certs::{Algorithm, Authority, Bundle, Error, Kind, directory};

/// A directory that is gone with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("postfail-certs-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a scratch directory");
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn algorithms() -> &'static [Algorithm] {
    if cfg!(feature = "legacy-tls") { &[Algorithm::Ecdsa, Algorithm::Rsa] } else { &[Algorithm::Ecdsa] }
}

/// What `openssl verify` says of the chain for this name or address; `None` where openssl is missing.
fn verify(scratch: &Path, authority: &Authority, algorithm: Algorithm, check: [&str; 2]) -> Option<String> {
    let bundle = authority.issue(Kind::Good, algorithm).expect("a leaf");
    fs::write(scratch.join("ca.pem"), authority.ca_pem()).expect("ca.pem");
    fs::write(scratch.join("chain.pem"), bundle.chain_pem()).expect("chain.pem");
    let run = Command::new("openssl")
        .current_dir(scratch)
        .args([
            "verify",
            "-x509_strict",
            "-purpose",
            "sslserver",
            "-CAfile",
            "ca.pem",
            "-untrusted",
            "chain.pem",
        ])
        .args(check)
        .arg("chain.pem")
        .output();
    match run {
        Ok(output) => Some(
            [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat(),
        ),
        Err(_) => {
            eprintln!("skipped: openssl is not installed");
            None
        }
    }
}

#[test]
fn openssl_accepts_the_chain_for_every_name() {
    let scratch = Scratch::new("names");
    let authority = Authority::mint(SystemTime::now()).expect("an authority");
    let names = [
        ["-verify_hostname", "localhost"],
        ["-verify_hostname", "mail.postfail.test"],
        ["-verify_ip", "127.0.0.1"],
        ["-verify_ip", "::1"],
    ];
    for algorithm in algorithms() {
        for check in names {
            let Some(said) = verify(&scratch.0, &authority, *algorithm, check) else { return };
            assert_eq!(said.trim(), "chain.pem: OK", "{algorithm} {check:?}");
        }
    }
}

#[test]
fn openssl_refuses_another_name_and_a_time_past_the_end() {
    let scratch = Scratch::new("refused");
    let authority = Authority::mint(SystemTime::now()).expect("an authority");
    let Some(said) = verify(&scratch.0, &authority, Algorithm::Ecdsa, ["-verify_hostname", "example.com"])
    else {
        return;
    };
    assert!(said.contains("hostname mismatch"), "{said}");
    let past_the_end = SystemTime::now() + Duration::from_secs(31 * 24 * 60 * 60);
    let at = past_the_end.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs().to_string();
    let said =
        verify(&scratch.0, &authority, Algorithm::Ecdsa, ["-attime", &at]).expect("openssl, a moment ago");
    assert!(said.contains("certificate has expired"), "{said}");
}

#[test]
fn a_kept_authority_is_the_same_at_the_next_start() {
    let scratch = Scratch::new("kept");
    let home = scratch.0.join("ca");
    let now = SystemTime::now();
    let first = directory::open(&home, now).expect("minted");
    let second = directory::open(&home, now + Duration::from_secs(60)).expect("read back");
    assert_eq!(first.ca_pem(), second.ca_pem());
    if let Some(said) = verify(&scratch.0, &second, Algorithm::Ecdsa, ["-verify_hostname", "localhost"]) {
        assert_eq!(said.trim(), "chain.pem: OK", "a leaf below the root read back");
    }
    // Signed before, shown later without its intermediate: that of the second start has the same key.
    let old = first.issue(Kind::Good, Algorithm::Ecdsa).expect("a leaf");
    let new = second.issue(Kind::Good, Algorithm::Ecdsa).expect("a leaf");
    let chain = |bundle: &Bundle| bundle.chain_pem().replace("-----\n-----", "-----\n\n-----");
    let (old, new) = (chain(&old), chain(&new));
    let (leaf, intermediate) = (old.split("\n\n").next(), new.split("\n\n").nth(1));
    fs::write(home.join("leaf.pem"), leaf.expect("a leaf")).expect("leaf.pem");
    fs::write(home.join("below.pem"), intermediate.expect("an intermediate")).expect("below.pem");
    let files = ["verify", "-CAfile", "ca.pem", "-untrusted", "below.pem", "leaf.pem"];
    if let Ok(run) = Command::new("openssl").current_dir(&home).args(files).output() {
        assert!(run.status.success(), "{run:?}");
    }
    let later = now + postfail_certs::authority::KEPT;
    let third = directory::open(&home, later).expect("minted anew");
    assert_ne!(first.ca_pem(), third.ca_pem(), "an expired root is replaced");
}

#[cfg(unix)]
#[test]
fn a_key_open_to_others_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new("mode");
    directory::open(&scratch.0, SystemTime::now()).expect("minted");
    let key = scratch.0.join(directory::KEY_FILE);
    let mode = || fs::metadata(&key).expect("the key").permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("chmod");
    let refused = directory::open(&scratch.0, SystemTime::now()).err().expect("refused").to_string();
    assert!(refused.contains("chmod 600"), "{refused}");
}

#[test]
fn a_damaged_directory_says_what_is_wrong() {
    let scratch = Scratch::new("damaged");
    directory::open(&scratch.0, SystemTime::now()).expect("minted");
    let key = scratch.0.join(directory::KEY_FILE);
    let text = fs::read_to_string(&key).expect("the key");
    fs::write(&key, text.replace("BEGIN PRIVATE", "BEGIN BROKEN")).expect("written");
    let refused = directory::open(&scratch.0, SystemTime::now()).err().expect("refused");
    assert!(
        matches!(
            refused,
            Error::Kept { expected: "two private keys in PEM, the root's and the intermediate's", .. }
        ),
        "{refused}"
    );
}
