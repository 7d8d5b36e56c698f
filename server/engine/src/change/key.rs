//! `KEY=VALUE`: the short form of a listener change on the command line (`serve --set`, `ctl set`).
//!
//! `imap.tls=1.2-1.3`, `all.state=closed`, `pop3.require_tls=true`, `submission.auth=PLAIN,LOGIN`; and of a refusal:
//! `imap.refuse=basic-auth-disabled`, `imap.refuse=none`.
use std::str::FromStr;

use postfail_session::world::{Protocol, Security};

use super::{Accept, Change, ListenerChange, Listeners, Refuse, listener};
use crate::words::{self, UnknownWord};

/// Why a `KEY=VALUE` was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("`{0}` has no value; write it like `imap.tls=1.2-1.3`")]
    NoValue(String),
    #[error("`{0}` names no listener; write it like `imap.{0}=...`, or `all.{0}=...` for each")]
    NoListener(String),
    #[error("`{text}`: {cause}")]
    Value { text: String, cause: String },
}

impl FromStr for Change {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (key, value) = text.split_once('=').ok_or_else(|| KeyError::NoValue(text.to_owned()))?;
        let (listener, key) =
            key.trim().split_once('.').ok_or_else(|| KeyError::NoListener(key.trim().to_owned()))?;
        let change = match key {
            "refuse" => refuse(listener, value.trim()),
            _ => set(listener, key, value.trim()).map(Self::Listener),
        };
        change.map_err(|cause| KeyError::Value { text: text.to_owned(), cause })
    }
}

fn set(listener: &str, key: &str, value: &str) -> Result<ListenerChange, String> {
    let mut change = ListenerChange::of(read::<Listeners>(listener)?);
    match key {
        "state" => change.state = Some(read(value)?),
        "security" => change.security = Some(security(value).map_err(|unknown| unknown.to_string())?),
        "tls" => change.tls = Some(read(value)?),
        "certificate" => change.certificate = Some(value.to_owned()),
        "auth" => change.auth = Some(names(value).map(str::to_ascii_uppercase).collect()),
        "backend" => change.backend = Some(read(value)?),
        "suites" => change.suites = Some(names(value).map(read).collect::<Result<_, _>>()?),
        "groups" => change.groups = Some(names(value).map(read).collect::<Result<_, _>>()?),
        "resumption" => change.resumption = Some(read(value)?),
        "alpn" => change.alpn = Some(names(value).map(str::to_owned).collect()),
        "client_certificate" => change.client_certificate = Some(read(value)?),
        "dh_bits" => change.dh_bits = Some(read(value)?),
        "require_tls" => {
            let words = [("true", true), ("false", false)];
            let flag = words::find("value", value, &words).map_err(|unknown| unknown.to_string())?;
            change.require_tls = Some(flag);
        }
        _ => {
            return Err(
                UnknownWord::new("key", key, listener::KEYS.into_iter().chain(["refuse"])).to_string()
            );
        }
    }
    Ok(change)
}

/// The parts of a list; nothing makes an empty one.
fn names(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|name| !name.is_empty())
}

/// `imap.refuse=basic-auth-disabled`, `imap.refuse=none`: of a protocol, whatever its port.
fn refuse(protocol: &str, failure: &str) -> Result<Change, String> {
    let words = [
        ("smtp", vec![Protocol::Smtp]),
        ("pop3", vec![Protocol::Pop3]),
        ("imap", vec![Protocol::Imap]),
        ("all", Vec::new()),
    ];
    let names = words.iter().map(|(word, _)| *word);
    let unknown = || UnknownWord::new("protocol to refuse on", protocol, names).to_string();
    let protocols = words.iter().find(|(word, _)| *word == protocol).ok_or_else(unknown)?.1.clone();
    Ok(match failure {
        "none" => Change::Accept(Accept { failure: "all".to_owned(), account: None, protocols }),
        failure => Change::Refuse(Refuse { failure: failure.to_owned(), protocols, ..Refuse::default() }),
    })
}

fn read<T: FromStr<Err: ToString>>(value: &str) -> Result<T, String> {
    value.parse().map_err(|error: T::Err| error.to_string())
}

