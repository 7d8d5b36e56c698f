//! Each grant from its beginning to tokens that open the mailbox.
use postfail_session::world::Protocol;

use super::*;

pub(super) const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

fn opens(lab: &Lab, token: &str) -> bool {
    lab.world.check_token(token, Protocol::Imap, at(lab.seconds)).is_ok()
}

#[test]
fn a_code_gives_tokens_that_open_the_mailbox_and_are_refreshed() {
    for issuer in Issuer::ALL {
        let mut lab = Lab::new(issuer);
        let code = lab.code();
        let said = lab.redeem(&code);
        assert_eq!(said.reply.status, 200, "{issuer}: {}", said.reply.body);
        assert_eq!(said.text("token_type"), "Bearer");
        assert_eq!(said.header("Cache-Control"), Some("no-store"));
        assert!(opens(&lab, said.text("access_token")), "{issuer}");
        assert_eq!(said.text("id_token").split('.').count(), 3);
        lab.seconds = 3_600;
        assert!(!opens(&lab, said.text("access_token")), "{issuer}");
        let again = lab.refresh(said.text("refresh_token"));
        assert!(opens(&lab, again.text("access_token")), "{issuer}: {}", again.reply.body);
        assert_eq!(again.json["refresh_token"].is_string(), issuer != Issuer::Google);
    }
}

#[test]
fn a_code_is_good_once_for_its_client_for_a_while_and_with_its_verifier() {
    for issuer in Issuer::ALL {
        let mut lab = Lab::new(issuer);
        // Redeemed twice: the second time ends what the first gave.
        let code = lab.code();
        let tokens = lab.redeem(&code);
        assert_eq!(lab.redeem(&code).error(), (400, "invalid_grant"), "{issuer}");
        assert_eq!(lab.refresh(tokens.text("refresh_token")).error(), (400, "invalid_grant"), "{issuer}");
        let right = [
            ("grant_type", "authorization_code"),
            ("client_id", "mail-program"),
            ("redirect_uri", BACK),
            ("code_verifier", VERIFIER),
        ];
        for (name, wrong) in [
            ("client_id", "another"),
            ("redirect_uri", "http://127.0.0.1:9998/back"),
            ("code_verifier", CHALLENGE),
            ("code_verifier", ""),
        ] {
            let code = lab.code();
            let mut body: Vec<(&str, &str)> = vec![("code", &code)];
            body.extend(right.map(|(known, value)| (known, if known == name { wrong } else { value })));
            assert_eq!(lab.token(&body).error(), (400, "invalid_grant"), "{issuer} {name} {wrong}");
        }
        let code = lab.code();
        lab.seconds = 601;
        assert_eq!(lab.redeem(&code).error(), (400, "invalid_grant"), "{issuer}");
    }
}

