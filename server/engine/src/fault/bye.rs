//! Fault `bye`: say farewell and go (RFC 3501 section 7.1.5, RFC 5321 section 3.8, RFC 3206 section 4).
use postfail_session::world::{Protocol, Refusal, Ruling, Then};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub const PARAGRAPH: &str = "\
bye - the server says that it ends the connection, and does: `* BYE ...` in IMAP, `421 4.3.2 ...` in SMTP, \
`-ERR [SYS/TEMP] ...` in POP3. `bye = true`, or `bye = \"Maintenance until noon\"`.";

/// Own words, or ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "bye is true, or the text to say")]
pub enum Bye {
    Usual(bool),
    Text(String),
}

impl Bye {
    pub fn ruling(&self, protocol: Protocol) -> Ruling {
        let text = match self {
            Self::Usual(_) => "Server is shutting down",
            Self::Text(text) => text,
        };
        let line = match protocol {
            Protocol::Imap => format!("* BYE {text}"),
            Protocol::Smtp => format!("421 4.3.2 {{host}} {text}"),
            Protocol::Pop3 => format!("-ERR [SYS/TEMP] {text}"),
        };
        Ruling::Reply(Refusal {
            failure: "a fault says bye".to_owned(),
            lines: vec![line],
            then: Then::Close,
            ..Refusal::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_protocol_has_its_farewell() {
        let bye: Bye = serde_json::from_str("\"Maintenance\"").unwrap();
        for (protocol, line) in [
            (Protocol::Imap, "* BYE Maintenance"),
            (Protocol::Smtp, "421 4.3.2 {host} Maintenance"),
            (Protocol::Pop3, "-ERR [SYS/TEMP] Maintenance"),
        ] {
            let Ruling::Reply(refusal) = bye.ruling(protocol) else { panic!("a reply") };
            assert_eq!((refusal.lines, refusal.then), (vec![line.to_owned()], Then::Close));
        }
    }
}
