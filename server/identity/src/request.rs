//! What comes to the provider over HTTP and what goes back, without HTTP itself.
use std::borrow::Cow;

use serde_json::Value;

use crate::portal::Browser;
use crate::{Denial, Issuer, TokenRefusal};

/// What is asked, of whom.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub place: Place<'a>,
    /// GET, rather than POST.
    pub get: bool,
    /// Without the question mark.
    pub query: &'a str,
    /// As sent; empty without one.
    pub content_type: &'a str,
    /// `None`: it was longer than anybody reads.
    pub body: Option<&'a [u8]>,
    pub authorization: Option<&'a str>,
    /// The portal's session cookie.
    pub cookie: Option<&'a str>,
    /// `Accept-Language` as sent.
    pub language: &'a str,
    /// Scheme, host and port by which the client came: `http://localhost:3080`.
    pub base: &'a str,
}

/// An endpoint of an issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    pub issuer: Issuer,
    /// Microsoft's paths name a directory: `common`, `organizations`, `consumers`, or one of its own. Empty elsewhere.
    pub tenant: &'a str,
    pub endpoint: Endpoint,
}

/// The endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// RFC 6749 section 3.1.
    Authorize,
    /// Where a person who signed in at the portal lets a program in.
    Consent,
    /// RFC 6749 section 3.2.
    Token,
    /// RFC 8628 section 3.1.
    DeviceAuthorization,
    /// Where a person enters the code a device shows (RFC 8628 section 3.3).
    Device,
    /// OpenID Connect RP-Initiated Logout section 2.
    Logout,
    /// RFC 7009.
    Revoke,
    /// RFC 7662.
    Introspect,
    /// OpenID Connect Core section 5.3.
    UserInfo,
    /// RFC 7517 section 5.
    Jwks,
    /// OpenID Connect Discovery section 4, RFC 8414 section 3.
    Metadata,
}

/// What goes back.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// 200, never to be stored.
    Json(Value),
    /// An error of a token endpoint (RFC 6749 section 5.2), in the issuer's words.
    Denied(Denial),
    /// A page for people that says what is wrong.
    DeniedPage(Denial),
    /// A page for people.
    Page(String),
    Redirect(String),
    /// An access token is missing, or not good (RFC 6750 section 3).
    Unauthorized(Option<TokenRefusal>),
    /// 200 and nothing more.
    Empty,
    /// 405.
    WrongMethod,
}

/// An answer, and what the journal keeps.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub answer: Answer,
    pub note: Note,
}

/// What was asked, in short.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// `grant_type`, or the endpoint's name.
    pub grant: String,
    pub client: String,
    pub account: Option<String>,
    /// The code or token that was shown.
    pub secret: Option<String>,
}

/// Who has an account, and whether tokens may be given to it.
pub trait Directory {
    /// The account of this user, where the password is right and it may sign in; else the failure.
    ///
    /// # Errors
    /// The failure's name.
    fn sign_in(&mut self, user: &str, password: &str) -> Result<String, &'static str>;
    /// Why this account gets no tokens at present.
    fn standing(&self, account: &str) -> Option<&'static str>;
    fn find(&self, user: &str) -> Option<String>;
    fn address(&self, account: &str) -> String;
    /// Who is signed in at the portal, at the browser that sends this cookie.
    fn browser(&self, cookie: Option<&str>) -> Option<Browser>;
    /// And is so no more.
    fn sign_out_browser(&mut self, cookie: Option<&str>);
    /// The account that signs in where nobody is asked.
    fn first(&self) -> Option<String>;
}

impl Endpoint {
    /// As the journal names it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Consent => "consent",
            Self::Token => "token",
            Self::DeviceAuthorization => "device_authorization",
            Self::Device => "device",
            Self::Logout => "logout",
            Self::Revoke => "revoke",
            Self::Introspect => "introspect",
            Self::UserInfo => "userinfo",
            Self::Jwks => "jwks",
            Self::Metadata => "metadata",
        }
    }

    /// Does it take GET (or else POST)? RFC 6749 section 3.1: the authorization endpoint takes GET, and may take POST;
    /// section 3.2: the token endpoint takes POST only, and so do those made after it.
    #[must_use]
    pub fn takes(self, get: bool) -> bool {
        match self {
            Self::Authorize | Self::Consent | Self::Device | Self::Logout | Self::UserInfo => true,
            Self::Metadata | Self::Jwks => get,
            Self::Token | Self::DeviceAuthorization | Self::Revoke | Self::Introspect => !get,
        }
    }
}

use Endpoint::{
    Authorize, Consent, Device, DeviceAuthorization, Introspect, Jwks, Logout, Metadata, Revoke, Token,
    UserInfo,
};

