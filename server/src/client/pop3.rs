//! One POP3 visit: CAPA, STLS where set up, USER and PASS, STAT, the newest message (RFC 1939, 2595).
use super::stream::Stream;
use super::{Security, Setup, Trouble};

pub fn fetch(mut stream: Stream, setup: &Setup) -> Result<String, Trouble> {
    answer(&mut stream)?;
    if setup.address.security == Security::StartTls {
        command(&mut stream, "STLS")?;
        stream = stream.secure(setup)?;
    }
    command(&mut stream, &format!("USER {}", setup.user))?;
    command(&mut stream, &format!("PASS {}", setup.password))?;
    let stat = command(&mut stream, "STAT")?;
    let count: u32 = stat
        .split(' ')
        .nth(1)
        .and_then(|n| n.parse().ok())
        .ok_or_else(|| Trouble::Protocol(format!("STAT was answered `{stat}` (RFC 1939 section 5)")))?;
    if count > 0 {
        command(&mut stream, &format!("RETR {count}"))?;
        while stream.line()? != "." {}
    }
    command(&mut stream, "QUIT")?;
    Ok(format!("{count} messages in the maildrop"))
}

fn command(stream: &mut Stream, text: &str) -> Result<String, Trouble> {
    stream.send(&format!("{text}\r\n"))?;
    answer(stream)
}

fn answer(stream: &mut Stream) -> Result<String, Trouble> {
    let line = stream.line()?;
    if line.starts_with("+OK") { Ok(line) } else { Err(Trouble::Refused(line)) }
}
