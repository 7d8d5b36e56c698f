//! What OpenSSL, GnuTLS, Python and curl say of every kind of certificate: the table in `docs/tls.md`.
//!
//! `BLESS=1 cargo test -p client-tests --test certificates` writes it anew. The head of the table says which versions
//! spoke. Against the same versions (major and minor) every word is compared; against others only that what is right
//! is accepted and that what was refused still is. (Who asks the revocation list and the responder: `revocation.rs`.)
use std::fmt::Write;
use std::path::{Path, PathBuf};

use client_tests::{Client, Home, Route, Security, Server, client, python};
use postfail::certificates::{CERTIFICATES, Judgement};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/tls.md");
const BEGIN: &str =
    "<!-- certificates: BLESS=1 cargo test -p client-tests --test certificates writes this table -->\n";
const END: &str = "<!-- end of certificates -->\n";
const ACCEPTED: &str = "accepted";

/// A program that judges.
#[derive(Clone, Copy, PartialEq)]
enum Judge {
    OpenSsl,
    GnuTls,
    Python,
    Curl,
    /// With `--cert-status`: it wants a stapled response.
    CurlStatus,
}

const JUDGES: [Judge; 5] = [Judge::OpenSsl, Judge::GnuTls, Judge::Python, Judge::Curl, Judge::CurlStatus];

impl Judge {
    fn program(self) -> Option<PathBuf> {
        client(match self {
            Self::OpenSsl => "openssl",
            Self::GnuTls => "gnutls-cli",
            Self::Python => "python3",
            Self::Curl | Self::CurlStatus => "curl",
        })
    }

    /// `OpenSSL 3.0.17`, as the table's head has it.
    fn version(self, program: &Path) -> String {
        let script = "import ssl, sys; print('Python', sys.version.split()[0], 'with', ssl.OPENSSL_VERSION)";
        let arguments: &[&str] = match self {
            Self::OpenSsl => &["version"],
            Self::Python => &["-c", script],
            _ => &["--version"],
        };
        let said = Client::new(program, &Home::new()).args(arguments).run().stdout;
        let words: Vec<&str> = said.lines().next().unwrap_or_default().split_whitespace().collect();
        match self {
            Self::OpenSsl => format!("OpenSSL {} `s_client`", words.get(1).unwrap_or(&"?")),
            Self::GnuTls => format!("GnuTLS {}", words.last().unwrap_or(&"?")),
            Self::Python => words.iter().take(5).copied().collect::<Vec<_>>().join(" "),
            Self::Curl | Self::CurlStatus => {
                let tls = words.iter().find(|word| word.contains("SSL/") || word.starts_with("GnuTLS/"));
                let status = if self == Self::CurlStatus { " `--cert-status`" } else { "" };
                let (curl, tls) = (words.get(1).unwrap_or(&"?"), tls.unwrap_or(&"?").replace('/', " "));
                format!("curl {curl}{status} with {tls}")
            }
        }
    }

    /// What it says of the certificate the server shows at imaps.
    fn says(self, program: &Path, server: &Server) -> String {
        let (home, port) = (Home::new(), server.port("imaps").to_string());
        let run = Client::new(program, &home);
        match self {
            Self::OpenSsl => {
                let place = format!("localhost:{port}");
                let run =
                    run.args(["s_client", "-connect", &place, "-verify_return_error", "-auth_level", "2"]);
                let run = run.args(["-verify_hostname", "localhost", "-CAfile"]).args([server.ca()]);
                let said = run.run().said();
                let error = said.lines().find_map(|line| line.strip_prefix("verify error:num="));
                match error {
                    Some(error) => error.replacen(':', " ", 1),
                    None if said.contains(":error:") => reason(&said),
                    None if said.contains("Verify return code: 0 (ok)") => ACCEPTED.to_owned(),
                    None => "?".to_owned(),
                }
            }
            Self::GnuTls => {
                let run = run.args(["--port", &port, "--x509cafile"]).args([server.ca()]).args(["localhost"]);
                let said = run.feed("a LOGOUT\r\n").run().said();
                if said.contains("Status: The certificate is trusted")
                    && said.contains("Handshake was completed")
                {
                    return ACCEPTED.to_owned();
                }
                let status =
                    said.lines().find_map(|line| line.split_once("NOT trusted. ")).map(|(_, why)| why);
                let fatal = said.lines().find_map(|line| line.strip_prefix("*** Fatal error: "));
                status.or(fatal).unwrap_or("?").trim().to_owned()
            }
            Self::Python => {
                let route = Route { listener: "imaps", security: Security::Implicit };
                let said = python::certificate(server, route).map(|outcome| outcome.stdout);
                said.unwrap_or_default().trim().to_owned()
            }
            Self::Curl | Self::CurlStatus => {
                let login = format!("{}:{}", server.user(), server.password());
                let url = format!("imaps://localhost:{port}/");
                let status = if self == Self::CurlStatus { &["--cert-status"][..] } else { &[] };
                let run =
                    run.args(["-sS", "--user", &login, &url, "--cacert"]).args([server.ca()]).args(status);
                let outcome = run.run();
                if outcome.code == Some(0) {
                    return ACCEPTED.to_owned();
                }
                let line = outcome.stderr.lines().find_map(|line| line.strip_prefix("curl: ")).unwrap_or("?");
                let line = line.replace("SSL certificate problem: ", "");
                // `OpenSSL/3.0.17: error:0A000098:SSL routines::excessive message size`: the version is in the head.
                match line
                    .split_once("OpenSSL/")
                    .and_then(|(code, rest)| Some((code, rest.split_once(": ")?.1)))
                {
                    Some((code, error)) => [code, error].concat(),
                    None => line,
                }
            }
        }
    }
}

