//! The mail transaction up to its data: MAIL and RCPT (RFC 5321 sections 3.3, 4.1.1.2, 4.1.1.3).
use postfail_store::OutboxRecipient;
use postfail_wire::smtp::data::Message;
use postfail_wire::smtp::parameter::{MailParameters, Parameter, RcptParameters, Refused};
use postfail_wire::smtp::path::{Mailbox, Path};
use postfail_wire::smtp::reply::Reply;

use super::Smtp;
use crate::world::{Recipient, Refusal};
use crate::{Event, World, login, ruling};

/// What MAIL began.
#[derive(Debug)]
pub(super) struct Transaction {
    /// Empty for the null path.
    pub reverse_path: String,
    pub parameters: MailParameters,
    pub recipients: Vec<Recipient>,
    /// The message so far, once a BDAT has come.
    pub chunks: Option<Message>,
    /// The mail's number, given when its data begins.
    pub id: u64,
    /// Bytes of the Return-Path field in front of the message.
    pub return_path: usize,
}

impl Transaction {
    fn names(&self, address: &str) -> bool {
        self.recipients.iter().any(|known| known.address().eq_ignore_ascii_case(address))
    }
}

impl Smtp {
    pub(super) fn mail(&mut self, path: &Path, parameters: &[Parameter], world: &mut dyn World) {
        if self.hello.is_none() {
            return self.wrong(world, Reply::new(503, "5.5.1", "Send EHLO or HELO first"));
        }
        if self.transaction.is_some() {
            return self.wrong(world, Reply::new(503, "5.5.1", "Nested MAIL command"));
        }
        if login::in_the_clear(world, self.secured) {
            let otherwise = "530 5.7.0 Must issue a STARTTLS command first";
            return self.say_wrong(world, "plaintext-refused", otherwise);
        }
        if world.policy().require_login && self.sender.is_none() {
            return self.say_wrong(world, "not-authenticated", "530 5.7.0 Authentication required");
        }
        if let Some(refused) = self.unlisted(parameters, world) {
            return self.refuse_parameter(&refused, world);
        }
        let parameters = match MailParameters::read(parameters) {
            Ok(parameters) => parameters,
            Err(refused) => return self.refuse_parameter(&refused, world),
        };
        if path.mailbox.as_ref().is_some_and(Mailbox::is_international) && !parameters.smtputf8 {
            return self.wrong(world, Reply::new(550, "5.6.7", "SMTPUTF8 is required for this address"));
        }
        if path.mailbox.as_ref().is_some_and(|mailbox| mailbox.domain.is_none()) {
            return self.wrong(world, Reply::new(501, "5.1.7", "The sender's address needs a domain"));
        }
        if parameters.size.is_some_and(|size| size > world.policy().limits.message as u64) {
            return self.too_large(world);
        }
        self.transaction = Some(Transaction {
            reverse_path: path.to_string(),
            parameters,
            recipients: Vec::new(),
            chunks: None,
            id: 0,
            return_path: 0,
        });
        self.reply(world, &Reply::new(250, "2.1.0", "Ok"));
    }

