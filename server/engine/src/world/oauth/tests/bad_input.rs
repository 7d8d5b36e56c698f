//! What no client should send: the RFC's error, nothing leaked, nothing crashed.
use super::*;

/// Nothing that was secret, and nothing that was sent as markup.
pub(super) fn harmless(said: &Said, lab: &Lab) {
    let body = &said.reply.body;
    assert!((200..500).contains(&said.reply.status), "{}: {body}", said.reply.status);
    for secret in [lab.world.client_secret(), &lab.password("taro"), &lab.world.held("taro").unwrap().refresh]
    {
        assert!(!body.contains(secret), "{body}");
    }
    assert!(!body.contains("<script"), "{body}");
    for (_, value) in &said.reply.headers {
        assert!(!value.contains(['\r', '\n']), "{value:?}");
    }
}

#[test]
fn each_parameter_missing_doubled_and_huge() {
    for issuer in Issuer::ALL {
        let mut lab = Lab::new(issuer);
        let code = lab.code();
        let right = [
            ("grant_type", "authorization_code"),
            ("client_id", "mail-program"),
            ("code", &*code),
            ("redirect_uri", BACK),
            ("code_verifier", VERIFIER),
        ];
        let huge = "x".repeat(40_000);
        for (at, (name, value)) in right.iter().enumerate() {
            let mut missing = right.to_vec();
            missing.remove(at);
            let mut doubled = right.to_vec();
            doubled.push((name, value));
            let mut large = right.to_vec();
            large[at].1 = &huge;
            let mut markup = right.to_vec();
            markup[at].1 = "<script>\"\r\nX: y\\";
            for (kind, body) in
                [("missing", missing), ("doubled", doubled), ("huge", large), ("markup", markup)]
            {
                let said = lab.token(&body);
                harmless(&said, &lab);
                let (status, error) = said.error();
                let expected: &[&str] = match (kind, *name) {
                    ("missing", "code_verifier") | ("markup", "code" | "redirect_uri" | "code_verifier") => {
                        &["invalid_grant"]
                    }
                    ("missing" | "doubled" | "huge", _) => &["invalid_request"],
                    ("markup", "grant_type") => &["unsupported_grant_type"],
                    _ => &["invalid_client", "unauthorized_client"],
                };
                assert!(expected.contains(&error), "{issuer} {kind} {name}: {}", said.reply.body);
                assert!(status == 400 || status == 401, "{issuer} {kind} {name}: {status}");
            }
        }
        // None of it used up the code.
        assert_eq!(lab.token(&right).reply.status, 200, "{issuer}");
    }
}

#[test]
fn where_the_answer_may_not_go_it_does_not_go() {
    for issuer in Issuer::ALL {
        let mut lab = Lab::new(issuer);
        for wrong in [
            "https://evil.example/",
            "http://localhost.evil.example/",
            "http://localhost@evil.example/",
            "javascript:alert(1)",
            "",
            "http://localhost/\r\nSet-Cookie: x=y",
        ] {
            let mut parameters = lab.asking();
            parameters[1].1 = wrong.to_owned();
            let said = lab.authorize(&parameters);
            harmless(&said, &lab);
            assert_eq!((said.reply.status, said.header("Location")), (400, None), "{issuer} {wrong}");
        }
    }
}

#[test]
fn what_else_is_wrong_is_told_to_the_client() {
    let table = [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "", "invalid_request"),
        ("scope", "everything", "invalid_scope"),
        ("scope", "openid  email", "invalid_scope"),
        ("scope", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "S512", "invalid_request"),
    ];
    for issuer in Issuer::ALL {
        let mut lab = Lab::new(issuer);
        for (name, value, error) in table {
            let mut parameters = lab.asking();
            for parameter in parameters.iter_mut().filter(|(known, _)| *known == name) {
                parameter.1 = value.to_owned();
            }
            let said = lab.authorize(&parameters);
            harmless(&said, &lab);
            let back = said.back();
            assert_eq!(
                (back["error"].as_str(), back["state"].as_str()),
                (error, "xyz &=#"),
                "{issuer} {name}"
            );
        }
        let mut parameters = lab.asking();
        parameters.push(("prompt", "none".to_owned()));
        assert_eq!(lab.authorize(&parameters).back()["error"], "login_required");
        // Only issuers that take it take a challenge that is no hash.
        let mut parameters = lab.asking();
        parameters[7].1 = VERIFIER.to_owned();
        parameters[8].1 = "plain".to_owned();
        let said = lab.authorize(&parameters);
        assert_eq!(
            said.header("Location").unwrap().starts_with("/portal/"),
            issuer != Issuer::Generic,
            "{issuer}"
        );
    }
}

