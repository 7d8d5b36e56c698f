use super::*;
use crate::issue::Consent;
use crate::provider::Person;
use crate::{Issuer, Service};

const DAY: i64 = 86_400;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + seconds).unwrap()
}

/// A provider, and numbers for it.
struct Fixture {
    provider: Provider,
    number: u64,
}

impl Fixture {
    fn new() -> Self {
        Self { provider: Provider::new([1; 32]), number: 0 }
    }

    fn sign_in(&mut self, issuer: Issuer, seconds: i64) -> Tokens {
        self.sign_in_as(issuer, seconds, false, false)
    }

    fn sign_in_as(&mut self, issuer: Issuer, seconds: i64, spa: bool, second_factor: bool) -> Tokens {
        let scope = issuer.mail_scopes();
        let (account, client, nonce) = ("taro", "mail", None);
        let consent = Consent { issuer, account, client, scope: &scope, second_factor, spa, nonce };
        let grant = self.provider.consent(&consent, at(seconds));
        let number = &mut self.number;
        self.provider.issue(grant, at(seconds), &mut || count(number)).unwrap()
    }

    fn refresh(&mut self, token: &str, seconds: i64) -> Result<Tokens, Reason> {
        let number = &mut self.number;
        let refreshed = self.provider.refresh(token, "mail", None, None, at(seconds), &mut || count(number));
        refreshed.map_err(|denial| denial.reason)
    }
}

