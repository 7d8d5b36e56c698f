//! One message sent: EHLO, STARTTLS where set up, AUTH PLAIN or LOGIN or without a password, MAIL, RCPT, DATA (RFC 5321,
//! 3207, 4954, 7628).
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::sasl::Means;
use super::stream::Stream;
use super::{Security, Setup, Trouble};

pub fn send(mut stream: Stream, setup: &Setup) -> Result<String, Trouble> {
    reply(&mut stream)?;
    let mut offers = command(&mut stream, "EHLO client.postfail.test")?;
    let wanted = match setup.address.security {
        Security::StartTls => true,
        Security::Opportunistic => offers.iter().any(|line| line.get(4..) == Some("STARTTLS")),
        Security::Plain | Security::Implicit => false,
    };
    if wanted && is_granted(command(&mut stream, "STARTTLS"), setup)? {
        stream = stream.secure(setup)?;
        // What was learnt in the clear is forgotten (RFC 3207 4.2).
        offers = command(&mut stream, "EHLO client.postfail.test")?;
    }
    log_in(&mut stream, &offers, setup)?;
    let from = &setup.user;
    command(&mut stream, &format!("MAIL FROM:<{from}>"))?;
    command(&mut stream, &format!("RCPT TO:<{from}>"))?;
    command(&mut stream, "DATA")?;
    let message =
        format!("From: <{from}>\r\nTo: <{from}>\r\nSubject: sent by postfail client\r\n\r\nHello.\r\n.");
    command(&mut stream, &message)?;
    command(&mut stream, "QUIT")?;
    Ok(format!("one message sent to {from}"))
}

/// Who chose "STARTTLS, if there is one" goes on when it is refused.
fn is_granted(answer: Result<Vec<String>, Trouble>, setup: &Setup) -> Result<bool, Trouble> {
    match answer {
        // 354 and its like are a yes to something else.
        Ok(lines) if lines.first().is_some_and(|line| line.starts_with("220")) => Ok(true),
        Ok(_) | Err(Trouble::Refused(_)) if setup.address.security == Security::Opportunistic => Ok(false),
        Ok(_) => Err(Trouble::Refused("STARTTLS was not answered with 220".into())),
        Err(trouble) => Err(trouble),
    }
}

/// By PLAIN (RFC 4616), or by LOGIN where only that is offered. A server that offers nothing under TLS wants none.
fn log_in(stream: &mut Stream, offers: &[String], setup: &Setup) -> Result<(), Trouble> {
    let offer = offers.iter().filter_map(|line| line.get(4..)).find_map(|offer| {
        let (verb, mechanisms) = offer.split_once(' ')?;
        verb.eq_ignore_ascii_case("AUTH").then_some(mechanisms)
    });
    let Some(mechanisms) = offer else {
        let why = "the server takes no password on this connection";
        return if stream.is_secured() { Ok(()) } else { Err(Trouble::Refused(why.into())) };
    };
    let offered = |name: &str| mechanisms.split(' ').any(|mechanism| mechanism.eq_ignore_ascii_case(name));
    if let Some(means) = Means::of(setup) {
        let name = means.name();
        if !offered(name) {
            return Err(Trouble::Refused(format!("the server does not offer {name} on this connection")));
        }
        return authenticate(stream, &means, setup);
    }
    if offered("LOGIN") && !offered("PLAIN") {
        command(stream, "AUTH LOGIN")?;
        command(stream, &STANDARD.encode(&setup.user))?;
        command(stream, &STANDARD.encode(&setup.password))?;
    } else {
        let plain = STANDARD.encode(format!("\0{}\0{}", setup.user, setup.password));
        command(stream, &format!("AUTH PLAIN {plain}"))?;
    }
    Ok(())
}

/// By a token or a certificate; a 334 behind a token is an error challenge, to be answered (RFC 7628 section 3.2.3).
fn authenticate(stream: &mut Stream, means: &Means<'_>, setup: &Setup) -> Result<(), Trouble> {
    let response = means.response(setup)?;
    let auth = format!("AUTH {} {response}", means.name());
    let lines = match command(stream, &auth) {
        Ok(lines) if lines.iter().any(|line| line.starts_with("334")) => {
            command(stream, means.acknowledgement())
        }
        answered => answered,
    };
    match lines {
        Ok(lines) if lines.iter().all(|line| line.starts_with("235")) => Ok(()),
        Ok(lines) => Err(Trouble::Protocol(format!("AUTH was answered `{}`", lines.join(" / ")))),
        Err(Trouble::Refused(line)) => Err(Trouble::Token(line)),
        Err(trouble) => Err(trouble),
    }
}

fn command(stream: &mut Stream, text: &str) -> Result<Vec<String>, Trouble> {
    stream.send(&format!("{text}\r\n"))?;
    reply(stream)
}

/// One reply, all its lines; 2yz and 3yz are a yes (RFC 5321 4.2.1).
fn reply(stream: &mut Stream) -> Result<Vec<String>, Trouble> {
    let mut lines = Vec::new();
    loop {
        let line = stream.line()?;
        let more = line.as_bytes().get(3) == Some(&b'-');
        let yes = matches!(line.as_bytes().first(), Some(b'2' | b'3'));
        lines.push(line);
        match (more && lines.len() < 1_000, yes) {
            (true, _) => {}
            (false, true) => return Ok(lines),
            (false, false) => return Err(stream.refused(lines.join(" / "))),
        }
    }
}
