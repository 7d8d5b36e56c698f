//! What the portal is asked, and what it answers.
use core::net::IpAddr;
use std::fmt;

/// The largest form, in bytes.
pub const FORM_MAX: usize = 64 * 1024;
/// Most fields of a form or a query, and the longest of them, in bytes.
const FIELDS_MAX: usize = 100;
const FIELD_MAX: usize = 8 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
}

/// One request; the rim has looked at `Host` and `Origin` already.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    pub method: Method,
    /// `/portal/sign-in`
    pub path: &'a str,
    /// Behind the question mark, as it came.
    pub query: &'a str,
    /// The body of a POST, `application/x-www-form-urlencoded`.
    pub form: &'a [u8],
    /// The value of the session cookie.
    pub cookie: Option<&'a str>,
    /// `Accept-Language`, as it came.
    pub languages: &'a str,
    pub from: IpAddr,
    /// It came over HTTPS: the cookie is for HTTPS then.
    pub secure: bool,
    /// From the operating system: a session and its CSRF token are made of it.
    pub random: [u8; 32],
}

/// What goes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// `text/html; charset=utf-8`, or the style sheet's type.
    pub media_type: &'static str,
    /// Where to go, with 303.
    pub location: Option<String>,
    /// A whole `Set-Cookie` value.
    pub cookie: Option<String>,
    pub body: String,
}

impl Answer {
    pub(super) fn page(status: u16, body: String) -> Self {
        Self { status, media_type: "text/html; charset=utf-8", location: None, cookie: None, body }
    }

    /// 303 (RFC 9110 section 15.4.4): what was posted is not posted again by going back.
    pub(super) fn see_other(location: impl Into<String>) -> Self {
        Self { location: Some(location.into()), ..Self::page(303, String::new()) }
    }
}

/// The language of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    En,
    Ja,
}

impl Language {
    /// The text in this language.
    #[must_use]
    pub fn of(self, en: &'static str, ja: &'static str) -> &'static str {
        match self {
            Self::En => en,
            Self::Ja => ja,
        }
    }

    #[must_use]
    pub fn tag(self) -> &'static str {
        self.of("en", "ja")
    }

    /// `en` or `ja`, as in `?lang=ja`.
    #[must_use]
    pub fn named(tag: &str) -> Option<Self> {
        match tag {
            "en" => Some(Self::En),
            "ja" => Some(Self::Ja),
            _ => None,
        }
    }

    /// The one of the two that `Accept-Language` (RFC 9110 section 12.5.4) likes better; English where it names
    /// neither.
    #[must_use]
    pub fn preferred(accept: &str) -> Self {
        let mut best = (0.0, Self::En);
        for range in accept.split(',').take(32) {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
            let weight = parts
                .filter_map(|part| part.trim().strip_prefix("q="))
                .find_map(|weight| weight.parse::<f32>().ok())
                .unwrap_or(1.0);
            if let Some(language) = Self::named(&primary)
                && weight > best.0
            {
                best = (weight, language);
            }
        }
        best.1
    }
}

/// The fields of a form or of a query.
#[derive(Clone, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Read `a=1&b=2` (the URL standard's urlencoded form); `None` where there is more of it than a person fills in.
    #[must_use]
    pub fn read(text: &[u8]) -> Option<Self> {
        if text.len() > FORM_MAX {
            return None;
        }
        let mut fields = Vec::new();
        for (name, value) in form_urlencoded::parse(text) {
            if fields.len() >= FIELDS_MAX || name.len() + value.len() > FIELD_MAX {
                return None;
            }
            fields.push((name.into_owned(), value.into_owned()));
        }
        Some(Self(fields))
    }

    /// The value of a field that stands there once, without the white space around it; empty where it is missing or
    /// doubled.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        let mut values = self.0.iter().filter(|(known, _)| known == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => value.trim(),
            _ => "",
        }
    }

    /// The same, white space and all: a password may begin with a space.
    #[must_use]
    pub fn raw(&self, name: &str) -> &str {
        let mut values = self.0.iter().filter(|(known, _)| known == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => value,
            _ => "",
        }
    }

    /// The lines of a field that are not empty.
    #[must_use]
    pub fn lines(&self, name: &str, most: usize) -> Vec<String> {
        let lines = self.get(name).lines().map(str::trim).filter(|line| !line.is_empty());
        lines.take(most).map(str::to_owned).collect()
    }
}

/// The values are secrets as often as not.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_tuple("Fields").field(&names).finish()
    }
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// A path of this server to go on to: nothing that a browser could take for another host.
#[must_use]
pub fn local_path(text: &str) -> Option<&str> {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    (text.starts_with('/') && !text.starts_with("//") && plain && text.len() <= 4096).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_the_one_liked_better() {
        for (accept, tag) in [
            ("", "en"),
            ("ja", "ja"),
            ("ja-JP,ja;q=0.9,en-US;q=0.8,en;q=0.7", "ja"),
            ("en-US,en;q=0.9,ja;q=0.8", "en"),
            ("fr, ja;q=0.3", "ja"),
            ("en;q=0, ja;q=0.1", "ja"),
            ("ja;q=x", "ja"),
            ("*", "en"),
        ] {
            assert_eq!(Language::preferred(accept).tag(), tag, "{accept}");
        }
    }

    #[test]
    fn a_doubled_field_is_none_and_a_huge_form_is_refused() {
        let fields = Fields::read(b"a=1&b=2&b=3&c=%E3%81%82+x&p=+s+").unwrap();
        assert_eq!(
            (fields.get("a"), fields.get("b"), fields.get("c"), fields.get("d")),
            ("1", "", "あ x", "")
        );
        assert_eq!((fields.get("p"), fields.raw("p")), ("s", " s "));
        assert!(Fields::read(&vec![b'a'; FORM_MAX + 1]).is_none());
        assert!(Fields::read("x=1&".repeat(FIELDS_MAX + 1).as_bytes()).is_none());
        assert!(!format!("{fields:?}").contains('1'));
    }

    #[test]
    fn only_paths_of_this_server_are_gone_on_to() {
        for good in ["/", "/generic/authorize?x=1&y=2", "/portal/security"] {
            assert_eq!(local_path(good), Some(good));
        }
        for bad in
            ["", "//evil.example", "/\\evil.example", "https://evil.example", "/a b", "/a\r\nSet-Cookie: x"]
        {
            assert_eq!(local_path(bad), None, "{bad:?}");
        }
    }
}
