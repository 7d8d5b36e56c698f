//! POP3 commands as values (RFC 1939 sections 4 to 7, RFC 2449, RFC 2595 section 4, RFC 5034).
use std::ops::Range;

use bytes::Bytes;

use crate::sasl::{first_word, may_be_log_in};

/// One command, whatever it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The first word in capitals; bytes that are not UTF-8 replaced.
    pub verb: String,
    /// Everything behind the verb's space or tab, as sent.
    pub argument: Bytes,
    pub body: Body,
}

/// What was asked. Message numbers are not checked against a maildrop here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    User {
        name: String,
    },
    /// The whole rest of the line: passwords may hold spaces (RFC 1939 section 7).
    Pass {
        password: Bytes,
    },
    Apop {
        name: String,
        digest: String,
    },
    /// `None`: list the mechanisms, as clients older than RFC 5034 ask.
    Auth {
        mechanism: Option<String>,
        initial: Option<Bytes>,
    },
    Stat,
    List {
        number: Option<usize>,
    },
    Uidl {
        number: Option<usize>,
    },
    Retr {
        number: usize,
    },
    Dele {
        number: usize,
    },
    Top {
        number: usize,
        lines: usize,
    },
    Noop,
    Rset,
    Quit,
    Capa,
    Stls,
    /// A verb we do not know.
    Unknown,
    /// A verb we know with arguments we cannot read; what would have been right.
    Malformed(&'static str),
}

impl Command {
    /// Read a line without its line end. Never fails: see [`Body::Unknown`] and [`Body::Malformed`].
    #[must_use]
    pub fn read(line: &Bytes) -> Self {
        let space = first_word(line);
        let verb = String::from_utf8_lossy(&line[..space]).to_ascii_uppercase();
        let argument = line.slice((space + 1).min(line.len())..);
        let body = body(&verb, &argument).unwrap_or_else(Body::Malformed);
        Self { verb, argument, body }
    }

    /// Byte ranges of `line` that may hold a secret: the password, the digest, the initial response, and everything
    /// behind the first word of a line that cannot be read and may be a log-in.
    #[must_use]
    pub fn secrets(&self, line: &[u8]) -> Vec<Range<usize>> {
        let secret = match &self.body {
            Body::Apop { digest, .. } => digest.len(),
            Body::Auth { initial, .. } => initial.as_ref().map_or(0, Bytes::len),
            Body::Pass { .. } => self.argument.len(),
            Body::Unknown | Body::Malformed(_) if may_be_log_in(line) => self.argument.len(),
            _ => 0,
        };
        let from = line.len().saturating_sub(secret);
        (secret > 0).then_some(from..line.len()).into_iter().collect()
    }
}

/// ```abnf
/// user = "USER" SP name                    pass = "PASS" SP string
/// apop = "APOP" SP name SP digest          auth = "AUTH" [SP mechanism [SP initial-response]]
/// list = "LIST" [SP msg]                   uidl = "UIDL" [SP msg]
/// retr = "RETR" SP msg                     dele = "DELE" SP msg          top = "TOP" SP msg SP n
/// ```
fn body(verb: &str, argument: &Bytes) -> Result<Body, &'static str> {
    // Names and numbers tolerate spaces around them; PASS does not, every byte counts there.
    let text = String::from_utf8_lossy(argument.trim_ascii_end());
    let mut words = text.split(' ').filter(|word| !word.is_empty());
    let body = match verb {
        "USER" => {
            // User names with spaces exist; the name is the line.
            let name = text.trim();
            return if name.is_empty() { Err("USER name") } else { Ok(Body::User { name: name.to_owned() }) };
        }
        "PASS" => {
            return if argument.is_empty() {
                Err("PASS string")
            } else {
                Ok(Body::Pass { password: argument.clone() })
            };
        }
        "APOP" => {
            let wanted = "APOP name digest";
            let (name, digest) = text.rsplit_once(' ').ok_or(wanted)?;
            let hex = digest.len() == 32 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
            // A digest must stand at the end of the line as sent, or its place could not be masked.
            if name.trim().is_empty() || !hex || text.len() != argument.len() {
                return Err(wanted);
            }
            return Ok(Body::Apop { name: name.trim().to_owned(), digest: digest.to_ascii_lowercase() });
        }
        "AUTH" => {
            let mechanism = words.next().map(str::to_ascii_uppercase);
            let initial = words.next().map(|word| Bytes::copy_from_slice(word.as_bytes()));
            // With a tab for the space, or without the mechanism, the first word holds the initial response.
            let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            let is_name = |name: &String| name.len() <= 20 && name.bytes().all(is_letter);
            if !mechanism.as_ref().is_none_or(is_name) || (initial.is_some() && text.len() != argument.len())
            {
                return Err("AUTH mechanism initial-response");
            }
            Body::Auth { mechanism, initial }
        }
        "STAT" => Body::Stat,
        "LIST" => Body::List { number: words.next().map(|word| number(word, "LIST [msg]")).transpose()? },
        "UIDL" => Body::Uidl { number: words.next().map(|word| number(word, "UIDL [msg]")).transpose()? },
        "RETR" => Body::Retr { number: number(words.next().unwrap_or_default(), "RETR msg")? },
        "DELE" => Body::Dele { number: number(words.next().unwrap_or_default(), "DELE msg")? },
        "TOP" => Body::Top {
            number: number(words.next().unwrap_or_default(), "TOP msg n")?,
            lines: number(words.next().unwrap_or_default(), "TOP msg n")?,
        },
        "NOOP" => Body::Noop,
        "RSET" => Body::Rset,
        "QUIT" => Body::Quit,
        "CAPA" => Body::Capa,
        "STLS" => Body::Stls,
        _ => return Ok(Body::Unknown),
    };
    if words.next().is_some() { Err("fewer arguments") } else { Ok(body) }
}

