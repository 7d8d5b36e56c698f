//! The account portal of a running world.
use postfail_engine::world::TextMessage;

use super::Handle;

impl Handle {
    /// The account portal's first page: `http://127.0.0.1:40124/portal/`.
    #[must_use]
    pub fn portal_url(&self) -> String {
        format!("{}/portal/", self.autoconfig_url())
    }

    /// The text messages that the account portal sent so far, the oldest first.
    #[must_use]
    pub fn texts(&self) -> Vec<TextMessage> {
        self.bench.server.with(|world, _| world.texts().cloned().collect())
    }
}
