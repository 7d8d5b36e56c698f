//! The `openidconnect` crate, over an HTTP client of a few lines: discovery, code and PKCE with a sign-in by the portal's
//! own forms, the ID token's signature and nonce, refreshing, and the end behind ninety days.
use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::TcpStream;

use client_tests::Server;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreErrorResponseType, CoreJwsSigningAlgorithm, CoreProviderMetadata,
};
use openidconnect::url::Url;
use openidconnect::{
    AuthorizationCode, ClientId, CsrfToken, HttpRequest, HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, RedirectUrl, RequestTokenError, Scope, TokenResponse, http,
};

const BACK: &str = "http://127.0.0.1:9999/back";

/// One request on a connection of its own (RFC 9112).
fn ask(request: HttpRequest) -> io::Result<HttpResponse> {
    let (parts, body) = request.into_parts();
    let host = parts.uri.authority().map(|host| host.as_str().to_owned()).unwrap_or_default();
    let path = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let mut head = format!("{} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n", parts.method);
    _ = write!(head, "Content-Length: {}\r\n", body.len());
    for (name, value) in &parts.headers {
        _ = write!(head, "{name}: {}\r\n", value.to_str().map_err(io::Error::other)?);
    }
    let mut stream = TcpStream::connect(host)?;
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    stream.write_all(&body)?;
    let mut said = Vec::new();
    stream.read_to_end(&mut said)?;
    let end = said.windows(4).position(|four| four == b"\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let body = said.split_off(end + 4);
    let head = String::from_utf8(said).map_err(io::Error::other)?;
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
    let mut response = http::Response::builder().status(status);
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        response = response.header(name, value);
    }
    response.body(body).map_err(io::Error::other)
}

/// A browser without a screen: its cookie, and the page it shows.
struct Browser {
    base: String,
    cookie: String,
    page: String,
}

impl Browser {
    /// Open an address, or send it a form with the page's token; the address of another server that this leads to.
    fn go(&mut self, url: &str, form: Option<&[(&str, &str)]>) -> Option<String> {
        let form = form.map(|fields| {
            let mut url = Url::parse_with_params("http://form/", fields).expect("it is an address");
            url.query_pairs_mut().append_pair("csrf", &self.hidden("csrf"));
            url.query().unwrap_or_default().as_bytes().to_vec()
        });
        let method = if form.is_some() { "POST" } else { "GET" };
        let request = http::Request::builder().method(method).uri(url).header("Cookie", &self.cookie);
        let request = request.header("Content-Type", "application/x-www-form-urlencoded");
        let said = ask(request.body(form.unwrap_or_default()).expect("it is a request")).expect("it answers");
        let header = |name| said.headers().get(name).and_then(|value| value.to_str().ok());
        if let Some(cookie) = header("set-cookie") {
            cookie.split(';').next().unwrap_or_default().clone_into(&mut self.cookie);
        }
        let to = header("location").map(str::to_owned);
        match to {
            Some(own) if own.starts_with('/') => self.go(&format!("{}{own}", self.base), None),
            None => {
                self.page = String::from_utf8_lossy(said.body()).into_owned();
                None
            }
            back => back,
        }
    }

    fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Option<String> {
        self.go(&format!("{}{path}", self.base), Some(fields))
    }

    #[track_caller]
    fn hidden(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        let (_, rest) = self.page.split_once(&mark).unwrap_or_else(|| panic!("no {name} in {}", self.page));
        rest.split('"').next().unwrap_or_default().to_owned()
    }
}

#[test]
fn openidconnect_signs_in_by_the_portal_and_refreshes_for_ninety_days() {
    let server = Server::start();
    let base = server.control().0;
    let issuer = IssuerUrl::new(format!("{base}/microsoft/organizations/v2.0")).expect("it is an address");
    let metadata = CoreProviderMetadata::discover(&issuer, &ask).expect("it is found");
    let client = CoreClient::from_provider_metadata(metadata, ClientId::new("mail-program".to_owned()), None)
        .set_redirect_uri(RedirectUrl::new(BACK.to_owned()).expect("it is an address"));
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scopes(["offline_access", "https://outlook.office.com/IMAP.AccessAsUser.All"].map(scope))
        .set_pkce_challenge(challenge)
        .url();

    let mut browser = Browser { base, cookie: String::new(), page: String::new() };
    assert_eq!(browser.go(url.as_str(), None), None, "nobody is let in unasked");
    let person = [("user", server.user()), ("password", server.password())];
    assert_eq!(browser.send("/portal/sign-in", &person), None, "consent comes behind the sign-in");
    let transaction = browser.hidden("transaction");
    let allow = [("transaction", transaction.as_str()), ("decision", "allow")];
    let back = browser.send("/microsoft/organizations/consent", &allow).expect("it leads back");
    assert!(back.starts_with(BACK), "{back}");
    let back = Url::parse(&back).expect("it is an address");
    let parameter = |wanted: &str| {
        let found = back.query_pairs().find(|(name, _)| name == wanted);
        found.unwrap_or_else(|| panic!("no {wanted} in {back}")).1.into_owned()
    };
    assert_eq!(&parameter("state"), state.secret());

    let code = AuthorizationCode::new(parameter("code"));
    let asked = client.exchange_code(code).expect("the token endpoint is known");
    let tokens = asked.set_pkce_verifier(verifier).request(&ask).expect("tokens");
    let id_token = tokens.id_token().expect("an ID token");
    assert_eq!(id_token.signing_alg().ok(), Some(&CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256));
    let claims = id_token.claims(&client.id_token_verifier(), &nonce).expect("signature, audience and nonce");
    assert!(!claims.subject().is_empty());
    let other = Nonce::new_random();
    id_token.claims(&client.id_token_verifier(), &other).expect_err("of another sign-in");

    let mut refresh = tokens.refresh_token().expect("a refresh token").clone();
    let refreshed = |refresh: &_| {
        client.exchange_refresh_token(refresh).expect("the token endpoint is known").request(&ask)
    };
    server.advance("89d");
    let tokens = refreshed(&refresh).expect("89 days are within 90");
    refresh = tokens.refresh_token().cloned().unwrap_or(refresh);
    server.advance("91d");
    match refreshed(&refresh) {
        Err(RequestTokenError::ServerResponse(said)) => {
            assert_eq!(said.error(), &CoreErrorResponseType::InvalidGrant);
            let words = said.error_description().map(String::as_str).unwrap_or_default();
            assert!(words.contains("AADSTS700082"), "{words}");
        }
        other => panic!("{other:?}"),
    }
}

fn scope(name: &str) -> Scope {
    Scope::new(name.to_owned())
}
