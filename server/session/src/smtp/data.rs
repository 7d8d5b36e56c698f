//! Message data: DATA and BDAT (RFC 5321 section 4.1.1.4, RFC 3030), and handing the mail to the world.
use bytes::Bytes;
use postfail_wire::smtp::data::{Chunk, Data, Message};
use postfail_wire::smtp::reply::Reply;

use super::transaction::Transaction;
use super::{Smtp, State, trace};
use crate::ruling::{self, Leave};
use crate::world::{Cue, Mail, Recipient, Refusal, Stage};
use crate::{Event, World};

impl Smtp {
    pub(super) fn data(&mut self, world: &mut dyn World) {
        if let Some(reply) = self.not_ready("DATA") {
            return self.wrong(world, reply);
        }
        if self.transaction.as_ref().is_some_and(|transaction| transaction.chunks.is_some()) {
            return self.wrong(world, Reply::new(503, "5.5.1", "DATA not permitted after BDAT"));
        }
        let message = self.message(world);
        self.reply(world, &Reply::new(354, "", "End data with <CR><LF>.<CR><LF>"));
        self.state = State::Data { reader: Data::default(), message };
    }

    /// True when the data has ended and the mail was answered.
    pub(super) fn finish_data(&mut self, world: &mut dyn World) -> bool {
        let State::Data { reader, .. } = &self.state else { return false };
        if !reader.is_end() {
            return false;
        }
        if let State::Data { message, .. } = std::mem::take(&mut self.state) {
            self.deliver(message, world);
        }
        true
    }

    pub(super) fn bdat(&mut self, size: u64, last: bool, world: &mut dyn World) {
        if let Some(reply) = self.not_ready("BDAT") {
            self.skip_chunk(size, last);
            return self.wrong(world, reply);
        }
        let begun = self.transaction.as_mut().and_then(|transaction| transaction.chunks.take());
        let message = begun.unwrap_or_else(|| self.message(world));
        self.state = State::Chunk { chunk: Chunk { left: size }, last, message: Some(message) };
    }

    /// A chunk that was refused comes all the same.
    pub(super) fn skip_chunk(&mut self, size: u64, last: bool) {
        self.state = State::Chunk { chunk: Chunk { left: size }, last, message: None };
    }

    /// True when the chunk has ended and was answered.
    pub(super) fn finish_chunk(&mut self, world: &mut dyn World) -> bool {
        let State::Chunk { chunk: Chunk { left: 0 }, .. } = &self.state else { return false };
        let State::Chunk { last, message, .. } = std::mem::take(&mut self.state) else { return false };
        let Some(message) = message else { return true };
        if last {
            self.deliver(message, world);
        } else if message.is_too_large() {
            world.note(Event::Data { incoming: true, size: size(&message) });
            self.transaction = None;
            self.too_large(world);
        } else if message.is_dropped() {
            self.transaction = None;
            self.no_room(world);
        } else {
            let text = format!("{} octets received", message.size());
            if let Some(transaction) = &mut self.transaction {
                transaction.chunks = Some(message);
            }
            self.reply(world, &Reply::new(250, "2.0.0", text));
        }
        true
    }

    /// Why data may not come now (RFC 5321 3.3: no valid recipient, no data).
    fn not_ready(&self, verb: &str) -> Option<Reply> {
        match &self.transaction {
            None => Some(Reply::new(503, "5.5.1", format!("Need MAIL before {verb}"))),
            Some(transaction) if transaction.recipients.is_empty() => {
                Some(Reply::new(554, "5.5.1", "No valid recipients"))
            }
            Some(_) => None,
        }
    }

    /// An empty message behind its trace fields.
    fn message(&mut self, world: &mut dyn World) -> Message {
        let id = world.nonce();
        let Some(transaction) = &mut self.transaction else { return Message::new(b"", 0, 0) };
        transaction.id = id;
        let trace =
            trace::fields(self.hello.as_ref(), self.secured, self.sender.is_some(), transaction, world);
        transaction.return_path = trace.return_path;
        let expected = transaction.parameters.size.unwrap_or(0);
        Message::new(trace.text.as_bytes(), world.policy().limits.message, expected)
    }

    /// The message is whole: give it away and answer. The transaction ends here, however it ends.
    fn deliver(&mut self, message: Message, world: &mut dyn World) {
        let size = size(&message);
        world.note(Event::Data { incoming: true, size });
        let Some(transaction) = self.transaction.take() else { return };
        let user = self.sender.as_ref().map(|(_, user)| user.as_str());
        let cue = Cue { stage: Stage::Command, verb: ".", account: user, tag: "" };
        match ruling::consult(&mut self.out, world, &cue) {
            Leave::Proceed => {}
            Leave::Hidden => return self.unknown(world),
            Leave::Settled => return,
        }
        if message.is_too_large() {
            return self.too_large(world);
        }
        if message.is_dropped() {
            return self.no_room(world);
        }
        if let Err(refusal) = self.hand_over(&transaction, Bytes::from(message.into_bytes()), world) {
            let user = self.sender.as_ref().map_or("", |(_, user)| user.as_str());
            return ruling::say(&mut self.out, world, &refusal, "", user);
        }
        let address = |recipient: &Recipient| recipient.address().to_owned();
        let recipients = transaction.recipients.iter().map(address).collect();
        world.note(Event::MailAccepted { reverse_path: transaction.reverse_path, recipients, size });
        self.reply(world, &Reply::new(250, "2.0.0", format!("Ok: queued as {:012X}", transaction.id)));
    }

    fn hand_over(
        &self,
        transaction: &Transaction,
        message: Bytes,
        world: &mut dyn World,
    ) -> Result<(), Refusal> {
        let return_path = transaction.return_path.min(message.len());
        world.take_mail(&Mail {
            reverse_path: &transaction.reverse_path,
            recipients: &transaction.recipients,
            message,
            return_path,
            ret: transaction.parameters.ret.as_deref(),
            envid: transaction.parameters.envid.as_deref(),
            sender: self.sender.as_ref().map(|(account, _)| *account),
        })
    }

    /// Tell the world what is held of a message that has not ended. Where there is no room for it, it goes, and that
    /// is answered where it ends.
    pub(super) fn hold(&mut self, world: &mut dyn World) {
        let message = match &mut self.state {
            State::Data { message, .. } => Some(message),
            State::Chunk { message, .. } => message.as_mut(),
            _ => self.transaction.as_mut().and_then(|transaction| transaction.chunks.as_mut()),
        };
        let bytes = message.as_ref().map_or(0, |message| message.held());
        if bytes == self.held || world.hold(bytes) {
            self.held = bytes;
        } else {
            self.held = 0;
            message.into_iter().for_each(Message::drop_bytes);
        }
    }

    fn no_room(&mut self, world: &mut dyn World) {
        world.note(Event::Limit { what: "bytes of unfinished mail".to_owned() });
        self.reply(world, &Reply::new(452, "4.3.1", "Insufficient system storage"));
    }
}

fn size(message: &Message) -> usize {
    usize::try_from(message.size()).unwrap_or(usize::MAX)
}
