//! STATUS (RFC 3501 section 6.3.10; SIZE from RFC 8438).
use bytes::Bytes;
use postfail_store::{Mailbox as Stored, StoreError};
use postfail_wire::imap::command::{Mailbox, StatusItem};
use postfail_wire::imap::response::Response;

use super::Imap;
use super::completion::{Completion, Outcome};
use crate::World;

impl Imap {
    pub(super) fn status(
        &mut self,
        mailbox: &Mailbox,
        items: &[StatusItem],
        world: &mut dyn World,
    ) -> Outcome {
        let account = self.state.account()?;
        known(items)?;
        let stored = world.store().mailbox(account, &mailbox.0)?;
        if stored.no_select() {
            return Err(StoreError::NoSelect(stored.name().to_owned()).into());
        }
        let response = response(stored, items);
        self.say(&response, world);
        Ok(Some(Completion::ok("STATUS completed")))
    }
}

/// Refuse items nobody here can answer.
pub(super) fn known(items: &[StatusItem]) -> Result<(), Completion> {
    let unknown = items.iter().find_map(|item| match item {
        StatusItem::Other(name) => Some(name),
        _ => None,
    });
    let refuse = |name| Completion::bad(format!("STATUS item {name} is not listed in CAPABILITY"));
    unknown.map_or(Ok(()), |name| Err(refuse(name)))
}

/// The untagged STATUS of a mailbox, in the order asked.
pub(super) fn response(mailbox: &Stored, items: &[StatusItem]) -> Response {
    let value = |item: &StatusItem| {
        Some(match item {
            StatusItem::Messages => mailbox.len() as u64,
            StatusItem::Recent => mailbox.recent() as u64,
            StatusItem::UidNext => mailbox.uid_next().into(),
            StatusItem::UidValidity => mailbox.uid_validity().into(),
            StatusItem::Unseen => mailbox.unseen() as u64,
            StatusItem::Size => mailbox.size(),
            StatusItem::Other(_) => return None,
        })
    };
    let name = Mailbox(Bytes::copy_from_slice(mailbox.name().as_bytes()));
    let items = items.iter().filter_map(|item| Some((item.clone(), value(item)?))).collect();
    Response::MailboxStatus { mailbox: name, items }
}
