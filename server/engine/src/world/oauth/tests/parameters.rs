//! Every endpoint, every grant, every parameter: missing, there twice, as a list, huge, and no text.
use super::bad_input::harmless;
use super::flows::DEVICE;
use super::*;

/// A request that is in order, and the parameters that it cannot do without.
struct Right {
    endpoint: Endpoint,
    get: bool,
    parameters: Vec<(&'static str, String)>,
    needed: &'static [&'static str],
}

fn post(endpoint: Endpoint, parameters: &[(&'static str, &str)], needed: &'static [&'static str]) -> Right {
    let parameters = parameters.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Right { endpoint, get: false, parameters, needed }
}

/// Everything an issuer can be asked, with codes and tokens that are good.
fn all(lab: &mut Lab, issuer: Issuer) -> Vec<Right> {
    let code = lab.code();
    let first = lab.code();
    let tokens = lab.redeem(&first);
    let refresh = tokens.text("refresh_token").to_owned();
    let scope = lab.scope.clone();
    lab.change(r#"[{"identity": {"auto_consent": true}}]"#);
    let given = lab.post(Endpoint::DeviceAuthorization, &[("client_id", "mail-program"), ("scope", &scope)]);
    let device = given.text("device_code").to_owned();
    lab.change(r#"[{"identity": {"auto_consent": false}}]"#);
    let secret = lab.world.client_secret().to_owned();
    let password = lab.password("taro");
    let me = ("client_id", "mail-program");
    let mut all = vec![
        Right {
            endpoint: Endpoint::Authorize,
            get: true,
            parameters: lab.asking(),
            needed: &["client_id", "redirect_uri", "response_type", "scope"],
        },
        post(Endpoint::DeviceAuthorization, &[me, ("scope", &scope)], &["client_id", "scope"]),
        post(
            Endpoint::Token,
            &[
                ("grant_type", "authorization_code"),
                me,
                ("code", &code),
                ("redirect_uri", BACK),
                ("code_verifier", VERIFIER),
            ],
            &["grant_type", "client_id", "code", "redirect_uri", "code_verifier"],
        ),
        post(
            Endpoint::Token,
            &[("grant_type", "refresh_token"), me, ("refresh_token", &refresh), ("scope", &scope)],
            &["grant_type", "client_id", "refresh_token"],
        ),
        post(
            Endpoint::Token,
            &[("grant_type", DEVICE), me, ("device_code", &device)],
            &["grant_type", "client_id", "device_code"],
        ),
    ];
    let own = [("client_id", "postfail-web"), ("client_secret", &*secret)];
    if issuer != Issuer::Google {
        let scope = if issuer == Issuer::Microsoft { "https://outlook.office.com/.default" } else { "imap" };
        let ask = [("grant_type", "client_credentials"), own[0], own[1], ("scope", scope)];
        all.push(post(Endpoint::Token, &ask, &["grant_type", "client_id", "client_secret", "scope"]));
    }
    match issuer {
        Issuer::Microsoft => {
            let (user, password) = (("username", "taro@postfail.test"), ("password", &*password));
            let ask = [("grant_type", "password"), me, user, password, ("scope", &scope)];
            let needed = &["grant_type", "client_id", "username", "password", "scope"];
            all.push(post(Endpoint::Token, &ask, needed));
        }
        Issuer::Google => all.push(post(Endpoint::Revoke, &[("token", &refresh)], &["token"])),
        Issuer::Generic => {
            let look = [own[0], own[1], ("token", "a-token")];
            all.push(post(Endpoint::Introspect, &look, &["client_id", "client_secret", "token"]));
            all.push(post(Endpoint::Revoke, &[me, ("token", "a-token")], &["client_id", "token"]));
        }
    }
    all
}

/// The error that is told: in the body, at the program's own address, or on a page.
fn told(said: &Said) -> String {
    match said.header("Location") {
        Some(to) if to.starts_with(BACK) => said.back().get("error").cloned().unwrap_or_default(),
        Some(_) => String::new(),
        None if said.json.is_null() && said.reply.status >= 400 => "page".to_owned(),
        None => said.json["error"].as_str().unwrap_or_default().to_owned(),
    }
}

fn send(lab: &mut Lab, right: &Right, text: &str) -> Said {
    let path = lab.path(right.endpoint);
    if right.get {
        lab.send(true, &path, text, b"", ["", ""])
    } else {
        lab.send(false, &path, "", text.as_bytes(), [FORM, ""])
    }
}

#[test]
fn every_parameter_of_every_endpoint() {
    for issuer in Issuer::ALL {
        let mut lab = Lab::new(issuer);
        for right in all(&mut lab, issuer) {
            let pairs: Vec<(&str, &str)> =
                right.parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let whole = encoded(&pairs);
            for (name, value) in &pairs {
                let pair = encoded(&[(name, value)]);
                let huge = encoded(&[(name, &"x".repeat(40_000))]);
                for (kind, text) in [
                    ("missing", whole.replace(&pair, "")),
                    ("empty", whole.replace(&pair, &format!("{name}="))),
                    ("list", whole.replace(&pair, &format!("{name}[]={}", &pair[name.len() + 1..]))),
                    ("doubled", format!("{whole}&{pair}")),
                    ("huge", whole.replace(&pair, &huge)),
                    ("no text", whole.replace(&pair, &format!("{name}=%ff%fe"))),
                ] {
                    let is_absent = ["missing", "empty", "list"].contains(&kind);
                    if is_absent && !right.needed.contains(name) {
                        continue;
                    }
                    let said = send(&mut lab, &right, &text);
                    harmless(&said, &lab);
                    let error = told(&said);
                    let allowed: &[&str] = match (kind, *name) {
                        _ if !is_absent => &["invalid_request", "page"],
                        (_, "code_verifier") => &["invalid_grant"],
                        (_, "client_secret") => &["invalid_client"],
                        _ => &["invalid_request", "page"],
                    };
                    let what = format!("{issuer} {:?} {kind} {name}: {}", right.endpoint, said.reply.body);
                    assert!(allowed.contains(&&*error), "{error} {what}");
                    assert!([302, 400, 401].contains(&said.reply.status), "{what}");
                }
            }
            // None of it used up what is good once.
            let said = send(&mut lab, &right, &whole);
            let error = told(&said);
            assert!(error.is_empty(), "{issuer} {:?}: {error} {}", right.endpoint, said.reply.body);
        }
    }
}
