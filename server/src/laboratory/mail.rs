//! Mail as the control API shows it: of an account, or of the outbox.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use postfail_engine::World;
use postfail_engine::change::{Change, MailboxOf, OUTBOX};
use postfail_engine::world::{OutboxMail, OutboxRecipient};
use serde_json::{Value, json};

/// The INBOX of an account, or what strangers were sent, numbered from 1.
pub(super) fn list(world: &World, account: &str) -> Option<Vec<Value>> {
    let store = world.store();
    if let Some(id) = store.find(account) {
        let messages = store.mailbox(id, "INBOX").ok()?.messages().iter();
        let entry = messages.map(|message| {
            json!({
                "uid": message.uid(),
                "size": message.size(),
                "received": message.date(),
                "flags": message.system().names().collect::<Vec<_>>(),
            })
        });
        return Some(entry.collect());
    }
    let outbox = store.outbox().iter().enumerate().map(|(at, mail)| {
        json!({
            "uid": at + 1,
            "size": mail.message.len(),
            "received": mail.received_at,
            "reverse_path": mail.reverse_path,
            "recipients": mail.recipients.iter().map(|to| &to.address).collect::<Vec<_>>(),
            "dsn": dsn(mail),
        })
    });
    (account == OUTBOX).then(|| outbox.collect())
}

/// One of these messages as it was received.
pub(super) fn message(world: &World, account: &str, uid: u32) -> Option<Bytes> {
    let store = world.store();
    match store.find(account) {
        Some(id) => Some(store.mailbox(id, "INBOX").ok()?.message(uid)?.bytes().clone()),
        None if account == OUTBOX => {
            let number = usize::try_from(uid.checked_sub(1)?).ok()?;
            Some(store.outbox().get(number)?.message.clone())
        }
        None => None,
    }
}

/// What the client asked to be told of the delivery (RFC 3461); null where it asked for nothing.
fn dsn(mail: &OutboxMail) -> Value {
    let asks = |to: &&OutboxRecipient| !to.notify.is_empty() || to.orcpt.is_some();
    let recipient =
        |to: &OutboxRecipient| json!({ "address": to.address, "notify": to.notify, "orcpt": to.orcpt });
    let recipients: Vec<Value> = mail.recipients.iter().filter(asks).map(recipient).collect();
    let nothing = mail.ret.is_none() && mail.envid.is_none() && recipients.is_empty();
    if nothing {
        Value::Null
    } else {
        json!({ "ret": mail.ret, "envid": mail.envid, "recipients": recipients })
    }
}

/// Take them out: the list, each with its message.
pub(super) fn drain(world: &mut World, account: &str, real: Timestamp) -> Option<Vec<Value>> {
    let mut all = list(world, account)?;
    for entry in &mut all {
        let uid = entry["uid"].as_u64().and_then(|uid| u32::try_from(uid).ok());
        let bytes = uid.and_then(|uid| message(world, account, uid)).unwrap_or_default();
        entry["message"] = STANDARD.encode(bytes).into();
    }
    let drain = MailboxOf { account: account.to_owned(), mailbox: "INBOX".to_owned() };
    // What could be listed can be drained.
    world.apply(&[Change::Drain(drain)], real).ok().map(|()| all)
}
