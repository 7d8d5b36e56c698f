//! Every kind as independent programs and libraries judge it: `openssl verify` at level 2, and webpki.
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::SystemTime;

use postfail_certs::{Algorithm, Authority, Bundle, ClientKind, Kind};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};

/// What `openssl verify` says of a kind (its X509_V_ERR number, 0 for well), and what webpki says.
///
/// X.509 v1 and names in the subject alone pass in OpenSSL; revocation, staples and the length of a chain are not
/// what `verify` looks at.
const VERDICTS: [(Kind, u32, &str); 30] = [
    (Kind::Good, 0, "Ok"),
    (Kind::Expired, 10, "Expired"),
    (Kind::NotYetValid, 9, "NotValidYet"),
    (Kind::WrongHost, 62, "NotValidForName"),
    (Kind::SelfSigned, 18, "UnknownIssuer"),
    (Kind::UntrustedRoot, 19, "UnknownIssuer"),
    (Kind::MissingIntermediate, 20, "UnknownIssuer"),
    (Kind::ReversedChainWithRoot, 0, "Ok"),
    (Kind::ExpiredIntermediate, 10, "Expired"),
    (Kind::IssuerNotACa, 79, "EndEntityUsedAsCa"),
    (Kind::PathLengthExceeded, 25, "PathLenConstraintViolated"),
    (Kind::NameConstraintViolation, 47, "NameConstraintViolation"),
    (Kind::NoSan, 0, "NotValidForName"),
    (Kind::WrongExtendedKeyUsage, 26, "InvalidPurpose"),
    (Kind::WrongKeyUsage, 26, "Ok"),
    (Kind::WeakKey, 66, "Ok"),
    (Kind::Sha1Signed, 68, "UnsupportedSignatureAlgorithm"),
    (Kind::Md5Signed, 68, "UnsupportedSignatureAlgorithm"),
    (Kind::BrokenSignature, 7, "BadSignature"),
    (Kind::UnknownCriticalExtension, 34, "UnsupportedCriticalExtension"),
    (Kind::X509V1, 0, "UnsupportedCertVersion"),
    (Kind::HugeChain, 0, "Ok"),
    (Kind::ManySans, 0, "Ok"),
    (Kind::Revoked, 0, "Ok"),
    (Kind::StapledRevoked, 0, "Ok"),
    (Kind::StapledGood, 0, "Ok"),
    (Kind::StapledExpired, 0, "Ok"),
    (Kind::MustStapleIgnored, 0, "Ok"),
    (Kind::RootReplaced, 20, "UnknownIssuer"),
    (Kind::RootCrossSigned, 0, "Ok"),
];

