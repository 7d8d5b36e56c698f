//! TLS versions, windows, and what must come of each pair.

/// A version by its number, oldest first.
pub const VERSIONS: [&str; 4] = ["1.0", "1.1", "1.2", "1.3"];

/// Every window that is tried on every listener: oldest and newest version taken.
pub const WINDOWS: [(&str, &str); 8] = [
    ("1.0", "1.0"),
    ("1.1", "1.1"),
    ("1.2", "1.2"),
    ("1.3", "1.3"),
    ("1.0", "1.1"),
    ("1.0", "1.2"),
    ("1.2", "1.3"),
    ("1.0", "1.3"),
];

/// How a handshake between a window and a client of exactly one version must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Works,
    /// The server finds no version in common and sends protocol_version (70).
    ServerRefuses,
    /// Before TLS 1.3 a client cannot say how old a version it takes, only how new: the server answers with an older
    /// one, and it is the client that sends protocol_version (70).
    ClientRefuses,
}

/// RFC 5246 appendix E.1 (one number, the newest) and RFC 8446 section 4.2.1 (`supported_versions`).
pub fn end(window: (&str, &str), client: &str) -> End {
    if client < window.0 || (client == "1.3" && window.1 < "1.3") {
        End::ServerRefuses
    } else if client > window.1 {
        End::ClientRefuses
    } else {
        End::Works
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends() {
        let of = |window| VERSIONS.map(|client| end(window, client));
        assert_eq!(of(("1.2", "1.3")), [End::ServerRefuses, End::ServerRefuses, End::Works, End::Works]);
        assert_eq!(
            of(("1.0", "1.0")),
            [End::Works, End::ClientRefuses, End::ClientRefuses, End::ServerRefuses]
        );
        assert_eq!(of(("1.0", "1.3")), [End::Works; 4]);
    }
}
