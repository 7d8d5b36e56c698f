//! `postfail certs`: the authority and the server's chain as files, for clients and servers set up by hand.
use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use postfail_certs::{Algorithm, Kind, directory};

use super::Failure;
use super::args::Certs;

pub fn write(asked: &Certs) -> Result<(), Failure> {
    let out = &asked.out;
    // The folder is an authority as --ca-dir keeps it: a second call leaves the root as it is.
    let authority = directory::open(out, SystemTime::now()).map_err(Failure::usage)?;
    let mut written = vec![(directory::CA_FILE.to_owned(), "the root, for clients to trust")];
    for (name, algorithm) in [("ecdsa", Algorithm::Ecdsa), ("rsa", Algorithm::Rsa)] {
        let bundle = match authority.issue(Kind::Good, algorithm) {
            Err(postfail_certs::Error::NoRsa) => continue,
            issued => issued.map_err(Failure::ours)?,
        };
        let (chain, key) = (format!("{name}.pem"), format!("{name}-key.pem"));
        keep(&out.join(&chain), &bundle.chain_pem(), false)?;
        keep(&out.join(&key), &bundle.key_pem(), true)?;
        written.push((chain, "leaf and intermediate"));
        written.push((key, "the leaf's key"));
    }
    for (name, what) in written {
        println!("{}  {what}", out.join(name).display());
    }
    Ok(())
}

fn keep(path: &Path, text: &str, secret: bool) -> Result<(), Failure> {
    let cannot = |error: io::Error| Failure::usage(format!("cannot write {}: {error}", path.display()));
    if secret {
        postfail::files::write_whole(path, text.as_bytes()).map_err(cannot)
    } else {
        fs::write(path, text).map_err(cannot)
    }
}
