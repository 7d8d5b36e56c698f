//! SCRAM on the server's side (RFC 5802): salts, and the keys kept in place of passwords.
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher};

use postfail_store::Account;
use postfail_wire::sasl::scram::{Hash, Keys, Shown, keys};

use super::World;

/// Keys kept at once; beyond, they are made anew.
const DERIVED_MAX: usize = 1_024;

/// Keys that were made once: a password is hashed thousands of times for each.
#[derive(Debug, Default)]
pub(super) struct Derived(HashMap<(Hash, u64), Keys>);

impl Derived {
    fn keys(&mut self, shown: &Shown, password: &str) -> &Keys {
        let mut hasher = DefaultHasher::new();
        (&shown.salt, password).hash(&mut hasher);
        if self.0.len() >= DERIVED_MAX {
            self.0.clear();
        }
        let make = || Keys::derive(shown.hash, password, &shown.salt, keys::ITERATIONS);
        self.0.entry((shown.hash, hasher.finish())).or_insert_with(make)
    }

    /// Which of the account's passwords made this proof, and what shows the client that we know it.
    pub(super) fn which(&mut self, account: &Account, shown: &Shown) -> Option<(usize, Vec<u8>)> {
        let mut found = None;
        for (at, password) in account.passwords().enumerate() {
            let keys = self.keys(shown, password);
            if keys.fit(&shown.exchange, &shown.proof) && found.is_none() {
                found = Some((at, keys.signature(&shown.exchange)));
            }
        }
        found.filter(|_| shown.bound)
    }
}

impl World {
    /// The same for a name at each log-in, whether there is such an account or not.
    pub(super) fn scram_salt(&self, hash: Hash, user: &str) -> Vec<u8> {
        keys::salt(hash, &self.seed.to_be_bytes(), user)
    }
}
