//! Each refusal in its issuer's words.
use super::*;

const DAY: i64 = 86_400;

/// A refresh token of the mail program, and the answer to it once so many seconds are over and this has happened.
fn refused(lab: &mut Lab, seconds: i64, changes: &str) -> Said {
    let code = lab.code();
    let refresh = lab.redeem(&code).text("refresh_token").to_owned();
    lab.seconds += seconds;
    lab.change(changes);
    lab.refresh(&refresh)
}

#[test]
fn microsoft_numbers_its_errors() {
    let table = [
        ("organizations", 91 * DAY, "[]", 700_082),
        ("consumers", 91 * DAY, "[]", 70_000),
        ("organizations", 60, r#"[{"revoke_tokens": {"account": "taro"}}]"#, 50_173),
        ("organizations", 60, r#"[{"account": {"name": "taro", "password": "another"}}]"#, 50_173),
        ("organizations", 60, r#"[{"revoke_tokens": {"account": "taro", "why": "consent"}}]"#, 65_001),
        ("organizations", 60, r#"[{"identity": {"second_factor": true}}]"#, 50_076),
        ("organizations", 60, r#"[{"identity": {"conditional_access": true}}]"#, 53_003),
        ("organizations", 60, r#"[{"identity": {"sign_in_frequency": "1m"}}]"#, 70_043),
        ("organizations", 60, r#"[{"account": {"name": "taro", "act": "disable"}}]"#, 50_057),
        ("organizations", 60, r#"[{"account": {"name": "taro", "act": "delete"}}]"#, 50_034),
        ("organizations", 60, r#"[{"identity": {"endpoint": "down"}}]"#, 90_033),
    ];
    for (tenant, seconds, changes, code) in table {
        let mut lab = Lab::new(Issuer::Microsoft);
        lab.root = if tenant == "consumers" { "/microsoft/consumers" } else { "/microsoft/organizations" };
        let said = refused(&mut lab, seconds, changes);
        assert_eq!(said.json["error_codes"][0], code, "{}", said.reply.body);
        let error = if code == 90_033 { "temporarily_unavailable" } else { "invalid_grant" };
        assert_eq!(said.error().1, error);
        let description = said.text("error_description");
        assert!(description.starts_with(&format!("AADSTS{code}: ")), "{description}");
        for placeholder in ["{trace_id}", "{issued}", "{user}", "{client_id}", "{app}", "{valid_from}"] {
            assert!(!said.reply.body.contains(placeholder), "{}", said.reply.body);
        }
        assert!(!said.reply.body.contains("ID ''"), "{}", said.reply.body);
        assert!(said.text("trace_id").len() == 36 && said.text("timestamp").ends_with('Z'));
    }
}

#[test]
fn a_code_shown_twice_is_not_blamed_on_the_password() {
    for issuer in [Issuer::Microsoft, Issuer::Generic] {
        let mut lab = Lab::new(issuer);
        let code = lab.code();
        let refresh = lab.redeem(&code).text("refresh_token").to_owned();
        assert_eq!(lab.redeem(&code).error(), (400, "invalid_grant"));
        let said = lab.refresh(&refresh);
        assert_eq!(said.error(), (400, "invalid_grant"));
        let description = said.text("error_description");
        assert!(!description.contains("password"), "{description}");
        if issuer == Issuer::Generic {
            assert!(description.contains("shown again"), "{description}");
        } else {
            assert_eq!(said.json["error_codes"][0], 70_000);
        }
    }
}

#[test]
fn the_ninety_days_are_told_with_the_day_of_issue() {
    let mut lab = Lab::new(Issuer::Microsoft);
    let said = refused(&mut lab, 91 * DAY, "[]");
    assert!(said.text("error_description").contains("issued on 2026-05-28T"), "{}", said.reply.body);
    assert!(said.text("error_description").contains("inactive for 90.00:00:00"));
    // One day less, and it works.
    let mut lab = Lab::new(Issuer::Microsoft);
    assert_eq!(refused(&mut lab, 89 * DAY, "[]").reply.status, 200);
}

#[test]
fn google_has_one_text_for_all_of_it() {
    for changes in [
        r#"[{"revoke_tokens": {"account": "taro"}}]"#,
        r#"[{"account": {"name": "taro", "password": "another"}}]"#,
        r#"[{"revoke_tokens": {"account": "taro", "why": "consent"}}]"#,
        r#"[{"advance": "7d"}, {"identity": {"test_app": true}}]"#,
        r#"[{"advance": "181d"}]"#,
    ] {
        let mut lab = Lab::new(Issuer::Google);
        let said = refused(&mut lab, 60, changes);
        assert_eq!(said.error(), (400, "invalid_grant"));
        assert_eq!(said.text("error_description"), "Token has been expired or revoked.", "{changes}");
    }
    let mut lab = Lab::new(Issuer::Google);
    assert_eq!(lab.refresh("1//nobody").text("error_description"), "Bad Request");
}

#[test]
fn google_says_bad_request_of_a_code_used_up_or_too_old() {
    let mut lab = Lab::new(Issuer::Google);
    let code = lab.code();
    assert_eq!(lab.redeem(&code).reply.status, 200);
    let again = lab.redeem(&code);
    assert_eq!((again.error(), again.text("error_description")), ((400, "invalid_grant"), "Bad Request"));
    let code = lab.code();
    lab.change(r#"[{ "advance": "11m" }]"#);
    let late = lab.redeem(&code);
    assert_eq!((late.error(), late.text("error_description")), ((400, "invalid_grant"), "Bad Request"));
}

#[test]
fn what_is_wrong_in_a_request_has_microsofts_number_too() {
    let mut lab = Lab::new(Issuer::Microsoft);
    let secret = lab.world.client_secret().to_owned();
    let code = lab.code();
    let used = lab.code();
    lab.redeem(&used);
    let redeem = |code, verifier| {
        let grant = ("grant_type", "authorization_code");
        vec![
            grant,
            ("client_id", "mail-program"),
            ("code", code),
            ("redirect_uri", BACK),
            ("code_verifier", verifier),
        ]
    };
    let for_itself = |secret, scope| {
        let grant = ("grant_type", "client_credentials");
        vec![grant, ("client_id", "postfail-web"), ("client_secret", secret), ("scope", scope)]
    };
    let refresh = ("grant_type", "refresh_token");
    type Row<'a> = (Vec<(&'a str, &'a str)>, u64, u16);
    let table: Vec<Row<'_>> = vec![
        (vec![("client_id", "x")], 900_144, 400),
        (vec![("grant_type", "magic"), ("client_id", "x")], 70_003, 400),
        (vec![refresh, ("client_id", "x"), ("refresh_token", "y")], 9_002_313, 400),
        (vec![refresh, ("client_id", "x")], 900_144, 400),
        (for_itself("wrong", "https://outlook.office365.com/.default"), 7_000_215, 401),
        (for_itself(&secret, "https://outlook.office365.com/IMAP.AccessAsApp"), 70_011, 400),
        (redeem(&code, CHALLENGE), 501_481, 400),
        (redeem(&used, VERIFIER), 54_005, 400),
    ];
    for (body, code, status) in table {
        let said = lab.token(&body);
        assert_eq!(said.json["error_codes"][0], code, "{body:?}: {}", said.reply.body);
        assert_eq!(said.reply.status, status, "{body:?}");
    }
    lab.change(r#"[{"identity": {"any_client": false}}]"#);
    let said = lab.token(&[refresh, ("client_id", "x"), ("refresh_token", "y")]);
    assert_eq!(said.json["error_codes"][0], 700_016);
}

#[test]
fn a_password_alone_is_taken_from_organizations_until_it_is_not_enough() {
    let mut lab = Lab::new(Issuer::Microsoft);
    let password = lab.password("taro");
    let ask = |password| {
        let (grant, scope) =
            (("grant_type", "password"), Issuer::Microsoft.scope(postfail_identity::Service::Imap));
        [grant, ("client_id", "x"), ("username", "taro"), ("password", password), ("scope", scope)]
    };
    assert_eq!(lab.token(&ask(&password)).reply.status, 200);
    assert_eq!(lab.token(&ask("wrong")).json["error_codes"][0], 50_126);
    lab.change(r#"[{"identity": {"second_factor": true}}]"#);
    assert_eq!(lab.token(&ask(&password)).json["error_codes"][0], 50_076);
    lab.root = "/microsoft/common";
    assert_eq!(lab.token(&ask(&password)).json["error_codes"][0], 9_001_023);
    for issuer in [Issuer::Google, Issuer::Generic] {
        let mut lab = Lab::new(issuer);
        assert_eq!(lab.token(&ask(&password)).error(), (400, "unsupported_grant_type"));
    }
}

/// How long the issuer's endpoint takes.
fn thought_over(lab: &Lab, endpoint: Endpoint) -> Duration {
    let path = lab.path(endpoint);
    let place = Place::at(&path).unwrap();
    lab.world.thinks(&asked(place, b""))
}

fn asked<'a>(place: Place<'a>, body: &'a [u8]) -> Request<'a> {
    Request {
        place,
        get: false,
        query: "",
        content_type: FORM,
        body: Some(body),
        authorization: None,
        cookie: None,
        language: "en",
        base: "https://localhost:3443",
    }
}

/// Where using a refresh token ends it, a client that left has used none.
#[test]
fn who_leaves_before_the_answer_keeps_the_refresh_token() {
    for issuer in Issuer::ALL {
        let mut lab = Lab::new(issuer);
        let code = lab.code();
        let first = lab.redeem(&code).json["refresh_token"].as_str().unwrap().to_owned();
        let form =
            [("grant_type", "refresh_token"), ("client_id", "mail-program"), ("refresh_token", &first)];
        let (path, body) = (lab.path(Endpoint::Token), encoded(&form));
        let request = asked(Place::at(&path).unwrap(), body.as_bytes());
        for _ in 0..2 {
            lab.world.forsake(&request, at(lab.seconds));
        }
        assert_eq!(lab.refresh(&first).reply.status, 200, "{issuer}");
        let mut seen = Vec::new();
        for entry in lab.world.journal().entries(&crate::journal::Filter::default()) {
            if let What::Token(token) = &entry.what
                && token.grant == "refresh_token"
            {
                seen.push((token.client.clone(), token.account.clone(), token.status, token.secret));
            }
        }
        let (client, taro) = ("mail-program".to_owned(), Some("taro".to_owned()));
        let secret = seen[0].3;
        let of = |status| (client.clone(), taro.clone(), status, secret);
        assert!(secret != 0 && seen == [of(0), of(0), of(200)], "{issuer}: {seen:?}");
    }
}

#[test]
fn an_endpoint_in_trouble_says_when_to_come_back() {
    for issuer in Issuer::ALL {
        let mut lab = Lab::new(issuer);
        let said = refused(&mut lab, 60, r#"[{"identity": {"endpoint": {"throttled": "60s"}}}]"#);
        assert_eq!(said.reply.status, 429, "{issuer}");
        assert_eq!(said.header("Retry-After"), Some("60"));
        lab.change(r#"[{"identity": {"endpoint": {"slow": "20s"}}}]"#);
        assert_eq!(thought_over(&lab, Endpoint::Token), Duration::from_secs(20));
        assert_eq!(thought_over(&lab, Endpoint::Jwks), Duration::ZERO);
        lab.change(r#"[{"identity": {"endpoint": "up", "loop_limit": {"requests": 2, "within": "1m"}}}]"#);
        let mut failures = Vec::new();
        for _ in 0..3 {
            lab.refresh("y");
            let entry =
                lab.world.journal().entries(&crate::journal::Filter::default()).last().cloned().unwrap();
            let What::Token(token) = &entry.what else { panic!("{entry:?}") };
            failures.push(token.failure.as_deref() == Some("client-loop"));
        }
        assert_eq!(failures, [false, false, true], "{issuer}");
        lab.seconds += 61;
        assert_ne!(lab.refresh("y").json["error_codes"][0], 50_196);
    }
}
