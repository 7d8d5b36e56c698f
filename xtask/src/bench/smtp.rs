//! Messages taken per second, as smtp-source sends them: each command waits for its reply (RFC 5321).
use std::thread;
use std::time::Instant;

use super::figures::{self, Figure};
use super::line::Line;
use super::{Bench, rival};

/// What one measurement sends.
struct Load {
    what: &'static str,
    bytes: usize,
    connections: usize,
    messages: usize,
    /// A new connection for each mail.
    reconnect: bool,
}

const LOADS: &[Load] = &[
    Load {
        what: "1 KB, 1 connection, many mails each",
        bytes: 1_024,
        connections: 1,
        messages: 3_000,
        reconnect: false,
    },
    Load {
        what: "1 KB, 50 connections, many mails each",
        bytes: 1_024,
        connections: 50,
        messages: 10_000,
        reconnect: false,
    },
    Load {
        what: "1 KB, 1 connection per mail",
        bytes: 1_024,
        connections: 1,
        messages: 1_000,
        reconnect: true,
    },
    Load {
        what: "1 KB, 50 at a time, 1 connection per mail",
        bytes: 1_024,
        connections: 50,
        messages: 5_000,
        reconnect: true,
    },
    Load {
        what: "100 KB, 1 connection, many mails each",
        bytes: 102_400,
        connections: 1,
        messages: 500,
        reconnect: false,
    },
    Load {
        what: "100 KB, 50 connections, many mails each",
        bytes: 102_400,
        connections: 50,
        messages: 1_000,
        reconnect: false,
    },
];

pub fn measure(bench: &Bench) -> Result<Vec<Figure>, String> {
    let aim = Some("at least smtp-sink, 5 times aiosmtpd");
    let mut all = Vec::new();
    for load in LOADS {
        let message = message(load.bytes);
        let what = format!("SMTP, {}", load.what);
        all.extend(figures::rounds(
            &what,
            "mails/s",
            aim,
            &["postfail", "smtp-sink", "aiosmtpd"],
            bench.rounds,
            |server| {
                let started = match server {
                    "postfail" => Ok(rival::postfail(bench)?),
                    "smtp-sink" => rival::smtp_sink()?,
                    _ => rival::aiosmtpd(bench)?,
                };
                match started {
                    Err(reason) => Ok(Err(reason)),
                    Ok(running) => {
                        let to = if running.user.contains('@') {
                            running.user.clone()
                        } else {
                            "taro@postfail.test".into()
                        };
                        rate(load, running.smtp, &to, &message)
                            .map(Ok)
                            .map_err(|error| format!("{what}: {server}: {error}"))
                    }
                }
            },
        )?);
    }
    Ok(all)
}

/// Mails per second.
fn rate(load: &Load, port: u16, to: &str, message: &[u8]) -> Result<f64, String> {
    let each = load.messages / load.connections;
    let since = Instant::now();
    thread::scope(|scope| {
        let senders: Vec<_> = (0..load.connections)
            .map(|_| scope.spawn(|| send(port, to, message, each, load.reconnect)))
            .collect();
        senders
            .into_iter()
            .try_for_each(|sender| sender.join().map_err(|_| "a sender panicked".to_owned())?)
    })?;
    Ok((each * load.connections) as f64 / since.elapsed().as_secs_f64())
}

fn send(port: u16, to: &str, message: &[u8], mails: usize, reconnect: bool) -> Result<(), String> {
    let recipient = format!("RCPT TO:<{to}>\r\n");
    let mut connection = None;
    for _ in 0..mails {
        let mut line = match connection.take() {
            Some(line) => line,
            None => {
                let mut line = Line::connect(port)?;
                reply(&mut line, b'2')?;
                command(&mut line, b"EHLO bench.example.org\r\n", b'2')?;
                line
            }
        };
        command(&mut line, b"MAIL FROM:<bench@example.org>\r\n", b'2')?;
        command(&mut line, recipient.as_bytes(), b'2')?;
        command(&mut line, b"DATA\r\n", b'3')?;
        command(&mut line, message, b'2')?;
        if reconnect {
            command(&mut line, b"QUIT\r\n", b'2')?;
        } else {
            connection = Some(line);
        }
    }
    connection.map_or(Ok(()), |mut line| command(&mut line, b"QUIT\r\n", b'2'))
}

fn command(line: &mut Line, bytes: &[u8], class: u8) -> Result<(), String> {
    line.write(bytes)?;
    reply(line, class)
}

/// Reads a reply of any number of lines, and wants it to begin with `class`.
fn reply(line: &mut Line, class: u8) -> Result<(), String> {
    loop {
        let text = line.read()?;
        if text.as_bytes().first() != Some(&class) {
            return Err(format!("unexpected reply: {text}"));
        }
        if text.as_bytes().get(3) != Some(&b'-') {
            return Ok(());
        }
    }
}

/// A message of about `bytes` bytes with the dot line behind it.
fn message(bytes: usize) -> Vec<u8> {
    let mut text =
        b"From: <bench@example.org>\r\nTo: <taro@postfail.test>\r\nSubject: bench\r\n\r\n".to_vec();
    while text.len() + 5 < bytes {
        let room = (bytes - text.len() - 5).min(70);
        text.extend(std::iter::repeat_n(b'x', room));
        text.extend(b"\r\n");
    }
    text.extend(b".\r\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_as_long_as_asked() {
        for bytes in [1_024, 102_400] {
            let text = message(bytes);
            assert!(text.len().abs_diff(bytes) <= 3, "{} for {bytes}", text.len());
            assert!(text.ends_with(b"x\r\n.\r\n"));
        }
    }
}
