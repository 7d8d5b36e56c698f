//! The parameters of a request: `application/x-www-form-urlencoded`, each at most once (RFC 6749 section 3.2).
use crate::denial::{Denial, Reason};

/// Most parameters of one request.
const COUNT_MAX: usize = 64;
/// Longest value, in bytes.
const VALUE_MAX: usize = 32 * 1024;

/// Names and values as they came. What has no value counts as not sent (RFC 6749 section 3.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Read a query string or a body.
    ///
    /// # Errors
    /// When a parameter is there twice, when there are too many, or one is too long or no text.
    pub fn read(text: &[u8]) -> Result<Self, Denial> {
        let mut all: Vec<(String, String)> = Vec::new();
        let wrong = |detail: String| Err(Denial::new(Reason::InvalidRequest, detail));
        for (name, value) in form_urlencoded::parse(text) {
            if value.len() > VALUE_MAX || name.len() > 256 {
                return wrong(format!("a parameter is longer than {VALUE_MAX} bytes"));
            }
            // What is no UTF-8 comes out as U+FFFD; a NUL has no place in any of them.
            if name.chars().chain(value.chars()).any(|letter| letter == '\0' || letter == '\u{fffd}') {
                return wrong("a parameter holds bytes that are no text".to_owned());
            }
            if all.iter().any(|(known, _)| *known == name) {
                return wrong(format!("the parameter `{}` is there twice", shown(&name)));
            }
            if all.len() >= COUNT_MAX {
                return wrong(format!("there are more than {COUNT_MAX} parameters"));
            }
            all.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(all))
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, value)| known == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// A parameter that must be there.
    ///
    /// # Errors
    /// When it is not.
    pub fn need(&self, name: &'static str) -> Result<&str, Denial> {
        self.get(name).ok_or_else(|| {
            Denial::new(Reason::MissingParameter, format!("the parameter `{name}` is missing"))
                .parameter(name)
        })
    }
}

/// A name or value as it may stand in an `error_description` (RFC 6749 section 5.2: no quotes, no backslash, ASCII).
pub(crate) fn shown(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_graphic() && letter != '"' && letter != '\\' && letter != '<';
    text.chars().take(80).map(|letter| if plain(letter) || letter == ' ' { letter } else { '?' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_right_and_says_what_is_wrong() {
        let read = |text: &str| Parameters::read(text.as_bytes());
        let parameters = read("a=1&b=&c=x+y%21&&d").unwrap();
        assert_eq!(parameters.get("a"), Some("1"));
        assert_eq!(parameters.get("b"), None);
        assert_eq!(parameters.get("c"), Some("x y!"));
        assert_eq!(parameters.get("d"), None);
        assert_eq!(parameters.need("e").unwrap_err().reason, Reason::MissingParameter);
        let many: String = (0..65).map(|number| format!("p{number}=1&")).collect();
        let long = format!("a={}", "x".repeat(VALUE_MAX + 1));
        for wrong in ["a=1&a=1", "a=1&a=", "a=%00", "a=%ff", "%00=1", &many, &long] {
            assert_eq!(read(wrong).unwrap_err().reason, Reason::InvalidRequest, "{:.40}", wrong);
        }
    }
}
