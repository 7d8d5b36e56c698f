//! `postfail certs`: the authority and certificates as files, for clients and servers set up by hand.
use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use postfail_certs::{Algorithm, Authority, Bundle, ClientKind, Error, Kind, directory, revocation};

use super::Failure;
use super::args::Certs;
use super::streams;

/// The folder, and what was written into it: file and meaning.
struct Written<'a> {
    out: &'a Path,
    files: Vec<(String, &'static str)>,
}

/// The authority's key is a secret: it goes nowhere unless somebody says where.
const NO_FOLDER: &str = "`postfail certs` writes keys, the authority's own among them, and only into a folder you \
    name: postfail certs --out DIR. (`postfail list --names` has the kinds)";

pub fn write(asked: &Certs) -> Result<(), Failure> {
    let out = asked.out.as_deref().ok_or_else(|| Failure::usage(NO_FOLDER))?;
    let now = SystemTime::now();
    // The folder is an authority as --ca-dir keeps it: a second call leaves the root as it is.
    let authority = directory::open(out, now).map_err(Failure::usage)?;
    let mut written = Written { out, files: Vec::new() };
    written.files.push((directory::CA_FILE.to_owned(), "the root, for clients to trust"));
    let all = asked.kinds.iter().any(|kind| kind == "all");
    let kinds: Vec<Kind> = if all {
        Kind::ALL.into_iter().map(|(_, kind)| kind).collect()
    } else {
        asked.kinds.iter().filter_map(|kind| Kind::named(kind)).collect()
    };
    for kind in &kinds {
        written.servers(&authority, *kind, all)?;
    }
    if kinds.iter().any(|kind| kind.is_revoked()) {
        let crl = authority.crl(now).map_err(Failure::ours)?;
        written.keep(revocation::CRL.to_owned(), &crl, false, "the revocation list, DER")?;
    }
    if kinds.iter().any(|kind| matches!(kind, Kind::RootReplaced | Kind::RootCrossSigned)) {
        let root = authority.new_root_pem().map_err(Failure::ours)?;
        written.keep(
            revocation::NEW_ROOT.to_owned(),
            root.as_bytes(),
            false,
            "the root that replaces the root",
        )?;
    }
    if asked.client {
        written.clients(&authority, &asked.address)?;
    }
    let line = |(name, what)| format!("{}  {what}\n", out.join::<String>(name).display());
    streams::print(&written.files.into_iter().map(line).collect::<String>())
}

impl Written<'_> {
    /// ECDSA, and RSA where this build has it; with `lenient`, nothing where this build has neither.
    fn servers(&mut self, authority: &Authority, kind: Kind, lenient: bool) -> Result<(), Failure> {
        for (name, algorithm) in [("ecdsa", Algorithm::Ecdsa), ("rsa", Algorithm::Rsa)] {
            if kind.is_weak_key() && algorithm == Algorithm::Ecdsa {
                continue;
            }
            let bundle = match authority.issue(kind, algorithm) {
                Err(Error::NoRsa) if lenient || !kind.needs_legacy() => continue,
                Err(Error::NoRsa) => {
                    let message =
                        format!("`{kind}` needs OpenSSL: this build is without the feature `legacy-tls`");
                    return Err(Failure::usage(message));
                }
                issued => issued.map_err(Failure::ours)?,
            };
            let name = if kind == Kind::Good { name.to_owned() } else { format!("{kind}-{name}") };
            self.bundle(&name, &bundle, "the chain, leaf first", "the leaf's key")?;
        }
        Ok(())
    }

    fn clients(&mut self, authority: &Authority, address: &str) -> Result<(), Failure> {
        for (name, kind) in ClientKind::ALL {
            let bundle = authority.issue_client(kind, address, Algorithm::Ecdsa);
            let bundle = bundle.map_err(|error| match error {
                Error::Address(_) => Failure::usage(error),
                other => Failure::ours(other),
            })?;
            self.bundle(&format!("client-{name}"), &bundle, "the client's chain", "the client's key")?;
        }
        Ok(())
    }

    fn bundle(
        &mut self,
        name: &str,
        bundle: &Bundle,
        chain: &'static str,
        key: &'static str,
    ) -> Result<(), Failure> {
        self.keep(format!("{name}.pem"), bundle.chain_pem().as_bytes(), false, chain)?;
        self.keep(format!("{name}-key.pem"), bundle.key_pem().as_bytes(), true, key)?;
        if let Some(staple) = bundle.staple() {
            self.keep(format!("{name}.ocsp"), staple, false, "the OCSP response to staple, DER")?;
        }
        match bundle.pkcs12(&format!("Postfail {name}")) {
            Err(Error::NoPkcs12) => Ok(()),
            Err(other) => Err(Failure::ours(other)),
            Ok(bytes) => {
                self.keep(format!("{name}.p12"), &bytes, true, "both as PKCS #12, password \"postfail\"")
            }
        }
    }

    fn keep(&mut self, name: String, bytes: &[u8], secret: bool, what: &'static str) -> Result<(), Failure> {
        let path = self.out.join(&name);
        let cannot = |error: io::Error| Failure::usage(format!("cannot write {}: {error}", path.display()));
        let written =
            if secret { postfail::files::write_whole(&path, bytes) } else { fs::write(&path, bytes) };
        written.map_err(cannot)?;
        self.files.push((name, what));
        Ok(())
    }
}