/// Digits only; a number too large for the machine is only too large (fetchmail sends `TOP 1 99999999`).
fn number(word: &str, wanted: &'static str) -> Result<usize, &'static str> {
    if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wanted);
    }
    Ok(word.parse().unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(line: &str) -> Command {
        Command::read(&Bytes::copy_from_slice(line.as_bytes()))
    }

    #[test]
    fn commands() {
        let digest = "c4c9334bac560ecc979e58001b3e22fb";
        for (line, body) in [
            ("user alice", Body::User { name: "alice".into() }),
            ("PASS  a b ", Body::Pass { password: Bytes::from_static(b" a b ") }),
            ("STAT", Body::Stat),
            ("list", Body::List { number: None }),
            ("LIST 2 ", Body::List { number: Some(2) }),
            ("UIDL 99999999999999999999999", Body::Uidl { number: Some(usize::MAX) }),
            ("RETR 0", Body::Retr { number: 0 }),
            ("TOP 1 99999999", Body::Top { number: 1, lines: 99_999_999 }),
            ("AUTH", Body::Auth { mechanism: None, initial: None }),
            ("AUTH plain", Body::Auth { mechanism: Some("PLAIN".into()), initial: None }),
            (
                "AUTH PLAIN =",
                Body::Auth { mechanism: Some("PLAIN".into()), initial: Some(Bytes::from_static(b"=")) },
            ),
            ("", Body::Unknown),
            ("XTND XMIT", Body::Unknown),
            ("USER", Body::Malformed("USER name")),
            ("PASS", Body::Malformed("PASS string")),
            ("RETR", Body::Malformed("RETR msg")),
            ("RETR -1", Body::Malformed("RETR msg")),
            ("TOP 1", Body::Malformed("TOP msg n")),
            ("DELE 1 2", Body::Malformed("fewer arguments")),
            ("QUIT now", Body::Malformed("fewer arguments")),
            ("APOP alice 123", Body::Malformed("APOP name digest")),
        ] {
            assert_eq!(read(line).body, body, "{line}");
        }
        let line = format!("APOP a b {digest}");
        assert_eq!(read(&line).body, Body::Apop { name: "a b".into(), digest: digest.into() });
    }

    #[test]
    fn secrets() {
        for (line, hidden) in [
            ("PASS secret word", "secret word"),
            ("PASSW secret", "secret"),
            ("APOP alice c4c9334bac560ecc979e58001b3e22fb", "c4c9334bac560ecc979e58001b3e22fb"),
            ("APOP alice c4c9334bac560ecc979e58001b3e22fb ", "alice c4c9334bac560ecc979e58001b3e22fb "),
            ("AUTH PLAIN AGEAYg==", "AGEAYg=="),
            ("AUTH PLAIN AGEAYg== ", "PLAIN AGEAYg== "),
            ("AUTH PLAIN AGEA Yg==", "PLAIN AGEA Yg=="),
            ("AUTH PLAIN", ""),
            ("USER alice", ""),
            ("PASS\tsecret", "secret"),
            ("PASS\x0b secret", " secret"),
            ("AUTH\tPLAIN\tAGEAYg==", "PLAIN\tAGEAYg=="),
            ("AUTH PLAIN\tAGEAYg==", "PLAIN\tAGEAYg=="),
            ("AUTH AGEAYg==", "AGEAYg=="),
            ("APOP\talice\tc4c9334bac560ecc979e58001b3e22fb", "alice\tc4c9334bac560ecc979e58001b3e22fb"),
        ] {
            let shown = read(line).secrets(line.as_bytes());
            assert_eq!(shown.iter().map(|range| &line[range.clone()]).collect::<String>(), hidden, "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_line_is_a_command(line in proptest::collection::vec(any::<u8>(), 0..80), verb in 0..4_usize) {
            let mut bytes = [&b""[..], b"APOP ", b"AUTH ", b"TOP "][verb].to_vec();
            bytes.extend(line);
            let bytes = Bytes::from(bytes);
            let command = Command::read(&bytes);
            prop_assert!(bytes.ends_with(&command.argument));
            prop_assert!(command.secrets(&bytes).iter().all(|range| range.end <= bytes.len()));
        }
    }
}
