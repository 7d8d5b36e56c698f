//! CREATE, DELETE, RENAME, SUBSCRIBE and UNSUBSCRIBE (RFC 3501 sections 6.3.3 to 6.3.7; RFC 6154 section 3).
use postfail_store::Use;
use postfail_wire::imap::command::Mailbox;

use super::completion::{Completion, Outcome};
use super::{Imap, State};
use crate::World;

impl Imap {
    pub(super) fn create(&mut self, mailbox: &Mailbox, uses: &[String], world: &mut dyn World) -> Outcome {
        let account = self.state.account()?;
        let special_use = match uses {
            [] => None,
            [one] => Some(Use::named(one).ok_or_else(|| use_attr("This special use is not known"))?),
            _ => return Err(use_attr("A mailbox has one special use here")),
        };
        world.store().create(account, &mailbox.0, special_use)?;
        Ok(Some(Completion::ok("CREATE completed")))
    }

    /// Who deletes the mailbox he has open is back in the authenticated state; other sessions in it get BYE.
    pub(super) fn delete(&mut self, mailbox: &Mailbox, world: &mut dyn World) -> Outcome {
        let account = self.state.account()?;
        let doomed = world.store().mailbox(account, &mailbox.0)?.id();
        world.store().delete(account, &mailbox.0)?;
        if let State::Selected(_, selected) = &self.state
            && selected.view.mailbox_id() == doomed
        {
            self.leave_mailbox(world);
        }
        Ok(Some(Completion::ok("DELETE completed")))
    }

    pub(super) fn rename(&mut self, from: &Mailbox, to: &Mailbox, world: &mut dyn World) -> Outcome {
        let account = self.state.account()?;
        world.store().rename(account, &from.0, &to.0)?;
        Ok(Some(Completion::ok("RENAME completed")))
    }

    pub(super) fn subscribe(&mut self, mailbox: &Mailbox, world: &mut dyn World) -> Outcome {
        let account = self.state.account()?;
        world.store().subscribe(account, &mailbox.0)?;
        Ok(Some(Completion::ok("SUBSCRIBE completed")))
    }

    pub(super) fn unsubscribe(&mut self, mailbox: &Mailbox, world: &mut dyn World) -> Outcome {
        let account = self.state.account()?;
        world.store().unsubscribe(account, &mailbox.0)?;
        Ok(Some(Completion::ok("UNSUBSCRIBE completed")))
    }
}

fn use_attr(text: &'static str) -> Completion {
    Completion::no(text).word("USEATTR")
}
