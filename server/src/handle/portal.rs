//! What of a running world is served to people and mail programs without a token.
use postfail_engine::world::TextMessage;

use super::Handle;

impl Handle {
    /// Where mail programs fetch automatic settings: `http://127.0.0.1:40124`
    #[must_use]
    pub fn autoconfig_url(&self) -> String {
        format!("http://{}", self.web.autoconfig.address)
    }

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
