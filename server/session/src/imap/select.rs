//! SELECT and EXAMINE, CLOSE and UNSELECT (RFC 3501 sections 6.3.1, 6.3.2, 6.4.2; RFC 3691).
use bytes::BytesMut;
use postfail_store::View;
use postfail_wire::imap::command::Mailbox;
use postfail_wire::imap::response::{Code, Condition, Response};

use super::Imap;
use super::completion::{Completion, Outcome};
use super::state::State;
use super::updates;
use crate::World;

/// The mailbox a session has open.
#[derive(Debug)]
pub(super) struct Selected {
    pub(super) view: View,
    /// How many keywords the client has been told of by FLAGS; `None` before the first FLAGS.
    pub(super) keywords: Option<usize>,
}

impl Imap {
    /// A mailbox that was open is closed first, without EXPUNGE, and stays so when this fails (RFC 3501 6.3.1).
    pub(super) fn select(
        &mut self,
        mailbox: &Mailbox,
        read_only: bool,
        parameters: &[String],
        world: &mut dyn World,
    ) -> Outcome {
        let account = self.state.account()?;
        if let Some(parameter) = parameters.first() {
            return Err(Completion::bad(format!("Select parameter {parameter} is not listed in CAPABILITY")));
        }
        self.leave_mailbox(world);
        let connection = world.connection();
        let view = world.store().open(account, &mailbox.0, connection, read_only)?;
        let mut selected = Box::new(Selected { view, keywords: None });
        updates::flags(&mut self.out, &mut selected, world);
        for response in status(&selected.view, world) {
            self.say(&response, world);
        }
        let protected = selected.view.read_only();
        let user = self.state.user().cloned();
        if let Some(user) = user {
            self.state = State::Selected(user, selected);
        }
        let text = if read_only { "EXAMINE completed" } else { "SELECT completed" };
        let code = if protected { Code::ReadOnly } else { Code::ReadWrite };
        Ok(Some(Completion::ok(text).with(code)))
    }

    /// CLOSE removes what is `\Deleted` and tells nobody here; a mailbox opened by EXAMINE loses nothing.
    pub(super) fn close(&mut self, world: &mut dyn World) -> Outcome {
        let (_, selected) = self.state.selected()?;
        if !selected.view.read_only() {
            world.store().expunge(&selected.view, None)?;
        }
        self.leave_mailbox(world);
        Ok(Some(Completion::ok("CLOSE completed")))
    }

    pub(super) fn unselect(&mut self, world: &mut dyn World) -> Outcome {
        self.state.selected()?;
        self.leave_mailbox(world);
        Ok(Some(Completion::ok("UNSELECT completed")))
    }

    /// Back from selected to authenticated.
    pub(super) fn leave_mailbox(&mut self, world: &mut dyn World) {
        self.state = match std::mem::take(&mut self.state) {
            State::Selected(user, selected) => {
                world.store().close_view(selected.view);
                State::Authenticated(user)
            }
            other => other,
        };
    }
}

/// The untagged responses behind FLAGS, in the order of RFC 3501 6.3.1.
fn status(view: &View, world: &mut dyn World) -> Vec<Response> {
    let store = world.store();
    let ok = |code, text: &str| Response::untagged(Condition::Ok, Some(code), text);
    let mut responses = vec![Response::Exists(view.len()), Response::Recent(view.recent())];
    responses.extend(view.first_unseen(store).map(|number| ok(Code::Unseen(number), "First unseen")));
    if let Some(mailbox) = view.mailbox(store) {
        responses.push(ok(Code::UidValidity(mailbox.uid_validity()), "UIDs valid"));
        responses.push(ok(Code::UidNext(mailbox.uid_next()), "Predicted next UID"));
    }
    responses
}

/// `flag-list = "(" [flag *(SP flag)] ")"`
pub(super) fn flag_list<'a>(out: &mut BytesMut, names: impl IntoIterator<Item = &'a str>) {
    out.extend_from_slice(b"(");
    for (place, name) in names.into_iter().enumerate() {
        if place > 0 {
            out.extend_from_slice(b" ");
        }
        out.extend_from_slice(name.as_bytes());
    }
    out.extend_from_slice(b")");
}
