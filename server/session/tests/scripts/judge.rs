//! Judges of every conversation: smtp-proto reads our replies, and no secret stands where it would be shown.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use postfail_session::Event;
use smtp_proto::response::parser::ResponseReceiver;
use smtp_proto::{
    EXT_8BIT_MIME, EXT_CHUNKING, EXT_DSN, EXT_ENHANCED_STATUS_CODES, EXT_PIPELINING, EXT_SIZE, EXT_SMTP_UTF8,
    EhloResponse,
};

use super::world::ACCOUNTS;

/// Every reply is one for smtp-proto too, and EHLO's means what we meant. Replies written by a rule are not ours.
pub fn smtp(said: &str) -> Result<(), String> {
    let mut rest = said;
    while !rest.is_empty() {
        let length = reply_length(rest).ok_or_else(|| format!("not a reply: {rest:?}"))?;
        let (reply, next) = rest.split_at(length);
        rest = next;
        let read = ResponseReceiver::default()
            .parse(&mut reply.as_bytes().iter())
            .map_err(|error| format!("smtp-proto cannot read {reply:?}: {error}"))?;
        if read.code.to_string() != reply[..3] {
            return Err(format!("smtp-proto reads {} from {reply:?}", read.code));
        }
        if reply.contains("250-PIPELINING") {
            let hello = EhloResponse::parse(&mut reply.as_bytes().iter())
                .map_err(|error| format!("smtp-proto cannot read {reply:?}: {error}"))?;
            for wanted in [
                EXT_8BIT_MIME,
                EXT_CHUNKING,
                EXT_DSN,
                EXT_ENHANCED_STATUS_CODES,
                EXT_PIPELINING,
                EXT_SIZE,
                EXT_SMTP_UTF8,
            ] {
                if hello.capabilities & wanted == 0 {
                    return Err(format!("smtp-proto misses extension {wanted:#x} in {reply:?}"));
                }
            }
        }
    }
    Ok(())
}

/// Up to the end of the first line with a space behind its code.
fn reply_length(text: &str) -> Option<usize> {
    let mut length = 0;
    for line in text.split_inclusive("\r\n") {
        length += line.len();
        if line.as_bytes().get(3) == Some(&b' ') {
            return line.ends_with("\r\n").then_some(length);
        }
    }
    None
}

/// No password, in no form it can take on the wire, is in what was noted outside `LineIn.secrets`.
pub fn masks(events: &[Event]) -> Result<(), String> {
    let mut secrets = Vec::new();
    for (name, password) in ACCOUNTS {
        let address = format!("{name}@postfail.test");
        secrets.extend([password.to_owned(), STANDARD.encode(password)]);
        for user in [name, &address] {
            secrets.push(STANDARD.encode(format!("\0{user}\0{password}")));
            secrets.push(STANDARD.encode(format!("{user}\0{user}\0{password}")));
        }
    }
    for event in events {
        let shown = match event {
            Event::LineIn { bytes, secrets, .. } => {
                let mut shown = bytes.to_vec();
                secrets.iter().for_each(|range| shown[range.clone()].fill(b'-'));
                String::from_utf8_lossy(&shown).into_owned()
            }
            Event::LineOut { bytes, .. } => String::from_utf8_lossy(bytes).into_owned(),
            other => format!("{other:?}"),
        };
        if let Some(secret) = secrets.iter().find(|secret| shown.contains(*secret)) {
            return Err(format!("{secret:?} is shown in {event:?}"));
        }
    }
    Ok(())
}