#[test]
fn a_device_polls_until_a_person_decides() {
    for (issuer, pending, slow, declined) in [
        (Issuer::Microsoft, (400, "authorization_pending"), (400, "slow_down"), "authorization_declined"),
        (Issuer::Google, (428, "authorization_pending"), (403, "slow_down"), "access_denied"),
        (Issuer::Generic, (400, "authorization_pending"), (400, "slow_down"), "access_denied"),
    ] {
        for allow in [true, false] {
            let mut lab = Lab::new(issuer);
            let scope = lab.scope.clone();
            let asked = [("client_id", "tv"), ("scope", &*scope)];
            let given = lab.post(Endpoint::DeviceAuthorization, &asked);
            let (device, user) = (given.text("device_code").to_owned(), given.text("user_code").to_owned());
            let poll = [("grant_type", DEVICE), ("client_id", "tv"), ("device_code", &*device)];
            assert_eq!(lab.token(&poll).error(), pending, "{issuer}");
            // Too soon, and from then on ten seconds apart.
            assert_eq!(lab.token(&poll).error(), slow, "{issuer}");
            lab.seconds += 6;
            assert_eq!(lab.token(&poll).error(), slow, "{issuer}");
            lab.seconds += 20;
            assert_eq!(lab.token(&poll).error(), pending, "{issuer}");
            let typed = user.to_lowercase().replace('-', " ");
            let said = lab.get(Endpoint::Device, &[("user_code", &*user)]);
            let page = lab.sign_in(said);
            assert_eq!(Lab::hidden(&page, "user_code"), user, "{issuer}");
            let csrf = Lab::hidden(&page, "csrf");
            let person = [
                ("user_code", &*typed),
                ("csrf", &*csrf),
                ("decision", if allow { "allow" } else { "deny" }),
            ];
            assert_eq!(lab.post(Endpoint::Device, &person).reply.status, 200);
            let said = lab.token(&poll);
            if allow {
                assert!(opens(&lab, said.text("access_token")), "{issuer}: {}", said.reply.body);
                assert!(said.json["refresh_token"].is_string());
                assert_eq!(lab.token(&poll).error(), (400, "invalid_grant"), "{issuer}");
            } else {
                assert_eq!(said.error().1, declined, "{issuer}");
            }
        }
        let mut lab = Lab::new(issuer);
        let scope = lab.scope.clone();
        let given = lab.post(Endpoint::DeviceAuthorization, &[("client_id", "tv"), ("scope", &*scope)]);
        let device = given.text("device_code").to_owned();
        lab.seconds = given.json["expires_in"].as_i64().unwrap();
        let poll = [("grant_type", DEVICE), ("client_id", "tv"), ("device_code", &*device)];
        assert_eq!(lab.token(&poll).error().1, "expired_token", "{issuer}");
    }
}

