//! The flows as clients go through them, and the words when something fails.
mod bad_input;
mod consent;
mod flows;
mod parameters;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use postfail_identity::{Place, portal};
use serde_json::Value;

use super::*;
use crate::change::Change;
use crate::world::Sample;

const WELCOME: Sample<'_> = ("welcome.eml", b"Subject: hi\n\nhello\n");
const BASE: &str = "http://localhost:3080";
const BACK: &str = "http://127.0.0.1:9999/back";
/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const FORM: &str = "application/x-www-form-urlencoded";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + seconds).unwrap()
}

/// A world, and a client of one issuer in it.
struct Lab {
    world: World,
    root: &'static str,
    scope: String,
    seconds: i64,
    /// The browser's.
    cookie: Option<String>,
    visits: u8,
}

/// What came back.
struct Said {
    reply: Reply,
    json: Value,
}

impl Said {
    fn error(&self) -> (u16, &str) {
        (self.reply.status, self.json["error"].as_str().unwrap_or_default())
    }

    fn text(&self, key: &str) -> &str {
        self.json[key].as_str().unwrap_or_else(|| panic!("no {key} in {}", self.reply.body))
    }

    fn header(&self, name: &str) -> Option<&str> {
        let found = self.reply.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The parameters with which the browser is sent back.
    fn back(&self) -> BTreeMap<String, String> {
        let location = self.header("Location").unwrap_or_else(|| panic!("{}", self.reply.body));
        let (_, query) = location.split_once(['?', '#']).unwrap();
        form(query)
    }
}

fn form(text: &str) -> BTreeMap<String, String> {
    let decode = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.as_bytes();
        while let [first, behind @ ..] = rest {
            rest = behind;
            match (first, behind) {
                (b'+', _) => bytes.push(b' '),
                (b'%', [high, low, behind @ ..]) => {
                    let hex = std::str::from_utf8(&[*high, *low]).unwrap().to_owned();
                    bytes.push(u8::from_str_radix(&hex, 16).unwrap());
                    rest = behind;
                }
                (byte, _) => bytes.push(*byte),
            }
        }
        String::from_utf8(bytes).unwrap()
    };
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decode(name), decode(value))).collect()
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    let encode = |text: &str| {
        text.bytes()
            .map(|byte| {
                if byte.is_ascii_alphanumeric() { (byte as char).to_string() } else { format!("%{byte:02X}") }
            })
            .collect::<String>()
    };
    let pairs = pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}

impl Lab {
    fn new(issuer: Issuer) -> Self {
        let mut profile = neutral().clone();
        profile.identity.issuer = issuer;
        let world = World::healthy(1, Arc::new(profile), &[WELCOME], at(0));
        let root = match issuer {
            Issuer::Microsoft => "/microsoft/organizations",
            Issuer::Google => "/google",
            Issuer::Generic => "/generic",
        };
        let scope = format!("openid {}", issuer.mail_scopes());
        Self { world, root, scope, seconds: 0, cookie: None, visits: 0 }
    }

    fn change(&mut self, json: &str) {
        let changes: Vec<Change> = serde_json::from_str(json).unwrap();
        self.world.apply(&changes, at(self.seconds)).unwrap();
    }

    fn path(&self, endpoint: Endpoint) -> String {
        let path = format!(
            "{}/{}",
            self.root,
            if self.root.starts_with("/microsoft") { "consent" } else { "token" }
        );
        Place::at(&path).unwrap().path(endpoint).unwrap_or_else(|| format!("{}/none", self.root))
    }

    fn send(&mut self, get: bool, path: &str, query: &str, body: &[u8], headers: [&str; 2]) -> Said {
        self.send_body(get, path, query, Some(body), headers)
    }

    fn send_body(
        &mut self,
        get: bool,
        path: &str,
        query: &str,
        body: Option<&[u8]>,
        headers: [&str; 2],
    ) -> Said {
        let place = Place::at(path).unwrap_or_else(|| panic!("{path}"));
        let [content_type, authorization] = headers;
        let authorization = Some(authorization).filter(|field| !field.is_empty());
        let language = "en";
        let cookie = self.cookie.clone();
        let cookie = cookie.as_deref();
        let request =
            Request { place, get, query, content_type, body, authorization, cookie, language, base: BASE };
        let reply = self.world.identify(&request, at(self.seconds));
        let json = serde_json::from_str(&reply.body).unwrap_or_default();
        Said { reply, json }
    }

    fn get(&mut self, endpoint: Endpoint, query: &[(&str, &str)]) -> Said {
        let path = self.path(endpoint);
        self.send(true, &path, &encoded(query), b"", ["", ""])
    }

    fn post(&mut self, endpoint: Endpoint, body: &[(&str, &str)]) -> Said {
        let path = self.path(endpoint);
        self.send(false, &path, "", encoded(body).as_bytes(), [FORM, ""])
    }

    fn token(&mut self, body: &[(&str, &str)]) -> Said {
        self.post(Endpoint::Token, body)
    }

