//! Alerts (RFC 8446 section 6 and appendix B.2, RFC 5246 section 7.2): numbers, names, and the record itself.
use std::fmt;

/// An alert's number; every number is a value, also one nobody has assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AlertDescription(pub u8);

/// How bad an alert is, as its first byte says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    Warning,
    Fatal,
}

/// The registry, RFC names; `_RESERVED` ones by the names they had.
const NAMES: [(u8, &str); 35] = [
    (0, "close_notify"),
    (10, "unexpected_message"),
    (20, "bad_record_mac"),
    (21, "decryption_failed"),
    (22, "record_overflow"),
    (30, "decompression_failure"),
    (40, "handshake_failure"),
    (41, "no_certificate"),
    (42, "bad_certificate"),
    (43, "unsupported_certificate"),
    (44, "certificate_revoked"),
    (45, "certificate_expired"),
    (46, "certificate_unknown"),
    (47, "illegal_parameter"),
    (48, "unknown_ca"),
    (49, "access_denied"),
    (50, "decode_error"),
    (51, "decrypt_error"),
    (60, "export_restriction"),
    (70, "protocol_version"),
    (71, "insufficient_security"),
    (80, "internal_error"),
    (86, "inappropriate_fallback"),
    (90, "user_canceled"),
    (100, "no_renegotiation"),
    (109, "missing_extension"),
    (110, "unsupported_extension"),
    (111, "certificate_unobtainable"),
    (112, "unrecognized_name"),
    (113, "bad_certificate_status_response"),
    (114, "bad_certificate_hash_value"),
    (115, "unknown_psk_identity"),
    (116, "certificate_required"),
    (120, "no_application_protocol"),
    (121, "ech_required"),
];

impl AlertDescription {
    pub const CLOSE_NOTIFY: Self = Self(0);
    pub const UNEXPECTED_MESSAGE: Self = Self(10);
    pub const HANDSHAKE_FAILURE: Self = Self(40);
    pub const DECODE_ERROR: Self = Self(50);
    pub const PROTOCOL_VERSION: Self = Self(70);
    pub const INTERNAL_ERROR: Self = Self(80);
    pub const INAPPROPRIATE_FALLBACK: Self = Self(86);
    pub const UNRECOGNIZED_NAME: Self = Self(112);

    /// The RFC name; `None` for a number without one.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        NAMES.iter().find(|(number, _)| *number == self.0).map(|(_, name)| *name)
    }

    /// The alert of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(number, _)| Self(*number))
    }

    /// Its name, or what stands for one: `unrecognized_name`, `alert 99`.
    #[must_use]
    pub fn word(self) -> String {
        self.name().map_or_else(|| self.to_string(), str::to_owned)
    }

    /// The level it is sent with: only the closing ones and `no_renegotiation` are warnings (RFC 8446 6.1,
    /// RFC 5246 7.2.2).
    #[must_use]
    pub fn level(self) -> Level {
        if matches!(self.0, 0 | 90 | 100) { Level::Warning } else { Level::Fatal }
    }
}

impl fmt::Display for AlertDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name} ({})", self.0),
            None => write!(f, "alert {}", self.0),
        }
    }
}

/// A whole record with one alert in the clear: what a server says before there are keys. `version` is the
/// record version; the client's own, at most 0x0303, is what real servers repeat.
#[must_use]
pub fn record(version: u16, description: AlertDescription) -> [u8; 7] {
    let level = match description.level() {
        Level::Warning => 1,
        Level::Fatal => 2,
    };
    record_of(version, level, description)
}

/// The same with a level of one's own: 1 warns, 2 is fatal.
#[must_use]
pub fn record_of(version: u16, level: u8, description: AlertDescription) -> [u8; 7] {
    let [major, minor] = version.to_be_bytes();
    [21, major, minor, 0, 2, level, description.0]
}

/// The first alert in the clear among these records.
#[must_use]
pub fn find(mut records: &[u8]) -> Option<AlertDescription> {
    while let [kind, 3, _, high, low, rest @ ..] = records {
        let (body, behind) = rest.split_at_checked(usize::from(u16::from_be_bytes([*high, *low])))?;
        match (kind, body) {
            (21, [1 | 2, description]) => return Some(AlertDescription(*description)),
            _ => records = behind,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers() {
        assert_eq!(AlertDescription(70).to_string(), "protocol_version (70)");
        assert_eq!(AlertDescription(99).to_string(), "alert 99");
        for (number, name) in NAMES {
            assert_eq!(AlertDescription::from_name(name), Some(AlertDescription(number)));
        }
    }

    #[test]
    fn a_record() {
        assert_eq!(record(0x0302, AlertDescription::PROTOCOL_VERSION), [21, 3, 2, 0, 2, 2, 70]);
        assert_eq!(record(0x0303, AlertDescription::CLOSE_NOTIFY), [21, 3, 3, 0, 2, 1, 0]);
    }

    #[test]
    fn an_alert_is_found_behind_other_records() {
        let alert = record(0x0303, AlertDescription::DECODE_ERROR);
        let change = [20, 3, 3, 0, 1, 1];
        assert_eq!(find(&alert), Some(AlertDescription::DECODE_ERROR));
        assert_eq!(find(&[&change[..], &alert].concat()), Some(AlertDescription::DECODE_ERROR));
        // Cut, encrypted, or no record at all.
        for none in [&alert[..6], &change, &[21, 3, 3, 0, 3, 2, 50, 0], b"", b"hello"] {
            assert_eq!(find(none), None, "{none:?}");
        }
    }
}
