//! Changes to an account's mail that no client makes: what an administrator, another program or a fault of the
//! storage does behind everybody's back.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One mailbox of an account; INBOX unless said. The name as IMAP has it (modified UTF-7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailboxOf {
    pub account: String,
    #[serde(default = "inbox")]
    pub mailbox: String,
}

/// A message, by its UID (RFC 3501 section 2.3.1.1): the first one that came to a mailbox has 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageOf {
    pub account: String,
    #[serde(default = "inbox")]
    pub mailbox: String,
    pub uid: u32,
}

/// A mailbox that may be read and not written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadOnly {
    pub account: String,
    #[serde(default = "inbox")]
    pub mailbox: String,
    pub on: bool,
}

/// How many bytes of mail an account may hold; without `bytes`, as many as there is room for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    pub account: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

/// Many small messages at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fill {
    pub account: String,
    #[serde(default = "inbox")]
    pub mailbox: String,
    /// 1 to 200000.
    pub messages: u32,
}

/// Another program has the maildrop open (RFC 1939 section 4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldMaildrop {
    pub account: String,
    pub on: bool,
}

fn inbox() -> String {
    "INBOX".to_owned()
}