    fn password(&self, name: &str) -> String {
        let accounts = self.world.accounts(at(0));
        accounts.into_iter().find(|account| account.name == name).unwrap().password
    }

    /// What an authorization request holds when all is right.
    fn asking(&self) -> Vec<(&'static str, String)> {
        vec![
            ("client_id", "mail-program".to_owned()),
            ("redirect_uri", BACK.to_owned()),
            ("response_type", "code".to_owned()),
            ("scope", self.scope.clone()),
            ("state", "xyz &=#".to_owned()),
            ("nonce", "n-0S6_WzA2Mj".to_owned()),
            ("access_type", "offline".to_owned()),
            ("code_challenge", CHALLENGE.to_owned()),
            ("code_challenge_method", "S256".to_owned()),
        ]
    }

    fn authorize(&mut self, parameters: &[(&str, String)]) -> Said {
        let pairs: Vec<(&str, &str)> =
            parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.get(Endpoint::Authorize, &pairs)
    }

    /// What a form of a page sends along.
    fn hidden(page: &Said, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        let (_, rest) = page.reply.body.split_once(&mark).unwrap_or_else(|| panic!("{}", page.reply.body));
        rest.split('"').next().unwrap().to_owned()
    }

    /// Ask the portal.
    fn portal(&mut self, form: Option<&str>, path: &str) -> Said {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        self.visits += 1;
        let request = portal::Request {
            method: if form.is_some() { portal::Method::Post } else { portal::Method::Get },
            path,
            query,
            form: form.unwrap_or_default().as_bytes(),
            cookie: self.cookie.as_deref(),
            languages: "en",
            from: core::net::Ipv4Addr::LOCALHOST.into(),
            secure: false,
            random: [self.visits; 32],
        };
        let answer = self.world.portal(&request, at(self.seconds));
        if let Some(cookie) = &answer.cookie {
            let (pair, _) = cookie.split_once(';').unwrap();
            self.cookie = pair.split_once('=').map(|(_, value)| value.to_owned());
        }
        let headers = answer.location.map(|to| ("Location".to_owned(), to)).into_iter().collect();
        let reply = Reply { status: answer.status, headers, body: answer.body };
        Said { reply, json: Value::Null }
    }

    /// As a browser goes where it is sent, until there is a page or a way back to the program.
    fn follow(&mut self, mut said: Said) -> Said {
        while let Some(to) = said.header("Location").filter(|to| to.starts_with('/')).map(str::to_owned) {
            said = self.open(&to);
        }
        said
    }

    fn open(&mut self, to: &str) -> Said {
        let (path, query) = to.split_once('?').unwrap_or((to, ""));
        if path.starts_with("/portal/") {
            self.portal(None, to)
        } else {
            self.send(true, path, query, b"", ["", ""])
        }
    }

    /// A form of the portal, with its token.
    fn fill(&mut self, page: &Said, path: &str, name: &str, value: &str, more: &[(&str, &str)]) -> Said {
        let csrf = Self::hidden(page, "csrf");
        let mut fields = vec![("csrf", &*csrf), (name, value)];
        fields.extend_from_slice(more);
        let said = self.portal(Some(&encoded(&fields)), path);
        self.follow(said)
    }

    /// Taro signs in where he is asked to, by the second step too where that is asked; the page behind it.
    fn sign_in(&mut self, said: Said) -> Said {
        let mut page = self.follow(said);
        if page.reply.body.contains("name=\"password\"") {
            let password = self.password("taro");
            page =
                self.fill(&page, "/portal/sign-in", "user", "taro@postfail.test", &[("password", &password)]);
        }
        if page.reply.body.contains("name=\"code\"") {
            let code: String = self.world.texts().last().unwrap().text.chars().take(6).collect();
            page = self.fill(&page, "/portal/second-factor", "code", &code, &[]);
        }
        page
    }

    /// A button of the consent page.
    fn decide(&mut self, page: &Said, decision: &str) -> Said {
        let (transaction, csrf) = (Self::hidden(page, "transaction"), Self::hidden(page, "csrf"));
        let form = [("transaction", &*transaction), ("csrf", &*csrf), ("decision", decision)];
        self.post(Endpoint::Consent, &form)
    }

    /// A person signs in and allows it: the code.
    fn code(&mut self) -> String {
        let parameters = self.asking();
        let said = self.authorize(&parameters);
        let page = self.sign_in(said);
        let back = self.decide(&page, "allow").back();
        assert_eq!(back["state"], "xyz &=#");
        back["code"].clone()
    }

    fn redeem(&mut self, code: &str) -> Said {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("client_id", "mail-program"),
            ("code", code),
            ("redirect_uri", BACK),
            ("code_verifier", VERIFIER),
        ])
    }

    fn refresh(&mut self, token: &str) -> Said {
        self.token(&[
            ("grant_type", "refresh_token"),
            ("client_id", "mail-program"),
            ("refresh_token", token),
        ])
    }
}