#[test]
fn a_client_with_a_secret_speaks_for_itself() {
    let mut lab = Lab::new(Issuer::Generic);
    let secret = lab.world.client_secret().to_owned();
    let ask = [("grant_type", "client_credentials"), ("client_id", "postfail-web"), ("scope", "imap")];
    let mut right = ask.to_vec();
    right.push(("client_secret", &secret));
    let said = lab.token(&right);
    assert_eq!(said.reply.status, 200, "{}", said.reply.body);
    assert!(said.json["refresh_token"].is_null() && said.json["id_token"].is_null());
    assert_eq!(lab.token(&ask).error(), (401, "invalid_client"));
    lab.change(r#"[{"identity": {"secret_expired": true}}]"#);
    assert_eq!(lab.token(&right).error(), (401, "invalid_client"));
    let public = [("grant_type", "client_credentials"), ("client_id", "x"), ("scope", "imap")];
    assert_eq!(lab.token(&public).error(), (400, "unauthorized_client"));
    let mut lab = Lab::new(Issuer::Microsoft);
    let (mut right, scope) = (right.clone(), "https://outlook.office365.com/.default");
    right[2].1 = scope;
    assert_eq!(lab.token(&right).reply.status, 200);
}

#[test]
fn tokens_are_given_back_looked_into_and_tell_who_signed_in() {
    let mut lab = Lab::new(Issuer::Generic);
    let code = lab.code();
    let tokens = lab.redeem(&code);
    let (access, refresh) = (tokens.text("access_token").to_owned(), tokens.text("refresh_token").to_owned());
    let bearer = format!("Bearer {access}");
    let who = lab.send(true, "/generic/userinfo", "", b"", ["", &bearer]);
    assert_eq!(who.text("email"), "taro@postfail.test");
    let secret = lab.world.client_secret().to_owned();
    let look = |lab: &mut Lab, token: &str| {
        let body = [("client_id", "postfail-web"), ("client_secret", &*secret), ("token", token)];
        lab.post(Endpoint::Introspect, &body).json["active"].as_bool()
    };
    assert_eq!((look(&mut lab, &access), look(&mut lab, &refresh)), (Some(true), Some(true)));
    assert_eq!(look(&mut lab, "nobody's"), Some(false));
    // Another's token is not for anyone to give back.
    let stolen = lab.post(Endpoint::Revoke, &[("client_id", "thief"), ("token", &refresh)]);
    assert_eq!(stolen.error(), (400, "invalid_grant"));
    let gone = lab.post(Endpoint::Revoke, &[("client_id", "mail-program"), ("token", &refresh)]);
    assert_eq!(gone.reply.status, 200);
    assert_eq!((look(&mut lab, &access), look(&mut lab, &refresh)), (Some(false), Some(false)));
    assert!(!opens(&lab, &access));
    assert_eq!(lab.refresh(&refresh).error(), (400, "invalid_grant"));
    let who = lab.send(true, "/generic/userinfo", "", b"", ["", &bearer]);
    assert_eq!(who.reply.status, 401);
    assert!(who.header("WWW-Authenticate").unwrap().contains("invalid_token"));
}

#[test]
fn nobody_is_asked_where_consent_is_automatic() {
    for issuer in Issuer::ALL {
        let mut lab = Lab::new(issuer);
        lab.change(r#"[{"identity": {"auto_consent": true}}]"#);
        let mut parameters = lab.asking();
        parameters.push(("login_hint", "hanako@postfail.test".to_owned()));
        let code = lab.authorize(&parameters).back()["code"].clone();
        assert_eq!(lab.redeem(&code).reply.status, 200);
        let note = lab.world.journal().entries(&crate::journal::Filter::default()).last().unwrap().clone();
        let What::Token(token) = note.what else { panic!("{note:?}") };
        assert_eq!((token.account.as_deref(), token.status), (Some("hanako"), 200));
        assert_eq!((token.grant.as_str(), token.endpoint), ("authorization_code", "token"));
    }
}

#[test]
fn the_metadata_names_every_endpoint_there_is() {
    for issuer in Issuer::ALL {
        let mut lab = Lab::new(issuer);
        let said = lab.get(Endpoint::Metadata, &[]);
        for (key, value) in said.json.as_object().unwrap() {
            if key.ends_with("_endpoint") || key == "jwks_uri" {
                let path = value.as_str().unwrap().strip_prefix(BASE).unwrap();
                assert!(Place::at(path).is_some(), "{issuer} {key} {value}");
            }
        }
        assert!(said.text("issuer").starts_with(BASE));
        assert_eq!(lab.get(Endpoint::Jwks, &[]).json["keys"][0]["crv"], "P-256");
    }
}

/// What stands in the middle part of a JWT, or in a `client_info`.
fn claims(text: &str) -> Value {
    use base64::Engine as _;
    let part = text.split('.').nth(1).unwrap_or(text);
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[test]
fn tokens_name_the_issuer_as_discovery_does() {
    for issuer in [Issuer::Microsoft, Issuer::Generic] {
        let mut lab = Lab::new(issuer);
        let name = lab.get(Endpoint::Metadata, &[]).text("issuer").to_owned();
        let code = lab.code();
        let said = lab.redeem(&code);
        let again = lab.refresh(said.text("refresh_token"));
        for token in [said.text("id_token"), said.text("access_token"), again.text("access_token")] {
            assert_eq!(claims(token)["iss"], *name, "{issuer}");
        }
    }
}

#[test]
fn only_personal_accounts_are_in_the_directory_of_consumers() {
    let table = [
        ("/microsoft/organizations", false, false),
        ("/microsoft/common", false, false),
        ("/microsoft/common", true, true),
        ("/microsoft/consumers", true, true),
    ];
    for (root, personal, consumers) in table {
        let mut profile = neutral().clone();
        profile.identity.issuer = Issuer::Microsoft;
        profile.identity.personal = personal;
        let world = World::healthy(1, Arc::new(profile), &[WELCOME], at(0));
        let mut lab = Lab { world, root, ..Lab::new(Issuer::Microsoft) };
        let code = lab.code();
        let said = lab.redeem(&code);
        let tenant = claims(said.text("id_token"))["tid"].clone();
        assert_eq!(tenant == "9188040d-6c67-4c5b-b112-36a304b66dad", consumers, "{root} {personal}");
        assert_eq!(claims(said.text("client_info"))["utid"], tenant, "{root}");
    }
}
