//! Replies (RFC 5321 section 4.2) with enhanced status codes (RFC 2034, RFC 3463).
use std::borrow::Cow;
use std::fmt;

/// A reply of one or more lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub code: u16,
    /// `2.1.0`; empty where a reply has none (greeting, EHLO, 334, 354).
    pub enhanced: &'static str,
    /// At least one.
    pub text: Vec<Cow<'static, str>>,
}

impl Reply {
    /// A reply of one line.
    pub fn new(code: u16, enhanced: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self { code, enhanced, text: vec![text.into()] }
    }

    /// The same with one line more.
    #[must_use]
    pub fn and(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.text.push(text.into());
        self
    }

    /// Whole lines without CRLF.
    ///
    /// ```abnf
    /// Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
    /// ```
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let last = self.text.len().saturating_sub(1);
        self.text.iter().enumerate().map(move |(at, text)| {
            let separator = if at == last { ' ' } else { '-' };
            let space = if self.enhanced.is_empty() { "" } else { " " };
            format!("{:03}{separator}{}{space}{text}", self.code, self.enhanced)
        })
    }
}

/// As it goes over the wire.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines().try_for_each(|line| write!(f, "{line}\r\n"))
    }
}

#[cfg(test)]
mod tests {
    use smtp_proto::response::parser::ResponseReceiver;

    use super::Reply;

    #[test]
    fn one_line_and_more() {
        assert_eq!(Reply::new(250, "2.1.0", "Ok").to_string(), "250 2.1.0 Ok\r\n");
        let hello = Reply::new(250, "", "mx").and("SIZE 10").and("HELP");
        assert_eq!(hello.to_string(), "250-mx\r\n250-SIZE 10\r\n250 HELP\r\n");
    }

    #[test]
    fn smtp_proto_reads_them() {
        for (reply, enhanced) in [
            (Reply::new(250, "2.1.5", "Ok"), [2, 1, 5]),
            (Reply::new(550, "5.7.1", "No relaying").and("not here"), [5, 7, 1]),
            (Reply::new(354, "", "Go on"), [0, 0, 0]),
        ] {
            let wire = reply.to_string();
            let read = ResponseReceiver::default().parse(&mut wire.as_bytes().iter()).expect("a reply");
            assert_eq!((read.code, read.esc), (reply.code, enhanced));
            assert!(read.message.contains(reply.text[0].as_ref()));
        }
    }
}
