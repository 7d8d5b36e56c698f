//! APPEND (RFC 3501 section 6.3.11) with APPENDUID (RFC 4315 section 3).
use bytes::Bytes;
use jiff::Timestamp;
use postfail_store::Flags;
use postfail_wire::imap::command::Append;
use postfail_wire::imap::response::Code;
use postfail_wire::imap::sequence::SequenceSet;

use super::Imap;
use super::completion::{Completion, Outcome};
use super::copy::try_create;
use crate::World;

impl Imap {
    /// A message without a date is from now.
    pub(super) fn append(&mut self, append: Append, now: Timestamp, world: &mut dyn World) -> Outcome {
        let account = self.state.account()?;
        let Append { mailbox, flags, date, message } = append;
        if message.is_empty() {
            return Err(Completion::no("A message has at least one byte").word("CANNOT"));
        }
        // A copy of its own: the bytes shared with the command may keep a buffer twice as large.
        let message = Bytes::copy_from_slice(&message);
        let flags = Flags::parse(&flags);
        let appended = world
            .store()
            .append(account, &mailbox.0, message, &flags, date.unwrap_or(now))
            .map_err(try_create)?;
        let uids = SequenceSet::from_sorted([appended.uid]);
        let code = Code::AppendUid { uid_validity: appended.uid_validity, uids };
        Ok(Some(Completion::ok("APPEND completed").with(code)))
    }
}
