//! One POP3 visit: CAPA, STLS where set up, USER and PASS or AUTH without a password, STAT, the newest message (RFC 1939,
//! 2595, 5034, 7628).
use super::sasl::Means;
use super::stream::Stream;
use super::{Security, Setup, Trouble};

pub fn fetch(mut stream: Stream, setup: &Setup) -> Result<String, Trouble> {
    answer(&mut stream)?;
    if setup.address.security == Security::StartTls {
        command(&mut stream, "STLS")?;
        stream = stream.secure(setup)?;
    } else if setup.address.security == Security::Opportunistic {
        stream = secure_if_offered(stream, setup)?;
    }
    if let Some(means) = Means::of(setup) {
        authenticate(&mut stream, &means, setup)?;
    } else {
        command(&mut stream, &format!("USER {}", setup.user))?;
        command(&mut stream, &format!("PASS {}", setup.password))?;
    }
    let stat = command(&mut stream, "STAT")?;
    let count: u32 = stat.split(' ').nth(1).and_then(|n| n.parse().ok()).ok_or_else(|| {
        Trouble::Protocol(format!("STAT was answered `{}` (RFC 1939 section 5)", stream.shown(&stat)))
    })?;
    if count > 0 {
        command(&mut stream, &format!("RETR {count}"))?;
        while stream.line()? != "." {}
    }
    command(&mut stream, "QUIT")?;
    Ok(format!("{count} messages in the maildrop"))
}

/// As somebody chose who chose "STARTTLS, if there is one".
fn secure_if_offered(mut stream: Stream, setup: &Setup) -> Result<Stream, Trouble> {
    let mut offers = Vec::new();
    if command(&mut stream, "CAPA").is_ok() {
        while offers.last().is_none_or(|line| line != ".") && offers.len() < 1_000 {
            offers.push(stream.line()?);
        }
    }
    if !offers.iter().any(|line| line.eq_ignore_ascii_case("STLS")) {
        return Ok(stream);
    }
    match command(&mut stream, "STLS") {
        Ok(_) => stream.secure(setup),
        Err(Trouble::Refused(_)) => Ok(stream),
        Err(trouble) => Err(trouble),
    }
}

/// Without an initial response: a token is longer than the 255 bytes a command may have (RFC 5034 section 4).
fn authenticate(stream: &mut Stream, means: &Means<'_>, setup: &Setup) -> Result<(), Trouble> {
    let response = means.response(setup)?;
    let mut to_say = [response.as_str(), means.acknowledgement()].into_iter();
    stream.send(&format!("AUTH {}\r\n", means.name()))?;
    let mut shown = false;
    loop {
        let line = stream.line()?;
        if line.starts_with("+OK") {
            return Ok(());
        }
        if !line.starts_with("+ ") {
            // A mechanism that is not there is refused before the token is shown.
            let line = stream.shown(&line);
            return Err(if shown { Trouble::Token(line) } else { Trouble::Refused(line) });
        }
        let Some(next) = to_say.next() else { return Err(Trouble::Protocol("one + too many".into())) };
        shown = true;
        stream.send(&format!("{next}\r\n"))?;
    }
}

fn command(stream: &mut Stream, text: &str) -> Result<String, Trouble> {
    stream.send(&format!("{text}\r\n"))?;
    answer(stream)
}

fn answer(stream: &mut Stream) -> Result<String, Trouble> {
    let line = stream.line()?;
    if line.starts_with("+OK") { Ok(line) } else { Err(stream.refused(line)) }
}
