use std::time::Duration;

use super::*;
use crate::world::Limits;

const PLAIN: Situation = Situation { secured: false, authenticated: false, bound: false, certified: false };
const TLS: Situation = Situation { secured: true, ..PLAIN };
const INSIDE: Situation = Situation { authenticated: true, ..TLS };

fn policy(protocol: Protocol, plain: &[&str], tls: &[&str]) -> Policy {
    let listing = |words: &[&str]| {
        Some(Listing { words: words.iter().map(|word| (*word).to_owned()).collect(), text: None })
    };
    let mechanisms = ["PLAIN", "LOGIN"].map(str::to_owned).to_vec();
    let capabilities = Capabilities {
        plain: listing(plain),
        tls: listing(tls),
        mechanisms: mechanisms.clone(),
        ..Capabilities::default()
    };
    let limits = Limits {
        line: 0,
        message: 0,
        recipients: 0,
        command: 0,
        errors: 0,
        idle_before_login: Duration::ZERO,
        idle_after_login: Duration::ZERO,
    };
    Policy {
        protocol,
        security: Security::StartTls,
        host: String::new(),
        mechanisms,
        require_tls: false,
        require_login: false,
        greeting: String::new(),
        capabilities,
        limits,
    }
}

fn shown(policy: &Policy, now: Situation) -> String {
    policy.listed(now).expect("a list").join(";")
}

#[test]
fn what_is_not_given_is_left_to_the_session() {
    let mut policy = policy(Protocol::Imap, &["IMAP4rev1"], &[]);
    policy.capabilities.tls = None;
    assert_eq!(policy.listed(TLS), None);
    assert_eq!(policy.listed(INSIDE), None);
    assert!(!policy.withholds("IDLE", TLS), "nothing is known of it");
    assert!(policy.withholds("IDLE", PLAIN));
    policy.protocol = Protocol::Smtp;
    assert_eq!(policy.listed(Situation { authenticated: true, ..PLAIN }).map(|list| list.len()), Some(2));
}

#[test]
fn a_list_is_said_as_it_is_where_the_listener_is_as_the_provider_is() {
    let tls = ["IMAP4rev1", "X-GM-EXT-1", "AUTH=XOAUTH2", "AUTH=PLAIN", "IDLE"];
    let policy = policy(Protocol::Imap, &[], &tls);
    assert_eq!(shown(&policy, TLS), "IMAP4rev1;X-GM-EXT-1;AUTH=XOAUTH2;AUTH=PLAIN;IDLE");
    assert!(!policy.withholds("idle", TLS));
}

#[test]
fn starttls_is_listed_where_tls_can_begin() {
    let lists = ["SIZE 10", "STARTTLS", "HELP"];
    let mut policy = policy(Protocol::Smtp, &lists, &lists);
    assert_eq!(shown(&policy, PLAIN), "SIZE 10;STARTTLS;HELP;AUTH PLAIN LOGIN");
    assert_eq!(shown(&policy, TLS), "SIZE 10;HELP;AUTH PLAIN LOGIN");
    policy.security = Security::Plain;
    assert_eq!(shown(&policy, PLAIN), "SIZE 10;HELP;AUTH PLAIN LOGIN");
    assert!(!policy.withholds("SIZE", PLAIN));
}

#[test]
fn log_in_is_listed_where_it_may_be_tried() {
    for (protocol, plain, open, closed) in [
        (
            Protocol::Imap,
            &["IMAP4rev1", "LOGINDISABLED"][..],
            "IMAP4rev1;AUTH=PLAIN;AUTH=LOGIN",
            "IMAP4rev1;LOGINDISABLED",
        ),
        (Protocol::Imap, &["AUTH=PLAIN", "IMAP4rev1"], "AUTH=PLAIN;IMAP4rev1", "IMAP4rev1;LOGINDISABLED"),
        (Protocol::Pop3, &["TOP", "SASL", "UIDL"], "TOP;SASL PLAIN LOGIN;UIDL;USER", "TOP;UIDL"),
        (Protocol::Pop3, &["USER", "SASL PLAIN"], "USER;SASL PLAIN", ""),
        (Protocol::Smtp, &["AUTH LOGIN XOAUTH2", "DSN"], "AUTH LOGIN XOAUTH2;DSN", "DSN"),
    ] {
        let mut policy = policy(protocol, plain, &[]);
        assert_eq!(shown(&policy, PLAIN), open);
        policy.require_tls = true;
        assert_eq!(shown(&policy, PLAIN), closed);
    }
}

#[test]
fn a_listener_with_other_mechanisms_lists_them() {
    let mut policy = policy(Protocol::Smtp, &["AUTH LOGIN XYMCOOKIE PLAIN"], &[]);
    policy.mechanisms = vec!["PLAIN".to_owned(), "CRAM-MD5".to_owned()];
    assert_eq!(shown(&policy, PLAIN), "AUTH XYMCOOKIE PLAIN CRAM-MD5");
    policy.mechanisms.clear();
    assert_eq!(shown(&policy, PLAIN), "", "no log-in at all");
}
