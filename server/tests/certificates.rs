//! The built-in client meets every kind of certificate: what is wrong it refuses, what is right it takes, and it says
//! which. What nobody can notice without asking elsewhere (`revoked`) it takes, as most clients do.
#![cfg(feature = "legacy-tls")]

use std::time::Duration;

use postfail::certificates::{CERTIFICATES, Judgement};
use postfail::client::{self, Setup, TlsCeiling, Trouble};
use postfail::{ListenerName, Postfail};

/// What the client says, or nothing where it takes the certificate. OpenSSL's words for the chain, its own for staples.
const SAID: [(&str, &str); 26] = [
    ("expired", "certificate has expired"),
    ("not-yet-valid", "certificate is not yet valid"),
    ("wrong-host", "ostname mismatch"),
    ("self-signed", "self-signed certificate"),
    ("untrusted-root", "self-signed certificate in certificate chain"),
    ("missing-intermediate", "unable to get local issuer certificate"),
    ("expired-intermediate", "certificate has expired"),
    ("issuer-not-a-ca", "invalid CA certificate"),
    ("path-length-exceeded", "path length constraint exceeded"),
    ("name-constraint-violation", "permitted subtree violation"),
    ("no-san", "ostname mismatch"),
    ("wrong-extended-key-usage", "unsuitable certificate purpose"),
    ("wrong-key-usage", "unsuitable certificate purpose"),
    ("weak-key", "EE certificate key too weak"),
    ("sha1-signed", "CA signature digest algorithm too weak"),
    ("md5-signed", "CA signature digest algorithm too weak"),
    ("broken-signature", "certificate signature failure"),
    ("unknown-critical-extension", "unhandled critical extension"),
    ("x509-v1", "ostname mismatch"),
    ("huge-chain", "excessive message size"),
    ("stapled-revoked", "was revoked"),
    ("stapled-expired", "status expired"),
    ("must-staple-ignored", "demands a stapled OCSP response"),
    ("root-replaced", "unable to get local issuer certificate"),
    ("revoked", ""),
    ("good", ""),
];

#[tokio::test]
async fn the_built_in_client_refuses_what_is_wrong() {
    let mail = Postfail::healthy().verify_on_drop(false).start().await.unwrap();
    let account = mail.accounts().swap_remove(0);
    for kind in CERTIFICATES {
        mail.set("imaps.certificate", kind.name).await.unwrap();
        let setup = Setup {
            address: mail.place(ListenerName::Imaps).url().parse().unwrap(),
            user: account.address.clone(),
            password: account.password.clone(),
            oauth: None,
            ca: Some(mail.ca_file().to_owned()),
            certificate: None,
            external: false,
            tls_max: TlsCeiling::Tls13,
            timeout: Duration::from_secs(20),
            careless: false,
        };
        let outcome = tokio::task::spawn_blocking(move || client::once(&setup)).await.unwrap();
        let expected = SAID.into_iter().find(|(name, _)| *name == kind.name).map_or("", |(_, said)| said);
        match outcome {
            Ok(_) => assert_eq!(expected, "", "{}: taken", kind.name),
            Err(Trouble::Tls(said)) => {
                assert!(!expected.is_empty() && said.contains(expected), "{}: {said}", kind.name);
            }
            Err(other) => panic!("{}: {other}", kind.name),
        }
        let right = kind.judgement == Judgement::Accept;
        assert!(!right || expected.is_empty(), "{}: a right one is taken", kind.name);
        let wrong = kind.judgement == Judgement::Refuse;
        assert!(!wrong || !expected.is_empty(), "{}: a wrong one is refused", kind.name);
    }
    mail.stop().await;
}

/// Logs in over IMAP without a look at the certificate.
fn log_in_blindly(port: u16, user: &str, password: &str) {
    use std::io::{BufRead, BufReader, Write};

    use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};
    let mut builder = SslConnector::builder(SslMethod::tls_client()).unwrap();
    builder.set_verify(SslVerifyMode::NONE);
    builder.set_security_level(0);
    builder.set_min_proto_version(Some(openssl::ssl::SslVersion::TLS1_2)).unwrap();
    let socket = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    let configuration = builder.build().configure().unwrap().verify_hostname(false);
    let mut stream = BufReader::new(configuration.connect("localhost", socket).unwrap());
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    for command in [format!("a1 LOGIN {user} {password}"), "a2 LOGOUT".to_owned()] {
        stream.get_mut().write_all(format!("{command}\r\n").as_bytes()).unwrap();
        let tag = &command[..2];
        while !line.starts_with(tag) {
            line.clear();
            assert_ne!(stream.read_line(&mut line).unwrap(), 0, "{command}");
        }
        assert!(line.starts_with(&format!("{tag} OK")), "{line}");
    }
}

/// The client every scenario about a certificate is there to find out.
#[tokio::test]
async fn a_client_that_does_not_look_is_found_out() {
    use postfail::catalogue;
    use postfail::scenario::{Client, Exit, Run, Verdict};
    let sources = catalogue::select("tls").unwrap().into_iter();
    let about =
        sources.filter(|source| source.id.starts_with("tls/cert-") || source.id == "tls/root-changed");
    let mut seen = 0;
    for source in about {
        let scenario = source.scenario().unwrap();
        let asked = Postfail::source(source.clone()).threads(1).verify_on_drop(false);
        let mail = asked.start().await.unwrap();
        let (account, port) =
            (mail.accounts().swap_remove(0), mail.place(ListenerName::Imaps).address.port());
        let (mut runs, mut since) = (Vec::new(), 0);
        for (number, phase) in scenario.phases.iter().enumerate() {
            if number > 0 {
                since = mail.newest();
                mail.phase(&phase.name).await.unwrap();
            }
            let (user, password) = (account.address.clone(), account.password.clone());
            tokio::task::spawn_blocking(move || log_in_blindly(port, &user, &password)).await.unwrap();
            mail.quiet(Duration::from_secs(2)).await;
            let (phase, until) = (phase.name.clone(), mail.newest());
            runs.push(Run { phase, exit: Exit::Code(0), since, until, took: Duration::ZERO });
        }
        let profile = scenario.default_profile();
        let verdict = mail.with_world(|world| {
            Verdict::judge(&scenario, profile, world.seed(), None, &runs, world.journal())
        });
        for (phase, verdict) in scenario.phases.iter().zip(&verdict.phases) {
            let findings = verdict.findings.iter().map(|finding| finding.rule.as_str());
            let rules: Vec<&str> =
                findings.chain(verdict.conduct.iter().map(|breach| breach.rule.as_str())).collect();
            let must = if phase.client == Client::Fails {
                &["client", "logins", "bad-certificate-accepted"][..]
            } else {
                &[]
            };
            for rule in must {
                assert!(rules.contains(rule), "{} {}: {rules:?} without {rule}", source.id, phase.name);
            }
            assert!(
                !must.is_empty() || verdict.outcome == postfail::scenario::Outcome::Passed,
                "{} {}: {:?}",
                source.id,
                phase.name,
                verdict.conduct
            );
        }
        mail.stop().await;
        seen += 1;
    }
    assert_eq!(seen, 15);
}
