//! What a client offers: the ClientHello (RFC 8446 4.1.2, RFC 5246 7.4.1.2), read before any TLS library sees it.
//!
//! [`parse`] is total: every beginning of a stream has an answer, and no more than [`MAX`] bytes are ever wanted.
use std::fmt;

use super::name::is_grease;
use super::suite;

mod body;
mod record;

/// More bytes than this before the ClientHello ends, and it is [`Bad::TooLong`].
pub const MAX: usize = 64 * 1024;

/// What the bytes read so far are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A beginning of a ClientHello.
    NeedMore,
    /// Not TLS at all.
    NotTls(NotTls),
    Hello(Box<ClientHello>),
    /// TLS, and wrong.
    Bad(Bad),
}

/// What came where a ClientHello should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTls {
    #[error("the peer speaks text where TLS should begin")]
    Text,
    #[error("the first byte, 0x{0:02x}, begins neither a TLS record nor an SSL 2.0 hello")]
    Bytes(u8),
}

/// What is wrong with a hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Bad {
    #[error("no end of the ClientHello within {MAX} bytes")]
    TooLong,
    #[error("record version 0x{0:04x}: its first byte must be 3")]
    RecordVersion(u16),
    #[error("a record of type {0} where a handshake record (22) must stand")]
    RecordType(u8),
    #[error("a record of {0} bytes: 1 to 16384 are allowed")]
    RecordLength(usize),
    #[error("handshake message {0} where a ClientHello (1) must stand")]
    NotClientHello(u8),
    #[error("{0} does not fit its length")]
    Malformed(&'static str),
}

/// In which clothes the hello came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Tls,
    /// SSL 2.0's hello, which may offer TLS (RFC 5246 appendix E.2): no extensions, three-byte cipher kinds of
    /// which only those that stand for TLS suites are kept.
    Ssl2,
}

/// The client's random. `Debug` shows nothing: it is of no use to a reader and opens a key log's secrets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Random(pub [u8; 32]);

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

/// The offer. Numbers as sent, GREASE included and in order; names are in [`super::name`] and [`super::suite`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientHello {
    pub format: Format,
    /// Of the first record; 0x0301 in most clients, whatever they offer.
    pub record_version: u16,
    /// The `client_version` of old: the highest one below TLS 1.3.
    pub legacy_version: u16,
    /// The extension's list; `None` when it was not sent.
    pub supported_versions: Option<Vec<u16>>,
    pub random: Random,
    /// Length of the session id; not 0 in a TLS 1.2 resumption and in TLS 1.3's compatibility mode.
    pub session_id: usize,
    pub cipher_suites: Vec<u16>,
    pub compression: Vec<u8>,
    /// Extension numbers in the order sent.
    pub extensions: Vec<u16>,
    /// SNI (RFC 6066 section 3).
    pub server_name: Option<String>,
    /// ALPN (RFC 7301), non-ASCII bytes escaped.
    pub alpn: Vec<String>,
    pub groups: Vec<u16>,
    pub signature_schemes: Vec<u16>,
    /// Length of the RFC 5077 ticket; `Some(0)` asks for one.
    pub session_ticket: Option<usize>,
    /// A TLS 1.3 resumption (RFC 8446 4.2.11).
    pub psk: bool,
    /// 0-RTT data will follow (RFC 8446 4.2.10).
    pub early_data: bool,
    /// OCSP stapling is asked for (RFC 6066 section 8).
    pub status_request: bool,
}

impl ClientHello {
    /// Highest version offered, GREASE left out. Without `supported_versions` it is `legacy_version`.
    #[must_use]
    pub fn highest_version(&self) -> u16 {
        let listed = self.supported_versions.iter().flatten().copied().filter(|version| !is_grease(*version));
        listed.max().unwrap_or(self.legacy_version)
    }

    /// True when this version was offered. A hello without `supported_versions` offers everything up to
    /// `legacy_version` (RFC 5246 appendix E.1).
    #[must_use]
    pub fn offers(&self, version: u16) -> bool {
        match &self.supported_versions {
            Some(versions) => versions.contains(&version),
            None => (0x0300..=self.legacy_version).contains(&version),
        }
    }

    /// True for a retry with a lower version (RFC 7507).
    #[must_use]
    pub fn is_fallback(&self) -> bool {
        self.cipher_suites.contains(&suite::FALLBACK_SCSV)
    }
}

/// Read a ClientHello from the beginning of a connection's bytes. Call it again with all bytes when more came.
#[must_use]
pub fn parse(bytes: &[u8]) -> Progress {
    match bytes {
        [] => Progress::NeedMore,
        [20..=24, ..] => record::read(bytes),
        [first, ..] if first & 0x80 != 0 => record::read_ssl2(bytes),
        [first, ..] if first.is_ascii_graphic() || first.is_ascii_whitespace() => {
            Progress::NotTls(NotTls::Text)
        }
        [first, ..] => Progress::NotTls(NotTls::Bytes(*first)),
    }
}

#[cfg(test)]
mod tests;
