//! One IMAP visit: CAPABILITY, STARTTLS where set up, LOGIN or AUTHENTICATE without a password, SELECT, the newest message
//! (RFC 3501, 7628).
use super::sasl::Means;
use super::stream::Stream;
use super::{Security, Setup, Trouble};

pub fn fetch(mut stream: Stream, setup: &Setup) -> Result<String, Trouble> {
    let greeting = stream.line()?;
    if !greeting.starts_with("* OK") {
        return Err(stream.refused(greeting));
    }
    if setup.address.security == Security::StartTls {
        command(&mut stream, "s1", "STARTTLS")?;
        stream = stream.secure(setup)?;
    } else if setup.address.security == Security::Opportunistic {
        stream = secure_if_offered(stream, setup)?;
    }
    // Asked anew behind STARTTLS, as RFC 3501 6.2.1 demands.
    let capabilities = command(&mut stream, "c1", "CAPABILITY")?.join(" ");
    let means = Means::of(setup);
    // It is about passwords; a server for certificates alone says it as well.
    let by_certificate = matches!(means, Some(Means::Certificate));
    if capabilities.to_ascii_uppercase().contains("LOGINDISABLED") && !by_certificate {
        return Err(Trouble::Refused(
            "the server takes no password on this connection (LOGINDISABLED)".into(),
        ));
    }
    match means {
        Some(means) => authenticate(&mut stream, &means, &capabilities, setup)?,
        None => {
            let login = format!("LOGIN {} {}", quoted(&setup.user)?, quoted(&setup.password)?);
            command(&mut stream, "l1", &login)?;
        }
    }
    let selected = command(&mut stream, "s2", "SELECT INBOX")?;
    let exists = selected
        .iter()
        .find_map(|line| line.strip_prefix("* ")?.strip_suffix(" EXISTS")?.parse::<u32>().ok())
        .ok_or_else(|| Trouble::Protocol("SELECT without EXISTS (RFC 3501 6.3.1)".into()))?;
    if exists > 0 {
        command(&mut stream, "f1", &format!("FETCH {exists} (UID FLAGS BODY.PEEK[])"))?;
    }
    command(&mut stream, "q1", "LOGOUT")?;
    Ok(format!("{exists} messages in INBOX"))
}

/// As somebody chose who chose "STARTTLS, if there is one".
fn secure_if_offered(mut stream: Stream, setup: &Setup) -> Result<Stream, Trouble> {
    let offers = command(&mut stream, "c0", "CAPABILITY")?.join(" ").to_ascii_uppercase();
    if !offers.contains("STARTTLS") {
        return Ok(stream);
    }
    match command(&mut stream, "s1", "STARTTLS") {
        Ok(_) => stream.secure(setup),
        Err(Trouble::Refused(_)) => Ok(stream),
        Err(trouble) => Err(trouble),
    }
}

/// With an initial response where the server takes one (RFC 4959), and the answer to an error challenge where it has
/// one (RFC 7628 section 3.2.3).
fn authenticate(
    stream: &mut Stream,
    means: &Means<'_>,
    capabilities: &str,
    setup: &Setup,
) -> Result<(), Trouble> {
    let offered = |word: &str| capabilities.split(' ').any(|listed| listed.eq_ignore_ascii_case(word));
    let name = means.name();
    if !offered(&format!("AUTH={name}")) {
        return Err(Trouble::Refused(format!("the server does not offer {name} on this connection")));
    }
    let response = means.response(setup)?;
    let mut to_say = [response.as_str(), means.acknowledgement()].into_iter();
    if offered("SASL-IR") {
        let response = to_say.next().unwrap_or_default();
        stream.send(&format!("l1 AUTHENTICATE {name} {response}\r\n"))?;
    } else {
        stream.send(&format!("l1 AUTHENTICATE {name}\r\n"))?;
    }
    loop {
        let line = stream.line()?;
        if line.starts_with('+') {
            let Some(next) = to_say.next() else { return Err(Trouble::Protocol("one + too many".into())) };
            stream.send(&format!("{next}\r\n"))?;
        } else if let Some(status) = line.strip_prefix("l1 ") {
            return if status.starts_with("OK") { Ok(()) } else { Err(Trouble::Token(stream.shown(&line))) };
        } else if line.starts_with("* BYE") || !line.starts_with("* ") {
            return Err(stream.refused(line));
        }
    }
}

/// Send one command; its untagged lines, literals skipped, once it is answered OK.
fn command(stream: &mut Stream, tag: &str, text: &str) -> Result<Vec<String>, Trouble> {
    stream.send(&format!("{tag} {text}\r\n"))?;
    let mut untagged = Vec::new();
    loop {
        let line = stream.line()?;
        if let Some(status) = line.strip_prefix(tag).and_then(|rest| rest.strip_prefix(' ')) {
            return if status.starts_with("OK") { Ok(untagged) } else { Err(stream.refused(line)) };
        }
        if line.starts_with("* BYE") && !text.starts_with("LOGOUT") {
            return Err(stream.refused(line));
        }
        let literal =
            line.strip_suffix('}').and_then(|l| l.rsplit_once('{')).and_then(|(_, n)| n.parse().ok());
        if let Some(size) = literal {
            stream.skip(size)?;
        }
        if untagged.len() >= 10_000 {
            return Err(Trouble::Protocol("ten thousand lines and no answer".into()));
        }
        untagged.push(line);
    }
}

/// `quoted` of RFC 3501 section 9.
fn quoted(text: &str) -> Result<String, Trouble> {
    if !text.is_ascii() || text.contains(['\r', '\n', '\0']) {
        return Err(Trouble::Protocol("a user name or password outside ASCII needs SASL, not LOGIN".into()));
    }
    Ok(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}