/// Of OpenSSL's queue of errors the last field before the file: what went wrong beside the chain.
fn reason(said: &str) -> String {
    let line = said.lines().find(|line| line.contains(":error:")).unwrap_or_default();
    line.split(':').nth(5).unwrap_or("?").to_owned()
}

/// `curl 7.88.1 with ...` is `curl 7.88`: what a distribution's small updates do not change.
fn minor(version: &str) -> String {
    let number = |word: &str| {
        let mut parts = word.split('.');
        match (parts.next(), parts.next()) {
            (Some(major), Some(minor)) if major.parse::<u32>().is_ok() => format!("{major}.{minor}"),
            _ => word.to_owned(),
        }
    };
    version.split(' ').map(number).collect::<Vec<_>>().join(" ")
}

/// Rows of cells, the head's first.
fn rows(table: &str) -> Vec<Vec<String>> {
    let lines = table.lines().filter(|line| line.starts_with("| "));
    lines
        .map(|line| {
            line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
        })
        .collect()
}

fn written(versions: &[String], rows: &[(&str, Vec<String>)]) -> String {
    let mut table = format!("| Kind | {} |\n|---|{}\n", versions.join(" | "), "---|".repeat(versions.len()));
    for (kind, says) in rows {
        let _ = writeln!(table, "| `{kind}` | {} |", says.join(" | "));
    }
    table
}

#[test]
fn four_programs_judge_every_kind() {
    let programs: Option<Vec<(Judge, PathBuf)>> =
        JUDGES.into_iter().map(|judge| Some((judge, judge.program()?))).collect();
    let Some(programs) = programs else { return };
    let server = Server::start();
    let versions: Vec<String> = programs.iter().map(|(judge, program)| judge.version(program)).collect();
    let judged: Vec<(&str, Vec<String>)> = CERTIFICATES
        .iter()
        .map(|kind| {
            server.set(&[&format!("imaps.certificate={}", kind.name)]);
            (kind.name, programs.iter().map(|(judge, program)| judge.says(program, &server)).collect())
        })
        .collect();

    let page = std::fs::read_to_string(PAGE).expect("docs/tls.md");
    let (before, rest) = page.split_once(BEGIN).expect("the table's beginning in docs/tls.md");
    let (known, after) = rest.split_once(END).expect("the table's end in docs/tls.md");
    if std::env::var_os("BLESS").is_some() {
        let table = written(&versions, &judged);
        std::fs::write(PAGE, [before, BEGIN, &table, END, after].concat()).expect("docs/tls.md is writable");
        return;
    }
    let known = rows(known);
    let (head, known) = known.split_first().expect("a head");
    assert_eq!(known.len(), judged.len(), "one row for each kind: BLESS=1");
    for (column, version) in versions.iter().enumerate() {
        let recorded = &head[column + 1];
        let same = minor(recorded) == minor(version);
        if !same {
            eprintln!(
                "docs/tls.md was written with {recorded}, here is {version}: only verdicts are compared"
            );
        }
        for (row, (kind, says)) in known.iter().zip(&judged) {
            assert_eq!(&row[0], kind, "in their order: BLESS=1");
            let (known, said) = (&row[column + 1], &says[column]);
            if same {
                assert_eq!(known, said, "{kind}, {version}: BLESS=1");
            } else if known != ACCEPTED {
                assert_ne!(said, ACCEPTED, "{kind}, {version}: it refused with `{known}`");
            }
        }
    }
}

/// What the page says must be true of any version: a right certificate is taken, and nobody takes all the wrong ones.
#[test]
fn what_is_right_is_accepted_by_all() {
    let page = std::fs::read_to_string(PAGE).expect("docs/tls.md");
    let (_, rest) = page.split_once(BEGIN).expect("the table's beginning");
    let (table, _) = rest.split_once(END).expect("the table's end");
    for (row, kind) in rows(table).iter().skip(1).zip(CERTIFICATES) {
        assert_eq!(row[0], kind.name);
        // The last column wants a stapled response, which most kinds have not.
        let plain = &row[1..row.len() - 1];
        if kind.judgement == Judgement::Accept {
            assert!(plain.iter().all(|said| said == ACCEPTED), "{row:?}");
        }
        assert!(plain.iter().all(|said| !said.is_empty() && said != "?"), "{row:?}");
    }
}
