//! How a listener does TLS beside its window and its certificate: suites, groups, resumption, ALPN, client
//! certificates, and by which library.
use std::fmt;
use std::str::FromStr;

use postfail_wire::tls::{name, suite};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::words::{self, UnknownWord};

/// Most entries of a list here.
const MOST: usize = 64;

/// Everything is as the library does it unless something is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct TlsSettings {
    pub backend: Library,
    /// In the server's order. A list that names none of TLS 1.3 leaves those alone, and one that names only those
    /// leaves the others alone.
    pub suites: Vec<Suite>,
    /// For (EC)DHE, in the server's order.
    pub groups: Vec<Group>,
    pub resumption: Resumption,
    /// The application protocols a client may name (RFC 7301); without any the extension is passed over.
    pub alpn: Vec<String>,
    pub client_certificate: ClientCertificate,
    /// Size of the finite field of DHE up to TLS 1.2; 2048 unless said.
    pub dh_bits: Option<DhBits>,
}

impl TlsSettings {
    /// The suites of TLS 1.3, or those of all versions below; none: the library's own.
    pub fn suites_of(&self, tls13: bool) -> impl Iterator<Item = Suite> {
        self.suites.iter().copied().filter(move |suite| suite.is_tls13() == tls13)
    }

    /// What about them could never be.
    ///
    /// # Errors
    /// One sentence with what would be right.
    pub fn check(&self) -> Result<(), String> {
        for (what, size) in
            [("suites", self.suites.len()), ("groups", self.groups.len()), ("alpn", self.alpn.len())]
        {
            if size > MOST {
                return Err(format!("{size} entries in `{what}` are too many; give at most {MOST}"));
            }
        }
        if let Some(suite) = self.suites.iter().find(|suite| !suite.has_key()) {
            return Err(format!(
                "{suite} needs a key that no mail server has; valid are suites of TLS 1.3 and those that begin with {}",
                KEYS.join(", ")
            ));
        }
        match self.alpn.iter().find(|name| name.is_empty() || name.len() > 255) {
            Some(name) => Err(format!("an ALPN name has 1 to 255 bytes, not {}", name.len())),
            None => Ok(()),
        }
    }
}

/// Which library serves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Library {
    /// rustls where it can do what is asked, else OpenSSL.
    #[default]
    Auto,
    Rustls,
    OpenSsl,
}

/// Whether a client may come back without a full handshake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Resumption {
    /// Tickets, and a cache of sessions for clients without tickets.
    #[default]
    On,
    /// Only what the client keeps itself (RFC 5077, RFC 8446 section 4.6.1).
    Tickets,
    /// Only the server's cache (RFC 5246 section 7.3): in TLS 1.3 its tickets are names in that cache.
    Sessions,
    Off,
}

/// Whether the client must show a certificate of its own, which our authority has signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClientCertificate {
    /// It is not asked for.
    #[default]
    None,
    /// It is asked for, and may be missing.
    Wanted,
    Required,
}

impl FromStr for Library {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let words = [("auto", Self::Auto), ("rustls", Self::Rustls), ("openssl", Self::OpenSsl)];
        words::find("TLS library", text, &words)
    }
}

impl FromStr for Resumption {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let words =
            [("on", Self::On), ("tickets", Self::Tickets), ("sessions", Self::Sessions), ("off", Self::Off)];
        words::find("kind of resumption", text, &words)
    }
}

impl FromStr for ClientCertificate {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let words = [("none", Self::None), ("wanted", Self::Wanted), ("required", Self::Required)];
        words::find("demand for a client certificate", text, &words)
    }
}

/// A cipher suite by its IANA name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Suite(pub u16);

/// How the names begin of suites up to TLS 1.2 for which we have keys, or that need none.
const KEYS: [&str; 6] =
    ["TLS_ECDHE_RSA_", "TLS_ECDHE_ECDSA_", "TLS_DHE_RSA_", "TLS_RSA_", "TLS_DH_anon_", "TLS_ECDH_anon_"];

impl Suite {
    pub fn is_tls13(self) -> bool {
        self.0 & 0xff00 == 0x1300
    }

