//! APOP's proof (RFC 1939 section 7): MD5 over the greeting's timestamp and the shared secret.
use md5::{Digest, Md5};

use crate::sasl::cram_md5::hex;

/// What a client that knows `password` sends; `timestamp` with its angle brackets. Lower-case hex.
#[must_use]
pub fn digest(timestamp: &[u8], password: &[u8]) -> String {
    hex(&Md5::new().chain_update(timestamp).chain_update(password).finalize())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_example_of_the_rfc() {
        let digest = super::digest(b"<1896.697170952@dbc.mtview.ca.us>", b"tanstaaf");
        assert_eq!(digest, "c4c9334bac560ecc979e58001b3e22fb");
    }
}
