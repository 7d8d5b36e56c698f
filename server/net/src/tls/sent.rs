//! What a server has sent of a handshake so far, record by record: where a record ends, and by which key the next one is to
//! be sealed (RFC 8446 sections 5 and 7.2).
use std::sync::Arc;

use postfail_wire::tls::server_hello;

use super::record_keys::{ENCRYPTED, RECORD, RecordKeys};
use super::secrets::Secrets;

/// ContentTypes.
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
/// HandshakeType finished.
const FINISHED: u8 = 20;

enum Stage {
    /// No ServerHello of TLS 1.3 was there yet.
    Clear,
    /// The server's handshake messages.
    Handshake { suite: u16, keys: RecordKeys, messages: Messages },
    /// Behind its Finished, and so many records behind that. OpenSSL tells the secret only when Finished is out.
    Traffic { suite: u16, records: u64 },
    /// Encrypted, in a way that we cannot follow.
    Unknown,
}

/// What it is to say an alert.
pub enum Alert {
    /// There is no encryption here, or none that we know.
    Clear,
    /// The secret is not known yet.
    NotYet,
    /// As it is to be sent.
    Sealed(Vec<u8>),
}

/// Follows one connection.
pub struct Sent {
    secrets: Arc<Secrets>,
    /// What there is of the record at hand.
    record: Vec<u8>,
    stage: Stage,
}

impl Sent {
    pub fn new(secrets: Arc<Secrets>) -> Self {
        Self { secrets, record: Vec::new(), stage: Stage::Clear }
    }

    pub fn secrets(&self) -> &Arc<Secrets> {
        &self.secrets
    }

    /// Is the last record whole?
    pub fn between_records(&self) -> bool {
        self.record.is_empty()
    }

    /// How much of what comes next belongs to the record at hand.
    pub fn in_record(&self, next: &[u8]) -> usize {
        let mut header = self.record.iter().chain(next).skip(RECORD - 2);
        let Some((high, low)) = header.next().zip(header.next()) else { return next.len() };
        let end = RECORD + usize::from(u16::from_be_bytes([*high, *low]));
        end.saturating_sub(self.record.len()).min(next.len())
    }

    /// Takes note of what was written: no more than belongs to one record.
    pub fn pass(&mut self, written: &[u8]) {
        self.record.extend_from_slice(written);
        if self.record.len() >= RECORD && self.in_record(&[0]) == 0 {
            let record = std::mem::take(&mut self.record);
            self.follow(&record);
        }
    }

    fn follow(&mut self, record: &[u8]) {
        let (kind, body) = (record[0], &record[RECORD..]);
        let next = match &mut self.stage {
            Stage::Clear if kind == HANDSHAKE => server_hello::tls13_suite(body).map(|suite| {
                let keys = self.secrets.handshake().and_then(|secret| RecordKeys::new(suite, secret, 0));
                keys.map_or(Stage::Unknown, |keys| Stage::Handshake {
                    suite,
                    keys,
                    messages: Messages::default(),
                })
            }),
            Stage::Handshake { suite, keys, messages } if kind == ENCRYPTED => match keys.open(record) {
                Some((HANDSHAKE, content)) => {
                    messages.finished(&content).then_some(Stage::Traffic { suite: *suite, records: 0 })
                }
                Some(_) => None,
                None => Some(Stage::Unknown),
            },
            Stage::Traffic { records, .. } if kind == ENCRYPTED => {
                *records += 1;
                None
            }
            _ => None,
        };
        if let Some(next) = next {
            self.stage = next;
        }
    }

    /// How an alert is to be said between the last record and the next.
    pub fn alert(&mut self, level: u8, description: u8) -> Alert {
        let alert = [level, description];
        let sealed = match &mut self.stage {
            Stage::Handshake { keys, .. } => keys.seal(ALERT, &alert),
            Stage::Traffic { suite, records } => {
                let Some(secret) = self.secrets.traffic() else { return Alert::NotYet };
                RecordKeys::new(*suite, secret, *records).and_then(|mut keys| keys.seal(ALERT, &alert))
            }
            Stage::Clear | Stage::Unknown => None,
        };
        sealed.map_or(Alert::Clear, Alert::Sealed)
    }
}

/// Handshake messages, however they are cut into records.
#[derive(Default)]
struct Messages {
    head: Vec<u8>,
    /// Bytes of a message's body that are still to come.
    left: usize,
}

impl Messages {
    /// Is a whole Finished among them?
    fn finished(&mut self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            if self.left == 0 && self.head.len() < 4 {
                let (head, rest) = bytes.split_at((4 - self.head.len()).min(bytes.len()));
                self.head.extend_from_slice(head);
                bytes = rest;
                if let [_, high, middle, low] = self.head[..] {
                    self.left = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
                }
            }
            let passed = self.left.min(bytes.len());
            (self.left, bytes) = (self.left - passed, &bytes[passed..]);
            if self.left == 0 && self.head.len() == 4 {
                let kind = self.head[0];
                self.head.clear();
                if kind == FINISHED {
                    return true;
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent() -> Sent {
        Sent::new(Arc::default())
    }

    #[test]
    fn records_are_measured_however_they_come() {
        let two = [22, 3, 3, 0, 4, 2, 0, 0, 0, 20, 3, 3, 0, 1, 1];
        assert_eq!((sent().in_record(&two), sent().in_record(&two[..3])), (9, 3));
        for piece in 1..two.len() {
            let (mut sent, mut rest, mut ends) = (sent(), &two[..], Vec::new());
            while !rest.is_empty() {
                let size = sent.in_record(&rest[..piece.min(rest.len())]);
                sent.pass(&rest[..size]);
                rest = &rest[size..];
                if sent.between_records() {
                    ends.push(two.len() - rest.len());
                }
            }
            assert_eq!(ends, [9, 15], "in pieces of {piece}");
        }
        // One without content.
        let mut sent = sent();
        sent.pass(&[23, 3, 3, 0, 0]);
        assert!(sent.between_records());
    }

    #[test]
    fn finished_is_found_across_records() {
        let messages =
            [&[8, 0, 0, 2, 0, 0][..], &[11, 0, 0, 20], &[20; 20], &[20, 0, 0, 3, 1, 2, 3]].concat();
        for piece in 1..=messages.len() {
            let mut walk = Messages::default();
            let found: Vec<bool> = messages.chunks(piece).map(|chunk| walk.finished(chunk)).collect();
            assert_eq!(found.iter().position(|found| *found), Some(found.len() - 1), "in pieces of {piece}");
        }
    }

    /// Of one made for the test: the random is the hash of its name (RFC 8446 section 4.1.3).
    #[test]
    fn nothing_is_encrypted_behind_a_hello_retry_request() {
        let retry = ring::digest::digest(&ring::digest::SHA256, b"HelloRetryRequest");
        let hello = |random: &[u8]| {
            [&[2, 0, 0, 46, 3, 3][..], random, &[0, 0x13, 1, 0, 0, 6, 0, 43, 0, 2, 3, 4]].concat()
        };
        assert_eq!(server_hello::tls13_suite(&hello(&[1; 32])), Some(0x1301));
        assert_eq!(server_hello::tls13_suite(&hello(retry.as_ref())), None);
    }
}
