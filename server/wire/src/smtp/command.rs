//! SMTP commands as values (RFC 5321 section 4.1.1, RFC 3030, RFC 3207, RFC 4954).
//!
//! First the verb and the raw argument, which every line has; then what they mean.
use std::ops::Range;

use bytes::Bytes;

use super::SyntaxError;
use super::parameter::{self, Parameter};
use super::path::{self, Path};
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

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// The name as sent, not checked: clients put anything there.
    Ehlo {
        domain: String,
    },
    Helo {
        domain: String,
    },
    Mail {
        reverse_path: Path,
        parameters: Vec<Parameter>,
    },
    Rcpt {
        forward_path: Path,
        parameters: Vec<Parameter>,
    },
    Data,
    /// RFC 3030; `size` bytes follow the line whatever is answered.
    Bdat {
        size: u64,
        last: bool,
    },
    Rset,
    Noop,
    Vrfy {
        text: String,
    },
    Expn {
        text: String,
    },
    Help,
    Quit,
    StartTls,
    /// `initial` is the initial response, still in base64; `=` stands for an empty one.
    Auth {
        mechanism: String,
        initial: Option<Bytes>,
    },
    /// A verb we do not know.
    Unknown,
    /// A verb we know with an argument we cannot read.
    Malformed(SyntaxError),
}

impl Command {
    /// Read a line without its line end. Never fails: see [`Body::Unknown`] and [`Body::Malformed`].
    #[must_use]
    pub fn read(line: &Bytes) -> Self {
        let space = first_word(line);
        let verb = String::from_utf8_lossy(&line[..space]).to_ascii_uppercase();
        let at = (space + 1).min(line.len());
        let argument = line.slice(at..);
        let body = body(&verb, &argument, at).unwrap_or_else(Body::Malformed);
        Self { verb, argument, body }
    }

    /// Byte ranges of `line` that may hold a secret: the initial response of AUTH, and everything behind the first
    /// word of a line that cannot be read and may be a log-in.
    #[must_use]
    pub fn secrets(&self, line: &[u8]) -> Vec<Range<usize>> {
        let argument = line.len().saturating_sub(self.argument.len());
        let from = match &self.body {
            Body::Auth { mechanism, initial: Some(_) } => {
                let behind = self.argument.get(mechanism.len()..).unwrap_or_default();
                line.len() - behind.trim_ascii_start().len()
            }
            Body::Auth { initial: None, .. } => return Vec::new(),
            Body::Unknown | Body::Malformed(_) if may_be_log_in(line) => argument,
            _ => return Vec::new(),
        };
        (from < line.len()).then_some(from..line.len()).into_iter().collect()
    }
}

fn body(verb: &str, argument: &Bytes, at: usize) -> Result<Body, SyntaxError> {
    let text = || String::from_utf8_lossy(argument.trim_ascii()).into_owned();
    let wanted = |expected: &'static str| -> Result<String, SyntaxError> {
        let text = text();
        if text.is_empty() { Err(SyntaxError { at, expected }) } else { Ok(text) }
    };
    let bare = |body: Body| -> Result<Body, SyntaxError> {
        // Trailing spaces are to be tolerated (RFC 5321 4.1.1).
        if argument.trim_ascii().is_empty() {
            Ok(body)
        } else {
            Err(SyntaxError { at, expected: "no argument" })
        }
    };
    match verb {
        "EHLO" => Ok(Body::Ehlo { domain: wanted("a domain or address literal")? }),
        "HELO" => Ok(Body::Helo { domain: wanted("a domain")? }),
        "MAIL" => {
            let (reverse_path, parameters) =
                path_and_parameters(argument, at, "FROM:", "FROM:<reverse-path>")?;
            Ok(Body::Mail { reverse_path, parameters })
        }
        "RCPT" => {
            let (forward_path, parameters) = path_and_parameters(argument, at, "TO:", "TO:<forward-path>")?;
            Ok(Body::Rcpt { forward_path, parameters })
        }
        "DATA" => bare(Body::Data),
        "BDAT" => bdat(argument, at),
        "RSET" => bare(Body::Rset),
        // NOOP and HELP may carry a string that means nothing to us.
        "NOOP" => Ok(Body::Noop),
        "HELP" => Ok(Body::Help),
        "VRFY" => Ok(Body::Vrfy { text: wanted("a user name or address")? }),
        "EXPN" => Ok(Body::Expn { text: wanted("the name of a mailing list")? }),
        "QUIT" => bare(Body::Quit),
        "STARTTLS" => bare(Body::StartTls),
        "AUTH" => auth(argument, at),
        _ => Ok(Body::Unknown),
    }
}

