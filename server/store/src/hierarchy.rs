//! The tree of mailboxes: CREATE, DELETE, RENAME, SUBSCRIBE and opening one (RFC 3501 section 6.3).
use crate::mailbox::name::{is_inferior, normalise, superiors};
use crate::mailbox::{Mailbox, MailboxId, Use};
use crate::{AccountId, Store, StoreError, View};

impl Store {
    /// The account's mailboxes, sorted by name, `\Noselect` ones included.
    pub fn mailboxes(&self, account: AccountId) -> impl Iterator<Item = &Mailbox> {
        self.account(account)
            .into_iter()
            .flat_map(|owner| owner.names.values().filter_map(|id| owner.mailboxes.get(id)))
    }

    /// A mailbox by name.
    pub fn mailbox(&self, account: AccountId, name: impl AsRef<[u8]>) -> Result<&Mailbox, StoreError> {
        let name = normalise(name.as_ref())?;
        let owner = self.owner(account)?;
        let found = owner.names.get(&name).and_then(|id| owner.mailboxes.get(id));
        found.ok_or(StoreError::NoMailbox(name))
    }

    /// A mailbox's number, when it can hold messages.
    pub(crate) fn selectable(&self, account: AccountId, name: &[u8]) -> Result<MailboxId, StoreError> {
        match self.mailbox(account, name)? {
            mailbox if mailbox.no_select => Err(StoreError::NoSelect(mailbox.name.clone())),
            mailbox => Ok(mailbox.id),
        }
    }

    /// A mailbox's number, when clients may write to it.
    pub(crate) fn writable(&self, account: AccountId, name: &[u8]) -> Result<MailboxId, StoreError> {
        match self.mailbox(account, name)? {
            mailbox if mailbox.read_only => Err(StoreError::Protected(mailbox.name.clone())),
            _ => self.selectable(account, name),
        }
    }

    /// Whether there are mailboxes below this one (`\HasChildren`).
    #[must_use]
    pub fn has_inferiors(&self, account: AccountId, name: &str) -> bool {
        self.account(account).is_some_and(|owner| owner.names.keys().any(|other| is_inferior(other, name)))
    }

    /// CREATE; missing superiors are made too. A `\Noselect` name becomes a mailbox.
    pub fn create(
        &mut self,
        account: AccountId,
        name: impl AsRef<[u8]>,
        special_use: Option<Use>,
    ) -> Result<(), StoreError> {
        let name = normalise(name.as_ref())?;
        let most = self.limits.mailboxes;
        let owner = self.owner_mut(account)?;
        if let Some(mailbox) = owner.names.get(&name).and_then(|id| owner.mailboxes.get_mut(id)) {
            if !mailbox.no_select {
                return Err(StoreError::MailboxExists(name));
            }
            mailbox.no_select = false;
            mailbox.special_use = special_use;
            return Ok(());
        }
        let missing: Vec<String> = superiors(&name)
            .chain([name.as_str()])
            .filter(|name| !owner.names.contains_key(*name))
            .map(str::to_owned)
            .collect();
        if owner.names.len() + missing.len() > most {
            return Err(StoreError::Full { what: "mailboxes in the account", most: most as u64 });
        }
        for new in missing {
            let special_use = special_use.filter(|_| new == name);
            self.insert(account, new, special_use)?;
        }
        Ok(())
    }

    pub(crate) fn insert(
        &mut self,
        account: AccountId,
        name: String,
        special_use: Option<Use>,
    ) -> Result<MailboxId, StoreError> {
        let id = MailboxId(self.next_mailbox);
        // RFC 3501 2.3.1.1: greater than that of any mailbox that had the name before.
        let mut mailbox = Mailbox::new(id, name.clone(), self.next_uid_validity);
        mailbox.special_use = special_use;
        self.next_mailbox += 1;
        self.next_uid_validity = self.next_uid_validity.checked_add(1).unwrap_or(2);
        let owner = self.owner_mut(account)?;
        owner.names.insert(name, id);
        owner.mailboxes.insert(id, mailbox);
        Ok(id)
    }

    /// DELETE. With inferiors the name stays, `\Noselect` and without messages. Subscriptions stay (RFC 3501
    /// section 6.3.6).
    pub fn delete(&mut self, account: AccountId, name: impl AsRef<[u8]>) -> Result<(), StoreError> {
        let name = normalise(name.as_ref())?;
        if name == "INBOX" {
            return Err(StoreError::Inbox("deleted"));
        }
        let has_inferiors = self.has_inferiors(account, &name);
        let (id, no_select) = self.mailbox(account, &name).map(|mailbox| (mailbox.id, mailbox.no_select))?;
        if has_inferiors && no_select {
            return Err(StoreError::HasInferiors(name));
        }
        self.wake_viewers(account, id, None);
        let owner = self.owner_mut(account)?;
        let mut old = owner.mailboxes.remove(&id);
        owner.names.remove(&name);
        let room: u64 = old.as_mut().map_or(0, |old| old.messages().iter().map(crate::Message::room).sum());
        self.used -= room;
        if has_inferiors {
            let id = self.insert(account, name, None)?;
            if let Some(left) = self.owner_mut(account)?.mailboxes.get_mut(&id) {
                left.no_select = true;
            }
        }
        Ok(())
    }

