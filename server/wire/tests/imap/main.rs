//! The IMAP grammar from outside: client lines by table, properties, and two other libraries as judges.
mod arguments;
mod clients;
mod errors;
mod judges;
mod properties;
mod samples;
mod words;

use bytes::Bytes;
use postfail_wire::imap::command::Command;

/// Reads one command; CRLF is added.
fn read(line: &str) -> Command {
    Command::parse(&Bytes::from(format!("{line}\r\n")))
}