fn security(word: &str) -> Result<Security, UnknownWord> {
    let words =
        [("plain", Security::Plain), ("starttls", Security::StartTls), ("implicit", Security::Implicit)];
    words::find("security", word, &words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_and_a_value_are_the_change_in_json() {
        for (text, json) in [
            ("imap.tls=1.2-1.3", r#"{"listener":{"name":"imap","tls":"1.2-1.3"}}"#),
            ("all.state=closed", r#"{"listener":{"name":"all","state":"closed"}}"#),
            (
                "imaps.suites=TLS_RSA_WITH_AES_128_CBC_SHA, TLS_AES_128_GCM_SHA256",
                r#"{"listener":{"name":"imaps","suites":["TLS_RSA_WITH_AES_128_CBC_SHA","TLS_AES_128_GCM_SHA256"]}}"#,
            ),
            ("imaps.groups=x25519", r#"{"listener":{"name":"imaps","groups":["x25519"]}}"#),
            ("imaps.dh_bits=1024", r#"{"listener":{"name":"imaps","dh_bits":1024}}"#),
            ("imaps.dh_bits=none", r#"{"listener":{"name":"imaps","dh_bits":"none"}}"#),
            ("all.backend=openssl", r#"{"listener":{"name":"all","backend":"openssl"}}"#),
            (
                "pop3.client_certificate=required",
                r#"{"listener":{"name":"pop3","client_certificate":"required"}}"#,
            ),
            ("pop3.require_tls = true", r#"{"listener":{"name":"pop3","require_tls":true}}"#),
            (
                "submission.auth=plain, LOGIN",
                r#"{"listener":{"name":"submission","auth":["PLAIN","LOGIN"]}}"#,
            ),
            ("smtp.auth=", r#"{"listener":{"name":"smtp","auth":[]}}"#),
            ("smtps.security=plain", r#"{"listener":{"name":"smtps","security":"plain"}}"#),
            ("pop3.refuse=account-locked", r#"{"refuse":{"failure":"account-locked","protocols":["pop3"]}}"#),
            ("all.refuse=temp-failure", r#"{"refuse":{"failure":"temp-failure"}}"#),
            ("imap.refuse=none", r#"{"accept":{"failure":"all","protocols":["imap"]}}"#),
            ("imaps.certificate=good", r#"{"listener":{"name":"imaps","certificate":"good"}}"#),
        ] {
            let change: Change = text.parse().unwrap();
            assert_eq!(serde_json::to_string(&change).unwrap(), json);
            assert_eq!(serde_json::from_str::<Change>(json).unwrap(), change);
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_what_would_be_right() {
        let listeners = "all, smtp, submission, smtps, pop3, pop3s, imap, imaps";
        let keys = "state, security, tls, certificate, auth, require_tls, backend, suites, groups, resumption, alpn, client_certificate, dh_bits, refuse";
        for (text, message) in [
            ("imap.tls", "`imap.tls` has no value; write it like `imap.tls=1.2-1.3`".to_owned()),
            (
                "tls=1.2",
                "`tls` names no listener; write it like `imap.tls=...`, or `all.tls=...` for each".to_owned(),
            ),
            ("imap.tsl=1.2", format!("`imap.tsl=1.2`: unknown key `tsl`, did you mean `tls`? valid: {keys}")),
            (
                "inap.state=open",
                format!("`inap.state=open`: unknown listener `inap`, did you mean `imap`? valid: {listeners}"),
            ),
            (
                "imap.state=close",
                "`imap.state=close`: unknown state `close`, did you mean `closed`? valid: open, closed, silent, blackhole"
                    .to_owned(),
            ),
            ("imap.require_tls=yes", "`imap.require_tls=yes`: unknown value `yes`; valid: true, false".to_owned()),
            (
                "imaps.refuse=temp-failure",
                "`imaps.refuse=temp-failure`: unknown protocol to refuse on `imaps`, did you mean `imap`? valid: smtp, pop3, imap, all"
                    .to_owned(),
            ),
            (
                "imap.security=tls",
                "`imap.security=tls`: unknown security `tls`; valid: plain, starttls, implicit".to_owned(),
            ),
        ] {
            assert_eq!(text.parse::<Change>().unwrap_err().to_string(), message);
        }
    }
}
