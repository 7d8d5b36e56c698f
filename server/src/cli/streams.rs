//! stdout and stderr: the one way in which this program writes to each. A reader that has gone (`| head`, a terminal
//! that was closed) is no failure: what was asked for is done all the same, and the exit code says what came of it.
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Failure;

/// How stderr stands.
static CURSOR: Mutex<Cursor> = Mutex::new(Cursor::AtStart);

/// Take the line at the cursor back (ECMA-48: carriage return, erase to the end of the line).
const ERASE: &[u8] = b"\r\x1b[K";

/// What the last line on stderr is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cursor {
    /// It has its end.
    AtStart,
    /// It has none yet: what a client printed may stop anywhere.
    Within,
    /// It is one of [`draw`].
    Drawn,
}

/// To stdout, beginning a line of the terminal that stderr may share.
///
/// # Errors
/// When it cannot be written for another reason than that nobody reads it: a full disk.
pub fn print(text: &str) -> Result<(), Failure> {
    print_on(text).map(drop)
}

/// The same, for what goes on until somebody has seen enough of it: `Break` when nobody reads any more.
pub fn print_on(text: &str) -> Result<ControlFlow<()>, Failure> {
    tell("");
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(ControlFlow::Continue(())),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ControlFlow::Break(())),
        Err(error) => Err(Failure::ours(format!("cannot write to stdout: {error}"))),
    }
}

/// Whole lines of ours to stderr, beginning at the start of one.
pub fn tell(lines: &str) {
    let mut cursor = cursor();
    match *cursor {
        Cursor::AtStart => {}
        Cursor::Within => write(b"\n"),
        Cursor::Drawn => write(ERASE),
    }
    *cursor = Cursor::AtStart;
    write(lines.as_bytes());
}

/// What a client prints, as it comes, to stderr: it is no result of ours.
pub fn pass_on(bytes: &[u8]) {
    let mut cursor = cursor();
    write(bytes);
    match bytes.last() {
        None => {}
        Some(b'\n') => *cursor = Cursor::AtStart,
        Some(_) => *cursor = Cursor::Within,
    }
}

/// A line without an end, in place of the one that was drawn last; the next of [`tell`] takes it back.
pub fn draw(line: &str) {
    let mut cursor = cursor();
    write(&[ERASE, line.as_bytes()].concat());
    *cursor = Cursor::Drawn;
}

fn cursor() -> MutexGuard<'static, Cursor> {
    CURSOR.lock().unwrap_or_else(PoisonError::into_inner)
}

/// There is nowhere to complain that stderr is gone.
fn write(bytes: &[u8]) {
    let _ = io::stderr().write_all(bytes);
}

/// The log's way to stderr: an event is a line of ours.
#[derive(Clone, Copy, Debug)]
pub struct Log;

impl Write for Log {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        tell(&String::from_utf8_lossy(event));
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
