//! IMAP sessions per second: connect, LOGIN, SELECT, FETCH one message, LOGOUT (RFC 3501).
use std::thread;
use std::time::Instant;

use super::Bench;
use super::figures::{self, Figure};
use super::line::Line;
use super::rival::{self, Server};

const SESSIONS: usize = 2_000;

pub fn measure(bench: &Bench) -> Result<Vec<Figure>, String> {
    let (message, copies) = sample(&rival::postfail(bench)?)?;
    let mut all = Vec::new();
    for connections in [1, 50] {
        let what = format!("IMAP LOGIN, SELECT, FETCH, LOGOUT, {connections} at a time");
        let aim = Some("ahead of Dovecot");
        all.extend(figures::rounds(
            &what,
            "sessions/s",
            aim,
            &["postfail", "dovecot"],
            bench.rounds,
            |server| {
                let started = match server {
                    "postfail" => Ok(rival::postfail(bench)?),
                    _ => rival::dovecot(bench, &message, copies)?,
                };
                match started {
                    Err(reason) => Ok(Err(reason)),
                    Ok(running) => rate(&running, connections)
                        .map(Ok)
                        .map_err(|error| format!("{what}: {server}: {error}")),
                }
            },
        )?);
    }
    Ok(all)
}

/// The first message of Postfail's INBOX and how many there are, so that Dovecot can have the like.
fn sample(server: &Server) -> Result<(Vec<u8>, u32), String> {
    let mut line = Line::connect(server.imap)?;
    line.read()?;
    let exists = login_and_select(&mut line, server)?;
    let size = fetch(&mut line)?;
    Ok((text(size), exists))
}

/// A message of `size` bytes; what is in it does not matter to FETCH BODY[].
fn text(size: u64) -> Vec<u8> {
    let mut text = b"From: <bench@example.org>\nSubject: bench\n\n".to_vec();
    while (text.len() as u64) < size {
        text.extend(b"The quick brown fox jumps over the lazy dog, again and again.\n");
    }
    text
}

fn rate(server: &Server, connections: usize) -> Result<f64, String> {
    let each = SESSIONS / connections;
    session(server)?; // the first log-in makes indexes and processes; it is not counted for anyone
    let since = Instant::now();
    thread::scope(|scope| {
        let clients: Vec<_> =
            (0..connections).map(|_| scope.spawn(|| (0..each).try_for_each(|_| session(server)))).collect();
        clients
            .into_iter()
            .try_for_each(|client| client.join().map_err(|_| "a client panicked".to_owned())?)
    })?;
    Ok((each * connections) as f64 / since.elapsed().as_secs_f64())
}

fn session(server: &Server) -> Result<(), String> {
    let mut line = Line::connect(server.imap)?;
    line.read()?;
    login_and_select(&mut line, server)?;
    fetch(&mut line)?;
    line.write(b"d LOGOUT\r\n")?;
    while !line.read()?.starts_with("d ") {}
    Ok(())
}

/// How many messages INBOX has.
fn login_and_select(line: &mut Line, server: &Server) -> Result<u32, String> {
    line.write(format!("a LOGIN {} {}\r\n", server.user, server.password).as_bytes())?;
    tagged(line, "a ", |_| ())?;
    line.write(b"b SELECT INBOX\r\n")?;
    let mut exists = 0;
    tagged(line, "b ", |text| {
        let number = text.strip_prefix("* ").and_then(|text| text.strip_suffix(" EXISTS"));
        exists = number.and_then(|number| number.parse().ok()).unwrap_or(exists);
    })?;
    Ok(exists)
}

/// Reads message 1 and gives its size.
fn fetch(line: &mut Line) -> Result<u64, String> {
    line.write(b"c FETCH 1 (FLAGS BODY.PEEK[])\r\n")?;
    let text = line.read()?.to_owned();
    let size =
        text.strip_suffix('}').and_then(|text| text.rsplit_once('{')).and_then(|(_, size)| size.parse().ok());
    let size: u64 = size.ok_or(format!("no literal in {text}"))?;
    line.skip(size)?;
    tagged(line, "c ", |_| ())?;
    Ok(size)
}

fn tagged(line: &mut Line, tag: &str, mut untagged: impl FnMut(&str)) -> Result<(), String> {
    loop {
        let text = line.read()?;
        match text.strip_prefix(tag) {
            Some(status) if status.starts_with("OK") => return Ok(()),
            Some(status) => return Err(format!("refused: {status}")),
            None => untagged(text),
        }
    }
}
