//! The TRANSACTION state (RFC 1939 section 5): STAT, LIST, RETR, DELE, NOOP, RSET, and TOP and UIDL of section 7.
use std::fmt::Write;

use bytes::Bytes;
use postfail_store::Maildrop;
use postfail_wire::pop3::command::Body;
use postfail_wire::pop3::response::{end, err, ok, stuffed, top};

use crate::World;
use crate::outgoing::Outgoing;

/// Carry out a command of this state.
pub(super) fn obey(maildrop: &mut Maildrop, body: &Body, out: &mut Outgoing, world: &mut dyn World) {
    let single = match *body {
        Body::Stat => {
            let (messages, octets) = maildrop.total();
            Ok(format!("{messages} {octets}"))
        }
        Body::List { number: Some(number) } => one(maildrop, number, Maildrop::size),
        Body::Uidl { number: Some(number) } => one(maildrop, number, Maildrop::unique_id),
        Body::List { number: None } => return listing(maildrop, Maildrop::size, out, world),
        Body::Uidl { number: None } => return listing(maildrop, Maildrop::unique_id, out, world),
        Body::Retr { number } => match maildrop.message(number) {
            Some(message) => return give(message, message.len(), out, world),
            None => Err(missing(maildrop, number)),
        },
        Body::Top { number, lines } => match maildrop.message(number) {
            Some(message) => {
                let top = top(message, lines);
                return give(&top, top.len(), out, world);
            }
            None => Err(missing(maildrop, number)),
        },
        Body::Dele { number } if maildrop.is_deleted(number) => Err(missing(maildrop, number)),
        Body::Dele { number } if maildrop.delete(number) => Ok(format!("Message {number} deleted")),
        Body::Dele { number } => Err(missing(maildrop, number)),
        Body::Rset => {
            maildrop.reset();
            let (messages, octets) = maildrop.total();
            Ok(format!("Maildrop has {messages} messages ({octets} octets)"))
        }
        _ => Ok(String::new()),
    };
    let line = single.map_or_else(|text| err("", &text), |text| ok(&text));
    out.line(world, line.as_bytes());
}

/// A scan listing or unique-id listing of one message.
fn one<T: ToString>(
    maildrop: &Maildrop,
    number: usize,
    show: impl Fn(&Maildrop, usize) -> Option<T>,
) -> Result<String, String> {
    let shown = show(maildrop, number).ok_or_else(|| missing(maildrop, number))?;
    Ok(format!("{number} {}", shown.to_string()))
}

/// The listing of all messages not deleted.
fn listing<T: ToString>(
    maildrop: &Maildrop,
    show: impl Fn(&Maildrop, usize) -> Option<T>,
    out: &mut Outgoing,
    world: &mut dyn World,
) {
    let (messages, octets) = maildrop.total();
    let mut text = format!("{}\r\n", ok(&format!("{messages} messages ({octets} octets)")));
    for number in maildrop.numbers() {
        if let Some(shown) = show(maildrop, number) {
            let _ = write!(text, "{number} {}\r\n", shown.to_string());
        }
    }
    text.push_str(".\r\n");
    out.long(world, Bytes::from(text));
}

/// A message or its beginning, byte-stuffed.
fn give(message: &Bytes, octets: usize, out: &mut Outgoing, world: &mut dyn World) {
    out.line(world, ok(&format!("{octets} octets")).as_bytes());
    let body = stuffed(message);
    let end = end(&body);
    out.long(world, body);
    out.unnoted(Bytes::from_static(end));
}

fn missing(maildrop: &Maildrop, number: usize) -> String {
    if maildrop.is_deleted(number) {
        format!("Message {number} is deleted")
    } else {
        format!("No such message, only {} in maildrop", maildrop.len())
    }
}
