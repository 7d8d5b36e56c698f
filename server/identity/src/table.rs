//! Secrets kept by keyed digest: found in the same time whatever was shown, and however many there are.
//!
//! Who guesses cannot see how much of a guess was right: what is compared is a digest under a key that only the
//! process knows. The oldest entries go when it is full, so that an issuer in a loop stays bounded.
use std::collections::{HashMap, VecDeque};
use std::fmt;

use ring::hmac;

/// What stands for a secret.
pub type Digest = [u8; 16];

/// Makes digests.
pub struct Digester(hmac::Key);

impl Digester {
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    #[must_use]
    pub fn of(&self, secret: &str) -> Digest {
        let tag = hmac::sign(&self.0, secret.as_bytes());
        let mut digest = Digest::default();
        digest.copy_from_slice(&tag.as_ref()[..16]);
        digest
    }
}

impl fmt::Debug for Digester {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digester(hidden)")
    }
}

/// What is known of each secret, newest kept longest.
#[derive(Debug)]
pub struct Table<T> {
    entries: HashMap<Digest, T>,
    order: VecDeque<Digest>,
    most: usize,
}

impl<T> Table<T> {
    /// Room for so many.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { entries: HashMap::new(), order: VecDeque::new(), most: most.max(1) }
    }

    pub fn insert(&mut self, digest: Digest, entry: T) {
        while self.order.len() >= self.most {
            let Some(oldest) = self.order.pop_front() else { break };
            self.entries.remove(&oldest);
        }
        if self.entries.insert(digest, entry).is_none() {
            self.order.push_back(digest);
        }
    }

    #[must_use]
    pub fn get(&self, digest: &Digest) -> Option<&T> {
        self.entries.get(digest)
    }

    pub fn get_mut(&mut self, digest: &Digest) -> Option<&mut T> {
        self.entries.get_mut(digest)
    }

    /// Forget one. Its place in the order stays until it is the oldest.
    pub fn remove(&mut self, digest: &Digest) -> Option<T> {
        self.entries.remove(digest)
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.entries.values_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearly_right_is_not_found() {
        let digester = Digester::new(b"key");
        let mut table = Table::new(10);
        table.insert(digester.of("secret"), 1);
        assert_eq!(table.get(&digester.of("secret")), Some(&1));
        for wrong in ["", "secre", "secrets", "Secret", " secret"] {
            assert_eq!(table.get(&digester.of(wrong)), None, "{wrong}");
        }
        assert_ne!(digester.of("secret"), Digester::new(b"another").of("secret"));
    }

    #[test]
    fn the_oldest_make_room() {
        let digester = Digester::new(b"key");
        let mut table = Table::new(100);
        for number in 0..1_000 {
            table.insert(digester.of(&number.to_string()), number);
        }
        assert_eq!(table.len(), 100);
        assert_eq!(table.get(&digester.of("899")), None);
        assert_eq!(table.get(&digester.of("900")), Some(&900));
    }
}