/// ```abnf
/// mail = "MAIL FROM:" Reverse-path [SP Mail-parameters]
/// rcpt = "RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path ) [SP Rcpt-parameters]
/// ```
fn path_and_parameters(
    argument: &Bytes,
    at: usize,
    keyword: &str,
    expected: &'static str,
) -> Result<(Path, Vec<Parameter>), SyntaxError> {
    let text = std::str::from_utf8(argument)
        .map_err(|error| SyntaxError { at: at + error.valid_up_to(), expected: "UTF-8 (RFC 6531)" })?;
    match text.get(..keyword.len()) {
        Some(found) if found.eq_ignore_ascii_case(keyword) => {}
        _ => return Err(SyntaxError { at, expected }),
    }
    // A space behind the colon is wrong and common; servers take it.
    let behind = &text[keyword.len()..];
    let shown = behind.trim_start_matches(' ');
    let at = at + keyword.len() + (behind.len() - shown.len());
    let (path, length) = path::read(shown).map_err(|error| SyntaxError { at: at + error.at, ..error })?;
    let parameters = parameter::read(&shown[length..])
        .map_err(|error| SyntaxError { at: at + length + error.at, ..error })?;
    Ok((path, parameters))
}

/// ```abnf
/// bdat-cmd   = "BDAT" SP chunk-size [ SP end-marker ]
/// chunk-size = 1*DIGIT
/// end-marker = "LAST"
/// ```
fn bdat(argument: &Bytes, at: usize) -> Result<Body, SyntaxError> {
    let expected = "chunk-size [SP \"LAST\"]";
    let error = SyntaxError { at, expected };
    let text = std::str::from_utf8(argument).map_err(|_| error)?;
    let mut words = text.split_ascii_whitespace();
    let digits = words.next().filter(|word| word.bytes().all(|byte| byte.is_ascii_digit())).ok_or(error)?;
    let size = digits.parse().map_err(|_| error)?;
    let last = match words.next() {
        None => false,
        Some(word) if word.eq_ignore_ascii_case("LAST") => true,
        Some(_) => return Err(error),
    };
    if words.next().is_some() { Err(error) } else { Ok(Body::Bdat { size, last }) }
}

/// ```abnf
/// auth-command     = "AUTH" SP sasl-mech [SP initial-response]
/// initial-response = base64 / "="
/// ```
fn auth(argument: &Bytes, at: usize) -> Result<Body, SyntaxError> {
    let error = SyntaxError { at, expected: "sasl-mech [SP initial-response]" };
    let space = memchr::memchr(b' ', argument).unwrap_or(argument.len());
    let name = &argument[..space];
    if name.is_empty()
        || name.len() > 20
        || !name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    {
        return Err(error);
    }
    let behind = argument.slice((space + 1).min(argument.len())..);
    let initial = behind.slice_ref(behind.trim_ascii());
    if initial.contains(&b' ') {
        return Err(error);
    }
    let initial = (!initial.is_empty()).then_some(behind).map(|behind| behind.slice_ref(&initial));
    Ok(Body::Auth { mechanism: String::from_utf8_lossy(name).to_ascii_uppercase(), initial })
}

#[cfg(test)]
mod tests;
