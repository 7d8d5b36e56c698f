//! Names that choose a behaviour, so that many clients can share one server without a word to the control API.
//!
//! A user name `FAILURE+name` is that account and meets that failure: `account-locked+taro@postfail.test`. A server
//! name in the ClientHello (RFC 6066 section 3) chooses the TLS window, `tls1-0.postfail.test`, or the certificate,
//! `expired.postfail.test`.
use crate::certificates;
use crate::listener::{TlsVersion, Window};
use crate::profile::FAILURES;

/// How a failure that a user name chooses is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    /// The log-in is refused, whatever the password; where the failure is silence, it is never answered.
    LogIn,
    /// The same without TLS; under TLS the right password lets in.
    InTheClear,
    /// The right password lets in, and whatever is asked next is refused.
    Next,
    /// The right password lets in; SMTP refuses the sender.
    Sender,
    /// The right password lets in; IMAP keeps nothing more, and SMTP takes no mail for this name.
    Room,
}

/// Failures that nobody who logs in can meet: they come before a log-in, or without one, or from a token endpoint.
const NEVER_MET: [&str; 15] = [
    "auth-not-offered",
    "client-loop",
    "client-secret-expired",
    "device-declined",
    "device-expired",
    "device-pending",
    "device-slow-down",
    "legacy-tls-refused",
    "not-authenticated",
    "pop-before-smtp-ended",
    "port-blocked",
    "refresh-token-expired",
    "refresh-token-revoked",
    "starttls-unavailable",
    "wrong-encryption-mode",
];

/// How a failure is met under a user name; `None` when it cannot be.
#[must_use]
pub fn met(failure: &str) -> Option<Met> {
    match failure {
        _ if NEVER_MET.contains(&failure) => None,
        "plaintext-refused" => Some(Met::InTheClear),
        "idle-timeout" | "oauth-token-expired-midsession" => Some(Met::Next),
        "sender-mismatch" => Some(Met::Sender),
        "over-quota" => Some(Met::Room),
        _ => FAILURES.contains(&failure).then_some(Met::LogIn),
    }
}

/// The failures that a user name can choose, and how each is met.
pub fn failures() -> impl Iterator<Item = (&'static str, Met)> {
    FAILURES.into_iter().filter_map(|failure| met(failure).map(|met| (failure, met)))
}

/// Short words for failures that are often wanted.
pub const ALIASES: [(&str, &str); 14] = [
    ("app", "app-password-required"),
    ("basic", "basic-auth-disabled"),
    ("busy", "connection-limit"),
    ("disabled", "account-disabled"),
    ("expired", "password-expired"),
    ("full", "over-quota"),
    ("inuse", "mailbox-locked"),
    ("locked", "account-locked"),
    ("mfa", "mfa-required"),
    ("off", "protocol-disabled"),
    ("suspended", "account-suspended"),
    ("temp", "temp-failure"),
    ("web", "web-login-required"),
    ("wrong", "bad-password"),
];

/// The server names that choose a window.
pub const WINDOWS: [(&str, TlsVersion); 4] = [
    ("tls1-0.postfail.test", TlsVersion::V1_0),
    ("tls1-1.postfail.test", TlsVersion::V1_1),
    ("tls1-2.postfail.test", TlsVersion::V1_2),
    ("tls1-3.postfail.test", TlsVersion::V1_3),
];

/// `locked+taro@postfail.test` is account-locked and `taro@postfail.test`; letters in any case.
pub fn failure(user: &str) -> Option<(&'static str, &str)> {
    let (word, name) = user.split_once('+')?;
    let is = |known: &str| known.eq_ignore_ascii_case(word);
    let alias = ALIASES.into_iter().find(|(short, _)| is(short)).map(|(_, failure)| failure);
    let failure = alias.or_else(|| FAILURES.into_iter().find(|failure| is(failure)))?;
    met(failure).map(|_| (failure, name))
}

/// The kind of certificate a server name asks for, letters in any case: `expired.postfail.test`.
pub fn certificate(server_name: &str) -> Option<&'static str> {
    certificates::names().find(|kind| {
        let rest = server_name.get(..kind.len()).filter(|label| label.eq_ignore_ascii_case(kind));
        rest.is_some_and(|label| server_name[label.len()..].eq_ignore_ascii_case(".postfail.test"))
    })
}

/// The window a server name asks for, letters in any case.
pub fn window(server_name: &str) -> Option<Window> {
    let chosen = WINDOWS.iter().find(|(name, _)| name.eq_ignore_ascii_case(server_name));
    chosen.map(|(_, version)| Window { min: *version, max: *version })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_name_names_its_failure() {
        for (user, expected) in [
            ("account-locked+taro@postfail.test", Some(("account-locked", "taro@postfail.test"))),
            ("LOCKED+taro", Some(("account-locked", "taro"))),
            ("locked+web+taro", Some(("account-locked", "web+taro"))),
            ("news+taro@postfail.test", None),
            ("port-blocked+taro", None),
            ("full+taro", Some(("over-quota", "taro"))),
            ("taro@postfail.test", None),
        ] {
            assert_eq!(failure(user), expected, "{user}");
        }
    }

    #[test]
    fn short_words_stand_for_failures_and_hide_none() {
        for (short, long) in ALIASES {
            assert!(met(long).is_some(), "{long}");
            assert!(!FAILURES.contains(&short), "{short}");
        }
    }

    #[test]
    fn what_cannot_be_met_is_a_failure_all_the_same() {
        assert!(NEVER_MET.iter().all(|failure| FAILURES.contains(failure)));
        assert_eq!(failures().count(), FAILURES.len() - NEVER_MET.len());
        assert_eq!(
            (met("hang"), met("over-quota"), met("port-blocked")),
            (Some(Met::LogIn), Some(Met::Room), None)
        );
    }

    #[test]
    fn a_server_name_names_its_window() {
        let only = |version| Some(Window { min: version, max: version });
        assert_eq!(window("tls1-0.postfail.test"), only(TlsVersion::V1_0));
        assert_eq!(window("TLS1-3.Postfail.Test"), only(TlsVersion::V1_3));
        assert_eq!(window("postfail.test"), None);
    }

    #[test]
    fn a_server_name_names_its_certificate() {
        assert_eq!(certificate("expired.postfail.test"), Some("expired"));
        assert_eq!(certificate("Expired-Intermediate.POSTFAIL.test"), Some("expired-intermediate"));
        for other in [
            "expired",
            "expired.example.com",
            "expired-.postfail.test",
            "postfail.test",
            "期限.postfail.test",
        ] {
            assert_eq!(certificate(other), None, "{other}");
        }
    }
}
