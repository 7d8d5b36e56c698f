//! ESMTP parameters (RFC 5321 section 4.1.2): all of them in order, then the ones we offer by their meaning.
//!
//! SIZE RFC 1870, BODY RFC 6152 and RFC 3030, SMTPUTF8 RFC 6531, RET, ENVID, NOTIFY and ORCPT RFC 3461, AUTH RFC 4954.
use super::SyntaxError;

/// One parameter as sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// In capitals.
    pub keyword: String,
    pub value: Option<String>,
}

/// Why a parameter is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// 555 (RFC 5321 4.1.1.11).
    #[error("{0} parameter unrecognized")]
    Unknown(String),
    /// 501.
    #[error("{keyword} wants {expected}")]
    Value { keyword: String, expected: &'static str },
    /// 501.
    #[error("{0} given twice")]
    Twice(String),
}

/// What MAIL's parameters say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailParameters {
    /// SIZE, in bytes.
    pub size: Option<u64>,
    /// BODY: `7BIT` or `8BITMIME`.
    pub body: Option<String>,
    pub smtputf8: bool,
    /// DSN: `FULL` or `HDRS`.
    pub ret: Option<String>,
    /// DSN: xtext.
    pub envid: Option<String>,
    /// AUTH: who the message comes from, xtext, or `<>`.
    pub auth: Option<String>,
}

/// What RCPT's parameters say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RcptParameters {
    /// DSN: `NEVER`, or some of `SUCCESS`, `FAILURE`, `DELAY`.
    pub notify: Vec<String>,
    /// DSN: address type and xtext.
    pub orcpt: Option<String>,
}

/// Read ` KEY=VALUE KEY ...` up to the end.
///
/// ```abnf
/// esmtp-param   = esmtp-keyword ["=" esmtp-value]
/// esmtp-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
/// esmtp-value   = 1*(%d33-60 / %d62-126)    ; and UTF-8 under SMTPUTF8
/// ```
pub fn read(text: &str) -> Result<Vec<Parameter>, SyntaxError> {
    let error =
        |word: &str, expected| SyntaxError { at: word.as_ptr() as usize - text.as_ptr() as usize, expected };
    if !text.is_empty() && !text.starts_with(' ') {
        return Err(error(text, "SP before a parameter"));
    }
    let words = text.split(' ').filter(|word| !word.is_empty());
    words
        .map(|word| {
            let (keyword, value) = match word.split_once('=') {
                Some((keyword, value)) => (keyword, Some(value)),
                None => (word, None),
            };
            let is_keyword = keyword.starts_with(|c: char| c.is_ascii_alphanumeric())
                && keyword.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            if !is_keyword {
                return Err(error(word, "esmtp-keyword [\"=\" esmtp-value]"));
            }
            if let Some(value) = value.filter(|value| value.is_empty() || value.chars().any(char::is_control))
            {
                return Err(error(value, "esmtp-value"));
            }
            Ok(Parameter { keyword: keyword.to_ascii_uppercase(), value: value.map(str::to_owned) })
        })
        .collect()
}

impl MailParameters {
    /// The meaning of MAIL's parameters, each at most once.
    pub fn read(parameters: &[Parameter]) -> Result<Self, Refused> {
        let mut meant = Self::default();
        for parameter in once(parameters)? {
            match parameter.keyword.as_str() {
                "SIZE" => {
                    let digits = parameter.value("a number of bytes", |value| {
                        value.len() <= 20 && value.bytes().all(|byte| byte.is_ascii_digit())
                    })?;
                    // Twenty digits may be more than 64 bits hold: too large is too large.
                    meant.size = Some(digits.parse().unwrap_or(u64::MAX));
                }
                "BODY" => meant.body = Some(parameter.word("7BIT or 8BITMIME", &["7BIT", "8BITMIME"])?),
                "SMTPUTF8" => {
                    if parameter.value.is_some() {
                        return Err(parameter.wants("no value"));
                    }
                    meant.smtputf8 = true;
                }
                "RET" => meant.ret = Some(parameter.word("FULL or HDRS", &["FULL", "HDRS"])?),
                "ENVID" => {
                    let value =
                        parameter.value("at most 100 characters of xtext", |value| value.len() <= 100)?;
                    meant.envid = Some(parameter.xtext(value)?);
                }
                "AUTH" => {
                    let value = parameter.value("xtext or <>", |_| true)?;
                    meant.auth =
                        Some(if value == "<>" { value.to_owned() } else { parameter.xtext(value)? });
                }
                _ => return Err(Refused::Unknown(parameter.keyword.clone())),
            }
        }
        Ok(meant)
    }
}

