//! What a client said, fit to be shown: every secret is blotted out, and so is whatever the session took neither for
//! a line nor for mail, since nobody can say what stands there (half a password before the client hung up).
use std::ops::Range;

use bytes::Bytes;
use postfail_session::world::Protocol;

use crate::journal::Mask;

/// What stands in place of each hidden byte.
const HIDDEN: u8 = b'*';

/// The longest way to a line that does not follow the one before: past lines too long to be kept.
const REACH: usize = 128 << 10;
/// After so many lines that are not where they must be, the rest stays hidden.
const MISSES_MAX: usize = 32;

/// What the session took some bytes of the client for.
#[derive(Debug)]
pub(super) enum Taken {
    /// A line, or its beginning where `size` is more; secrets are ranges within it.
    Line { bytes: Bytes, secrets: Vec<Range<usize>>, size: usize },
    /// Message data or a literal: the size of the literal, or of the message as it was kept.
    Data { size: usize },
}

/// The client's bytes as they may be shown, of the same length.
pub(super) fn client(said: &[u8], taken: &[Taken], protocol: Protocol, mask: &Mask) -> Vec<u8> {
    let hidden = said.iter().map(|byte| if matches!(byte, b'\r' | b'\n') { *byte } else { HIDDEN });
    let mut reader = Reader { said, shown: hidden.collect(), at: 0, carries: Carries::Nothing };
    let mut misses = 0;
    for taken in taken {
        match taken {
            Taken::Data { size } => reader.data(*size, protocol),
            Taken::Line { bytes, secrets, size } => {
                if !reader.line(bytes, secrets, *size, protocol) {
                    misses += 1;
                }
            }
        }
        if misses > MISSES_MAX {
            break;
        }
    }
    let mut shown = reader.shown;
    mask.blot(&mut shown);
    shown
}

/// Goes through the bytes, and shows what it may.
struct Reader<'a> {
    said: &'a [u8],
    shown: Vec<u8>,
    /// Behind what was taken last.
    at: usize,
    carries: Carries,
}

/// What the line before said that follows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Carries {
    /// A literal may still follow, but none that is mail: it can be a password.
    Nothing,
    Mail,
    Chunk(usize),
}

impl Reader<'_> {
    /// `false`: it is not there, and stays hidden.
    fn line(&mut self, line: &[u8], secrets: &[Range<usize>], size: usize, protocol: Protocol) -> bool {
        if let Carries::Chunk(size) = std::mem::replace(&mut self.carries, Carries::Nothing) {
            let begin = self.line_end();
            let end = begin.saturating_add(size).min(self.said.len());
            self.show(begin..end);
            self.at = end;
        }
        let Some(start) = self.find(line, size > line.len()) else { return false };
        let mut secrets = secrets.to_vec();
        secrets.sort_by_key(|secret| secret.start);
        let mut from = start;
        for secret in &secrets {
            self.show(from..start + secret.start);
            from = from.max(start + secret.end);
        }
        self.show(from..start + line.len());
        // What goes beyond the part that was noted stays hidden: a secret may stand there.
        self.at = start.saturating_add(size).min(self.said.len());
        self.carries = carries(line, protocol);
        true
    }

    fn data(&mut self, size: usize, protocol: Protocol) {
        let begin = self.line_end();
        let end = match (protocol, self.carries) {
            (Protocol::Imap, _) => begin.saturating_add(size).min(self.said.len()),
            (_, Carries::Mail) => self.end_of_data(begin),
            // The last chunk stands behind the line that announced it.
            _ => return,
        };
        if self.carries == Carries::Mail {
            self.show(begin..end);
        }
        (self.at, self.carries) = (end, Carries::Nothing);
    }

    /// Behind the line with only a dot (RFC 5321 section 4.1.1.4), or all there is.
    fn end_of_data(&self, begin: usize) -> usize {
        let rest = self.said.get(begin..).unwrap_or_default();
        if rest.starts_with(b".\r\n") {
            return begin + 3;
        }
        memchr::memmem::find(rest, b"\r\n.\r\n").map_or(self.said.len(), |end| begin + end + 5)
    }

    /// Where a line begins: directly behind what was taken last, or at a line's beginning not far behind it.
    fn find(&self, line: &[u8], is_cut: bool) -> Option<usize> {
        let reach = (self.at + line.len()).saturating_add(REACH).min(self.said.len());
        let rest = self.said.get(self.at..reach)?;
        let fits = |start: &usize| {
            let begins = *start == self.at || self.said.get(start - 1) == Some(&b'\n');
            begins && (is_cut || matches!(self.said.get(start + line.len()), Some(b'\r' | b'\n')))
        };
        memchr::memmem::find_iter(rest, line).map(|found| self.at + found).find(fits)
    }

    /// Behind the end of the line at hand.
    fn line_end(&self) -> usize {
        let rest = self.said.get(self.at..).unwrap_or_default();
        memchr::memchr(b'\n', rest).map_or(self.said.len(), |end| self.at + end + 1)
    }

    fn show(&mut self, range: Range<usize>) {
        let range = range.start..range.end.min(self.said.len());
        if let (Some(to), Some(from)) = (self.shown.get_mut(range.clone()), self.said.get(range)) {
            to.copy_from_slice(from);
        }
    }
}

/// What a line says that follows. Only mail is shown: another literal can be a password.
fn carries(line: &[u8], protocol: Protocol) -> Carries {
    let text = String::from_utf8_lossy(line);
    let mut words = text.split_ascii_whitespace();
    let is = |word: Option<&str>, verb: &str| word.is_some_and(|word| word.eq_ignore_ascii_case(verb));
    match protocol {
        Protocol::Imap if is(words.nth(1), "APPEND") => Carries::Mail,
        Protocol::Smtp => match words.next() {
            verb if is(verb, "DATA") => Carries::Mail,
            verb if is(verb, "BDAT") => {
                words.next().and_then(|size| size.parse().ok()).map_or(Carries::Nothing, Carries::Chunk)
            }
            _ => Carries::Nothing,
        },
        _ => Carries::Nothing,
    }
}
