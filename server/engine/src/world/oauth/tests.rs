//! The flows as clients go through them, and the words when something fails.
mod bad_input;
mod flows;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use postfail_identity::Place;
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
        Self { world, root, scope, seconds: 0 }
    }

    fn change(&mut self, json: &str) {
        let changes: Vec<Change> = serde_json::from_str(json).unwrap();
        self.world.apply(&changes, at(self.seconds)).unwrap();
    }

    fn path(&self, endpoint: Endpoint) -> String {
        let path = format!(
            "{}/{}",
            self.root,
            if self.root.starts_with("/microsoft") { "sign_in" } else { "token" }
        );
        Place::at(&path).unwrap().path(endpoint).unwrap_or_else(|| format!("{}/none", self.root))
    }

    fn send(&mut self, get: bool, path: &str, query: &str, body: &[u8], headers: [&str; 2]) -> Said {
        let place = Place::at(path).unwrap_or_else(|| panic!("{path}"));
        let [content_type, authorization] = headers;
        let authorization = Some(authorization).filter(|field| !field.is_empty());
        let language = "en";
        let request = Request { place, get, query, content_type, body, authorization, language, base: BASE };
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

    /// The number of the sign-in on a page.
    fn transaction(page: &Said) -> String {
        let (_, rest) = page.reply.body.split_once("name=\"transaction\" value=\"").expect(&page.reply.body);
        rest.split('"').next().unwrap().to_owned()
    }

    /// A person signs in and allows it: the code.
    fn code(&mut self) -> String {
        let parameters = self.asking();
        let page = self.authorize(&parameters);
        let (transaction, password) = (Self::transaction(&page), self.password("taro"));
        let person = [("transaction", &*transaction), ("username", "taro"), ("password", &*password)];
        let back = self.post(Endpoint::SignIn, &person).back();
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