fn count(number: &mut u64) -> u64 {
    *number += 1;
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[test]
fn each_issuer_rotates_as_it_does() {
    // Google: the same for ever. Microsoft: another each time, and the old one stays good. By the book: the old one
    // ends, and shown again it ends them all.
    let mut fixture = Fixture::new();
    let first = fixture.sign_in(Issuer::Google, 0).refresh.unwrap();
    for hour in 1..5 {
        assert_eq!(fixture.refresh(&first, hour * 3_600).unwrap().refresh, None);
    }
    let first = fixture.sign_in(Issuer::Microsoft, 0).refresh.unwrap();
    let second = fixture.refresh(&first, 3_600).unwrap().refresh.unwrap();
    assert_ne!(first, second);
    assert!(fixture.refresh(&first, 7_200).is_ok());
    assert!(fixture.refresh(&second, 7_200).is_ok());
    let first = fixture.sign_in(Issuer::Generic, 0).refresh.unwrap();
    let second = fixture.refresh(&first, 3_600).unwrap();
    assert_eq!(fixture.refresh(&first, 3_700), Err(Reason::RefreshReused));
    assert_eq!(fixture.refresh(second.refresh.as_deref().unwrap(), 3_800), Err(Reason::RefreshReused));
    let access = fixture.provider.check_access(&second.access, Service::Imap, at(3_900));
    assert!(access.is_err(), "{access:?}");
}

#[test]
fn unused_for_ninety_days_it_is_over() {
    let mut fixture = Fixture::new();
    let token = fixture.sign_in(Issuer::Microsoft, 0).refresh.unwrap();
    // Each use begins the count anew.
    assert!(fixture.refresh(&token, 89 * DAY).is_ok());
    assert!(fixture.refresh(&token, (89 + 89) * DAY).is_ok());
    assert_eq!(fixture.refresh(&token, (89 + 89 + 91) * DAY), Err(Reason::RefreshIdle));
    // Signing in again mends it.
    let again = fixture.sign_in(Issuer::Microsoft, 270 * DAY).refresh.unwrap();
    assert!(fixture.refresh(&again, 271 * DAY).is_ok());
    assert_eq!(fixture.refresh(&token, 271 * DAY), Err(Reason::RefreshIdle));
}

#[test]
fn a_single_page_application_has_a_day_in_all() {
    let mut fixture = Fixture::new();
    let first = fixture.sign_in_as(Issuer::Microsoft, 0, true, false).refresh.unwrap();
    let second = fixture.refresh(&first, DAY - 1).unwrap().refresh.unwrap();
    assert_eq!(fixture.refresh(&second, DAY), Err(Reason::RefreshSpa));
}

#[test]
fn rules_change_under_a_client() {
    type Rule = fn(&mut crate::Policy);
    let table: [(Rule, i64, Reason); 5] = [
        (|policy| policy.mfa = true, 60, Reason::SecondFactor),
        (|policy| policy.conditional_access = true, 60, Reason::ConditionalAccess),
        (
            |policy| policy.sign_in_frequency = Some(Duration::from_secs(36_000)),
            36_000,
            Reason::SignInFrequency,
        ),
        (|policy| policy.test_app = true, 7 * DAY, Reason::RefreshExpired),
        (|policy| policy.refresh = Some(Duration::from_secs(3_600)), 3_600, Reason::RefreshExpired),
    ];
    for issuer in Issuer::ALL {
        for (rule, seconds, reason) in table {
            let mut fixture = Fixture::new();
            fixture.provider.policy_mut(issuer).rotation = Rotation::Keep;
            let token = fixture.sign_in(issuer, 0).refresh.unwrap();
            assert!(fixture.refresh(&token, seconds - 1).is_ok(), "{issuer} {reason:?}");
            rule(fixture.provider.policy_mut(issuer));
            assert_eq!(fixture.refresh(&token, seconds), Err(reason), "{issuer}");
        }
    }
    // Who gave a second factor goes on.
    let mut fixture = Fixture::new();
    let token = fixture.sign_in_as(Issuer::Microsoft, 0, false, true).refresh.unwrap();
    fixture.provider.policy_mut(Issuer::Microsoft).mfa = true;
    assert!(fixture.refresh(&token, 60).is_ok());
}

#[test]
fn what_ends_a_grant_says_why() {
    for (why, reason) in [
        (Ended::Revoked, Reason::RefreshRevoked),
        (Ended::Consent, Reason::ConsentWithdrawn),
        (Ended::Client, Reason::RefreshRevoked),
    ] {
        let mut fixture = Fixture::new();
        let token = fixture.sign_in(Issuer::Microsoft, 0).refresh.unwrap();
        fixture.provider.end("taro", why, at(100));
        // The first cause stays.
        fixture.provider.end("taro", Ended::Reuse, at(200));
        let number = &mut fixture.number;
        let denial =
            fixture.provider.refresh(&token, "mail", None, None, at(300), &mut || count(number)).unwrap_err();
        assert_eq!(denial.reason, reason);
        assert_eq!((denial.about.issued, denial.about.valid_from), (Some(at(0)), Some(at(100))));
    }
}

#[test]
fn it_is_bound_to_its_client_and_its_scopes() {
    let mut fixture = Fixture::new();
    let token = fixture.sign_in(Issuer::Generic, 0).refresh.unwrap();
    let number = &mut fixture.number;
    let draw = &mut || count(number);
    let mut ask = |client, scope| {
        let asked = fixture.provider.refresh(&token, client, scope, None, at(1), draw);
        asked.map(|tokens| tokens.scope).map_err(|denial| denial.reason)
    };
    assert_eq!(ask("another", None), Err(Reason::InvalidGrant));
    assert_eq!(ask("mail", Some("imap calendar")), Err(Reason::InvalidScope));
    assert_eq!(ask("mail", Some("imap")), Ok("imap".to_owned()));
}

#[test]
fn a_person_may_have_other_limits() {
    let mut fixture = Fixture::new();
    let refresh_idle = Some(Duration::from_secs(60));
    fixture.provider.set_person("taro", Person { refresh_idle, ..Person::default() });
    let token = fixture.sign_in(Issuer::Google, 0).refresh.unwrap();
    assert_eq!(fixture.refresh(&token, 60), Err(Reason::RefreshIdle));
    assert_eq!(fixture.refresh("1//0nobody's", 0), Err(Reason::RefreshUnknown));
    assert_eq!(fixture.provider.owner(&token), Some("taro"));
}