    fn has_key(self) -> bool {
        let name = suite::name(self.0);
        self.is_tls13() || KEYS.iter().any(|key| name.starts_with(key)) && !name.contains("_PSK_")
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&suite::name(self.0))
    }
}

/// A group of (EC)DHE by its IANA name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Group(pub u16);

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&name::group(self.0))
    }
}

/// A name that is none of a registry's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {kind} `{word}`; {help}")]
pub struct UnknownName {
    kind: &'static str,
    word: String,
    help: String,
}

impl UnknownName {
    fn new(kind: &'static str, word: &str, names: impl Iterator<Item = &'static str>, such: &str) -> Self {
        let help = match words::nearest(word, names) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("write the name of the IANA registry, such as {such}"),
        };
        Self { kind, word: word.to_owned(), help }
    }
}

impl FromStr for Suite {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        suite::from_name(text).map(Self).ok_or_else(|| {
            UnknownName::new("cipher suite", text, suite::names(), "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
        })
    }
}

impl FromStr for Group {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        name::group_from_name(text)
            .map(Self)
            .ok_or_else(|| UnknownName::new("group", text, name::groups(), "x25519 or secp256r1"))
    }
}

words::serde_as_text!(Suite, "a cipher suite such as \"TLS_AES_128_GCM_SHA256\"");
words::serde_as_text!(Group, "a group such as \"x25519\"");

/// Bits of the prime of finite-field Diffie-Hellman.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(into = "u16")]
pub struct DhBits(u16);

/// 1024 is what old servers have and what clients of today refuse.
pub(crate) const DH_BITS: [u16; 5] = [1024, 1536, 2048, 3072, 4096];

impl TryFrom<u16> for DhBits {
    type Error = String;

    fn try_from(bits: u16) -> Result<Self, String> {
        if DH_BITS.contains(&bits) {
            Ok(Self(bits))
        } else {
            Err(format!(
                "there are no parameters of {bits} bits; valid: {}, none",
                DH_BITS.map(|b| b.to_string()).join(", ")
            ))
        }
    }
}

impl From<DhBits> for u16 {
    fn from(bits: DhBits) -> Self {
        bits.0
    }
}

impl FromStr for DhBits {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse::<u16>()
            .map_err(|_| {
                format!("`{text}` is no number of bits; write 1024 or 2048, or none for what is usual")
            })?
            .try_into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_registry() {
        let suite: Suite = "TLS_RSA_WITH_3DES_EDE_CBC_SHA".parse().unwrap();
        assert_eq!((suite.0, suite.is_tls13()), (0x000a, false));
        assert!("TLS_AES_128_GCM_SHA256".parse::<Suite>().unwrap().is_tls13());
        assert_eq!("x25519".parse::<Group>(), Ok(Group(0x001d)));
        assert_eq!(
            "TLS_AES_128_GCM_SHA265".parse::<Suite>().unwrap_err().to_string(),
            "unknown cipher suite `TLS_AES_128_GCM_SHA265`; did you mean `TLS_AES_128_GCM_SHA256`?"
        );
        assert!("P-256".parse::<Group>().unwrap_err().to_string().contains("such as x25519 or secp256r1"));
        assert!("1000".parse::<DhBits>().unwrap_err().contains("valid: 1024, 1536"));
    }

    #[test]
    fn what_could_never_be_is_refused() {
        let of = |name: &str| TlsSettings { suites: vec![name.parse().unwrap()], ..TlsSettings::default() };
        for good in ["TLS_RSA_WITH_NULL_SHA", "TLS_AES_128_CCM_SHA256", "TLS_DH_anon_WITH_AES_128_CBC_SHA"] {
            assert_eq!(of(good).check(), Ok(()), "{good}");
        }
        for keyless in
            ["TLS_PSK_WITH_AES_128_CBC_SHA", "TLS_RSA_PSK_WITH_NULL_SHA", "TLS_DH_DSS_WITH_DES_CBC_SHA"]
        {
            assert!(of(keyless).check().unwrap_err().contains("needs a key"), "{keyless}");
        }
        let alpn = TlsSettings { alpn: vec![String::new()], ..TlsSettings::default() };
        assert!(alpn.check().unwrap_err().contains("1 to 255 bytes"));
    }
}
