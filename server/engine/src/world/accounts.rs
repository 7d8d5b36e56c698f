//! Who lives in a world: accounts and their mail.
use bytes::Bytes;
use jiff::Timestamp;
use postfail_store::AccountId;
use postfail_store::account::State;
use serde::Serialize;

use super::World;
use crate::scenario::AccountSpec;

/// A sample message: file name and bytes.
pub type Sample<'a> = (&'a str, &'a [u8]);

/// All accounts live here (RFC 6761: `.test` is nobody's).
pub const DOMAIN: &str = "postfail.test";

/// An account as people and clients under test need it; the password is meant to be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Credentials {
    pub name: String,
    pub address: String,
    pub password: String,
    pub state: State,
}

impl World {
    pub(super) fn populate(&mut self, accounts: &[AccountSpec], mail: &[Sample<'_>], start: Timestamp) {
        for spec in accounts {
            // Made even when it is not used, so that giving one account a password leaves the others theirs.
            let made = self.random.password();
            let password = spec.password.clone().unwrap_or(made);
            self.journal.mask.add(&password);
            let address = format!("{}@{DOMAIN}", spec.name);
            // Names were checked to be distinct when the scenario was read.
            let Ok(id) = self.store.add_account(&spec.name, &[&address], &password) else { continue };
            self.passwords.push((id, password));
            self.lives.begin(id, start);
            self.enrol(spec, start);
            self.file(id, spec);
            for (name, bytes) in mail {
                if spec.mail.as_ref().is_none_or(|wanted| wanted.iter().any(|file| file == name)) {
                    // As it lies there: odd line ends are what some of it is for. A full store shows as missing mail.
                    let _ = self.store.deliver(id, Bytes::copy_from_slice(bytes), start);
                }
            }
        }
    }

    /// What is on file of its owner.
    fn file(&mut self, id: AccountId, spec: &AccountSpec) {
        for former in &spec.on_file.old_passwords {
            self.journal.mask.add(former);
            if let Some(account) = self.store.account_mut(id) {
                account.remember_password(former);
            }
        }
        self.office.on_file.insert(spec.name.clone(), spec.on_file.clone());
    }

    /// Deliver a message that was typed; false when the store is full.
    pub(super) fn put(&mut self, account: AccountId, message: &[u8], now: Timestamp) -> bool {
        self.store.deliver(account, Bytes::from(crlf(message)), now).is_ok()
    }

    /// Accounts with their present passwords and states.
    pub fn accounts(&self, real: Timestamp) -> Vec<Credentials> {
        let now = self.now(real);
        self.store
            .accounts()
            .map(|account| Credentials {
                name: account.name().to_owned(),
                address: account.addresses().first().cloned().unwrap_or_default(),
                // Who was given one for programs types that one.
                password: account.passwords().last().unwrap_or_default().to_owned(),
                state: account.state(now),
            })
            .collect()
    }
}

/// Mail is kept with CRLF (RFC 5322 section 2.3); messages typed into a file have bare LF.
fn crlf(message: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(message.len() + message.len() / 32);
    let mut before = 0;
    for byte in message {
        if *byte == b'\n' && before != b'\r' {
            wire.push(b'\r');
        }
        wire.push(*byte);
        before = *byte;
    }
    wire
}
