//! An account's secrets: its password, those it had before, and app passwords, each for one program.
use std::collections::VecDeque;

use jiff::Timestamp;
use subtle::{Choice, ConstantTimeEq};

/// Most app passwords of one account.
pub const APP_PASSWORDS_MAX: usize = 25;
/// Former passwords that are remembered.
const FORMER_MAX: usize = 10;

/// A password for one program. `Debug` of it is not derived: it holds a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct AppPassword {
    /// Its number within the account; the first is 1, none is given twice.
    pub id: u32,
    /// What its owner called it.
    pub label: String,
    pub(super) secret: String,
    pub issued: Timestamp,
    /// When a program last came in with it.
    pub used: Option<Timestamp>,
}

/// All of them.
#[derive(Clone)]
pub(super) struct Secrets {
    pub(super) own: String,
    pub(super) apps: Vec<AppPassword>,
    former: VecDeque<String>,
    last_id: u32,
}

impl Secrets {
    pub(super) fn new(own: &str) -> Secrets {
        Secrets { own: own.to_owned(), apps: Vec::new(), former: VecDeque::new(), last_id: 0 }
    }

    /// Another password; app passwords end with the old one.
    pub(super) fn change(&mut self, own: &str) {
        if self.own != own {
            let old = std::mem::replace(&mut self.own, own.to_owned());
            self.remember(old);
        }
        self.apps.clear();
    }

    pub(super) fn remember(&mut self, former: String) {
        if self.former.len() >= FORMER_MAX {
            self.former.pop_front();
        }
        self.former.push_back(former);
    }

    pub(super) fn issue(&mut self, label: &str, secret: &str, now: Timestamp) -> Option<u32> {
        if self.apps.len() >= APP_PASSWORDS_MAX {
            return None;
        }
        self.last_id += 1;
        let (label, secret) = (label.to_owned(), secret.to_owned());
        self.apps.push(AppPassword { id: self.last_id, label, secret, issued: now, used: None });
        Some(self.last_id)
    }

    /// Whether this was a password once; all are looked at, so that time tells nothing of which.
    pub(super) fn was(&self, password: &[u8]) -> bool {
        let mut right = Choice::from(0);
        for former in &self.former {
            right |= former.as_bytes().ct_eq(password);
        }
        right.into()
    }
}
