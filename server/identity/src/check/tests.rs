use std::time::Duration;

use super::*;
use crate::grant::Ended;
use crate::issue::Consent;
use crate::provider::Person;
use crate::{Flaw, Tokens};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + seconds).unwrap()
}

fn provider() -> Provider {
    Provider::new([7; 32])
}

fn consent(issuer: Issuer, scope: &str) -> Consent<'_> {
    let (account, client, nonce) = ("taro", "a-client", None);
    Consent { issuer, account, client, scope, second_factor: false, spa: false, nonce }
}

fn issue(provider: &mut Provider, issuer: Issuer, scope: &str) -> Tokens {
    let mut number = 0x0123_4567_89ab_cdef_u64;
    let mut draw = || {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        number
    };
    let grant = provider.consent(&consent(issuer, scope), at(0));
    provider.issue(grant, at(0), &mut draw).unwrap()
}

#[test]
fn a_token_is_good_until_its_time_is_over() {
    for issuer in Issuer::ALL {
        let mut provider = provider();
        let tokens = issue(&mut provider, issuer, &issuer.mail_scopes());
        let check = |seconds| provider.check_access(&tokens.access, Service::Imap, at(seconds));
        let subject = check(0).unwrap();
        assert_eq!(subject.account.as_deref(), Some("taro"));
        assert_eq!(subject.expires_at, at(3_600));
        assert!(check(3_599).is_ok(), "{issuer}");
        assert_eq!(check(3_600), Err(TokenRefusal::Expired), "{issuer}");
        assert_eq!(tokens.expires_at, at(3_600));
        assert!(!format!("{tokens:?}").contains(&tokens.access));
    }
}

#[test]
fn each_flaw_is_found_out() {
    let table = [
        (Flaw::BadSignature, TokenRefusal::BadSignature),
        (Flaw::AlgNone, TokenRefusal::AlgNone),
        (Flaw::WrongAudience, TokenRefusal::WrongAudience),
        (Flaw::WrongScope, TokenRefusal::WrongScope),
        (Flaw::NotYetValid, TokenRefusal::NotYetValid),
        (Flaw::Expired, TokenRefusal::Expired),
    ];
    assert_eq!(table.map(|(flaw, _)| flaw), Flaw::ALL);
    for issuer in [Issuer::Microsoft, Issuer::Generic] {
        for (flaw, refusal) in table {
            let mut provider = provider();
            provider.policy_mut(issuer).flaw = Some(flaw);
            let tokens = issue(&mut provider, issuer, &issuer.mail_scopes());
            let found = provider.check_access(&tokens.access, Service::Imap, at(1));
            assert_eq!(found, Err(refusal), "{issuer} {flaw:?}");
        }
    }
    // Google's are opaque: what was never registered is unknown.
    let mut provider = provider();
    provider.policy_mut(Issuer::Google).flaw = Some(Flaw::AlgNone);
    let tokens = issue(&mut provider, Issuer::Google, "https://mail.google.com/");
    let found = provider.check_access(&tokens.access, Service::Imap, at(1));
    assert!(matches!(found, Err(TokenRefusal::Unknown | TokenRefusal::AlgNone)), "{found:?}");
}

#[test]
fn a_token_opens_what_was_asked_for_and_nothing_else() {
    let mut provider = provider();
    let tokens = issue(&mut provider, Issuer::Generic, "imap");
    assert!(provider.check_access(&tokens.access, Service::Imap, at(0)).is_ok());
    for service in [Service::Pop3, Service::Smtp] {
        let found = provider.check_access(&tokens.access, service, at(0));
        assert_eq!(found, Err(TokenRefusal::WrongScope));
    }
    let tokens = issue(&mut provider, Issuer::Microsoft, "https://graph.microsoft.com/Mail.Read");
    let found = provider.check_access(&tokens.access, Service::Imap, at(0));
    assert_eq!(found, Err(TokenRefusal::WrongAudience));
}

#[test]
fn revoking_ends_access_where_the_issuer_does_that() {
    for (issuer, expected) in [
        (Issuer::Microsoft, None),
        (Issuer::Google, Some(TokenRefusal::Revoked)),
        (Issuer::Generic, Some(TokenRefusal::Revoked)),
    ] {
        let mut provider = provider();
        let tokens = issue(&mut provider, issuer, &issuer.mail_scopes());
        provider.end("taro", Ended::Revoked, at(10));
        let found = provider.check_access(&tokens.access, Service::Imap, at(11)).err();
        assert_eq!(found, expected, "{issuer}");
    }
}

#[test]
fn a_person_may_have_other_lifetimes() {
    let mut provider = provider();
    let access = Some(Duration::from_secs(60));
    provider.set_person("taro", Person { issuer: Issuer::Microsoft, access, ..Person::default() });
    let tokens = issue(&mut provider, Issuer::Microsoft, &Issuer::Microsoft.mail_scopes());
    assert_eq!(tokens.expires_in, 59);
    let found = provider.check_access(&tokens.access, Service::Imap, at(60));
    assert_eq!(found, Err(TokenRefusal::Expired));
}

#[test]
fn what_is_no_token_is_told_from_what_is_unknown() {
    let provider = provider();
    for (token, refusal) in [
        ("", TokenRefusal::Malformed),
        ("a b", TokenRefusal::Malformed),
        ("\u{e9}", TokenRefusal::Malformed),
        ("a\"", TokenRefusal::Malformed),
        ("abc", TokenRefusal::Unknown),
        ("ya29.abc", TokenRefusal::Unknown),
        ("eyJhbGciOiJub25lIn0.e30.", TokenRefusal::AlgNone),
    ] {
        assert_eq!(provider.check_access(token, Service::Imap, at(0)), Err(refusal), "{token}");
    }
    let long = "a".repeat(1 << 20);
    assert_eq!(provider.check_access(&long, Service::Imap, at(0)), Err(TokenRefusal::Unknown));
}
