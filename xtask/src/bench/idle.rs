//! Memory per idle connection: growth of the resident set over 5,000 connections that got their greeting.
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion};

use super::Bench;
use super::figures::{self, Figure};
use super::line::Line;
use super::rival::{self, Server};

const CONNECTIONS: u32 = 5_000;

pub fn measure(bench: &Bench) -> Result<Vec<Figure>, String> {
    let mut all = Vec::new();
    for (what, aim, library) in [
        ("idle IMAP connection, plaintext", Some("under 8 KB"), None),
        ("idle IMAP connection, TLS 1.3 by rustls", Some("under 20 KB"), Some("rustls")),
        ("idle IMAP connection, TLS 1.3 by OpenSSL", None, Some("openssl")),
    ] {
        all.extend(figures::rounds(what, "KB", aim, &["postfail"], bench.rounds, |_| {
            let server = rival::postfail(bench)?;
            if let Some(library) = library {
                rival::set(bench, &[&format!("imaps.backend={library}")])?;
                growth(&server, &tls(&server, rustls::ALL_VERSIONS)?)
            } else {
                growth(&server, &plain)
            }
            .map(Ok)
        })?);
    }
    Ok(all)
}

/// Kilobytes a connection.
fn growth<C>(server: &Server, open: &dyn Fn(&Server) -> Result<C, String>) -> Result<f64, String> {
    // The first few make what is made once: threads, buffers of the allocator, TLS tables.
    let mut kept = (0..50).map(|_| open(server)).collect::<Result<Vec<C>, String>>()?;
    let before = resident(server.process())?;
    for _ in 0..CONNECTIONS {
        kept.push(open(server)?);
    }
    let after = resident(server.process())?;
    Ok(after.saturating_sub(before) as f64 / f64::from(CONNECTIONS))
}

fn plain(server: &Server) -> Result<Line, String> {
    let mut line = Line::connect(server.imap)?;
    line.read()?;
    Ok(line)
}

pub type Secured = BufReader<StreamOwned<ClientConnection, TcpStream>>;

/// Opens IMAPS connections, each up to its greeting, by these versions.
pub fn tls(
    server: &Server,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<impl Fn(&Server) -> Result<Secured, String> + use<>, String> {
    let mut roots = RootCertStore::empty();
    for certificate in
        CertificateDer::pem_file_iter(&server.ca).map_err(|error| format!("{}: {error}", server.ca))?
    {
        roots.add(certificate.map_err(|error| error.to_string())?).map_err(|error| error.to_string())?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let config = Arc::new(config);
    Ok(move |server: &Server| {
        let name = ServerName::try_from("localhost").map_err(|error| error.to_string())?;
        let session = ClientConnection::new(Arc::clone(&config), name).map_err(|error| error.to_string())?;
        let socket = TcpStream::connect(("127.0.0.1", server.imaps)).map_err(|error| error.to_string())?;
        let mut stream = BufReader::new(StreamOwned::new(session, socket));
        let mut greeting = String::new();
        stream.read_line(&mut greeting).map_err(|error| error.to_string())?;
        if greeting.starts_with("* OK") { Ok(stream) } else { Err(format!("greeting: {greeting}")) }
    })
}

/// Kilobytes resident, from Linux's own account.
fn resident(process: u32) -> Result<u64, String> {
    let file = format!("/proc/{process}/status");
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{file}: {error}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number =
        line.and_then(|line| line.trim().strip_suffix(" kB")).and_then(|number| number.trim().parse().ok());
    number.ok_or(format!("{file}: no VmRSS"))
}
