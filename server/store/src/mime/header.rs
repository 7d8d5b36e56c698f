//! Header fields (RFC 5322 section 2.2): where they are, unfolded values, and the parameters of RFC 2045.
//!
//! A line ends with LF, with or without CR. The header ends at a blank line, or at the first line that is neither
//! a field nor a continuation: then the blank line is missing and the body begins right there.
use std::borrow::Cow;
use std::ops::Range;

/// One field, as offsets into the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field<'m> {
    pub name: &'m [u8],
    /// Behind the colon, folding and all, without the last line end.
    value: &'m [u8],
    /// The whole field with its line ends.
    pub raw: Range<usize>,
}

impl<'m> Field<'m> {
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// The value unfolded (RFC 5322 section 2.2.3: line ends before white space go, the white space stays), without
    /// white space around it. Encoded words stay as they are.
    #[must_use]
    pub fn value(&self) -> Cow<'m, [u8]> {
        let value = self.value.trim_ascii();
        if !value.contains(&b'\n') {
            return Cow::Borrowed(value);
        }
        let mut unfolded = Vec::with_capacity(value.len());
        for line in value.split_inclusive(|&byte| byte == b'\n') {
            unfolded.extend_from_slice(without_line_end(line));
        }
        Cow::Owned(unfolded)
    }
}

/// The fields of a header that begins at `start`, and no further than `end`.
#[derive(Clone, Debug)]
pub struct Fields<'m> {
    message: &'m [u8],
    at: usize,
    end: usize,
    start: usize,
}

/// The fields of the header in this part of the message.
#[must_use]
pub fn fields(message: &[u8], header: Range<usize>) -> Fields<'_> {
    Fields { message, at: header.start, start: header.start, end: header.end.min(message.len()) }
}

impl<'m> Fields<'m> {
    /// Where the body begins, once all fields were taken: behind the blank line if there is one.
    #[must_use]
    pub fn body_offset(mut self) -> usize {
        while self.next().is_some() {}
        let line = line_at(self.message, self.at, self.end);
        if without_line_end(line).is_empty() { self.at + line.len() } else { self.at }
    }
}

impl<'m> Iterator for Fields<'m> {
    type Item = Field<'m>;

    fn next(&mut self) -> Option<Field<'m>> {
        let mut line = line_at(self.message, self.at, self.end);
        // A line left over from an mbox file is no field and not the end either.
        if self.at == self.start && (line.starts_with(b"From ") || line.starts_with(b">From ")) {
            self.at += line.len();
            line = line_at(self.message, self.at, self.end);
        }
        let colon = line.iter().position(|&byte| byte == b':')?;
        // obs-optional (RFC 5322 4.5.8) allows white space before the colon.
        let name = line.get(..colon)?.trim_ascii_end();
        if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
            return None;
        }
        let start = self.at;
        self.at += line.len();
        loop {
            let more = line_at(self.message, self.at, self.end);
            let blank = without_line_end(more).is_empty();
            if blank || !more.starts_with(b" ") && !more.starts_with(b"\t") {
                break;
            }
            self.at += more.len();
        }
        let value = self.message.get(start + colon + 1..self.at).unwrap_or_default();
        Some(Field { name, value: without_line_end(value), raw: start..self.at })
    }
}

/// Where the body of a message begins: behind the blank line.
#[must_use]
pub fn body_offset(message: &[u8]) -> usize {
    fields(message, 0..message.len()).body_offset()
}

/// The line that begins at `at`, with its line end; empty at the end.
pub(crate) fn line_at(message: &[u8], at: usize, end: usize) -> &[u8] {
    let rest = message.get(at..end).unwrap_or_default();
    let length = rest.iter().position(|&byte| byte == b'\n').map_or(rest.len(), |lf| lf + 1);
    &rest[..length]
}

pub(crate) fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Parameters of one field that are read; the rest is passed over.
const MOST_PARAMETERS: usize = 100;

/// `Content-Type` and `Content-Disposition`: a value and its parameters. RFC 2231 pieces stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Structured {
    /// `text/plain`, `attachment`: without comments and white space.
    pub value: Vec<u8>,
    pub parameters: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Structured {
    /// ```text
    /// content   := type "/" subtype *(";" parameter)          (RFC 2045 section 5.1)
    /// parameter := attribute "=" (token / quoted-string)
    /// ```
    /// Comments and white space may stand anywhere between. A value with spaces and no quotes is taken up to the
    /// next semicolon, as mail clients do.
    #[must_use]
    pub fn read(text: &[u8]) -> Structured {
        let mut scan = Scan { text, at: 0 };
        let mut read = Structured { value: scan.until(b";", false), parameters: Vec::new() };
        while scan.skip(b';') && read.parameters.len() < MOST_PARAMETERS {
            let name = scan.until(b"=;", false);
            if scan.skip(b'=') {
                let value = scan.until(b";", true);
                if !name.is_empty() {
                    read.parameters.push((name, value));
                }
            }
        }
        read
    }

    /// A parameter's value, its name in any case.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&[u8]> {
        let found = self.parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name.as_bytes()));
        found.map(|(_, value)| value.as_slice())
    }
}

/// A place in a structured field.
pub(crate) struct Scan<'m> {
    pub(crate) text: &'m [u8],
    pub(crate) at: usize,
}

impl Scan<'_> {
    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Pass over `byte` if it comes next.
    pub(crate) fn skip(&mut self, byte: u8) -> bool {
        let here = self.peek() == Some(byte);
        self.at += usize::from(here);
        here
    }

    /// Everything up to one of `ends`, comments dropped, quoted strings opened, white space around it dropped and,
    /// unless `spaces`, within it too. Of a value that begins with a quoted string that string is all.
    pub(crate) fn until(&mut self, ends: &[u8], spaces: bool) -> Vec<u8> {
        let mut taken = Vec::new();
        let mut whole = None;
        while let Some(byte) = self.peek().filter(|byte| !ends.contains(byte)) {
            match byte {
                b'(' => {
                    self.comment();
                }
                b'"' => {
                    let quoted = self.quoted();
                    if taken.is_empty() {
                        whole.get_or_insert(quoted);
                    } else {
                        taken.extend(quoted);
                    }
                }
                _ => {
                    self.at += 1;
                    if !byte.is_ascii_whitespace() || spaces && !taken.is_empty() {
                        taken.push(byte);
                    }
                }
            }
        }
        whole.unwrap_or_else(|| taken.trim_ascii_end().to_vec())
    }

    /// `quoted-string`, from its quotation mark on: the text without quotation marks and backslashes.
    pub(crate) fn quoted(&mut self) -> Vec<u8> {
        self.enclosed(|byte| byte != b'"')
    }

    /// `comment`, from its parenthesis on, which may hold others: the text inside.
    pub(crate) fn comment(&mut self) -> Vec<u8> {
        let mut depth = 1u32;
        self.enclosed(|byte| {
            match byte {
                b'(' => depth = depth.saturating_add(1),
                b')' => depth -= 1,
                _ => {}
            }
            depth > 0
        })
    }

    fn enclosed(&mut self, mut goes_on: impl FnMut(u8) -> bool) -> Vec<u8> {
        let mut inside = Vec::new();
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += 1;
            if byte == b'\\'
                && let Some(escaped) = self.peek()
            {
                self.at += 1;
                inside.push(escaped);
            } else if goes_on(byte) {
                inside.push(byte);
            } else {
                break;
            }
        }
        inside
    }
}

#[cfg(test)]
mod tests;
