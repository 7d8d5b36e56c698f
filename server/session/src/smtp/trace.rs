//! Trace fields (RFC 5321 section 4.4): Return-Path and Received, in front of every message we take.
use jiff::tz::TimeZone;

use super::Hello;
use super::transaction::Transaction;
use crate::World;

/// Both fields with their line ends.
pub(super) struct Trace {
    pub text: String,
    /// Bytes of `text` that are Return-Path.
    pub return_path: usize,
}

/// ```text
/// Received: from mx.example ([127.0.0.1]) by mail.postfail.test with ESMTPSA id 00000000002A
///  for <alice@postfail.test>; Mon, 23 Nov 2026 01:02:03 +0000
/// ```
pub(super) fn fields(
    hello: Option<&Hello>,
    secured: bool,
    logged_in: bool,
    transaction: &Transaction,
    world: &dyn World,
) -> Trace {
    let return_path = format!("Return-Path: <{}>\r\n", transaction.reverse_path);
    let client = hello.map_or_else(|| "unknown".to_owned(), |hello| name(&hello.domain));
    let peer = world.peer().map_or_else(String::new, |address| match address {
        core::net::IpAddr::V4(address) => format!(" ([{address}])"),
        core::net::IpAddr::V6(address) => format!(" ([IPv6:{address}])"),
    });
    let with = protocol(hello, secured, logged_in, transaction.parameters.smtputf8);
    // Only a single recipient is named: the others are nobody's business (RFC 5321 7.6).
    let to = match &transaction.recipients[..] {
        [recipient] => format!(" for <{}>", recipient.address()),
        _ => String::new(),
    };
    let host = &world.policy().host;
    let date = world.now().to_zoned(TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S +0000");
    let id = transaction.id;
    let received =
        format!("Received: from {client}{peer} by {host} with {with} id {id:012X}\r\n{to}; {date}\r\n");
    // Without a `for` the date begins the second line, which must begin with a space all the same.
    let received = received.replace("\r\n; ", ";\r\n ");
    Trace { return_path: return_path.len(), text: return_path + &received }
}

/// The "with" protocol (RFC 3848, RFC 6531 section 4.3).
fn protocol(hello: Option<&Hello>, secured: bool, logged_in: bool, smtputf8: bool) -> String {
    if !hello.is_some_and(|hello| hello.extended) {
        return "SMTP".to_owned();
    }
    let base = if smtputf8 { "UTF8SMTP" } else { "ESMTP" };
    format!("{base}{}{}", if secured { "S" } else { "" }, if logged_in { "A" } else { "" })
}

/// The client's name for itself, made harmless: it may be any bytes, and the field must stay one field.
fn name(domain: &str) -> String {
    let safe = |c: char| if c.is_ascii_graphic() && !"()<>;\\\"".contains(c) { c } else { '?' };
    domain.chars().take(255).map(safe).collect()
}
