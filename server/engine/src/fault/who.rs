//! Whom a rule meets: an account, a listener, a client's address.
use core::net::IpAddr;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::listener::ListenerName;

/// Everybody unless said; what is said must hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Who {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listener: Option<ListenerName>,
    /// Where the client comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Network>,
    /// Only under TLS, or only without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<bool>,
}

impl Who {
    pub(crate) fn is_everybody(&self) -> bool {
        *self == Self::default()
    }

    /// Does it mean a client at this listener, from this address, who named this account?
    pub fn means(&self, listener: ListenerName, client: IpAddr, account: Option<&str>) -> bool {
        self.listener.is_none_or(|wanted| wanted == listener)
            && self.address.is_none_or(|network| network.contains(client))
            && self.account.as_deref().is_none_or(|wanted| account.is_some_and(|shown| names(shown, wanted)))
    }
}

/// `taro@postfail.test` is `taro`: rules name accounts by their short name or by their address.
fn names(shown: &str, wanted: &str) -> bool {
    let short = |name: &str| name.split('@').next().unwrap_or_default().to_ascii_lowercase();
    shown.eq_ignore_ascii_case(wanted) || short(shown) == wanted.to_ascii_lowercase()
}

/// An address, or all that share its first bits: `127.0.0.2`, `10.0.0.0/8`, `fd00::/8` (RFC 4632, RFC 4291).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// Why a text is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address; write it like `127.0.0.2`, `10.0.0.0/8` or `::1`")]
pub struct NetworkError(String);

impl Network {
    pub fn contains(self, client: IpAddr) -> bool {
        // A client of a socket for both families shows its IPv4 address inside an IPv6 one.
        let (own, other) = (self.address.to_canonical(), client.to_canonical());
        let (own, other, width) = match (own, other) {
            (IpAddr::V4(own), IpAddr::V4(other)) => (own.to_bits().into(), other.to_bits().into(), 32),
            (IpAddr::V6(own), IpAddr::V6(other)) => (own.to_bits(), other.to_bits(), 128),
            _ => return false,
        };
        let differing: u128 = own ^ other;
        differing.checked_shr(width - u32::from(self.bits).min(width)).unwrap_or(0) == 0
    }

    fn width(address: IpAddr) -> u8 {
        if address.is_ipv4() { 32 } else { 128 }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let wrong = || NetworkError(text.to_owned());
        let (address, bits) =
            text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let width = Self::width(address);
        let bits = bits.map_or(Ok(width), str::parse).map_err(|_| wrong())?;
        if bits <= width { Ok(Self { address, bits }) } else { Err(wrong()) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.bits == Self::width(self.address) {
            self.address.fmt(f)
        } else {
            write!(f, "{}/{}", self.address, self.bits)
        }
    }
}

crate::words::serde_as_text!(Network, "an address such as \"127.0.0.2\" or \"10.0.0.0/8\"");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_its_first_bits() {
        for (network, inside, outside) in [
            ("127.0.0.2", "127.0.0.2", "127.0.0.3"),
            ("10.0.0.0/8", "10.255.1.2", "11.0.0.1"),
            ("10.1.0.0/16", "::ffff:10.1.2.3", "::1"),
            ("::1", "::1", "::2"),
            ("fd00::/8", "fd12::1", "fe80::1"),
        ] {
            let parsed: Network = network.parse().unwrap();
            assert_eq!(parsed.to_string(), network);
            assert!(parsed.contains(inside.parse().unwrap()), "{network} {inside}");
            assert!(!parsed.contains(outside.parse().unwrap()), "{network} {outside}");
        }
        let everybody: Network = "0.0.0.0/0".parse().unwrap();
        assert!(everybody.contains("192.0.2.1".parse().unwrap()));
        for wrong in ["", "10.0.0", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "localhost"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn all_that_is_said_must_hold() {
        let client = "127.0.0.2".parse().unwrap();
        let json = r#"{"account":"taro","listener":"imaps","address":"127.0.0.0/8"}"#;
        let who: Who = serde_json::from_str(json).unwrap();
        assert!(who.means(ListenerName::Imaps, client, Some("Taro@postfail.test")));
        assert!(!who.means(ListenerName::Imap, client, Some("taro")));
        assert!(!who.means(ListenerName::Imaps, "192.0.2.1".parse().unwrap(), Some("taro")));
        assert!(!who.means(ListenerName::Imaps, client, Some("hanako")));
        assert!(!who.means(ListenerName::Imaps, client, None));
        assert!(Who::default().means(ListenerName::Smtp, client, None));
    }
}