    /// RENAME, inferiors with it. Renaming INBOX moves its messages into a new mailbox and leaves INBOX, and what
    /// is below it, in place (RFC 3501 section 6.3.5).
    pub fn rename(
        &mut self,
        account: AccountId,
        from: impl AsRef<[u8]>,
        to: impl AsRef<[u8]>,
    ) -> Result<(), StoreError> {
        let (from, to) = (normalise(from.as_ref())?, normalise(to.as_ref())?);
        let id = self.mailbox(account, &from)?.id;
        if self.owner(account)?.names.contains_key(&to) {
            return Err(StoreError::MailboxExists(to));
        }
        if is_inferior(&to, &from) && from != "INBOX" {
            return Err(StoreError::BadName {
                name: to,
                why: "lies below the mailbox itself: choose a place elsewhere",
            });
        }
        if from == "INBOX" {
            self.create(account, &to, None)?;
            let target = self.mailbox(account, &to)?.id;
            return self.move_all(account, id, target);
        }
        let moved: Vec<(String, String)> = self
            .owner(account)?
            .names
            .keys()
            .filter(|name| **name == from || is_inferior(name, &from))
            .map(|name| (name.clone(), format!("{to}{}", &name[from.len()..])))
            .collect();
        for (_, new) in &moved {
            normalise(new.as_bytes())?;
            if self.owner(account)?.names.contains_key(new) {
                return Err(StoreError::MailboxExists(new.clone()));
            }
        }
        if let Some(parent) = superiors(&to).last()
            && !self.owner(account)?.names.contains_key(parent)
        {
            self.create(account, parent, None)?;
        }
        let owner = self.owner_mut(account)?;
        for (old, new) in moved {
            if let Some(id) = owner.names.remove(&old) {
                if let Some(mailbox) = owner.mailboxes.get_mut(&id) {
                    mailbox.name.clone_from(&new);
                }
                owner.names.insert(new, id);
            }
        }
        Ok(())
    }

    /// SUBSCRIBE. The mailbox must exist when it is subscribed, and may go afterwards.
    pub fn subscribe(&mut self, account: AccountId, name: impl AsRef<[u8]>) -> Result<(), StoreError> {
        let name = normalise(name.as_ref())?;
        let most = self.limits.mailboxes;
        let owner = self.owner_mut(account)?;
        if owner.subscriptions.contains(&name) {
            return Ok(());
        }
        if !owner.names.contains_key(&name) {
            return Err(StoreError::NoMailbox(name));
        }
        if owner.subscriptions.len() >= most {
            return Err(StoreError::Full { what: "subscriptions in the account", most: most as u64 });
        }
        owner.subscriptions.insert(name);
        Ok(())
    }

    /// UNSUBSCRIBE; a name that is not subscribed is no error.
    pub fn unsubscribe(&mut self, account: AccountId, name: impl AsRef<[u8]>) -> Result<(), StoreError> {
        let name = normalise(name.as_ref())?;
        self.owner_mut(account)?.subscriptions.remove(&name);
        Ok(())
    }

    #[must_use]
    pub fn is_subscribed(&self, account: AccountId, name: &str) -> bool {
        self.account(account).is_some_and(|owner| owner.subscriptions.contains(name))
    }

    /// Subscribed names, sorted; some may not exist any more.
    pub fn subscriptions(&self, account: AccountId) -> impl Iterator<Item = &str> {
        self.account(account).into_iter().flat_map(|owner| owner.subscriptions.iter().map(String::as_str))
    }

    /// SELECT, or EXAMINE with `read_only`, by the connection `viewer`. Give the view back with `close_view`.
    pub fn open(
        &mut self,
        account: AccountId,
        name: impl AsRef<[u8]>,
        viewer: u64,
        read_only: bool,
    ) -> Result<View, StoreError> {
        let id = self.selectable(account, name.as_ref())?;
        let mailbox = self.mailbox_mut(account, id)?;
        if mailbox.viewers.is_empty() {
            mailbox.changes.clear(mailbox.modseq);
        }
        mailbox.viewers.push(viewer);
        let read_only = read_only || mailbox.read_only;
        Ok(View::new(account, mailbox, viewer, read_only))
    }

    /// The session is done with its mailbox.
    pub fn close_view(&mut self, view: View) {
        if let Ok(mailbox) = self.mailbox_mut(view.account(), view.mailbox_id()) {
            if let Some(at) = mailbox.viewers.iter().position(|&viewer| viewer == view.viewer()) {
                mailbox.viewers.swap_remove(at);
            }
            if mailbox.viewers.is_empty() {
                mailbox.changes.clear(mailbox.modseq);
            }
        }
    }

    pub(crate) fn mailbox_mut(
        &mut self,
        account: AccountId,
        id: MailboxId,
    ) -> Result<&mut Mailbox, StoreError> {
        let owner = self.owner_mut(account)?;
        owner.mailboxes.get_mut(&id).ok_or_else(|| StoreError::NoMailbox(format!("number {}", id.0)))
    }
}

#[cfg(test)]
mod tests;