/// A directory that is gone with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("postfail-flaws-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a scratch directory");
        Self(path)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.0.join(name), bytes).expect(name);
    }

    /// What an `openssl` command prints on both streams; `None` where it is missing.
    fn openssl(&self, args: &[&str]) -> Option<String> {
        let run = Command::new("openssl").current_dir(&self.0).args(args).output();
        let Ok(output) = run else {
            eprintln!("skipped: openssl is not installed");
            return None;
        };
        Some(
            [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat(),
        )
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn authority() -> Authority {
    Authority::mint(SystemTime::now()).expect("an authority")
}

/// The bundle, or none where this build cannot make it.
fn issue(authority: &Authority, kind: Kind, algorithm: Algorithm) -> Option<Bundle> {
    if cfg!(not(feature = "legacy-tls")) && (kind.needs_legacy() || algorithm == Algorithm::Rsa) {
        assert!(authority.issue(kind, algorithm).is_err(), "{kind}");
        return None;
    }
    Some(authority.issue(kind, algorithm).unwrap_or_else(|e| panic!("{kind} {algorithm}: {e}")))
}

/// The number of the first error `openssl verify` tells, or 0.
fn number(said: &str) -> u32 {
    let error = said.lines().find_map(|line| line.strip_prefix("error ")).unwrap_or_default();
    error.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

#[test]
fn openssl_says_of_every_kind_what_is_wrong() {
    let scratch = Scratch::new("openssl");
    let authority = authority();
    scratch.write("ca.pem", authority.ca_pem());
    for (kind, expected, _) in VERDICTS {
        for algorithm in [Algorithm::Ecdsa, Algorithm::Rsa] {
            let Some(bundle) = issue(&authority, kind, algorithm) else { continue };
            scratch.write("chain.pem", bundle.chain_pem());
            let verify =
                ["verify", "-auth_level", "2", "-purpose", "sslserver", "-verify_hostname", "localhost"];
            let files = ["-CAfile", "ca.pem", "-untrusted", "chain.pem", "chain.pem"];
            let Some(said) = scratch.openssl(&[&verify[..], &files].concat()) else { return };
            assert_eq!(number(&said), expected, "{kind} {algorithm}: {said}");
            assert_eq!(said.contains("chain.pem: OK"), expected == 0, "{kind} {algorithm}: {said}");
        }
    }
}

#[test]
fn webpki_says_of_every_kind_what_is_wrong() {
    let authority = authority();
    let mut roots = RootCertStore::empty();
    let root = CertificateDer::from_pem_slice(authority.ca_pem().as_bytes()).expect("a root");
    roots.add(root).expect("a root webpki takes");
    let provider = Arc::new(ring::default_provider());
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().expect("a verifier");
    let name = ServerName::try_from("localhost").expect("a name");
    for (kind, _, expected) in VERDICTS {
        let Some(bundle) = issue(&authority, kind, Algorithm::Ecdsa) else { continue };
        let Some((leaf, rest)) = bundle.chain().split_first() else { panic!("{kind}: no leaf") };
        let said = verifier.verify_server_cert(leaf, rest, &name, &[], UnixTime::now());
        let said = said.map_or_else(|e| format!("{e:?}"), |_| "Ok".to_owned());
        assert!(said.contains(expected), "{kind}: {said} instead of {expected}");
    }
}

#[test]
fn the_new_root_is_trusted_by_those_who_have_it() {
    let scratch = Scratch::new("new-root");
    let authority = authority();
    scratch.write("new.pem", authority.new_root_pem().expect("a root"));
    for kind in [Kind::RootReplaced, Kind::RootCrossSigned] {
        let bundle = issue(&authority, kind, Algorithm::Ecdsa).expect("made without OpenSSL");
        scratch.write("chain.pem", bundle.chain_pem());
        let verify = ["verify", "-x509_strict", "-CAfile", "new.pem", "-untrusted", "chain.pem", "chain.pem"];
        let Some(said) = scratch.openssl(&verify) else { return };
        assert_eq!(said.trim(), "chain.pem: OK", "{kind}");
    }
}

#[test]
fn the_crl_and_the_responder_tell_which_certificate_is_revoked() {
    let scratch = Scratch::new("revoked");
    let authority = authority();
    authority.publish_at("http://localhost:3080/pki");
    let now = SystemTime::now();
    let crl = authority.crl(now).expect("a list");
    scratch.write("ca.pem", authority.ca_pem());
    scratch.write("crl.der", &crl);
    for (kind, revoked) in [(Kind::Revoked, true), (Kind::StapledRevoked, true), (Kind::StapledGood, false)] {
        for algorithm in [Algorithm::Ecdsa, Algorithm::Rsa] {
            let Some(bundle) = issue(&authority, kind, algorithm) else { continue };
            let pem = bundle.chain_pem();
            let (leaf, issuer) = pem.split_at(pem.rfind("-----BEGIN").expect("two certificates"));
            scratch.write("chain.pem", &pem);
            scratch.write("leaf.pem", leaf);
            scratch.write("issuer.pem", issuer);
            let files = ["-CAfile", "ca.pem", "-untrusted", "issuer.pem"];
            let check = ["verify", "-crl_check", "-CRLfile", "crl.der"];
            let Some(said) = scratch.openssl(&[&check[..], &files, &["leaf.pem"]].concat()) else { return };
            assert_eq!(number(&said), if revoked { 23 } else { 0 }, "{kind}: {said}");
            let text = scratch.openssl(&["x509", "-in", "leaf.pem", "-noout", "-text"]).expect("openssl");
            assert!(text.contains("URI:http://localhost:3080/pki/intermediate.crl"), "{text}");
            assert!(text.contains("OCSP - URI:http://localhost:3080/pki/ocsp"), "{text}");

            let ask = ["ocsp", "-issuer", "issuer.pem", "-cert", "leaf.pem"];
            scratch.openssl(&[&ask[..], &["-reqout", "request.der"]].concat()).expect("openssl");
            let request = fs::read(scratch.0.join("request.der")).expect("a request");
            scratch.write("response.der", authority.ocsp(&request, now).expect("a response"));
            let read = ["-respin", "response.der", "-CAfile", "ca.pem", "-verify_other", "issuer.pem"];
            let said = scratch.openssl(&[&ask[..], &read].concat()).expect("openssl");
            assert!(said.contains("Response verify OK"), "{kind}: {said}");
            let verdict = if revoked { "leaf.pem: revoked" } else { "leaf.pem: good" };
            assert!(said.contains(verdict), "{kind}: {said}");
        }
    }
    assert_eq!(authority.ocsp(b"nonsense", now).expect("a response"), [0x30, 3, 0x0a, 1, 1]);
}

#[test]
fn staples_say_what_their_kinds_promise() {
    let scratch = Scratch::new("staples");
    let authority = authority();
    scratch.write("ca.pem", authority.ca_pem());
    for (kind, status, verified) in [
        (Kind::StapledGood, "leaf.pem: good", "Response verify OK"),
        (Kind::StapledRevoked, "leaf.pem: revoked", "Response verify OK"),
        (Kind::StapledExpired, "leaf.pem: WARNING: Status times invalid", "status expired"),
    ] {
        let bundle = issue(&authority, kind, Algorithm::Ecdsa).expect("made without OpenSSL");
        let pem = bundle.chain_pem();
        let (leaf, issuer) = pem.split_at(pem.rfind("-----BEGIN").expect("two certificates"));
        scratch.write("leaf.pem", leaf);
        scratch.write("issuer.pem", issuer);
        scratch.write("staple.der", bundle.staple().expect("a staple"));
        let ask = ["ocsp", "-issuer", "issuer.pem", "-cert", "leaf.pem", "-respin", "staple.der"];
        let trust = ["-CAfile", "ca.pem", "-verify_other", "issuer.pem"];
        let Some(said) = scratch.openssl(&[&ask[..], &trust].concat()) else { return };
        assert!(said.contains(status) && said.contains(verified), "{kind}: {said}");
    }
    let bundle = issue(&authority, Kind::MustStapleIgnored, Algorithm::Ecdsa).expect("made without OpenSSL");
    assert!(bundle.staple().is_none());
    scratch.write("leaf.pem", bundle.chain_pem());
    let text = scratch.openssl(&["x509", "-in", "leaf.pem", "-noout", "-text"]).unwrap_or_default();
    assert!(text.is_empty() || text.contains("status_request"), "{text}");
}

#[test]
fn our_own_reading_of_staples_agrees_with_openssl() {
    use postfail_certs::revocation::{Refused, check_staple};
    let authority = authority();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs();
    for (kind, expected) in [
        (Kind::Good, Ok(())),
        (Kind::StapledGood, Ok(())),
        (Kind::StapledRevoked, Err(Refused::Revoked)),
        (Kind::StapledExpired, Err(Refused::OutOfDate)),
        (Kind::MustStapleIgnored, Err(Refused::Demanded)),
    ] {
        let bundle = issue(&authority, kind, Algorithm::Ecdsa).expect("made without OpenSSL");
        let (leaf, issuer) = (&bundle.chain()[0], &bundle.chain()[1]);
        let staple = bundle.staple().unwrap_or_default();
        assert_eq!(check_staple(leaf, issuer, staple, now), expected, "{kind}");
        let Some(last) = staple.len().checked_sub(1) else { continue };
        // Somebody else's, cut, and changed anywhere.
        let other = issue(&authority, Kind::Good, Algorithm::Ecdsa).expect("made without OpenSSL");
        assert_eq!(check_staple(&other.chain()[0], issuer, staple, now), Err(Refused::NotGood), "{kind}");
        for at in 1..=last {
            assert!(check_staple(leaf, issuer, &staple[..at], now).is_err(), "{kind}: cut at {at}");
            let mut changed = staple.to_vec();
            changed[at] ^= 1;
            let said = check_staple(leaf, issuer, &changed, now);
            assert!(expected.is_ok() || said.is_err(), "{kind}: made good by a bit at {at}");
        }
    }
}

#[test]
fn client_certificates_are_for_clients() {
    let scratch = Scratch::new("client");
    let authority = authority();
    scratch.write("ca.pem", authority.ca_pem());
    for (kind, expected) in [(ClientKind::Good, 0), (ClientKind::Expired, 10), (ClientKind::Untrusted, 20)] {
        let bundle =
            authority.issue_client(kind, "taro@postfail.test", Algorithm::Ecdsa).expect("a certificate");
        scratch.write("chain.pem", bundle.chain_pem());
        let files = ["-CAfile", "ca.pem", "-untrusted", "chain.pem", "chain.pem"];
        let check = ["verify", "-purpose", "sslclient", "-verify_email", "taro@postfail.test"];
        let Some(said) = scratch.openssl(&[&check[..], &files].concat()) else { return };
        assert_eq!(number(&said), expected, "{kind:?}: {said}");
    }
    let refused = authority.issue_client(ClientKind::Good, "太郎@postfail.test", Algorithm::Ecdsa);
    assert!(refused.expect_err("not ASCII").to_string().contains("not an address"));
}

#[cfg(feature = "legacy-tls")]
#[test]
fn openssl_reads_our_pkcs12_of_every_kind() {
    let scratch = Scratch::new("pkcs12");
    let authority = authority();
    for (name, kind) in Kind::ALL {
        let bundle = authority.issue(kind, Algorithm::Ecdsa).expect("a bundle");
        scratch.write("x.p12", bundle.pkcs12(&format!("Postfail {name}")).expect("PKCS #12"));
        let read = ["pkcs12", "-in", "x.p12", "-passin", "pass:postfail", "-nodes"];
        let Some(said) = scratch.openssl(&read) else { return };
        assert_eq!(said.matches("BEGIN CERTIFICATE").count(), bundle.chain().len(), "{name}: {said}");
        assert!(said.contains("BEGIN PRIVATE KEY"), "{name}: {said}");
    }
}

/// Whoever trusts the root gives nothing else away: no other name, no code, no mail of others.
#[test]
fn the_root_vouches_for_test_names_alone() {
    let scratch = Scratch::new("root");
    let authority = authority();
    scratch.write("ca.pem", authority.ca_pem());
    let Some(text) = scratch.openssl(&["x509", "-in", "ca.pem", "-noout", "-text"]) else { return };
    for part in ["DNS:localhost", "DNS:postfail.test", "IP:127.0.0.0/255.0.0.0", "email:postfail.test"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let stranger =
        authority.issue_client(ClientKind::Good, "taro@example.com", Algorithm::Ecdsa).expect("made");
    scratch.write("chain.pem", stranger.chain_pem());
    let files = ["-CAfile", "ca.pem", "-untrusted", "chain.pem", "chain.pem"];
    let said = scratch.openssl(&[&["verify"], &files[..]].concat()).expect("openssl");
    assert_eq!(number(&said), 47, "another domain's mail: {said}");
    let said = scratch
        .openssl(&["verify", "-purpose", "timestampsign", "-CAfile", "ca.pem", "ca.pem"])
        .expect("openssl");
    assert_ne!(number(&said), 0, "another purpose: {said}");
}
