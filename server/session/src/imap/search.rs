//! SEARCH (RFC 3501 section 6.4.4).
use postfail_store::search::search;
use postfail_wire::imap::command::SearchKey;
use postfail_wire::imap::response::{Code, Response};

use super::Imap;
use super::completion::{Completion, Outcome};
use crate::World;

const CHARSETS: [&str; 2] = ["US-ASCII", "UTF-8"];

impl Imap {
    /// Strings are compared as UTF-8, of which US-ASCII is a part; other charsets are refused with the list of
    /// those that are known (BADCHARSET).
    pub(super) fn search(
        &mut self,
        uid: bool,
        charset: Option<&str>,
        key: &SearchKey,
        world: &mut dyn World,
    ) -> Outcome {
        let (_, selected) = self.state.selected()?;
        let known = |name: &str| CHARSETS.iter().any(|charset| charset.eq_ignore_ascii_case(name));
        if !charset.is_none_or(known) {
            return Err(Completion::no("Charset not known")
                .with(Code::BadCharset(CHARSETS.map(str::to_owned).to_vec())));
        }
        let view = &selected.view;
        let mut found = search(world.store(), view, key);
        if uid {
            found = found.into_iter().filter_map(|seq| view.uid(seq)).collect();
        }
        self.say(&Response::Search(found), world);
        Ok(Some(Completion::ok("SEARCH completed")))
    }
}