const MICROSOFT: [(&str, Endpoint); 9] = [
    ("oauth2/v2.0/authorize", Authorize),
    ("oauth2/v2.0/token", Token),
    ("oauth2/v2.0/devicecode", DeviceAuthorization),
    ("oauth2/v2.0/logout", Logout),
    ("discovery/v2.0/keys", Jwks),
    ("v2.0/.well-known/openid-configuration", Metadata),
    ("openid/userinfo", UserInfo),
    ("consent", Consent),
    ("device", Device),
];
const GOOGLE: [(&str, Endpoint); 9] = [
    ("o/oauth2/v2/auth", Authorize),
    ("token", Token),
    ("device/code", DeviceAuthorization),
    ("revoke", Revoke),
    ("oauth2/v3/certs", Jwks),
    (".well-known/openid-configuration", Metadata),
    ("v1/userinfo", UserInfo),
    ("consent", Consent),
    ("device", Device),
];
const GENERIC: [(&str, Endpoint); 11] = [
    ("authorize", Authorize),
    ("token", Token),
    ("device_authorization", DeviceAuthorization),
    ("logout", Logout),
    ("revoke", Revoke),
    ("introspect", Introspect),
    ("jwks", Jwks),
    (".well-known/openid-configuration", Metadata),
    ("userinfo", UserInfo),
    ("consent", Consent),
    ("device", Device),
];

impl Issuer {
    /// Its endpoints, each with its path below the issuer's own.
    #[must_use]
    pub fn paths(self) -> &'static [(&'static str, Endpoint)] {
        match self {
            Self::Microsoft => &MICROSOFT,
            Self::Google => &GOOGLE,
            Self::Generic => &GENERIC,
        }
    }
}

impl<'a> Place<'a> {
    /// The endpoint at a path, or none.
    #[must_use]
    pub fn at(path: &'a str) -> Option<Self> {
        // RFC 8414 section 3.1: the well-known part comes first, the issuer's path behind it.
        if let Some(issuer) = path.strip_prefix("/.well-known/oauth-authorization-server/") {
            let (name, rest) = issuer.split_once('/').unwrap_or((issuer, ""));
            let issuer = Issuer::from_word(name)?;
            let tenant = if issuer == Issuer::Microsoft { rest.strip_suffix("/v2.0")? } else { "" };
            let fits = if issuer == Issuer::Microsoft { is_tenant(tenant) } else { rest.is_empty() };
            return fits.then_some(Self { issuer, tenant, endpoint: Metadata });
        }
        let (name, rest) = path.strip_prefix('/')?.split_once('/')?;
        let issuer = Issuer::from_word(name)?;
        let (tenant, rest) = if issuer == Issuer::Microsoft { rest.split_once('/')? } else { ("", rest) };
        let (_, endpoint) = issuer.paths().iter().find(|(path, _)| *path == rest)?;
        (issuer != Issuer::Microsoft || is_tenant(tenant)).then_some(Self {
            issuer,
            tenant,
            endpoint: *endpoint,
        })
    }

    /// The path of another endpoint of the same issuer; `None` where it has none.
    #[must_use]
    pub fn path(&self, endpoint: Endpoint) -> Option<String> {
        let (path, _) = self.issuer.paths().iter().find(|(_, known)| *known == endpoint)?;
        Some(format!("{}/{path}", self.root()))
    }

    /// The name the issuer goes by at this address: `issuer` of its metadata.
    #[must_use]
    pub fn name(&self, base: &str) -> String {
        let version = if self.issuer == Issuer::Microsoft { "/v2.0" } else { "" };
        format!("{base}{}{version}", self.root())
    }

    /// `/microsoft/common`, `/google`
    #[must_use]
    pub fn root(&self) -> Cow<'static, str> {
        match self.issuer {
            Issuer::Microsoft => Cow::Owned(format!("/microsoft/{}", self.tenant)),
            Issuer::Google => Cow::Borrowed("/google"),
            Issuer::Generic => Cow::Borrowed("/generic"),
        }
    }
}

/// A name, or the number of a directory.
fn is_tenant(tenant: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    (1..=128).contains(&tenant.len()) && tenant.bytes().all(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_leads_to_its_endpoint_and_back() {
        for issuer in Issuer::ALL {
            for (_, endpoint) in issuer.paths() {
                let tenant = if issuer == Issuer::Microsoft { "common" } else { "" };
                let place = Place { issuer, tenant, endpoint: *endpoint };
                assert_eq!(Place::at(&place.path(*endpoint).unwrap()), Some(place));
            }
        }
        let metadata = Place::at("/.well-known/oauth-authorization-server/generic").unwrap();
        assert_eq!((metadata.issuer, metadata.endpoint), (Issuer::Generic, Metadata));
        let metadata = Place::at("/.well-known/oauth-authorization-server/microsoft/common/v2.0").unwrap();
        assert_eq!(metadata.tenant, "common");
    }

    #[test]
    fn other_paths_lead_nowhere() {
        for path in [
            "/",
            "",
            "/google",
            "/google/",
            "/google/token/",
            "/Google/token",
            "/microsoft/oauth2/v2.0/token",
            "/microsoft//oauth2/v2.0/token",
            "/microsoft/a%2fb/oauth2/v2.0/token",
            "/generic/token/x",
            "/api/state",
            "/.well-known/oauth-authorization-server/generic/x",
        ] {
            assert_eq!(Place::at(path), None, "{path}");
        }
    }
}