#[test]
fn what_is_too_long_is_told_in_the_issuers_words() {
    for issuer in Issuer::ALL {
        let mut lab = Lab::new(issuer);
        for endpoint in [Endpoint::Token, Endpoint::DeviceAuthorization, Endpoint::Revoke] {
            let path = lab.path(endpoint);
            if Place::at(&path).is_none() {
                continue;
            }
            let said = lab.send_body(false, &path, "", None, [FORM, ""]);
            assert_eq!(said.error(), (400, "invalid_request"), "{issuer} {}", said.reply.body);
            assert_eq!(said.json.get("trace_id").is_some(), issuer == Issuer::Microsoft, "{issuer}");
            assert_eq!(said.header("Content-Type"), Some("application/json; charset=utf-8"), "{issuer}");
        }
        let mut parameters = lab.asking();
        parameters[5].1 = "n".repeat(4097);
        let back = lab.authorize(&parameters).back();
        assert_eq!((&*back["error"], &*back["state"]), ("invalid_request", "xyz &=#"), "{issuer}");
        // It could not come back as it was: a person reads what is wrong.
        parameters[4].1 = "s".repeat(4097);
        let said = lab.authorize(&parameters);
        harmless(&said, &lab);
        assert_eq!((said.reply.status, said.header("Location")), (400, None), "{issuer}");
        parameters[4].1 = "s".repeat(4096);
        parameters[5].1 = "n".repeat(4096);
        assert!(lab.authorize(&parameters).header("Location").unwrap().starts_with("/portal/"), "{issuer}");
    }
}

#[test]
fn revoking_what_is_not_known_is_an_error_with_google_alone() {
    for (issuer, status, error) in [(Issuer::Google, 400, "invalid_token"), (Issuer::Generic, 200, "")] {
        let mut lab = Lab::new(issuer);
        let said = lab.post(Endpoint::Revoke, &[("token", "never-issued"), ("client_id", "mail-program")]);
        assert_eq!(said.error(), (status, error), "{issuer} {}", said.reply.body);
    }
}

#[test]
fn every_endpoint_survives_nonsense() {
    let bodies: [&[u8]; 8] = [
        b"",
        b"&&&===",
        b"\xff\xfe\x00",
        b"%",
        b"token=%00&client_id=%ff",
        b"{\"grant_type\":\"refresh_token\"}",
        b"user_code=AAAA&username=taro",
        b"transaction=x&username=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&password=x",
    ];
    let fields =
        ["", "Basic", "Basic !!!", "Bearer", "Bearer x y", "Bearer \u{e9}", "Basic Og==", "Negotiate abc"];
    let endpoints = [
        Endpoint::Authorize,
        Endpoint::Consent,
        Endpoint::Token,
        Endpoint::DeviceAuthorization,
        Endpoint::Device,
        Endpoint::Logout,
        Endpoint::Revoke,
        Endpoint::Introspect,
        Endpoint::UserInfo,
        Endpoint::Jwks,
        Endpoint::Metadata,
    ];
    for issuer in Issuer::ALL {
        let mut lab = Lab::new(issuer);
        for endpoint in endpoints {
            let path = lab.path(endpoint);
            if Place::at(&path).is_none() {
                continue;
            }
            for body in bodies {
                let query = String::from_utf8_lossy(body).into_owned();
                for media in [FORM, "application/json", ""] {
                    for field in fields {
                        for get in [true, false] {
                            let said = lab.send(get, &path, &query, body, [media, field]);
                            harmless(&said, &lab);
                        }
                    }
                }
            }
        }
    }
}