impl RcptParameters {
    /// The meaning of RCPT's parameters, each at most once.
    pub fn read(parameters: &[Parameter]) -> Result<Self, Refused> {
        let mut meant = Self::default();
        for parameter in once(parameters)? {
            match parameter.keyword.as_str() {
                "NOTIFY" => {
                    let expected = "NEVER, or some of SUCCESS, FAILURE and DELAY";
                    let value = parameter.value(expected, |_| true)?.to_ascii_uppercase();
                    let words: Vec<String> = value.split(',').map(str::to_owned).collect();
                    let some =
                        words.iter().all(|word| ["SUCCESS", "FAILURE", "DELAY"].contains(&word.as_str()));
                    if !some && value != "NEVER" {
                        return Err(parameter.wants(expected));
                    }
                    meant.notify = words;
                }
                "ORCPT" => {
                    let expected = "addr-type \";\" xtext, at most 500 characters";
                    let value = parameter.value(expected, |value| value.len() <= 500)?;
                    let (kind, address) = value.split_once(';').ok_or_else(|| parameter.wants(expected))?;
                    // RFC 6533: under `utf-8` the address may be UTF-8 as it is.
                    let address = if kind.eq_ignore_ascii_case("utf-8") {
                        address.to_owned()
                    } else {
                        parameter.xtext(address)?
                    };
                    meant.orcpt = Some(format!("{kind};{address}"));
                }
                _ => return Err(Refused::Unknown(parameter.keyword.clone())),
            }
        }
        Ok(meant)
    }
}

impl Parameter {
    fn wants(&self, expected: &'static str) -> Refused {
        Refused::Value { keyword: self.keyword.clone(), expected }
    }

    fn value(&self, expected: &'static str, right: impl Fn(&str) -> bool) -> Result<&str, Refused> {
        self.value.as_deref().filter(|value| right(value)).ok_or_else(|| self.wants(expected))
    }

    /// One of a few words, in capitals.
    fn word(&self, expected: &'static str, words: &[&str]) -> Result<String, Refused> {
        let word = self.value(expected, |_| true)?.to_ascii_uppercase();
        if words.contains(&word.as_str()) { Ok(word) } else { Err(self.wants(expected)) }
    }

    /// ```abnf
    /// xtext   = *( xchar / hexchar )           ; RFC 3461 section 4
    /// xchar   = %d33-126 except "+" and "="
    /// hexchar = "+" 2(%x30-39 / %x41-46)
    /// ```
    fn xtext(&self, value: &str) -> Result<String, Refused> {
        let mut bytes = Vec::with_capacity(value.len());
        let mut rest = value.as_bytes();
        while let [first, behind @ ..] = rest {
            rest = behind;
            match (first, behind) {
                (b'+', [high, low, behind @ ..]) => {
                    let pair = std::str::from_utf8(&[*high, *low])
                        .ok()
                        .and_then(|pair| u8::from_str_radix(pair, 16).ok());
                    bytes.push(pair.ok_or_else(|| self.wants("xtext (RFC 3461)"))?);
                    rest = behind;
                }
                (b'!'..=b'~', _) if !matches!(first, b'+' | b'=') => bytes.push(*first),
                _ => return Err(self.wants("xtext (RFC 3461)")),
            }
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn once(parameters: &[Parameter]) -> Result<&[Parameter], Refused> {
    for (at, parameter) in parameters.iter().enumerate() {
        if parameters[..at].iter().any(|earlier| earlier.keyword == parameter.keyword) {
            return Err(Refused::Twice(parameter.keyword.clone()));
        }
    }
    Ok(parameters)
}

#[cfg(test)]
mod tests;
