//! The account portal: the pages a person meets when a password is forgotten. A request comes in as a value, a page
//! goes out as one; accounts, mail and the clock are a [`Directory`]'s. Plain HTML forms, Japanese and English.
//!
//! | Path below `/portal` | |
//! |---|---|
//! | `/sign-in` `/second-factor` `/sign-out` | a session; a text message's code where the account wants one |
//! | `/forgot` `/forgot/way` `/forgot/code` | a new password by a code, mailed or texted |
//! | `/recover` `/recover/status` | a new password by facts that only the owner knows |
//! | `/security` | password, app passwords, sign out everywhere |
//! | `/admin` | the domain's owner resets a mailbox; the registrar's contact |
pub mod acts;
mod bounds;
pub mod directory;
pub mod event;
pub(crate) mod html;
mod letter;
mod pages;
pub mod recovery;
mod rejection;
pub mod request;
mod sessions;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use acts::Refused;
pub use directory::{AppPassword, Delivery, Directory, Domain, Facts, Mailbox, SignInRefused};
pub use event::{Event, Happened, Way};
pub use recovery::{Answers, CaseState, Score};
pub use request::{Answer, Language, Method, Request};

use acts::Code;
use bounds::Tries;
use recovery::Cases;
use sessions::Sessions;
pub use sessions::{Browser, COOKIE};

/// What the portal remembers; all of it is bounded.
#[derive(Debug, Default)]
pub struct Portal {
    sessions: Sessions,
    /// Codes that were sent, by account.
    codes: BTreeMap<String, Code>,
    cases: Cases,
    tries: Tries,
}

impl Portal {
    /// Answer a request for a path at or below `/portal`.
    pub fn answer(&mut self, request: &Request<'_>, directory: &mut dyn Directory) -> Answer {
        pages::answer(self, request, directory)
    }

    /// Who is signed in at the browser that sends this cookie.
    #[must_use]
    pub fn browser(&self, cookie: Option<&str>, now: Timestamp) -> Option<Browser> {
        self.sessions.browser(cookie?, now)
    }

    /// No browser is signed in to this account any more.
    pub fn end_sessions(&mut self, account: &str) {
        self.sessions.end_all(account);
    }

    /// The browser that sends this cookie is signed in no more.
    pub fn sign_out_browser(&mut self, cookie: Option<&str>) {
        if let Some(cookie) = cookie {
            self.sessions.end(cookie);
        }
    }

    /// As at the start: sessions, codes and cases are forgotten.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}
