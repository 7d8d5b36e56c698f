//! Fault `preauth`: an IMAP greeting that says "you are logged in already".
use postfail_session::world::Ruling;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub const PARAGRAPH: &str = "\
preauth - the server greets with PREAUTH, and the client is logged in as this account without having said anything: \
`stage = \"greeting\"`, `preauth = { account = \"taro\", text = \"[CAPABILITY IMAP4rev1 STARTTLS] Welcome\" }`. STARTTLS \
is not possible any more (RFC 9051 section 7.1.4), so a client that wanted it must leave. It acts in IMAP only.";

/// Who is logged in, and what stands behind `* PREAUTH `.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Preauth {
    pub account: String,
    #[serde(default = "welcome")]
    pub text: String,
}

fn welcome() -> String {
    "Welcome".to_owned()
}

impl Preauth {
    pub fn ruling(&self) -> Ruling {
        Ruling::Preauth { account: self.account.clone(), text: self.text.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_account_and_the_words() {
        let preauth: Preauth = serde_json::from_str(r#"{"account":"taro"}"#).unwrap();
        let (account, text) = ("taro".to_owned(), "Welcome".to_owned());
        assert_eq!(preauth.ruling(), Ruling::Preauth { account, text });
    }
}
