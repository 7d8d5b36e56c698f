//! What the portal asks of the world it stands in: accounts and what is known of their owners, mail, texts, the clock.
use jiff::Timestamp;
use jiff::civil::Date;

use super::event::{Event, Way};

/// The world as the portal sees it. Accounts go by their short names.
pub trait Directory {
    /// Virtual time.
    fn now(&self) -> Timestamp;
    /// The next number of the world's seed: codes are drawn from it.
    fn draw(&mut self) -> u64;
    /// The account that a user name or an address means.
    fn find(&self, user: &str) -> Option<String>;
    fn facts(&self, account: &str) -> Facts;
    /// Is this the account's own password, and may its owner sign in? A wrong one counts as a failed log-in.
    fn prove(&mut self, account: &str, password: &str) -> Result<(), SignInRefused>;
    /// Was this the account's password before?
    fn was_password(&self, account: &str, password: &str) -> bool;
    /// Subjects of its newest messages, decoded.
    fn subjects(&self, account: &str) -> Vec<String>;
    /// Addresses it wrote to lately.
    fn recipients(&self, account: &str) -> Vec<String>;
    /// Its owner has shown who he is: an account that slept, or looked suspicious, goes on.
    fn verified(&mut self, account: &str);
    fn set_password(&mut self, account: &str, password: &str);
    /// The address a letter comes from: `account-security@postfail.test`
    fn sender(&self) -> String;
    /// Deliver a message to an address.
    fn deliver(&mut self, to: &str, message: &str) -> Delivery;
    /// Send a text message.
    fn text(&mut self, to: &str, text: &str);
    fn app_passwords(&self, account: &str) -> Vec<AppPassword>;
    /// False where there are as many as there may be.
    fn issue_app_password(&mut self, account: &str, label: &str, secret: &str) -> bool;
    fn revoke_app_password(&mut self, account: &str, id: u32) -> bool;
    /// End what programs hold: tokens and app passwords.
    fn sign_out(&mut self, account: &str);
    fn domain(&self) -> Domain;
    /// All mailboxes of the domain.
    fn mailboxes(&self) -> Vec<Mailbox>;
    /// For the journal.
    fn note(&mut self, event: Event);
}

/// What is on file of an account's owner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The account's own address.
    pub address: String,
    pub recovery: Option<String>,
    pub phone: Option<String>,
    pub created: Option<Date>,
    /// The last four digits of the card it is paid by.
    pub payment: Option<String>,
    /// Signing in takes a second factor.
    pub second_factor: bool,
}

/// Why a sign-in on the web is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInRefused {
    WrongPassword,
    Locked,
    /// Switched off or stopped by somebody: only the provider helps.
    Closed,
    Expired,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It lies in a mailbox here.
    Delivered,
    /// For somebody elsewhere: kept with mail that goes out.
    Outgoing,
    /// It came back: no such mailbox, or no room in it.
    Undeliverable,
}

impl Delivery {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Outgoing => "outgoing",
            Self::Undeliverable => "undeliverable",
        }
    }
}

/// An app password without the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppPassword {
    pub id: u32,
    pub label: String,
    pub issued: Timestamp,
    pub used: Option<Timestamp>,
}

/// The domain all accounts are of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Domain {
    pub name: String,
    /// The account whose owner owns the domain; nobody knows, where there is none.
    pub owner: Option<String>,
    pub registrar: String,
    pub contact: String,
}

/// A mailbox of the domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    pub name: String,
    pub address: String,
    /// `active`, `locked`, ...
    pub state: String,
}

impl Facts {
    /// Whether a code can go this way.
    #[must_use]
    pub fn has(&self, way: Way) -> bool {
        match way {
            Way::Mail => self.recovery.is_some(),
            Way::Phone => self.phone.is_some(),
            Way::Form => true,
            Way::Admin | Way::Own => false,
        }
    }
}
