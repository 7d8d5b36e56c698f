//! What scanners report of a listener is what it was set to: versions and suites, in eight windows.
use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use client_tests::tls::{VERSIONS, WINDOWS};
use client_tests::{Client, Home, Outcome, Server, client};

/// Suites with the oldest version they are for, and the number sslscan and testssl write.
const SUITES: [(&str, &str, &str); 4] = [
    ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "1.2", "c02f"),
    ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "1.0", "c013"),
    ("TLS_RSA_WITH_AES_256_CBC_SHA", "1.0", "0035"),
    ("TLS_AES_128_GCM_SHA256", "1.3", "1301"),
];

/// Of each version, the suites.
type Report = BTreeMap<&'static str, Vec<String>>;

/// What must be reported of a window; `number`: by number, else by name.
fn configured(window: (&str, &str), number: bool) -> Report {
    let versions = VERSIONS.into_iter().filter(|version| window.0 <= *version && *version <= window.1);
    let suites = |version: &str| {
        let fits =
            |since: &str| if version == "1.3" { since == "1.3" } else { since != "1.3" && since <= version };
        let mut suites: Vec<String> = SUITES
            .into_iter()
            .filter(|(_, since, _)| fits(since))
            .map(|(name, _, code)| if number { code.to_owned() } else { name.to_owned() })
            .collect();
        suites.sort();
        suites
    };
    versions.map(|version| (version, suites(version))).collect()
}

fn version(word: &str) -> Option<&'static str> {
    let number = word.trim_start_matches(['T', 'L', 'S', 'v', ' ']).replace('_', ".");
    VERSIONS.into_iter().find(|known| *known == number || format!("{number}.0") == *known)
}

/// A server in this window with these suites.
fn server(window: (&str, &str)) -> Server {
    let server = Server::start();
    let suites: Vec<&str> = SUITES.into_iter().map(|(name, _, _)| name).collect();
    server.set(&[
        &format!("all.tls={}-{}", window.0, window.1),
        &format!("all.suites={}", suites.join(",")),
        // rustls has no suite here but the first and the last: the same library for each window.
        "all.backend=openssl",
    ]);
    server
}

/// The value of an attribute in a line of XML.
fn attribute<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.split_once(&format!(" {name}=\""))?.1.split('"').next()
}

fn sorted(mut report: Report) -> Report {
    report.values_mut().for_each(|suites| suites.sort());
    report
}

#[test]
fn sslscan() {
    let Some(program) = client("sslscan") else { return };
    for window in WINDOWS {
        let (server, home) = (server(window), Home::new());
        let told = Client::new(&program, &home)
            .args(["--no-colour", "--xml=-", "--no-heartbleed", "--no-renegotiation", "--no-compression"])
            .args(["--no-fallback", "--no-groups", "--no-check-certificate"])
            .args([format!("localhost:{}", server.port("imaps"))])
            .run()
            .expect(0);
        let mut report = Report::new();
        for line in told.stdout.lines() {
            if line.trim_start().starts_with("<protocol ") && line.contains("type=\"tls\"") {
                let number = attribute(line, "version").and_then(version).expect("a known version");
                let enabled = attribute(line, "enabled") == Some("1");
                assert_eq!(enabled, window.0 <= number && number <= window.1, "{window:?}: {line}");
            } else if line.trim_start().starts_with("<cipher ") {
                let number = attribute(line, "sslversion").and_then(version).expect("a known version");
                let code = attribute(line, "id").expect("a number").trim_start_matches("0x").to_lowercase();
                report.entry(number).or_default().push(code);
            }
        }
        assert_eq!(sorted(report), configured(window, true), "{window:?}: {}", told.stdout);
    }
}

#[test]
fn nmap() {
    for window in WINDOWS {
        let Some(lines) = client_tests::nmap::suites(&server(window)) else { return };
        let (mut report, mut at) = (Report::new(), None);
        for line in &lines {
            if let Some(key) = line.strip_prefix("<table key=\"TLS") {
                at = version(key.trim_end_matches("\">"));
            } else if let (Some(version), Some(name)) = (at, line.strip_suffix("</elem>"))
                && name.starts_with("TLS_")
            {
                // nmap has a name of its own for what TLS 1.3 left out of the names.
                report.entry(version).or_default().push(name.replace("TLS_AKE_WITH_", "TLS_"));
            }
        }
        assert_eq!(sorted(report), configured(window, false), "{window:?}: {lines:#?}");
    }
}

fn testssl(window: (&str, &str), route: &[&str], listener: &str) -> Option<(Outcome, String)> {
    let program = client("testssl")?;
    let (server, home) = (server(window), Home::new());
    let told = Client::new(&program, &home)
        // The seconds it waits for a web server to answer, and this is none.
        .env("HEADER_MAXSLEEP", "1")
        .args(["--quiet", "--color", "0", "--warnings", "off", "--jsonfile", "report.json"])
        .args(route)
        .args(["-p", "-E", &format!("localhost:{}", server.port(listener))])
        // A shell script of some thousand processes: half a minute where nothing else runs.
        .within(Duration::from_secs(300))
        .run();
    Some((told, home.read_all("report.json")))
}

/// Its exit code counts findings.
fn check_testssl(window: (&str, &str), route: &[&str], listener: &str) {
    let Some((told, json)) = testssl(window, route, listener) else { return };
    let entries: Vec<serde_json::Value> =
        serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}\n{}", told.said()));
    let word = |entry: &serde_json::Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    let mut report = Report::new();
    for entry in &entries {
        let (id, finding) = (word(entry, "id"), word(entry, "finding"));
        if let Some(version) = id.strip_prefix("TLS").and_then(version) {
            let offered = finding.starts_with("offered");
            assert_eq!(offered, window.0 <= version && version <= window.1, "{window:?}: {id} {finding}");
        } else if let Some((version_word, code)) =
            id.strip_prefix("cipher-tls").and_then(|id| id.rsplit_once("_x"))
        {
            let version = version(version_word).expect("a known version");
            report.entry(version).or_default().push(format!("{code:0>4}"));
        }
    }
    assert_eq!(sorted(report), configured(window, true), "{window:?}: {json}");
}

/// It mostly waits, so the windows are told side by side; two of them behind STARTTLS.
#[test]
fn testssl_sh() {
    thread::scope(|scope| {
        for half in WINDOWS.chunks(2) {
            scope.spawn(move || {
                for (at, window) in half.iter().enumerate() {
                    let is_starttls = *window == ("1.2", "1.3") || (*window == ("1.0", "1.1") && at == 0);
                    let (route, listener): (&[&str], _) =
                        if is_starttls { (&["-t", "imap"], "imap") } else { (&[], "imaps") };
                    check_testssl(*window, route, listener);
                }
            });
        }
    });
}
