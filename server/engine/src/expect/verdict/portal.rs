//! What was expected of people at the account portal.
use postfail_identity::portal::Happened;

use super::{Count, Entry, Examiner, What};

impl Examiner<'_> {
    /// People do it in a browser, so there is no connection.
    pub(super) fn portal(&mut self, word: Happened, count: Count) {
        let counts = |entry: &Entry| matches!(&entry.what, What::Portal(event) if event.what == word);
        let times = self.entries.iter().filter(|entry| counts(entry)).count() as u64;
        if !count.admits(times) {
            let rule = format!("portal.{}", word.as_str());
            self.find(&rule, count.to_string(), times.to_string(), counts);
        }
    }
}
