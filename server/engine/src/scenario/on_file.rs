//! What is on file of an account's owner, by which a lost account can be got back.
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `on_file = { recovery = "hanako@postfail.test", phone = "090-1234-5678" }`; what is not said is not on file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OnFile {
    /// Where codes are mailed: a mailbox of this world, or somewhere else.
    pub recovery: Option<String>,
    /// Where codes are texted.
    pub phone: Option<String>,
    /// The day the account was made.
    #[schemars(with = "Option<String>")]
    pub created: Option<Date>,
    /// Passwords it had before, the oldest first.
    pub old_passwords: Vec<String>,
    /// People it wrote to lately, besides those that its sent mail names.
    pub wrote_to: Vec<String>,
    /// The last four digits of the card it is paid by.
    pub payment: Option<String>,
}
