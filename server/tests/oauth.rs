//! The built-in client with a token that has expired: refreshed once at the world's own token endpoint, or told why not.
use std::time::Duration;

use postfail::change::{Change, Consent};
use postfail::client::oauth::{Endpoint, Keep, Mechanism, Tokens};
use postfail::client::{self, OAuth, Setup, TlsCeiling, Trouble};
use postfail::journal::Filter;
use postfail::{Handle, ListenerName, Pace, Postfail};

fn value(mail: &Handle, name: &str) -> String {
    let variables = mail.variables();
    let found = variables.iter().find(|variable| variable.name == name);
    found.unwrap_or_else(|| panic!("no {name}")).value.clone()
}

/// A client of a listener, with what the first account was given at sign-in.
fn setup(mail: &Handle, name: ListenerName, mechanism: Mechanism, keep: Keep) -> Setup {
    let url = mail.place(name).url();
    Setup {
        address: url.parse().unwrap(),
        user: value(mail, "user"),
        password: String::new(),
        oauth: Some(OAuth {
            mechanism,
            tokens: Tokens {
                access_token: value(mail, "access.token"),
                refresh_token: value(mail, "refresh.token"),
            },
            endpoint: Some(Endpoint {
                url: value(mail, "token.url"),
                client_id: value(mail, "client.id"),
                client_secret: None,
            }),
            keep,
        }),
        ca: Some(mail.ca_file().to_owned()),
        certificate: None,
        external: false,
        tls_max: TlsCeiling::Tls13,
        timeout: Duration::from_secs(20),
        careless: false,
    }
}

/// On a thread of its own, as it blocks.
async fn once(setup: &Setup) -> Result<String, Trouble> {
    let setup = setup.clone();
    tokio::task::spawn_blocking(move || client::once(&setup)).await.unwrap()
}

/// Log-ins granted and refused.
fn log_ins(mail: &Handle) -> (usize, usize) {
    let filter = Filter { kind: Some("log_in".to_owned()), ..Filter::default() };
    let all: Vec<String> = mail.entries(&filter).iter().map(|entry| format!("{entry:?}")).collect();
    let refused = all.iter().filter(|entry| entry.contains("oauth-token-expired")).count();
    (all.len() - refused, refused)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_refreshed_once_and_the_new_one_kept() {
    for profile in ["postfail", "gmail", "outlook.com"] {
        let asked = Postfail::healthy().profile(profile).pace(Pace::Instant).verify_on_drop(false);
        let mail = asked.start().await.unwrap();
        let doors = [ListenerName::Imaps, ListenerName::Pop3s, ListenerName::Smtps];
        let mechanisms = match profile {
            "outlook.com" => &[Mechanism::Xoauth2][..],
            _ => &[Mechanism::Xoauth2, Mechanism::Oauthbearer],
        };
        for (at, (door, mechanism)) in
            doors.iter().flat_map(|door| mechanisms.iter().map(move |by| (*door, *by))).enumerate()
        {
            let keep = Keep::default();
            let setup = setup(&mail, door, mechanism, keep.clone());
            // Refreshed tokens of issuers that replace them end those given at sign-in: begin anew.
            let consent = Consent { account: "taro".to_owned(), ..Consent::default() };
            mail.apply(&[Change::Consent(consent)]).await.unwrap();
            let setup = Setup {
                oauth: setup.oauth.map(|oauth| OAuth {
                    tokens: Tokens {
                        access_token: value(&mail, "access.token"),
                        refresh_token: value(&mail, "refresh.token"),
                    },
                    ..oauth
                }),
                ..setup
            };
            once(&setup).await.unwrap_or_else(|trouble| panic!("{profile} {door}: {trouble}"));
            mail.advance("61m").await.unwrap();
            for _ in 0..2 {
                once(&setup).await.unwrap_or_else(|trouble| panic!("{profile} {door}: {trouble}"));
            }
            // The second visit after the hour came with what was kept.
            assert_eq!(log_ins(&mail), (3 * (at + 1), at + 1), "{profile} {door}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_refreshed_is_told() {
    let asked = Postfail::healthy().profile("outlook.com").pace(Pace::Instant).verify_on_drop(false);
    let mail = asked.start().await.unwrap();
    let setup = setup(&mail, ListenerName::Imaps, Mechanism::Xoauth2, Keep::default());
    mail.advance("91d").await.unwrap();
    let trouble = once(&setup).await.unwrap_err();
    let said = trouble.to_string();
    assert_eq!(trouble.exit_code(), 77);
    for words in ["AUTHENTICATE failed.", "HTTP 400, invalid_grant", "AADSTS", "sign in again"] {
        assert!(said.contains(words), "no {words:?} in {said}");
    }
    assert_eq!(log_ins(&mail), (0, 1));
    let alone = setup.oauth.clone().map(|oauth| OAuth { endpoint: None, ..oauth });
    let said = once(&Setup { oauth: alone, ..setup }).await.unwrap_err().to_string();
    assert!(said.contains("nothing to refresh the token with"), "{said}");
}
