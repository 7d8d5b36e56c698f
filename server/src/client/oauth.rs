//! OAuth at the client: which token to show, and another one from the token endpoint when it is refused (RFC 6749
//! section 6). Once: a program that asks again and again is locked out.
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::{Setup, Trouble, http};

/// The mechanism a token is shown by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Mechanism {
    Xoauth2,
    Oauthbearer,
}

impl Mechanism {
    pub fn name(self) -> &'static str {
        match self {
            Self::Xoauth2 => "XOAUTH2",
            Self::Oauthbearer => "OAUTHBEARER",
        }
    }

    /// What must answer a server's error challenge (RFC 7628 section 3.2.3), in base64.
    pub fn acknowledgement(self) -> &'static str {
        match self {
            Self::Xoauth2 => "",
            Self::Oauthbearer => "AQ==",
        }
    }
}

/// What was given at sign-in, or by the last refresh. `Debug` shows neither.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    pub access_token: String,
    #[serde(default)]
    pub refresh_token: String,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens(hidden)")
    }
}

/// Where tokens are kept between visits: a refresh token that was replaced is worth nothing.
#[derive(Clone, Debug)]
pub enum Keep {
    File(PathBuf),
    Memory(Arc<Mutex<Option<Tokens>>>),
}

impl Default for Keep {
    fn default() -> Self {
        Self::Memory(Arc::default())
    }
}

impl Keep {
    /// What was kept last; `None` when nothing was.
    fn read(&self) -> Result<Option<Tokens>, Trouble> {
        match self {
            Self::Memory(kept) => Ok(kept.lock().unwrap_or_else(PoisonError::into_inner).clone()),
            Self::File(path) => match std::fs::read(path) {
                Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| {
                    Trouble::Protocol(format!("{}: {error}; delete it to begin anew", path.display()))
                }),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(Trouble::Protocol(format!("{}: {error}", path.display()))),
            },
        }
    }

    fn write(&self, tokens: &Tokens) -> Result<(), Trouble> {
        match self {
            Self::Memory(kept) => {
                *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(tokens.clone());
                Ok(())
            }
            Self::File(path) => {
                let json = serde_json::to_vec(tokens).unwrap_or_default();
                let kept = write_privately(path, &json);
                kept.map_err(|error| Trouble::Protocol(format!("{}: {error}", path.display())))
            }
        }
    }
}

/// For its owner only, and whole or not at all.
fn write_privately(path: &std::path::Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(bytes)?;
    drop(file);
    std::fs::rename(beside, path)
}

/// A client set up for OAuth.
#[derive(Clone, Debug)]
pub struct OAuth {
    pub mechanism: Mechanism,
    /// As given; what is kept goes before it.
    pub tokens: Tokens,
    /// Where to refresh: the token endpoint and the client's identifier there; without it a refused token is the end.
    pub endpoint: Option<Endpoint>,
    pub keep: Keep,
}

/// A token endpoint and who asks it.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// `https://localhost:40125/.../token`, or `http://` on loopback.
    pub url: String,
    pub client_id: String,
    /// Of a client that keeps one (RFC 6749 section 2.3.1).
    pub client_secret: Option<String>,
}

impl OAuth {
    /// The tokens to begin with.
    pub fn present(&self) -> Result<Tokens, Trouble> {
        Ok(self.keep.read()?.unwrap_or_else(|| self.tokens.clone()))
    }

    /// Keep what a new sign-in brought.
    pub fn signed_in(&self, tokens: &Tokens) -> Result<(), Trouble> {
        self.keep.write(tokens)
    }

    /// The response that shows the access token, in base64.
    pub fn response(&self, setup: &Setup) -> Result<String, Trouble> {
        let (user, place) = (&setup.user, &setup.address);
        let token = self.present()?.access_token;
        let text = match self.mechanism {
            Mechanism::Xoauth2 => format!("user={user}\u{1}auth=Bearer {token}\u{1}\u{1}"),
            Mechanism::Oauthbearer => {
                let user = user.replace('=', "=3D").replace(',', "=2C");
                let (host, port) = (&place.host, place.port);
                format!("n,a={user},\u{1}host={host}\u{1}port={port}\u{1}auth=Bearer {token}\u{1}\u{1}")
            }
        };
        Ok(STANDARD.encode(text))
    }

    /// Get and keep another access token, and the refresh token that may come with it. `refused` is what the mail
    /// server said.
    pub fn refresh(&self, setup: &Setup, refused: &str) -> Result<(), Trouble> {
        let old = self.present()?;
        let Some(endpoint) = self.endpoint.as_ref().filter(|_| !old.refresh_token.is_empty()) else {
            let why = format!("{refused}; and there is nothing to refresh the token with: sign in again");
            return Err(Trouble::Refused(why));
        };
        let mut form = vec![
            ("grant_type", "refresh_token"),
            ("refresh_token", old.refresh_token.as_str()),
            ("client_id", endpoint.client_id.as_str()),
        ];
        form.extend(endpoint.client_secret.as_deref().map(|secret| ("client_secret", secret)));
        let (status, body) = http::post(setup, &endpoint.url, &form)?;
        if status != 200 {
            return Err(Trouble::Refused(refusal(refused, status, &body)));
        }
        let mut new: Tokens = serde_json::from_slice(&body).map_err(|error| {
            Trouble::Protocol(format!("the token endpoint's answer (RFC 6749 section 5.1): {error}"))
        })?;
        if new.refresh_token.is_empty() {
            // RFC 6749 section 6: the old one stays good where no other is given.
            new.refresh_token = old.refresh_token;
        }
        self.keep.write(&new)
    }
}

/// What a person should know of a refresh that failed (RFC 6749 section 5.2).
fn refusal(refused: &str, status: u16, body: &[u8]) -> String {
    #[derive(Default, Deserialize)]
    struct Denied {
        #[serde(default)]
        error: String,
        #[serde(default)]
        error_description: String,
    }
    let denied: Denied = serde_json::from_slice(body).unwrap_or_default();
    let said = denied.error_description.lines().next().unwrap_or_default();
    let said = [denied.error.as_str(), said].into_iter().filter(|text| !text.is_empty());
    let said = said.collect::<Vec<_>>().join(": ");
    let said = if said.is_empty() { "no reason given".to_owned() } else { said };
    let then =
        if (400..500).contains(&status) && status != 429 { "sign in again" } else { "try again later" };
    format!("{refused}; the token cannot be refreshed (HTTP {status}, {said}): {then}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_refresh_says_what_to_do() {
        let body =
            br#"{"error":"invalid_grant","error_description":"AADSTS700082: expired.\r\nTrace ID: x"}"#;
        let wanted = "NO; the token cannot be refreshed (HTTP 400, invalid_grant: AADSTS700082: expired.): sign in again";
        assert_eq!(refusal("NO", 400, body), wanted);
        let wanted = "NO; the token cannot be refreshed (HTTP 503, no reason given): try again later";
        assert_eq!(refusal("NO", 503, b"<html>"), wanted);
    }

    #[test]
    fn what_is_kept_goes_before_what_was_given() {
        let given = Tokens { access_token: "a".into(), refresh_token: "r".into() };
        let oauth = OAuth {
            mechanism: Mechanism::Xoauth2,
            tokens: given.clone(),
            endpoint: None,
            keep: Keep::default(),
        };
        assert_eq!(oauth.present().unwrap(), given);
        let new = Tokens { access_token: "b".into(), refresh_token: "s".into() };
        oauth.keep.write(&new).unwrap();
        assert_eq!(oauth.present().unwrap(), new);
        assert_eq!(format!("{new:?}"), "Tokens(hidden)");
    }
}
