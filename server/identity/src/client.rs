//! Programs that may ask for tokens (RFC 6749 section 2), and how they prove who they are.
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq;

use crate::Policy;
use crate::denial::{Denial, Reason};
use crate::parameters::{Parameters, shown};

/// A program.
#[derive(Clone, PartialEq, Eq)]
pub struct Client {
    pub id: String,
    pub kind: Kind,
    /// Where the answers of the authorization endpoint may go, besides loopback.
    pub redirects: Vec<String>,
}

/// What a program can keep to itself (RFC 6749 section 2.1).
#[derive(Clone, PartialEq, Eq)]
pub enum Kind {
    /// Nothing: a mail program on somebody's computer.
    Public,
    /// Nothing, in a browser.
    Spa,
    /// This secret.
    Confidential(String),
}

/// Without the secret.
impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("id", &self.id).finish_non_exhaustive()
    }
}

/// How the client of a request calls itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    pub id: String,
    pub secret: Option<String>,
    /// By HTTP Basic, rather than in the body.
    pub basic: bool,
}

impl Shown {
    /// Read it from the body, or from `Authorization: Basic` (RFC 6749 section 2.3.1).
    ///
    /// # Errors
    /// When it is nowhere, in both places, or not readable.
    pub fn read(parameters: &Parameters, authorization: Option<&str>) -> Result<Self, Denial> {
        let Some(credentials) = authorization.and_then(|field| {
            let (scheme, rest) = field.split_once(' ')?;
            scheme.eq_ignore_ascii_case("basic").then_some(rest.trim())
        }) else {
            let id = parameters.need("client_id")?.to_owned();
            let secret = parameters.get("client_secret").map(str::to_owned);
            return Ok(Self { id, secret, basic: false });
        };
        let unreadable = || Denial::new(Reason::InvalidClient, "the Authorization field cannot be read");
        let bytes = STANDARD.decode(credentials).map_err(|_| unreadable())?;
        let text = String::from_utf8(bytes).map_err(|_| unreadable())?;
        let (id, secret) = text.split_once(':').ok_or_else(unreadable)?;
        let (id, secret) = (decoded(id), decoded(secret));
        if parameters.get("client_secret").is_some() {
            return Err(Denial::new(Reason::InvalidRequest, "the client proves itself in two ways at once"));
        }
        if parameters.get("client_id").is_some_and(|other| other != id) {
            return Err(Denial::new(Reason::InvalidRequest, "the client names itself in two ways"));
        }
        Ok(Self { id, secret: Some(secret), basic: true })
    }
}

/// In a Basic field each half is form-encoded first.
fn decoded(text: &str) -> String {
    let decoded = form_urlencoded::parse(text.as_bytes()).next();
    decoded.map(|(name, _)| name.into_owned()).unwrap_or_default()
}

impl Client {
    /// The program nobody registered: public, on loopback.
    #[must_use]
    pub fn unregistered(id: &str) -> Self {
        Self { id: id.to_owned(), kind: Kind::Public, redirects: Vec::new() }
    }

    /// Did it prove itself? A secret that a public client shows proves nothing and is not asked for: Google gives one
    /// to programs that cannot keep it.
    ///
    /// # Errors
    /// When it did not, or its secret has run out.
    pub fn prove(&self, shown: &Shown, policy: &Policy) -> Result<(), Denial> {
        let Kind::Confidential(secret) = &self.kind else { return Ok(()) };
        let right = shown.secret.as_ref().is_some_and(|sent| sent.as_bytes().ct_eq(secret.as_bytes()).into());
        if !right {
            return Err(Denial::new(Reason::WrongSecret, "the client's secret is missing or wrong"));
        }
        if policy.secret_expired {
            return Err(Denial::new(Reason::SecretExpired, "the client's secret has expired"));
        }
        Ok(())
    }

    /// May answers go there? Registered, word for word; or this machine, at any port (RFC 8252 section 7.3); or a
    /// scheme of the program's own (section 7.1).
    #[must_use]
    pub fn takes(&self, redirect: &str) -> bool {
        if redirect.contains('#') || redirect.chars().any(|letter| !letter.is_ascii_graphic()) {
            return false;
        }
        self.redirects.iter().any(|known| known == redirect)
            || is_loopback(redirect)
            || is_private_scheme(redirect)
    }
}

/// ```abnf
/// loopback = ( "http" / "https" ) "://" ( "localhost" / "127.0.0.1" / "[::1]" ) [ ":" port ] [ "/" path ]
/// ```
fn is_loopback(uri: &str) -> bool {
    let Some(rest) = uri.strip_prefix("http://").or_else(|| uri.strip_prefix("https://")) else {
        return false;
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let port = ["localhost", "127.0.0.1", "[::1]"].iter().find_map(|host| authority.strip_prefix(host));
    port.is_some_and(|port| {
        port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
    })
}

/// `com.example.mail:/signed-in`: the name of a domain turned round.
fn is_private_scheme(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once(':') else { return false };
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-+".contains(&byte);
    scheme.contains('.') && scheme.bytes().all(letter) && rest.starts_with('/')
}

/// A client that is not known.
pub(crate) fn unknown(id: &str) -> Denial {
    let detail = format!("no client `{}` is registered", shown(id));
    Denial::new(Reason::UnknownClient, detail).client(shown(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_go_to_this_machine_or_where_it_was_registered() {
        let mut client = Client::unregistered("x");
        client.redirects.push("https://web.example/back".to_owned());
        for right in [
            "http://localhost",
            "http://localhost:1/x?y=z",
            "http://127.0.0.1:65535/",
            "https://localhost:8443/x",
            "http://[::1]:9/",
            "https://web.example/back",
            "com.example.mail:/back",
        ] {
            assert!(client.takes(right), "{right}");
        }
        for wrong in [
            "",
            "http://localhost.evil.example/",
            "http://localhost@evil.example/",
            "http://localhost:80@evil.example/",
            "http://127.0.0.1.evil.example/",
            "https://web.example/back2",
            "https://web.example/back/",
            "http://localhost:99999/",
            "http://localhost/#x",
            "http://localhost/\r\nX: y",
            "javascript:alert(1)",
            "data:text/html,x",
            "//localhost/",
            "ftp://localhost/",
        ] {
            assert!(!client.takes(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_client_names_itself_once() {
        let read = |body: &str, field: Option<&str>| {
            Shown::read(&Parameters::read(body.as_bytes()).unwrap(), field).map_err(|denial| denial.reason)
        };
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        let shown = read("", Some(&basic("a%3Ab:c+d"))).unwrap();
        assert_eq!((shown.id.as_str(), shown.secret.as_deref()), ("a:b", Some("c d")));
        assert_eq!(read("client_id=x", None).unwrap().secret, None);
        assert_eq!(read("", None), Err(Reason::MissingParameter));
        assert_eq!(read("client_id=y", Some(&basic("x:z"))), Err(Reason::InvalidRequest));
        assert_eq!(read("client_secret=y", Some(&basic("x:z"))), Err(Reason::InvalidRequest));
        for wrong in ["Basic", "Basic !", &basic("x"), "Basic /w=="] {
            let found = read("", Some(wrong));
            assert!(
                matches!(found, Err(Reason::InvalidClient | Reason::MissingParameter)),
                "{wrong}: {found:?}"
            );
        }
    }
}