    pub(super) fn rcpt(&mut self, path: &Path, parameters: &[Parameter], world: &mut dyn World) {
        let Some(transaction) = &self.transaction else {
            return self.wrong(world, Reply::new(503, "5.5.1", "Need MAIL before RCPT"));
        };
        if transaction.chunks.is_some() {
            return self.wrong(world, Reply::new(503, "5.5.1", "RCPT not permitted after BDAT"));
        }
        let smtputf8 = transaction.parameters.smtputf8;
        let full = transaction.recipients.len() >= world.policy().limits.recipients;
        if let Some(refused) = self.unlisted(parameters, world) {
            return self.refuse_parameter(&refused, world);
        }
        let parameters = match RcptParameters::read(parameters) {
            Ok(parameters) => parameters,
            Err(refused) => return self.refuse_parameter(&refused, world),
        };
        let Some(mailbox) = &path.mailbox else {
            return self.wrong(world, Reply::new(501, "5.1.3", "The null path cannot be a recipient"));
        };
        if mailbox.is_international() && !smtputf8 {
            return self.wrong(world, Reply::new(553, "5.6.7", "SMTPUTF8 is required for this address"));
        }
        if full {
            // Not counted as wrong: RFC 5321 4.5.3.1.10 lets a client go on with what was taken.
            world.note(Event::Limit { what: "recipients".to_owned() });
            return self.reply(world, &Reply::new(452, "4.5.3", "Too many recipients"));
        }
        match recipient(mailbox, parameters, self.sender.is_some(), world) {
            Ok(recipient) => {
                // Who is named twice gets one copy.
                if let Some(transaction) = &mut self.transaction
                    && !transaction.names(recipient.address())
                {
                    transaction.recipients.push(recipient);
                }
                self.reply(world, &Reply::new(250, "2.1.5", "Ok"));
            }
            Err(Unfit::Reply(reply)) => self.reply(world, &reply),
            Err(Unfit::Words(refusal)) => {
                let user = self.sender.as_ref().map_or("", |(_, user)| user.as_str());
                ruling::say(&mut self.out, world, &refusal, "", user);
            }
        }
    }

    pub(super) fn too_large(&mut self, world: &mut dyn World) {
        world.note(Event::Limit { what: "message size".to_owned() });
        self.reply(world, &Reply::new(552, "5.3.4", "Message size exceeds fixed limit"));
    }

    /// A parameter of an extension which the provider's list lacks (RFC 5321 section 2.2.1).
    fn unlisted(&self, parameters: &[Parameter], world: &dyn World) -> Option<Refused> {
        let is_unlisted = |parameter: &&Parameter| {
            let extension = match parameter.keyword.as_str() {
                "BODY" => "8BITMIME",
                "RET" | "ENVID" | "NOTIFY" | "ORCPT" => "DSN",
                other => other,
            };
            world.policy().withholds(extension, self.situation(world))
        };
        parameters.iter().find(is_unlisted).map(|parameter| Refused::Unknown(parameter.keyword.clone()))
    }

    fn refuse_parameter(&mut self, refused: &Refused, world: &mut dyn World) {
        let reply = match refused {
            Refused::Unknown(_) => Reply::new(555, "5.5.4", "Unsupported parameter"),
            Refused::Value { .. } | Refused::Twice(_) => Reply::new(501, "5.5.4", refused.to_string()),
        };
        self.wrong(world, reply);
    }
}

/// Why a recipient is not taken.
enum Unfit {
    Reply(Reply),
    /// In the provider's words.
    Words(Refusal),
}

fn nobody() -> Unfit {
    Unfit::Reply(Reply::new(550, "5.1.1", "No such user here"))
}

/// Where mail for this address goes: to an account; to the outbox, for those who have logged in; else nowhere.
fn recipient(
    mailbox: &Mailbox,
    parameters: RcptParameters,
    logged_in: bool,
    world: &mut dyn World,
) -> Result<Recipient, Unfit> {
    let Some(domain) = &mailbox.domain else {
        // `<Postmaster>` must always be taken (RFC 5321 4.5.1); without one, the first account reads it.
        let store = world.store();
        let account =
            store.find("postmaster").or_else(|| store.accounts().next().map(|account| account.id()));
        let address = mailbox.local.clone();
        return account.map(|account| Recipient::Local { account, address }).ok_or_else(nobody);
    };
    let address = format!("{}@{domain}", mailbox.local);
    let is_ours =
        |own: &String| own.rsplit_once('@').is_some_and(|(_, own)| own.eq_ignore_ascii_case(domain));
    if let Some(account) = world.recipient(&address).map_err(Unfit::Words)? {
        Ok(Recipient::Local { account, address })
    } else if world.store().accounts().flat_map(|account| account.addresses()).any(is_ours) {
        Err(nobody())
    } else if logged_in {
        let RcptParameters { notify, orcpt } = parameters;
        Ok(Recipient::Outbox(OutboxRecipient { address: mailbox.to_string(), notify, orcpt }))
    } else {
        Err(Unfit::Reply(Reply::new(550, "5.7.1", "Relaying denied")))
    }
}
