//! The secrets of TLS in the NSS key log format (RFC 9850), from both libraries: to a file, and to the captures of
//! the connections they belong to.
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::sync::{Arc, Mutex};

use crate::evidence::Tap;
use crate::shared::lock;

/// Who gets the secrets. There is none unless somebody asked.
#[derive(Debug, Default)]
pub struct KeyLog {
    file: Mutex<Option<File>>,
    /// Captures whose connection shakes hands.
    handshakes: Mutex<Vec<Arc<Tap>>>,
}

impl KeyLog {
    /// From now on every secret is appended to this file.
    pub fn write_to(&self, file: File) {
        *lock(&self.file) = Some(file);
    }

    /// From now on this connection's handshake may give secrets, until the answer is dropped.
    pub(crate) fn begin(self: &Arc<Self>, tap: &Arc<Tap>) -> Handshake {
        tap.record(|capture, _| {
            capture.handshake();
            0
        });
        lock(&self.handshakes).push(Arc::clone(tap));
        Handshake { log: Arc::clone(self), tap: Arc::clone(tap) }
    }

    /// A line without its end: a label, the client random, the secret.
    pub(crate) fn line(&self, line: &str) {
        let mut file = lock(&self.file);
        if let Some(open) = file.as_mut()
            && let Err(error) = open.write_all(format!("{line}\n").as_bytes())
        {
            tracing::error!("the key log cannot be written, and no further secrets go there: {error}");
            *file = None;
        }
        drop(file);
        let random = line.split(' ').nth(1).and_then(bytes).unwrap_or_default();
        for tap in &*lock(&self.handshakes) {
            tap.key(&random, line);
        }
    }
}

impl rustls::KeyLog for KeyLog {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        self.line(&format!("{label} {} {}", hex(client_random), hex(secret)));
    }
}

/// A handshake whose secrets are waited for.
pub(crate) struct Handshake {
    log: Arc<KeyLog>,
    tap: Arc<Tap>,
}

impl Drop for Handshake {
    fn drop(&mut self) {
        lock(&self.log.handshakes).retain(|tap| !Arc::ptr_eq(tap, &self.tap));
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(super) fn bytes(hex: &str) -> Option<Vec<u8>> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    hex.as_bytes().chunks(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_there_and_back() {
        assert_eq!(hex(&[0, 0xab, 0xff]), "00abff");
        assert_eq!(bytes("00abff"), Some(vec![0, 0xab, 0xff]));
        assert_eq!(bytes("0x"), None);
    }
}
