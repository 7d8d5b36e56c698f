//! Address lists (RFC 5322 section 3.4, and 4.4 for what is obsolete but about).
//!
//! ```text
//! address    = mailbox / group
//! mailbox    = [display-name] "<" [route ":"] local-part "@" domain ">" / local-part "@" domain
//! group      = display-name ":" [mailbox *("," mailbox)] ";"
//! ```
//! Nothing is refused: a word alone becomes an address with an empty host.
use bytes::Bytes;
use postfail_wire::imap::Address;

use super::header::Scan;

/// Addresses of one field that are read; the rest is passed over.
const MOST_ADDRESSES: usize = 10_000;

/// Read an unfolded field value.
#[must_use]
pub fn addresses(value: &[u8]) -> Vec<Address> {
    let mut reader = Reader { scan: Scan { text: value, at: 0 }, comment: None };
    let mut list = Vec::new();
    let mut in_group = false;
    while reader.scan.peek().is_some() && list.len() < MOST_ADDRESSES {
        reader.comment = None;
        let words = reader.words(b"<:@,;");
        match reader.scan.peek() {
            Some(b'<') => list.push(reader.angle(words)),
            Some(b'@') => list.push(reader.bare(words)),
            Some(b':') if !in_group => {
                list.push(Address { mailbox: Some(words.into()), ..Address::default() });
                in_group = true;
                reader.scan.at += 1;
                continue;
            }
            _ if !words.is_empty() => list.push(Address {
                mailbox: Some(words.into()),
                host: Some(Bytes::new()),
                ..Address::default()
            }),
            _ => {}
        }
        reader.words(b",;");
        if reader.scan.peek() == Some(b';') && in_group {
            list.push(Address::default());
            in_group = false;
        }
        reader.scan.at += 1;
    }
    if in_group {
        list.push(Address::default());
    }
    list
}

struct Reader<'m> {
    scan: Scan<'m>,
    /// The last comment since the address began: in `alice@example.org (Alice)` it is the name.
    comment: Option<Vec<u8>>,
}

impl Reader<'_> {
    /// Words up to one of `ends`: quoted strings opened, comments set aside, one space where white space was.
    fn words(&mut self, ends: &[u8]) -> Vec<u8> {
        let mut words: Vec<u8> = Vec::new();
        let mut space = false;
        while let Some(byte) = self.scan.peek().filter(|byte| !ends.contains(byte)) {
            if byte == b'(' {
                self.comment = Some(self.scan.comment());
                space = true;
                continue;
            }
            if byte.is_ascii_whitespace() {
                self.scan.at += 1;
                space = true;
                continue;
            }
            if space && !words.is_empty() {
                words.push(b' ');
            }
            space = false;
            if byte == b'"' {
                words.extend(self.scan.quoted());
            } else {
                self.scan.at += 1;
                words.push(byte);
            }
        }
        words
    }

    /// From `<` on.
    fn angle(&mut self, name: Vec<u8>) -> Address {
        self.scan.at += 1;
        let mut route = None;
        let mut local = self.words(b"@>");
        if local.is_empty() && self.scan.peek() == Some(b'@') {
            // obs-route = "@" domain *("," "@" domain) ":"; without the colon it is a domain and no route.
            let start = self.scan.at;
            let path = self.words(b":>");
            if self.scan.skip(b':') {
                route = Some(path);
                local = self.words(b"@>");
            } else {
                self.scan.at = start;
            }
        }
        let host = if self.scan.skip(b'@') { self.domain(b">") } else { Vec::new() };
        self.scan.skip(b'>');
        Address {
            name: (!name.is_empty()).then(|| name.into()),
            route: route.map(Into::into),
            mailbox: Some(local.into()),
            host: Some(host.into()),
        }
    }

    /// From `@` on.
    fn bare(&mut self, local: Vec<u8>) -> Address {
        self.scan.at += 1;
        let host = self.domain(b",;<");
        // What stands between here and the comma can only be the name's comment.
        self.words(b",;");
        Address {
            name: self.comment.take().map(Into::into),
            route: None,
            mailbox: Some(local.into()),
            host: Some(host.into()),
        }
    }

    fn domain(&mut self, ends: &[u8]) -> Vec<u8> {
        let mut words = self.words(ends);
        // White space around the dots means nothing (RFC 5322 section 4.4).
        words.retain(|&byte| byte != b' ');
        words
    }
}

#[cfg(test)]
mod tests;
