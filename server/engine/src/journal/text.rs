//! The journal for people: a line per entry, and a connection's conversation as `C:` and `S:` lines.
use std::fmt::Write as _;

use postfail_session::Event;
use postfail_wire::escape::escape;

use super::{Entry, Handshake, Hello, Mask, What};

/// One entry in one line: number, virtual time, connection and listener, what happened. Masked.
pub fn line(entry: &Entry, mask: &Mask) -> String {
    let mut line = format!("{:>6} {:.3}", entry.seq, entry.virtual_time);
    if let Some((connection, listener)) = entry.connection {
        let _ = write!(line, " #{connection} {listener}");
    }
    line.push(' ');
    line.push_str(&sentence(&entry.what, mask));
    line
}

/// A conversation: what was said with `C: ` and `S: `, everything else with `@ `. Bytes that do not print are
/// escaped; a line that was recorded in part ends with its true size.
pub fn transcript<'a>(entries: impl Iterator<Item = &'a Entry>, mask: &Mask) -> String {
    let mut text = String::new();
    for entry in entries {
        text.push_str(&sentence(&entry.what, mask));
        text.push('\n');
    }
    text
}

fn sentence(what: &What, mask: &Mask) -> String {
    let sentence = match what {
        What::Session(Event::LineIn { bytes, secrets, size }) => {
            return spoken("C", &mask.bytes(bytes, secrets), bytes.len(), *size);
        }
        What::Session(Event::LineOut { bytes, size }) => {
            return spoken("S", &mask.bytes(bytes, &[]), bytes.len(), *size);
        }
        What::Session(event) => self::event(event),
        What::Connect { peer } => format!("connect from {peer}"),
        What::Hello(hello) => self::hello(hello),
        What::Handshake(handshake) => self::handshake(handshake),
        What::Close { by, reason } => format!("closed by {by:?}: {reason}").to_lowercase(),
        What::Change { by, change } => {
            format!("change ({by:?}): {}", serde_json::to_string(change).unwrap_or_default())
        }
        What::Locked { protocol: Some(protocol), account, .. } => {
            format!("{protocol:?} locked for {account}: too many failed log-ins")
        }
        What::Locked { web: true, account, .. } => {
            format!("sign-in on web pages locked for {account}: too many failed log-ins")
        }
        What::Locked { address: Some(address), .. } => {
            format!("address {address} banned: too many failed log-ins")
        }
        What::Locked { account, .. } => format!("{account} locked: too many failed log-ins"),
        What::Portal(event) => {
            let way = event.way.map(|way| format!(" by {}", way.as_str())).unwrap_or_default();
            let detail = event.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
            format!("portal: {} for {}{way}{detail}", event.what.as_str(), event.account)
        }
        What::Token(token) => {
            let whose = token.account.as_deref().map(|account| format!(" for {account}")).unwrap_or_default();
            let mut text = format!("{} {} by {}{whose}: ", token.issuer, token.grant, token.client);
            match token.status {
                0 => text.push_str("the client left before it was answered"),
                status => _ = write!(text, "{status}"),
            }
            if let Some(error) = &token.error {
                let _ = write!(text, " {error}");
            }
            if let Some(code) = token.code {
                let _ = write!(text, " {code}");
            }
            text
        }
        What::Phase { name } => format!("phase `{name}`"),
        What::Mail { account, size } => format!("mail for {account}, {size} bytes"),
        What::Shown { marker, place } => {
            format!("the client's {place:?} shows {marker}, which a fault said").to_lowercase()
        }
        What::Limit { what } => format!("limit: {what}"),
        What::Control { method, path, status } => format!("control: {method} {path} {status}"),
        What::Start { seed, profile, scenario } => match scenario {
            Some(scenario) => format!("start of {scenario}, profile {profile}, seed {seed}"),
            None => format!("start, profile {profile}, seed {seed}"),
        },
    };
    format!("@ {}", escape(mask.text(&sentence).as_bytes()))
}

fn spoken(who: &str, shown: &[u8], kept: usize, size: usize) -> String {
    let more = if size > kept { format!(" [{size} bytes]") } else { String::new() };
    format!("{who}: {}{more}", escape(shown))
}

fn event(event: &Event) -> String {
    match event {
        Event::LineIn { .. } | Event::LineOut { .. } => String::new(),
        Event::Data { incoming: true, size } => format!("{size} bytes of data in"),
        Event::Data { incoming: false, size } => format!("{size} bytes of data out"),
        Event::LogIn { user, mechanism, secured, failure, reason, .. } => {
            let how = if *secured { "under TLS" } else { "in the clear" };
            match failure {
                None => format!("log-in of {user} by {mechanism} {how}: granted"),
                Some(failure) => {
                    let why = reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
                    format!("log-in of {user} by {mechanism} {how}: refused, {failure}{why}")
                }
            }
        }
        Event::ErrorChallenge { mechanism, challenge } => {
            format!("error challenge of {mechanism}: {challenge}")
        }
        Event::ErrorChallengeAnswered { mechanism, answer } => {
            format!("error challenge of {mechanism} answered {answer}")
        }
        Event::MailAccepted { reverse_path, recipients, size } => {
            format!("mail accepted from <{reverse_path}> for {}, {size} bytes", recipients.join(", "))
        }
        Event::StartTls { pipelined: 0 } => "STARTTLS".to_owned(),
        Event::StartTls { pipelined } => {
            format!("STARTTLS; {pipelined} bytes were pipelined behind it")
        }
        Event::Fault { id, stage, fault } => format!("fault {id} acts at {stage}: {fault}"),
        Event::Refused { stage, failure } => format!("refused at {stage}: {failure}"),
        Event::Closing { reason } => format!("closing: {reason}"),
        Event::Limit { what } => format!("limit: {what}"),
    }
}

fn hello(hello: &Hello) -> String {
    let mut text = format!("ClientHello offers {}", hello.offer());
    if let Some(window) = hello.window {
        let _ = write!(text, ", window {window}");
    }
    if let Some(name) = &hello.server_name {
        let _ = write!(text, ", server name {name}");
    }
    text
}

fn handshake(handshake: &Handshake) -> String {
    match handshake {
        Handshake::Done { version, suite, resumed, .. } => {
            let resumed = if *resumed { ", resumed" } else { "" };
            format!("TLS {version} with {suite}{resumed}")
        }
        Handshake::Failed { reason, alert_sent, alert_received } => {
            let mut text = format!("TLS handshake failed: {reason}");
            for (alert, way) in [(alert_sent, "sent"), (alert_received, "received")] {
                if let Some(alert) = alert {
                    let _ = write!(text, "; alert {alert} {way}");
                }
            }
            text
        }
    }
}
