//! Message data: DATA with its dots (RFC 5321 section 4.5.2) and BDAT's chunks (RFC 3030), read as they come.
//!
//! Only CRLF ends a line and only CRLF "." CRLF ends DATA. Servers that also take a bare LF there can be made to
//! see two mails where the sender sent one; a bare LF is kept as it came and counted.
use memchr::memmem;

/// A message that grows, within a bound. What goes beyond is counted and not kept.
#[derive(Debug)]
pub struct Message {
    bytes: Vec<u8>,
    /// Bytes of `bytes` that are ours: they stand in front and do not count.
    prefix: usize,
    limit: usize,
    size: u64,
    dropped: bool,
}

impl Message {
    /// Begin with `prefix` (trace fields), to be followed by at most `limit` bytes. `expected` bytes are reserved,
    /// within reason: a client may announce what it likes.
    #[must_use]
    pub fn new(prefix: &[u8], limit: usize, expected: u64) -> Self {
        const MOST: usize = 1 << 20;
        let expected = usize::try_from(expected).unwrap_or(usize::MAX).min(limit).min(MOST);
        let mut bytes = Vec::with_capacity(prefix.len() + expected);
        bytes.extend_from_slice(prefix);
        Self { bytes, prefix: prefix.len(), limit, size: 0, dropped: false }
    }

    /// The message's size so far, kept or not; without the prefix.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// True when bytes had to be dropped.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        self.size > self.limit as u64
    }

    /// Bytes in memory, the prefix included.
    #[must_use]
    pub fn held(&self) -> usize {
        self.bytes.len()
    }

    /// Keep nothing, now and of what comes.
    pub fn drop_bytes(&mut self) {
        (self.bytes, self.dropped) = (Vec::new(), true);
    }

    #[must_use]
    pub fn is_dropped(&self) -> bool {
        self.dropped
    }

    /// LFs in the message without a CR before them.
    #[must_use]
    pub fn bare_lf(&self) -> usize {
        let message = self.bytes.get(self.prefix..).unwrap_or_default();
        memchr::memchr_iter(b'\n', message).filter(|&at| at == 0 || message[at - 1] != b'\r').count()
    }

    /// Prefix and message, in no more memory than they need.
    #[must_use]
    pub fn into_bytes(mut self) -> Vec<u8> {
        self.bytes.shrink_to_fit();
        self.bytes
    }

    fn push(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        if self.is_too_large() {
            // What cannot be used need not be held either.
            self.bytes = Vec::new();
        } else if !self.dropped {
            self.bytes.extend_from_slice(bytes);
        }
    }
}

/// The reader of DATA: how much of CRLF "." CRLF has been seen. It begins as if a CRLF had just gone by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Data {
    #[default]
    LineStart,
    /// Inside a line.
    Line,
    /// Behind a CR.
    Cr,
    /// Behind the dot that begins a line; it is not kept.
    Dot,
    /// Behind that dot and a CR.
    DotCr,
    /// Behind the end: what follows is the next command.
    End,
}

impl Data {
    /// Read from `input` into `message`; how many bytes were used up. At the end `is_end` is true, and the rest
    /// of `input` is not data.
    pub fn read(&mut self, input: &[u8], message: &mut Message) -> usize {
        let mut at = 0;
        while let Some(&next) = input.get(at) {
            *self = match (*self, next) {
                (Self::End, _) => return at,
                (Self::LineStart, b'.') => Self::Dot,
                (Self::Dot, b'\r') => Self::DotCr,
                (Self::DotCr, b'\n') => {
                    *self = Self::End;
                    return at + 1;
                }
                (Self::DotCr, _) => {
                    // The dot was stuffing and its line begins with a CR that ends nothing.
                    message.push(b"\r");
                    *self = Self::Cr;
                    continue;
                }
                (Self::Cr, b'\n') => {
                    message.push(b"\n");
                    Self::LineStart
                }
                (Self::LineStart | Self::Line | Self::Cr | Self::Dot, _) => {
                    at += self.read_lines(&input[at..], message);
                    continue;
                }
            };
            at += 1;
        }
        at
    }

    /// True behind CRLF "." CRLF.
    #[must_use]
    pub fn is_end(self) -> bool {
        self == Self::End
    }

    /// Read on, without looking at each byte, up to the next line that begins with a dot.
    fn read_lines(&mut self, input: &[u8], message: &mut Message) -> usize {
        match memmem::find(input, b"\r\n.") {
            Some(at) => {
                message.push(&input[..at + 2]);
                *self = Self::Dot;
                at + 3
            }
            None => {
                message.push(input);
                *self = match input {
                    [.., b'\r', b'\n'] => Self::LineStart,
                    [.., b'\r'] => Self::Cr,
                    _ => Self::Line,
                };
                input.len()
            }
        }
    }
}

/// The reader of one BDAT chunk: the bytes that are still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    pub left: u64,
}

impl Chunk {
    /// Read from `input` into `message`; how many bytes were used up.
    pub fn read(&mut self, input: &[u8], message: &mut Message) -> usize {
        let taken = self.skip(input);
        message.push(&input[..taken]);
        taken
    }

    /// Read a chunk nobody wants: it comes all the same (RFC 3030 section 2).
    pub fn skip(&mut self, input: &[u8]) -> usize {
        let taken = usize::try_from(self.left).unwrap_or(usize::MAX).min(input.len());
        self.left -= taken as u64;
        taken
    }
}

#[cfg(test)]
mod tests;
