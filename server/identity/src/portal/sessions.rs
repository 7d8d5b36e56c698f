//! Browser sessions: a cookie's value, a token against forged forms, and how far its person has come.
use std::collections::VecDeque;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq;

use super::acts::Code;
use super::request::Language;

/// The cookie's name.
pub const COOKIE: &str = "postfail_session";
/// Most sessions at once; the one unused for longest makes room.
const SESSIONS_MAX: usize = 1_000;
/// A session ends after so much virtual time without a request.
const IDLE: SignedDuration = SignedDuration::from_hours(12);

/// One browser's.
#[derive(Clone, Default)]
pub struct Session {
    id: String,
    pub(super) csrf: String,
    pub(super) language: Option<Language>,
    /// Who is signed in.
    pub(super) account: Option<String>,
    pub(super) signed_in: Timestamp,
    /// By a second step too.
    pub(super) second_factor: bool,
    /// Whose password was right, and the code still to be given.
    pub(super) pending: Option<(String, Code)>,
    /// Whose password is being reset.
    pub(super) resetting: Option<String>,
    /// Where to go behind the sign-in.
    pub(super) next: Option<String>,
    /// Shown once, on the next page: a new app password, what was done.
    pub(super) flash: Option<String>,
    seen: Timestamp,
}

/// Who is signed in at a browser: for the pages of the identity provider.
#[derive(Clone)]
pub struct Browser {
    pub account: String,
    pub signed_in: Timestamp,
    /// By a second step too.
    pub second_factor: bool,
    /// The language chosen at the portal.
    pub language: Option<Language>,
    /// What its forms have to send along.
    pub(crate) csrf: String,
}

/// All of them, the one used last at the end.
#[derive(Debug, Default)]
pub(super) struct Sessions(VecDeque<Session>);

impl Sessions {
    /// Take the session of a cookie out, to be put back by `keep`; a new one where there is none.
    pub(super) fn take(&mut self, cookie: Option<&str>, random: [u8; 32], now: Timestamp) -> (Session, bool) {
        let found = cookie.and_then(|id| self.0.iter().position(|session| session.is(id)));
        match found.and_then(|at| self.0.remove(at)).filter(|session| session.is_alive(now)) {
            Some(session) => (Session { seen: now, ..session }, false),
            None => (Session::new(random, now), true),
        }
    }

    pub(super) fn keep(&mut self, session: Session) {
        if self.0.len() >= SESSIONS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(session);
    }

    pub(super) fn browser(&self, cookie: &str, now: Timestamp) -> Option<Browser> {
        let session = self.0.iter().find(|session| session.is(cookie) && session.is_alive(now))?;
        let Session { account, signed_in, second_factor, language, csrf, .. } = session.clone();
        Some(Browser { account: account?, signed_in, second_factor, language, csrf })
    }

    pub(super) fn end(&mut self, cookie: &str) {
        self.0.retain(|session| !session.is(cookie));
    }

    /// No browser is signed in to this account any more.
    pub(super) fn end_all(&mut self, account: &str) {
        self.0.retain(|session| session.account.as_deref() != Some(account));
    }
}

impl Session {
    fn new(random: [u8; 32], now: Timestamp) -> Self {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let (id, csrf) = random.split_at(16);
        Self { id: hex(id), csrf: hex(csrf), seen: now, ..Self::default() }
    }

    /// Another cookie for what is now signed in: one that somebody planted before is worth nothing (RFC 6265
    /// section 8.4, session fixation).
    pub(super) fn renew(&mut self, random: [u8; 32], now: Timestamp) {
        let (language, next) = (self.language, self.next.take());
        *self = Self { language, next, ..Self::new(random, now) };
    }

    /// RFC 6265 section 4.1. `Lax`: a sign-in begun by another site's link must find its session.
    pub(super) fn cookie(&self, secure: bool) -> String {
        let secure = if secure { "; Secure" } else { "" };
        format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Lax{secure}", self.id)
    }

    pub(super) fn is_csrf(&self, shown: &str) -> bool {
        self.csrf.as_bytes().ct_eq(shown.as_bytes()).into()
    }

    fn is(&self, id: &str) -> bool {
        self.id.as_bytes().ct_eq(id.as_bytes()).into()
    }

    fn is_alive(&self, now: Timestamp) -> bool {
        self.seen.saturating_add(IDLE).is_ok_and(|end| now < end)
    }
}

impl Browser {
    pub(crate) fn is_csrf(&self, shown: &str) -> bool {
        self.csrf.as_bytes().ct_eq(shown.as_bytes()).into()
    }
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browser").field("account", &self.account).finish_non_exhaustive()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("account", &self.account).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_found_renewed_ended_and_bounded() {
        let at = |second: i64| Timestamp::from_second(1_700_000_000 + second).unwrap();
        let mut sessions = Sessions::default();
        let (mut session, new) = sessions.take(None, [1; 32], at(0));
        assert!(new && session.cookie(false).starts_with("postfail_session=01010101"));
        let planted = session.id.clone();
        session.renew([2; 32], at(0));
        session.account = Some("taro".to_owned());
        let id = session.id.clone();
        sessions.keep(session);
        let mut known = |id: &str, second| {
            let (session, new) = sessions.take(Some(id), [3; 32], at(second));
            if !new {
                sessions.keep(session);
            }
            !new
        };
        assert!(!known(&planted, 1) && known(&id, 1));
        assert!(!known(&id, 13 * 3600), "unused for long");
        let mut session = Session::new([4; 32], at(0));
        let id = session.id.clone();
        session.account = Some("taro".to_owned());
        sessions.keep(session);
        sessions.end_all("taro");
        assert!(sessions.take(Some(&id), [5; 32], at(1)).1);
        for number in 0..1_500_u32 {
            let mut random = [0; 32];
            random[..4].copy_from_slice(&number.to_be_bytes());
            let (session, _) = sessions.take(None, random, at(2));
            sessions.keep(session);
        }
        assert_eq!(sessions.0.len(), SESSIONS_MAX);
    }
}
