//! Ending what was granted.
use jiff::Timestamp;

use crate::Provider;
use crate::grant::Ended;

impl Provider {
    /// End all grants of an account: its refresh tokens from now on, its access tokens where the issuer does that.
    pub fn end(&mut self, account: &str, why: Ended, now: Timestamp) {
        self.grants.end_all(account, why, now);
    }
}
