//! A certificate authority for tests, minted at start: a root, an intermediate, and leaves for the names a
//! test server answers to, right or wrong in every way [`Kind`] lists.
//!
//! The root may sign only for [`leaf::DNS_NAMES`] and the loopback addresses (RFC 5280 section 4.2.1.10), so that
//! a machine that trusts it gives nothing else away. This crate never reads the clock: now is passed in.
pub mod authority;
pub mod bundle;
mod chain;
pub mod client;
mod der;
pub mod directory;
pub mod flaw;
pub mod key;
pub mod leaf;
mod ocsp;
pub mod pkcs12;
mod resign;
pub mod revocation;
mod signer;
mod staple;

pub use authority::Authority;
pub use bundle::Bundle;
pub use client::ClientKind;
pub use flaw::Kind;
pub use key::Algorithm;

/// What can go wrong when certificates are minted or read back.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The library that writes certificates refused; with `what` was being made.
    #[error("cannot make {what}: {source}")]
    Mint { what: &'static str, source: rcgen::Error },
    /// A key could not be generated.
    #[error("cannot generate an {algorithm} key: {reason}")]
    Key { algorithm: Algorithm, reason: String },
    /// RSA keys come from OpenSSL, which this build leaves out.
    #[error("this build has no RSA keys: it was made without the feature `legacy-tls`")]
    NoRsa,
    /// PKCS #12 comes from OpenSSL, which this build leaves out.
    #[error("this build writes no PKCS #12: it was made without the feature `legacy-tls`")]
    NoPkcs12,
    /// OpenSSL refused to write PKCS #12.
    #[error("cannot write PKCS #12: {0}")]
    Pkcs12(String),
    /// A certificate of ours could not be taken apart to be signed once more.
    #[error("a certificate just made does not read back")]
    Resign,
    /// OpenSSL refused to sign with an old digest.
    #[error("OpenSSL does not sign with this digest: {0}")]
    OldDigest(String),
    /// A client's certificate was to be made out to something else than an address.
    #[error("`{0}` is not an address in ASCII such as taro@postfail.test")]
    Address(String),
    /// The time given lies outside what a certificate can express.
    #[error("the time {0} seconds from 1970 does not fit into a certificate")]
    Time(i128),
    /// A file of a kept authority could not be read or written.
    #[error("{doing} {path}: {source}")]
    File { doing: &'static str, path: String, source: std::io::Error },
    /// A kept authority does not read back.
    #[error("{path} is not {expected}; delete the directory to mint a new authority")]
    Kept { path: String, expected: &'static str },
}
